package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.log.Position;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * How publications look to a subscription: all that a {@code MESSAGE} depends on beside the publication. Most clients give their
 * subscriptions the same few ids, so that most sessions share a rendition, and with it the frame. Immutable.
 *
 * @param mapper reads metadata
 * @param version that the client speaks
 * @param subscription the client's id for it; empty: it gave none (STOMP 1.0)
 * @param shown how the destination is written
 * @param acknowledged whether the client acknowledges messages
 */
record Rendition(
        ObjectMapper mapper, StompVersion version, Optional<String> subscription, Shown shown, boolean acknowledged)
        implements Renderer {
    /** How a destination is written. */
    sealed interface Shown {
        /** The topic, behind {@code /topic/}. */
        record AsTopic(Separator separator) implements Shown {
            public AsTopic {
                requireNonNull(separator, "separator");
            }
        }

        /** What the client subscribed to. */
        record As(String destination) implements Shown {
            public As {
                requireNonNull(destination, "destination");
            }
        }
    }

    /** What the server says itself. */
    private static final Set<String> OWN = Set.of(
            Headers.SUBSCRIPTION,
            Headers.MESSAGE_ID,
            Headers.DESTINATION,
            Headers.CONTENT_TYPE,
            Headers.ACK,
            Headers.TIMESTAMP,
            Headers.CONTENT_TYPE_METADATA);

    private static final String FROM_USER = "from-user";

    Rendition {
        requireNonNull(mapper, "mapper");
        requireNonNull(version, "version");
        requireNonNull(subscription, "subscription");
        requireNonNull(shown, "shown");
    }

    @Override
    public int slot() {
        return NO_SLOT;
    }

    @Override
    public Frame render(Publication publication) {
        return switch (publication.content()) {
            case Content.Event(byte[] json) -> message(publication, id(publication), json, Optional.empty());
            case Content.Notification(byte[] json) -> message(publication, id(publication), json, Optional.empty());
            case Content.Presence(byte[] json) -> message(publication, id(publication), json, Optional.empty());
            case Content.Binary binary -> message(publication, id(publication), binary.payload(), Optional.empty());
            case Content.Message said ->
                message(publication, id(publication), said.payload(), metadata(said.metadata()));
            case Content.Direct direct -> {
                ObjectNode metadata = metadata(direct.metadata()).orElseGet(mapper::createObjectNode);
                metadata.put(FROM_USER, direct.sender());
                yield message(publication, direct.id().toString(), direct.payload(), Optional.of(metadata));
            }
        };
    }

    /** Of what is not in the log nobody else knows it by an id. */
    private static String id(Publication publication) {
        Position position = publication.position();
        return position.offset() > 0 ? position.id() : UUID.randomUUID().toString();
    }

    private Optional<ObjectNode> metadata(Optional<byte[]> json) {
        return json.flatMap(bytes -> {
            try {
                return mapper.readTree(bytes) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
            } catch (IOException _) {
                return Optional.empty();
            }
        });
    }

    private Frame message(Publication publication, String id, byte[] payload, Optional<ObjectNode> metadata) {
        String destination = switch (shown) {
            case Shown.As(String text) -> text;
            case Shown.AsTopic(Separator separator) ->
                Destination.TOPIC + separator.syntax().write(publication.shown());
        };
        FrameWriter message = begin(id, destination);
        message.header(Headers.TIMESTAMP, Long.toString(publication.position().placedAt()));
        byte[] body = payload;
        if (metadata.isPresent()) {
            Optional<String> text = text(metadata.get(), payload);
            body = text.map(string -> string.getBytes(StandardCharsets.UTF_8)).orElse(payload);
            message.header(Headers.CONTENT_TYPE, text.isPresent() ? Headers.TEXT : Headers.JSON);
            for (Map.Entry<String, JsonNode> own : metadata.get().properties()) {
                if (!own.getKey().isEmpty() && !OWN.contains(own.getKey())) {
                    message.header(
                            own.getKey(),
                            own.getValue().isValueNode()
                                    ? own.getValue().asText()
                                    : own.getValue().toString());
                }
            }
        } else {
            message.header(Headers.CONTENT_TYPE, Headers.JSON);
        }
        return Frame.text(message.body(body).bytes());
    }

    /** What was sent as text is text again. */
    private Optional<String> text(ObjectNode metadata, byte[] payload) {
        if (!metadata.path(Headers.CONTENT_TYPE_METADATA).asText("").equals(Headers.TEXT)) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(mapper.readTree(payload).textValue());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** The frame of what is no publication. */
    Frame message(String id, Map<String, String> headers, Object json) {
        FrameWriter message = begin(id, shown instanceof Shown.As(String text) ? text : "");
        message.header(Headers.CONTENT_TYPE, Headers.JSON);
        headers.forEach(message::header);
        try {
            return Frame.text(message.body(json instanceof byte[] bytes ? bytes : mapper.writeValueAsBytes(json))
                    .bytes());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    private FrameWriter begin(String id, String destination) {
        FrameWriter message = FrameWriter.of("MESSAGE", version);
        subscription.ifPresent(text -> message.header(Headers.SUBSCRIPTION, text));
        message.header(Headers.MESSAGE_ID, id).header(Headers.DESTINATION, destination);
        if (acknowledged) {
            message.header(Headers.ACK, id);
        }
        return message;
    }
}
