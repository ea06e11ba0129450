package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Cursors;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Content;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads text messages. Whatever is wrong with one, the answer says what to send instead and the connection stays. */
final class MessageReader {
    /** Patterns in one message. */
    private static final int MOST_TOPICS = 1000;

    private static final int LONGEST_ID = 256;
    private static final int LONGEST_KEY = 128;
    private static final int LONGEST_TYPE = 128;
    private static final int LONGEST_USER = 256;

    /** Bytes that others are shown of a user, beside the status. */
    private static final int MOST_PRESENCE = 1024;

    /** Users and topics in one question. */
    private static final int MOST_ASKED = 100;

    private static final Pattern STATUS = Pattern.compile("[a-z0-9_-]{1,32}");
    private static final int MOST_MESSAGES = 1000;
    private static final int USUAL_MESSAGES = 50;

    /** W3C Trace Context, 3.2: what is none is left out, as the text says. */
    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private static final String ALL = "$all";
    private static final String CONNECTION = "$connection";
    private static final String SERVICE = "X-";

    /** A message that cannot be meant. */
    private static final class BadMessageException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String topic;

        BadMessageException(String message) {
            this(message, "");
        }

        BadMessageException(String message, String topic) {
            super(message, null, false, false);
            this.topic = topic;
        }
    }

    private final ObjectMapper mapper;
    private final ObjectReader reader;
    private final Replies replies;

    MessageReader(ObjectMapper mapper, Replies replies) {
        this.mapper = mapper;
        // numbers travel as they are written
        this.reader = mapper.reader()
                .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .without(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES);
        this.replies = replies;
    }

    Command read(String text) {
        JsonNode json;
        try {
            json = reader.readTree(text);
        } catch (JsonProcessingException | NumberFormatException _) {
            // the latter for a number whose exponent is beyond all bounds
            return refused(RealtimeRequest.UNREADABLE, "send JSON: the message cannot be parsed", "");
        }
        if (json == null || !json.isObject()) {
            return refused(RealtimeRequest.UNREADABLE, "send a JSON object", "");
        }
        RealtimeRequest.Message request =
                new RealtimeRequest.Message(json.path("type").asText(""), Optional.empty());
        try {
            request = new RealtimeRequest.Message(request.type(), id(json.path("id")));
            return read(request, json);
        } catch (BadMessageException e) {
            return refused(request, e.getMessage(), e.topic);
        }
    }

    private static Command.Refused refused(RealtimeRequest request, String message, String topic) {
        return new Command.Refused(request, Reply.Failed.of(400, message, topic));
    }

    private static Optional<JsonNode> id(JsonNode id) throws BadMessageException {
        if (id.isMissingNode() || id.isNull()) {
            return Optional.empty();
        }
        if ((!id.isTextual() && !id.isNumber())
                || id.asText().isEmpty()
                || id.asText().length() > LONGEST_ID) {
            throw new BadMessageException(
                    "send an id that is a string of 1 to " + LONGEST_ID + " characters or a number, or none");
        }
        return Optional.of(id);
    }

    private Command read(RealtimeRequest.Message request, JsonNode json) throws BadMessageException {
        if (!json.path("type").isTextual()
                || request.type().isEmpty()
                || request.type().length() > LONGEST_TYPE) {
            throw new BadMessageException("send a type: a string of 1 to " + LONGEST_TYPE + " characters");
        }
        JsonNode data = json.path("data");
        if (!data.isObject()) {
            throw new BadMessageException("send data: a JSON object");
        }
        JsonNode metadata = json.path("metadata");
        if (!metadata.isObject() && !metadata.isMissingNode() && !metadata.isNull()) {
            throw new BadMessageException("send metadata as a JSON object, or none");
        }
        return switch (request.type()) {
            case "Ping" -> new Command.Answered(replies.pong(request, data));
            case "Pong" -> new Command.Ignored();
            case "Subscribe" -> new Command.Subscribe(request, names(data), cursors(data.path("recover")));
            case "Unsubscribe" -> new Command.Unsubscribe(request, names(data));
            case "Broadcast" -> broadcast(request, data, metadata);
            case "DirectMessage" -> direct(request, data, metadata);
            case "Ack" -> acknowledge(data);
            case "Presence" -> presence(request, data);
            case "History" -> history(request, data);
            case "Authenticate" -> authenticate(request, data);
            default -> {
                if (!request.type().startsWith(SERVICE)) {
                    throw new BadMessageException("send a type of this protocol, or one that begins with " + SERVICE);
                }
                yield new Command.Call(
                        request,
                        request.type(),
                        bytes(data),
                        Optional.ofNullable(metadata.path("traceparent").textValue())
                                .filter(text -> TRACEPARENT.matcher(text).matches()));
            }
        };
    }

    private List<TopicName> names(JsonNode data) throws BadMessageException {
        JsonNode topics = data.path("topics");
        if (!topics.isArray() || topics.isEmpty() || topics.size() > MOST_TOPICS) {
            throw new BadMessageException("send topics: an array of 1 to " + MOST_TOPICS + " strings");
        }
        List<TopicName> names = new ArrayList<>(topics.size());
        for (JsonNode topic : topics) {
            if (!topic.isTextual()) {
                throw new BadMessageException("send topics: an array of strings");
            }
            try {
                names.add(new TopicName(topic.textValue(), TopicSyntax.DOTTED.pattern(topic.textValue())));
            } catch (InvalidTopicException e) {
                throw new BadMessageException(e.getMessage(), topic.textValue());
            }
        }
        return names;
    }

    private static Cursors cursors(JsonNode recover) throws BadMessageException {
        if (recover.isMissingNode() || recover.isNull()) {
            return Cursors.NONE;
        }
        if (!recover.isObject() || recover.size() > MOST_TOPICS + 2) {
            throw new BadMessageException("send recover: an object of {offset, epoch} by topic, or none");
        }
        Map<String, Position> each = new HashMap<>();
        Optional<UUID> connection = Optional.empty();
        for (Map.Entry<String, JsonNode> property : recover.properties()) {
            if (property.getKey().equals(CONNECTION)) {
                connection = Optional.of(connection(property.getValue()));
            } else {
                each.put(property.getKey(), position(property.getValue()));
            }
        }
        Optional<Position> all = Optional.ofNullable(each.remove(ALL));
        return new Cursors(each, all, connection);
    }

    private static UUID connection(JsonNode value) throws BadMessageException {
        try {
            return UUID.fromString(value.asText());
        } catch (IllegalArgumentException _) {
            throw new BadMessageException("send " + CONNECTION + ": the connection_id of the former connection");
        }
    }

    private static Position position(JsonNode value) throws BadMessageException {
        JsonNode offset = value.path("offset");
        JsonNode epoch = value.path("epoch");
        if (!offset.isIntegralNumber()
                || !offset.canConvertToLong()
                || offset.longValue() < 0
                || !epoch.isTextual()
                || epoch.textValue().length() > LONGEST_KEY) {
            throw new BadMessageException("send recover: {offset, epoch} as the server told them");
        }
        return new Position(epoch.textValue(), offset.longValue());
    }

    private Command broadcast(RealtimeRequest.Message request, JsonNode data, JsonNode metadata)
            throws BadMessageException {
        Topic topic = topic(data);
        if (!data.has("payload")) {
            throw new BadMessageException("send a payload");
        }
        return new Command.Publish(
                request,
                topic,
                new Content.Message(topic, bytes(data.get("payload")), metadata(metadata)),
                metadata.path("priority").asText().equals(Content.Message.URGENT),
                timeToLive(metadata),
                request.id().map(JsonNode::asText),
                idempotencyKey(metadata));
    }

    private Command direct(RealtimeRequest.Message request, JsonNode data, JsonNode metadata)
            throws BadMessageException {
        JsonNode user = data.path("target_user");
        if (!user.isTextual() || !isUser(user.textValue())) {
            throw new BadMessageException("send a target_user: a string of 1 to " + LONGEST_USER + " characters");
        }
        if (!data.has("payload")) {
            throw new BadMessageException("send a payload");
        }
        return new Command.Direct(
                request,
                user.textValue(),
                new Command.Direct.Body.Json(bytes(data.get("payload")), metadata(metadata)),
                timeToLive(metadata),
                request.id().map(JsonNode::asText),
                idempotencyKey(metadata));
    }

    /** Whether it may be somebody's name. */
    static boolean isUser(String text) {
        return !text.isBlank() && text.length() <= LONGEST_USER && text.indexOf(0) < 0;
    }

    private Command presence(RealtimeRequest.Message request, JsonNode data) throws BadMessageException {
        JsonNode query = data.path("query");
        if (query.isObject()) {
            List<String> users = new ArrayList<>();
            for (String user : strings(query, "users")) {
                if (!isUser(user)) {
                    throw new BadMessageException("send query.users: names of 1 to " + LONGEST_USER + " characters");
                }
                users.add(user);
            }
            List<Topic> topics = new ArrayList<>();
            for (String topic : strings(query, "topics")) {
                try {
                    topics.add(TopicSyntax.DOTTED.topic(topic));
                } catch (InvalidTopicException e) {
                    throw new BadMessageException(e.getMessage(), topic);
                }
            }
            if (users.isEmpty() && topics.isEmpty()) {
                throw new BadMessageException("send query: {users: [names]}, {topics: [topics]}, or both");
            }
            return new Command.WhoIsThere(request, users, topics);
        }
        JsonNode status = data.path("status");
        if (!status.isTextual() || !STATUS.matcher(status.textValue()).matches()) {
            throw new BadMessageException(
                    "send a status: 1 to 32 of the characters a-z, 0-9, - and _; or a query: an object");
        }
        JsonNode metadata = data.path("metadata");
        if (!metadata.isObject() && !metadata.isMissingNode() && !metadata.isNull()) {
            throw new BadMessageException("send data.metadata as a JSON object, or none");
        }
        Optional<String> own = Optional.empty();
        if (metadata.isObject()) {
            byte[] bytes = bytes(metadata);
            if (bytes.length > MOST_PRESENCE) {
                throw new BadMessageException("send at most " + MOST_PRESENCE + " bytes of data.metadata");
            }
            own = Optional.of(new String(bytes, StandardCharsets.UTF_8));
        }
        return new Command.Appear(request, status.textValue(), own);
    }

    private static List<String> strings(JsonNode object, String name) throws BadMessageException {
        JsonNode array = object.path(name);
        if (array.isMissingNode() || array.isNull()) {
            return List.of();
        }
        if (!array.isArray() || array.size() > MOST_ASKED) {
            throw new BadMessageException("send query." + name + ": an array of at most " + MOST_ASKED + " strings");
        }
        List<String> texts = new ArrayList<>(array.size());
        for (JsonNode text : array) {
            if (!text.isTextual()) {
                throw new BadMessageException("send query." + name + ": an array of strings");
            }
            texts.add(text.textValue());
        }
        return texts;
    }

    /** Clients may acknowledge whatever they get; what nobody waits for is ignored. */
    private static Command acknowledge(JsonNode data) {
        try {
            return new Command.Acknowledge(
                    UUID.fromString(data.path("message_id").asText("")));
        } catch (IllegalArgumentException _) {
            return new Command.Ignored();
        }
    }

    private static Optional<String> idempotencyKey(JsonNode metadata) throws BadMessageException {
        JsonNode idempotencyKey = metadata.path("idempotency_key");
        if (!idempotencyKey.isMissingNode()) {
            if (!idempotencyKey.isTextual()
                    || idempotencyKey.textValue().isEmpty()
                    || idempotencyKey.textValue().length() > LONGEST_KEY) {
                throw new BadMessageException(
                        "send metadata.idempotency_key: a string of 1 to " + LONGEST_KEY + " characters, or none");
            }
            return Optional.of(idempotencyKey.textValue());
        }
        return Optional.empty();
    }

    private static Topic topic(JsonNode data) throws BadMessageException {
        JsonNode topic = data.path("topic");
        if (!topic.isTextual()) {
            throw new BadMessageException("send a topic: a string");
        }
        try {
            return TopicSyntax.DOTTED.topic(topic.textValue());
        } catch (InvalidTopicException e) {
            throw new BadMessageException(e.getMessage(), topic.textValue());
        }
    }

    private Optional<byte[]> metadata(JsonNode metadata) throws BadMessageException {
        if (!metadata.isObject()) {
            return Optional.empty();
        }
        ObjectNode own = ((ObjectNode) metadata).remove(Content.Message.OWN_METADATA);
        if (own.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = bytes(own);
        if (bytes.length > Content.Message.LONGEST_METADATA) {
            throw new BadMessageException("send at most " + Content.Message.LONGEST_METADATA + " bytes of metadata");
        }
        return Optional.of(bytes);
    }

    private static Optional<Duration> timeToLive(JsonNode metadata) throws BadMessageException {
        JsonNode ttl = metadata.path("ttl");
        if (ttl.isMissingNode() || ttl.isNull()) {
            return Optional.empty();
        }
        if (!ttl.isIntegralNumber() || !ttl.canConvertToInt() || ttl.intValue() < 0) {
            throw new BadMessageException("send metadata.ttl: whole seconds, or none");
        }
        return Optional.of(Duration.ofSeconds(ttl.intValue()));
    }

    private static Command history(RealtimeRequest.Message request, JsonNode data) throws BadMessageException {
        Topic topic = topic(data);
        OptionalLong limit = number(data, "limit");
        OptionalLong before = number(data, "before");
        OptionalLong since = number(data, "since");
        if (before.isPresent() && since.isPresent()) {
            throw new BadMessageException("send before or since, not both");
        }
        if (limit.isPresent() && (limit.getAsLong() < 1 || limit.getAsLong() > MOST_MESSAGES)) {
            throw new BadMessageException("send a limit from 1 to " + MOST_MESSAGES);
        }
        return new Command.History(request, topic, (int) limit.orElse(USUAL_MESSAGES), before, since);
    }

    private static OptionalLong number(JsonNode data, String name) throws BadMessageException {
        JsonNode value = data.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new BadMessageException("send " + name + " as a whole number, or leave it out");
        }
        return OptionalLong.of(value.longValue());
    }

    private static Command authenticate(RealtimeRequest.Message request, JsonNode data) throws BadMessageException {
        JsonNode token = data.path("token");
        if (!token.isTextual() || token.textValue().isEmpty()) {
            throw new BadMessageException("send a token: a string");
        }
        return new Command.Refresh(request, token.textValue());
    }

    private byte[] bytes(JsonNode json) throws BadMessageException {
        try {
            return mapper.writeValueAsBytes(json);
        } catch (JsonProcessingException _) {
            throw new BadMessageException("send JSON that is not nested too deep");
        }
    }
}
