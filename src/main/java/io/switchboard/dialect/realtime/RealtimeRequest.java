package io.switchboard.dialect.realtime;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.dialect.Request;
import java.util.Optional;

/** What an answer refers to. */
sealed interface RealtimeRequest extends Request {
    /** Nothing that can be named: the frame could not be read. */
    RealtimeRequest UNREADABLE = new Message("", Optional.empty());

    /**
     * A message.
     *
     * @param type its type
     * @param id as the client sent it, a string or a number, to be echoed
     */
    record Message(String type, Optional<JsonNode> id) implements RealtimeRequest {
        public Message {
            requireNonNull(type, "type");
            requireNonNull(id, "id");
        }
    }

    /**
     * A binary frame.
     *
     * @param size of its payload, in bytes
     * @param type by name
     * @param checksum of its payload
     */
    record Binary(int size, String type, String checksum) implements RealtimeRequest {
        public Binary {
            requireNonNull(type, "type");
            requireNonNull(checksum, "checksum");
        }
    }
}
