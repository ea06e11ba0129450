package io.switchboard.dialect.cells;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.UUID;

/**
 * The events part of the Cells protocol: the client signs in with {@code {"@type":"subscribe","jwt":"…"}} and receives
 * what its claims imply, each event as its own JSON. There is no cursor, so quick successive changes of a node come as one.
 */
public final class CellsDialect implements Dialect {
    private static final Renderer RENDERER = new Renderer() {
        @Override
        public int slot() {
            return 0;
        }

        @Override
        public Frame render(Publication publication) {
            return switch (publication.content()) {
                case Content.Event(byte[] json) -> Frame.text(json);
                // nothing that a session of this dialect is subscribed to
                case Content.Message _, Content.Notification _, Content.Binary _ ->
                    throw new IllegalArgumentException("the protocol has no way to say it");
            };
        }
    };

    private final ObjectMapper mapper;

    public CellsDialect(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    @Override
    public DialectKind kind() {
        return DialectKind.CELLS;
    }

    @Override
    public Command decode(String text) {
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
            default -> new Command.Ignored();
        };
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return notice instanceof Notice.Closing closing
                ? List.of(Frame.text(mapper.createObjectNode()
                        .put("@type", "error")
                        .put("jwt", "")
                        .put("error", closing.reason())
                        .toString()))
                : List.of();
    }

    @Override
    public Renderer renderer() {
        return RENDERER;
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofEvents(claims, Pace.MERGED, interests);
    }
}
