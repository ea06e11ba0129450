package io.switchboard.dialect.cells;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.event.ActivityFamily;
import io.switchboard.event.IdmFamily;
import io.switchboard.event.JobFamily;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.HashSet;
import java.util.Set;

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
            return publication.asText();
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
    public Frame error(String reason) {
        return Frame.text(mapper.createObjectNode()
                .put("@type", "error")
                .put("jwt", "")
                .put("error", reason)
                .toString());
    }

    @Override
    public Renderer renderer() {
        return RENDERER;
    }

    @Override
    public void implied(Claims claims, Interests interests) {
        Set<String> workspaces = new HashSet<>();
        for (View view : claims.views()) {
            interests.view(view, Pace.MERGED);
            if (workspaces.add(view.uuid())) {
                interests.topic(IdmFamily.topicOfWorkspace(view.uuid()), new Guard.HoldsWorkspace(view.uuid()));
            }
        }
        for (String role : claims.roles()) {
            interests.topic(IdmFamily.topicOfRole(role), new Guard.HasRole(role));
        }
        Guard user = new Guard.IsUser(claims.username());
        interests.topic(JobFamily.topicOf(claims.username()), user);
        interests.topic(ActivityFamily.topicOf(claims.username()), user);
        interests.topic(IdmFamily.topicOfUser(claims.username()), user);
        interests.topic(IdmFamily.topicOfSubject(claims.subject()), new Guard.IsSubject(claims.subject()));
        if (claims.profile().equals(Claims.ADMIN_PROFILE)) {
            interests.topic(JobFamily.SYSTEM_TOPIC, JobFamily.SYSTEM_GUARD);
        }
    }
}
