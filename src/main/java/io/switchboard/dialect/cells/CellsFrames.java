package io.switchboard.dialect.cells;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Notice;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.function.Function;

/** What events and chat have in common on the wire. */
final class CellsFrames {
    static final Renderer RENDERER = new Renderer() {
        @Override
        public int slot() {
            return 0;
        }

        @Override
        public Frame render(Publication publication) {
            return switch (publication.content()) {
                case Content.Event(byte[] json) -> Frame.text(json);
                // nothing that a session of these dialects is subscribed to
                case Content.Message _,
                        Content.Notification _,
                        Content.Binary _,
                        Content.Direct _,
                        Content.Presence _ -> throw new IllegalArgumentException("the protocol has no way to say it");
            };
        }
    };

    private CellsFrames() {}

    /** What a frame means: a sign-in or sign-out, or what another says of it; never throws. */
    static Command decode(ObjectMapper mapper, String text, Function<JsonNode, Command> other) {
        JsonNode json;
        try {
            json = mapper.readTree(text);
        } catch (JsonProcessingException _) {
            // The parser's message quotes the frame, which may hold a token.
            return new Command.Malformed("the message is not JSON");
        }
        if (json == null || !json.isObject()) {
            return new Command.Malformed("the message is not a JSON object");
        }
        return switch (json.path("@type").asText("")) {
            case "subscribe" -> new Command.SignIn(json.path("jwt").asText(""));
            case "unsubscribe" -> new Command.SignOut();
            default -> other.apply(json);
        };
    }

    static List<Frame> notice(Notice notice) {
        return notice instanceof Notice.Closing closing
                ? List.of(Frame.text(JsonNodeFactory.instance
                        .objectNode()
                        .put("@type", "error")
                        .put("jwt", "")
                        .put("error", closing.reason())
                        .toString()))
                : List.of();
    }

    static List<Frame> error(String message) {
        return List.of(Frame.text(JsonNodeFactory.instance
                .objectNode()
                .put("@type", "error")
                .put("error", message)
                .toString()));
    }
}
