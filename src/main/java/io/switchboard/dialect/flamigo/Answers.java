package io.switchboard.dialect.flamigo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Frame;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes everything but publications: {@code {"topic","payload","ackId"?}}. */
final class Answers {
    private static final String ERROR = "error";

    /** Behind it stands what the server says by itself, and no strategy. */
    private static final String SERVER = "websocket:";

    private final ObjectMapper mapper;
    private final ObjectReader reader;

    /** @param reader leaves numbers as they are written */
    Answers(ObjectMapper mapper, ObjectReader reader) {
        this.mapper = mapper;
        this.reader = reader;
    }

    List<Frame> reply(FlamigoRequest request, Reply reply) {
        return switch (reply) {
            case Reply.Authenticated _ -> answer(request, request.topic(), success());
            case Reply.Introduced introduced -> answer(request, request.topic(), success(introduced));
            case Reply.Called(byte[] payload) ->
                List.of(frame(
                        request,
                        message(request.topic())
                                .putRawValue("payload", new RawValue(new String(payload, StandardCharsets.UTF_8)))));
            case Reply.Failed failed -> answer(request, ERROR, error(request, failed));
            // of commands that the protocol does not have
            case Reply.Registered _,
                    Reply.Subscribed _,
                    Reply.Recovered _,
                    Reply.Unsubscribed _,
                    Reply.Published _,
                    Reply.Delivered _,
                    Reply.Away _,
                    Reply.There _,
                    Reply.Past _,
                    Reply.Done _,
                    Reply.InRoom _,
                    Reply.Refreshed _,
                    Reply.Verified _,
                    Reply.Queued _ -> throw new IllegalArgumentException("the protocol has no such reply");
        };
    }

    private ObjectNode success() {
        return mapper.createObjectNode().put("success", true);
    }

    /** What a service has said of it as well, an object; whether it is one is not the service's to say. */
    private ObjectNode success(Reply.Introduced introduced) {
        try {
            JsonNode said = reader.readTree(new String(introduced.rest(), StandardCharsets.UTF_8));
            return (said instanceof ObjectNode object ? object : mapper.createObjectNode()).put("success", true);
        } catch (JsonProcessingException _) {
            // whoever is signed in is told at least that
            return success();
        }
    }

    /** There is no {@code trace}: nothing by which somebody could find the request again is known here. */
    private ObjectNode error(FlamigoRequest request, Reply.Failed failed) {
        ObjectNode payload =
                error(failed.status(), failed.equals(Reply.Failed.SIGN_IN_FIRST) ? "unauthorized" : failed.message());
        failed.retryAfterMillis().ifPresent(millis -> payload.put("retry_after_ms", millis));
        if (!request.fieldErrors().isEmpty()) {
            ArrayNode errors = payload.putArray("fieldErrors");
            request.fieldErrors()
                    .forEach(one -> errors.addObject().put("field", one.field()).put("error", one.error()));
        }
        return payload;
    }

    private ObjectNode error(int status, String message) {
        return mapper.createObjectNode().put("message", message).put("status", status);
    }

    List<Frame> notice(Notice notice) {
        return switch (notice) {
            // nobody is signed in before the first request; the others are for what the protocol does not have
            case Notice.Welcome _,
                    Notice.Authorized _,
                    Notice.Renewed _,
                    Notice.Work _,
                    Notice.QueueClosed _,
                    Notice.ExchangeClosed _ -> List.of();
            case Notice.TokenExpiring expiring ->
                notice(
                        SERVER + "token_expiring",
                        mapper.createObjectNode()
                                .put("expires_at", expiring.expiresAt().toEpochMilli()));
            case Notice.Dropped dropped -> {
                ObjectNode payload = mapper.createObjectNode();
                ArrayNode topics = payload.putArray("topics");
                // a text stands for two patterns
                dropped.names().stream().map(TopicName::text).distinct().forEach(topics::add);
                yield notice(SERVER + "unsubscribed", payload);
            }
            case Notice.Gap gap -> {
                ObjectNode payload = mapper.createObjectNode();
                gap.topic().ifPresent(topic -> payload.put("topic", Names.write(topic)));
                yield notice(SERVER + "gap", payload.put("missed", gap.missed()));
            }
            // told with the close
            case Notice.Departing _, Notice.Revoked _ -> List.of();
            case Notice.Closing closing -> notice(ERROR, error(closing.status(), closing.reason()));
        };
    }

    private List<Frame> notice(String topic, ObjectNode payload) {
        return List.of(Frame.text(message(topic).set("payload", payload).toString()));
    }

    private List<Frame> answer(FlamigoRequest request, String topic, ObjectNode payload) {
        ObjectNode message = message(topic);
        message.set("payload", payload);
        return List.of(frame(request, message));
    }

    private ObjectNode message(String topic) {
        return mapper.createObjectNode().put("topic", topic);
    }

    private static Frame frame(FlamigoRequest request, ObjectNode message) {
        request.ack().ifPresent(ack -> message.put(ack.name(), ack.value()));
        return Frame.text(message.toString());
    }
}
