package io.switchboard;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.auth.Claims;
import io.switchboard.chat.Right;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomRights;
import io.switchboard.dialect.DialectKind;
import io.switchboard.failure.Redacted;
import io.switchboard.service.Actor;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.session.ServiceCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Asks an internal service who may be in a room. What is not a clear yes is a no: a service that is not there, fails, or
 * answers something else.
 */
final class RoomPermissions implements RoomRights.Permissions {
    private static final Logger LOG = Logger.getLogger(RoomPermissions.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String service;
    private final ServiceCalls calls;

    /** @param service its name */
    RoomPermissions(String service, ServiceCalls calls) {
        this.service = requireNonNull(service, "service");
        this.calls = requireNonNull(calls, "calls");
    }

    @Override
    public CompletionStage<Right> ask(UUID session, Claims claims, RoomName room) {
        ObjectNode question = MAPPER.createObjectNode();
        question.putObject("room")
                .put("Type", room.type().name())
                .put("RoomTypeObject", room.objectFor(claims.username()));
        question.put("user", claims.username());
        return calls.call(new ServiceCall(
                        service,
                        new Actor(session, DialectKind.CHAT.wireName(), claims),
                        question.toString().getBytes(StandardCharsets.UTF_8),
                        Optional.empty()))
                .handle((answer, failure) -> {
                    if (failure != null) {
                        LOG.error("permission service failed unexpectedly", Redacted.of(failure));
                        return Right.NONE;
                    }
                    return answer instanceof ServiceAnswer.Reply reply ? right(reply.payload()) : Right.NONE;
                });
    }

    private static Right right(byte[] payload) {
        JsonNode answer;
        try {
            answer = MAPPER.readTree(payload);
        } catch (IOException _) {
            return Right.NONE;
        }
        if (!answer.path("allowed").isBoolean() || !answer.path("allowed").booleanValue()) {
            return Right.NONE;
        }
        JsonNode readOnly = answer.path("readOnly");
        return readOnly.isMissingNode() || (readOnly.isBoolean() && !readOnly.booleanValue())
                ? Right.WRITE
                : Right.READ;
    }
}
