package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Frame;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.Position;
import io.switchboard.presence.PresenceJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Writes everything but publications. An answer to a message with an id carries the id, and an {@code Ack} follows where it
 * is not one itself: clients in the field wait for that and nothing else.
 */
final class Replies {
    private static final String VERSION = "1.0";
    private static final int NOT_FOUND = 404;
    /** No topic is written like that. */
    private static final String EVERY_OTHER = "*";

    private static final List<String> FEATURES = List.of(
            "broadcast",
            "direct_message",
            "presence",
            "history",
            "recovery",
            "notifications",
            "binary",
            "service_calls");

    private final ObjectMapper mapper;

    Replies(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    List<Frame> notice(Notice notice) {
        return switch (notice) {
            case Notice.Welcome welcome -> {
                ObjectNode details = mapper.createObjectNode()
                        .put("connection_id", welcome.session().toString())
                        .put("server_time", welcome.now().toEpochMilli())
                        .put("protocol_version", VERSION);
                FEATURES.forEach(details.putArray("features")::add);
                yield List.of(frame(status("connected", details)));
            }
            case Notice.TokenExpiring expiring ->
                List.of(frame(message(
                        "AuthStatus",
                        mapper.createObjectNode()
                                .put("status", "token_expiring")
                                .put("expires_at", expiring.expiresAt().toEpochMilli())
                                .put("refresh_required", true))));
            case Notice.Dropped dropped ->
                List.of(frame(status(
                        "unsubscribed",
                        topics(dropped.names(), dropped.active()).put("reason", "no longer allowed"))));
            case Notice.Gap gap ->
                List.of(frame(status(
                        "gap",
                        mapper.createObjectNode()
                                .put(
                                        "topic",
                                        gap.topic()
                                                .map(TopicSyntax.DOTTED::write)
                                                .orElse(EVERY_OTHER))
                                .put("missed", gap.missed()))));
            case Notice.Departing(Duration left, Optional<Position> position) -> {
                ObjectNode details = mapper.createObjectNode().put("reconnect_after_ms", left.toMillis());
                position.ifPresent(reached -> put(details.putObject("position"), reached));
                yield List.of(frame(status("draining", details)));
            }
            // the protocol waits for no operations
            case Notice.Authorized _, Notice.Renewed _, Notice.Work _, Notice.QueueClosed _, Notice.ExchangeClosed _ ->
                List.of();
            case Notice.Revoked _ ->
                List.of(frame(message("AuthStatus", mapper.createObjectNode().put("status", "revoked"))));
            case Notice.Closing closing -> List.of(frame(error(closing.status(), closing.reason())));
        };
    }

    List<Frame> reply(RealtimeRequest request, Reply reply) {
        return switch (request) {
            case RealtimeRequest.Message message -> reply(message, reply);
            case RealtimeRequest.Binary binary ->
                List.of(frame(
                        switch (reply) {
                            case Reply.Failed failed -> error(failed);
                            case Reply.Away away -> away(away);
                            default ->
                                status(
                                        "binary_received",
                                        mapper.createObjectNode()
                                                .put("size", binary.size())
                                                .put("type", binary.type())
                                                .put("checksum", binary.checksum()));
                        }));
        };
    }

    private List<Frame> reply(RealtimeRequest.Message request, Reply reply) {
        return switch (reply) {
            // of commands that the protocol does not have
            case Reply.Done _,
                    Reply.InRoom _,
                    Reply.Authenticated _,
                    Reply.Introduced _,
                    Reply.Registered _,
                    Reply.Verified _,
                    Reply.Queued _ -> throw new IllegalArgumentException("the protocol has no such reply");
            case Reply.Subscribed subscribed -> {
                ObjectNode details = topics(subscribed.names(), subscribed.active());
                put(details.putObject("position"), subscribed.position());
                yield acknowledged(request, status("subscribed", details), "subscribed");
            }
            case Reply.Recovered recovered -> {
                ObjectNode topics = mapper.createObjectNode();
                recovered
                        .complete()
                        .forEach((text, complete) -> put(
                                topics.putObject(text).put("recovered", complete.booleanValue()),
                                recovered.position()));
                // it follows a while after the answer, which was acknowledged
                ObjectNode details = mapper.createObjectNode();
                details.set("topics", topics);
                yield List.of(frame(status("recovered", details)));
            }
            case Reply.Unsubscribed unsubscribed ->
                acknowledged(
                        request,
                        status("unsubscribed", topics(unsubscribed.names(), unsubscribed.active())),
                        "unsubscribed");
            case Reply.Published published -> {
                if (request.id().isEmpty()) {
                    yield List.of();
                }
                ObjectNode ack = ack(request.id().get(), "delivered");
                ((ObjectNode) ack.get("data")).put("recipients", published.recipients());
                if (published.partial()) {
                    ((ObjectNode) ack.get("data")).put("partial", true);
                }
                if (published.duplicate()) {
                    ((ObjectNode) ack.get("data")).put("duplicate", true);
                }
                yield List.of(frame(ack));
            }
            case Reply.Delivered delivered -> {
                if (request.id().isEmpty()) {
                    yield List.of();
                }
                ObjectNode ack = ack(request.id().get(), "delivered");
                ObjectNode data = (ObjectNode) ack.get("data");
                ArrayNode connections = data.putArray("delivered_to");
                delivered.connections().forEach(connection -> connections.add(connection.toString()));
                if (delivered.duplicate()) {
                    data.put("duplicate", true);
                }
                yield List.of(frame(ack));
            }
            case Reply.Away away -> away(request, away);
            case Reply.There there -> acknowledged(request, status("presence", there(there)), "completed");
            case Reply.Past past -> acknowledged(request, status("history", HistoryJson.object(past)), "completed");
            case Reply.Called called -> acknowledged(request, called(request, called), "completed");
            case Reply.Refreshed refreshed -> {
                ObjectNode data = mapper.createObjectNode()
                        .put("status", "refreshed")
                        .put("expires_at", refreshed.expiresAt().toEpochMilli());
                ArrayNode dropped = data.putArray("dropped_topics");
                refreshed.dropped().forEach(name -> dropped.add(name.text()));
                yield acknowledged(request, message("AuthStatus", data), "refreshed");
            }
            case Reply.Failed failed -> failed(request, failed);
        };
    }

    private List<Frame> failed(RealtimeRequest.Message request, Reply.Failed failed) {
        ObjectNode error = error(failed);
        if (request.id().isEmpty()) {
            return List.of(frame(error));
        }
        JsonNode id = request.id().get();
        ((ObjectNode) error.path("data").path("details")).set("message_id", id);
        error.set("id", id);
        ObjectNode ack = ack(id, "failed");
        ((ObjectNode) ack.get("data")).put("code", failed.status());
        return List.of(frame(error), frame(ack));
    }

    private ObjectNode there(Reply.There there) {
        ObjectNode details = mapper.createObjectNode();
        ArrayNode users = details.putArray("users");
        there.users().forEach(user -> users.addRawValue(new RawValue(PresenceJson.of(user))));
        ObjectNode topics = details.putObject("topics");
        there.topics().forEach((topic, crowd) -> {
            ObjectNode one = topics.putObject(TopicSyntax.DOTTED.write(topic)).put("count", crowd.count());
            if (!crowd.users().isEmpty()) {
                crowd.users().forEach(one.putArray("users")::add);
            }
        });
        return details;
    }

    private List<Frame> away(RealtimeRequest.Message request, Reply.Away away) {
        ObjectNode error = away(away);
        if (request.id().isEmpty()) {
            return List.of(frame(error));
        }
        JsonNode id = request.id().get();
        ((ObjectNode) error.path("data").path("details")).set("message_id", id);
        error.set("id", id);
        ObjectNode ack = ack(id, away.queued() ? "queued" : "failed");
        ((ObjectNode) ack.get("data")).put("code", NOT_FOUND);
        return List.of(frame(error), frame(ack));
    }

    /** As the protocol words it, of users who are away and of those whom nobody knows. */
    private ObjectNode away(Reply.Away away) {
        ObjectNode error = error(NOT_FOUND, "User " + away.user() + " not found or not connected");
        ((ObjectNode) error.path("data").path("details")).put("queued", away.queued());
        return error;
    }

    private ObjectNode error(Reply.Failed failed) {
        ObjectNode error = error(failed.status(), failed.message());
        ObjectNode details = (ObjectNode) error.path("data").path("details");
        if (!failed.topic().isEmpty()) {
            details.put("topic", failed.topic());
        }
        failed.retryAfterMillis().ifPresent(millis -> details.put("retry_after_ms", millis));
        return error;
    }

    private ObjectNode error(int status, String text) {
        ObjectNode data = mapper.createObjectNode().put("code", status).put("message", text);
        data.putObject("details");
        return message("Error", data);
    }

    List<Frame> pong(RealtimeRequest.Message request, JsonNode data) {
        ObjectNode answer = mapper.createObjectNode();
        answer.set("timestamp", data.path("timestamp").isNumber() ? data.get("timestamp") : mapper.nullNode());
        return acknowledged(request, message("Pong", answer), "completed");
    }

    private ObjectNode called(RealtimeRequest.Message request, Reply.Called called) {
        ObjectNode answer = mapper.createObjectNode().put("type", request.type());
        String payload = new String(called.payload(), StandardCharsets.UTF_8);
        if (payload.stripLeading().startsWith("{")) {
            answer.putRawValue("data", new RawValue(payload));
        } else {
            answer.putObject("data").putRawValue("result", new RawValue(payload));
        }
        return answer;
    }

    private ObjectNode topics(List<TopicName> names, int active) {
        ObjectNode details = mapper.createObjectNode();
        ArrayNode topics = details.putArray("topics");
        names.forEach(name -> topics.add(name.text()));
        return details.put("active_subscriptions", active);
    }

    private static void put(ObjectNode target, Position position) {
        target.put("offset", position.offset()).put("epoch", position.epoch());
    }

    private ObjectNode status(String status, ObjectNode details) {
        ObjectNode data = mapper.createObjectNode().put("status", status);
        data.set("details", details);
        return message("Status", data);
    }

    private ObjectNode message(String type, ObjectNode data) {
        ObjectNode message = mapper.createObjectNode().put("type", type);
        message.set("data", data);
        return message;
    }

    private List<Frame> acknowledged(RealtimeRequest.Message request, ObjectNode answer, String status) {
        if (request.id().isEmpty()) {
            return List.of(frame(answer));
        }
        JsonNode id = request.id().get();
        answer.set("id", id);
        return List.of(frame(answer), frame(ack(id, status)));
    }

    private ObjectNode ack(JsonNode id, String status) {
        ObjectNode data = mapper.createObjectNode();
        data.set("message_id", id);
        ObjectNode ack = message("Ack", data.put("status", status));
        ack.set("id", id);
        return ack;
    }

    private static Frame frame(ObjectNode message) {
        return Frame.text(message.toString());
    }
}
