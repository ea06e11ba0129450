package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.nio.charset.StandardCharsets;

/**
 * How documents look to a watch. No two watches have the same id, not those of different connections either: the library keeps those
 * of all connections of a process in one table. So no two share a frame. Immutable.
 *
 * @param id by which the client knows it
 * @param collection whose documents
 * @param filter which of them
 */
record Watch(PacketWriter packets, Documents documents, String id, String collection, DocumentFilter filter)
        implements Renderer {
    private static final String COMMAND = "watchevent";

    Watch {
        requireNonNull(packets, "packets");
        requireNonNull(documents, "documents");
        requireNonNull(id, "id");
        requireNonNull(collection, "collection");
        requireNonNull(filter, "filter");
    }

    boolean shows(Publication publication) {
        return filter.isAll() || filter.matches(documents.of(publication).json());
    }

    @Override
    public int slot() {
        return NO_SLOT;
    }

    @Override
    public Frame render(Publication publication) {
        if (!(publication.content() instanceof Content.Message message)) {
            throw new IllegalArgumentException("no document");
        }
        String payload = new String(message.payload(), StandardCharsets.UTF_8);
        String result = documents.of(publication).wrapped()
                ? payload
                : "{\"operationType\":\"update\",\"fullDocument\":" + payload + "}";
        String data = "{\"id\":\"" + id + "\",\"result\":" + result + "}";
        String packet = PacketWriter.OWN + publication.position().id() + "-" + id;
        return Frame.of(packets.begin(packet, COMMAND, data));
    }
}
