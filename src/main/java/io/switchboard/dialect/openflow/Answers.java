package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.hub.Frame;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.QueueReply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Writes everything but what watches show. Pure, any thread. */
final class Answers {
    private static final String USER = "user";
    private static final String QUEUE = "queuename";
    private static final String EXCHANGE = "exchangename";

    /** Of a command that nobody knows, as far as it is told back. */
    private static final int LONGEST_NAME = 100;

    private final ObjectMapper mapper;
    private final PacketWriter packets;
    private final int packageSize;

    Answers(ObjectMapper mapper, PacketWriter packets, int packageSize) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.packets = requireNonNull(packets, "packets");
        this.packageSize = packageSize;
    }

    List<Frame> reply(OpenFlowRequest request, Reply reply) {
        return switch (reply) {
            case Reply.Authenticated(var _, Optional<Claims> claims) ->
                claims.map(known -> signedIn(request, request.token(), user(known)))
                        .orElseGet(() -> reply(request, Reply.Failed.SIGN_IN_FIRST));
            case Reply.Verified(String token, Claims claims) -> signedIn(request, token, user(claims));
            case Reply.Introduced introduced -> {
                JsonNode rest = read(introduced.rest());
                yield signedIn(
                        request,
                        introduced.token(),
                        rest.path(USER) instanceof ObjectNode told ? told : user(introduced.claims()));
            }
            case Reply.Subscribed _ -> answer(request, object().put("id", request.watch()));
            case Reply.Unsubscribed _, Reply.Done _ -> answer(request, object());
            case Reply.Queued(QueueReply.Consuming(String queue)) -> answer(request, object().put(QUEUE, queue));
            case Reply.Queued(QueueReply.Bound(String exchange, String queue)) ->
                answer(request, object().put(EXCHANGE, exchange).put(QUEUE, queue));
            case Reply.Queued(QueueReply.Done _) -> answer(request, sent(request));
            case Reply.Queued(QueueReply.Refused(int status, String message)) ->
                reply(request, new Reply.Failed(status, message));
            case Reply.Called called -> answer(request, called(called));
            case Reply.Failed failed -> answer(request, failed(request, failed));
            // of commands that the protocol does not have
            case Reply.Registered _,
                    Reply.Recovered _,
                    Reply.Published _,
                    Reply.Delivered _,
                    Reply.Away _,
                    Reply.There _,
                    Reply.Past _,
                    Reply.InRoom _,
                    Reply.Refreshed _ -> throw new IllegalArgumentException("the protocol has no such reply");
        };
    }

    private ObjectNode object() {
        return mapper.createObjectNode();
    }

    private List<Frame> answer(OpenFlowRequest request, ObjectNode data) {
        return packets.answer(request.id(), request.command(), data.toString());
    }

    /** Without the size the client would send nothing more. */
    private List<Frame> signedIn(OpenFlowRequest request, String token, ObjectNode user) {
        ObjectNode data = request.asked().deepCopy();
        data.put("jwt", token)
                .put("supports_watch", true)
                .put("websocket_package_size", packageSize)
                .set(USER, user);
        return answer(request, data);
    }

    private ObjectNode user(Claims claims) {
        ObjectNode user = who(mapper, claims);
        user.put("email", claims.token().email());
        ArrayNode roles = user.putArray("roles");
        claims.roles().stream()
                .sorted()
                .forEach(role -> roles.addObject().put("_id", role).put("name", role));
        return user;
    }

    /** Who somebody is, as little as others are told. */
    static ObjectNode who(ObjectMapper mapper, Claims claims) {
        String name = claims.token().name();
        return mapper.createObjectNode()
                .put("_id", claims.subject())
                .put("name", name.isEmpty() ? claims.username() : name)
                .put("username", claims.username());
    }

    /** What was sent to a queue, but for what was sent. */
    private ObjectNode sent(OpenFlowRequest request) {
        ObjectNode data = object();
        for (String name : List.of(QUEUE, EXCHANGE, "routingkey", "replyto", "correlationId")) {
            JsonNode value = request.asked().path(name);
            if (value.isValueNode() && !value.isNull()) {
                data.set(name, value);
            }
        }
        return data;
    }

    private ObjectNode called(Reply.Called called) {
        JsonNode said = read(called.payload());
        return said instanceof ObjectNode object ? object : object().set("result", said);
    }

    private JsonNode read(byte[] json) {
        try {
            return mapper.readTree(json);
        } catch (IOException _) {
            // who answered saw to it that it is JSON
            return mapper.nullNode();
        }
    }

    private ObjectNode failed(OpenFlowRequest request, Reply.Failed failed) {
        ObjectNode data = request.asked().deepCopy();
        String name = request.command();
        if (name.equals(CommandReader.CUSTOM)) {
            name = request.asked().path("command").asText("");
        }
        data.put(
                "error",
                failed.equals(Reply.Failed.NO_SUCH_SERVICE)
                        ? unknown(request, name)
                        : failed.topic().isEmpty() ? failed.message() : failed.message() + ": " + failed.topic());
        return data;
    }

    private static String unknown(OpenFlowRequest request, String name) {
        return request.command().equals(CommandReader.SIGN_IN)
                ? "nobody here signs in with that: sign in with a jwt"
                : "Unknown command " + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name);
    }

    List<Frame> notice(Notice notice) {
        return switch (notice) {
            case Notice.Renewed(String token, Claims claims) ->
                begin("refreshtoken", object().put("jwt", token).set(USER, user(claims)));
            case Notice.Work(var id, Delivery delivery) ->
                packets.begin(id.toString(), CommandReader.QUEUE_MESSAGE, work(delivery));
            case Notice.QueueClosed(String queue) -> begin("queueclosed", object().put(QUEUE, queue));
            case Notice.ExchangeClosed(String exchange, String queue) ->
                begin("exchangeclosed", object().put(EXCHANGE, exchange).put(QUEUE, queue));
            // clients have no ears for these: a close frame says why, as far as they look
            case Notice.Welcome _,
                    Notice.Authorized _,
                    Notice.TokenExpiring _,
                    Notice.Dropped _,
                    Notice.Gap _,
                    Notice.Departing _,
                    Notice.Revoked _,
                    Notice.Closing _ -> List.of();
        };
    }

    private List<Frame> begin(String command, JsonNode data) {
        return packets.begin(PacketWriter.newId(), command, data.toString());
    }

    private String work(Delivery delivery) {
        var message = delivery.message();
        return object().put(QUEUE, delivery.queue())
                .put("replyto", message.replyTo())
                .put("correlationId", message.correlationId())
                .put("consumerTag", delivery.queue())
                .put("routingkey", message.routingKey())
                .put(EXCHANGE, message.exchange())
                .putRawValue("data", new RawValue(message.data()))
                .toString();
    }

    /** What a client sent, once more and as text. */
    static String text(ObjectMapper mapper, JsonNode json) {
        try {
            return mapper.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    static byte[] utf8(ObjectMapper mapper, JsonNode json) {
        return text(mapper, json).getBytes(StandardCharsets.UTF_8);
    }
}
