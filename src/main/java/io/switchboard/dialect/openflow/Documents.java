package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.switchboard.hub.Content;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What services say of documents: {@code {"operationType","fullDocument"}} on the topic of their collection, or the document alone.
 * Remembers what was read last, since all who watch ask for the same. Any thread.
 */
final class Documents {
    private static final String COLLECTION = "collection";
    private static final String DOCUMENT = "fullDocument";

    /**
     * A document.
     *
     * @param json the document; missing: nothing that can be read
     * @param wrapped whether it came with what happened to it
     */
    record Read(Publication publication, JsonNode json, boolean wrapped) {}

    private final ObjectMapper mapper;
    private volatile Read last;

    Documents(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    /** The topic on which services say what happens in a collection. */
    static Topic topicOf(String collection) {
        return Topic.of(COLLECTION, collection);
    }

    /** The collection that a publication is about; empty: none. */
    static Optional<String> collectionOf(Publication publication) {
        List<String> segments = publication.shown().segments();
        return publication.content() instanceof Content.Message
                        && segments.size() == 2
                        && segments.getFirst().equals(COLLECTION)
                ? Optional.of(segments.get(1))
                : Optional.empty();
    }

    @SuppressWarnings("ReferenceEquality") // the very same publication
    Read of(Publication publication) {
        Read known = last;
        if (known == null || known.publication() != publication) {
            known = read(publication);
            last = known;
        }
        return known;
    }

    private Read read(Publication publication) {
        if (!(publication.content() instanceof Content.Message message)) {
            return new Read(publication, MissingNode.getInstance(), false);
        }
        try {
            JsonNode payload = mapper.readTree(message.payload());
            return payload.path(DOCUMENT).isMissingNode()
                    ? new Read(publication, payload, false)
                    : new Read(publication, payload.get(DOCUMENT), true);
        } catch (IOException | NumberFormatException _) {
            return new Read(publication, MissingNode.getInstance(), false);
        }
    }
}
