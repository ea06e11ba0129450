package io.switchboard.event;

import static io.switchboard.event.JsonFields.bool;
import static io.switchboard.event.JsonFields.field;
import static io.switchboard.event.JsonFields.object;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.hub.Content;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads what is published to an audience or on a topic:
 * {@code {"user"|"role"|"workspace"|"session"|"everyone"|"topic", "topic"?, "client_topic"?, "payload"|"notification", "metadata"?,
 * "key"?, "id"?}}. Any thread.
 */
public final class MessageReader {
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_KEY = 128;
    private static final String AUDIENCE_PROBLEM =
            "send one of user, role, workspace, session and everyone, or a topic alone";

    private final ObjectMapper mapper;

    /** @param mapper writes what is kept */
    public MessageReader(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    MessageEvent read(JsonNode json) throws InvalidEventException {
        Optional<Topic> topic = topic(json);
        Audience audience = audience(json, topic);
        JsonNode payload = json.path("payload");
        JsonNode notification = object(json, "", "notification");
        if (payload.isMissingNode() == notification.isMissingNode()) {
            throw new InvalidEventException("payload", "send either a payload or a notification");
        }
        Optional<String> clientTopic = clientTopic(json);
        if (clientTopic.isPresent() && payload.isMissingNode()) {
            throw new InvalidEventException(
                    "client_topic", "send it with a payload: a notification has no other topic");
        }
        JsonNode metadata = object(json, "", "metadata");
        return new MessageEvent(
                audience,
                notification.isMissingNode()
                        ? new Content.Message(
                                topic.orElseGet(audience::topic), bytes(payload), metadata(metadata), clientTopic)
                        : notification(notification),
                limited(json, "", "key", LONGEST_KEY),
                metadata.path("priority").asText().equals(Content.Message.URGENT),
                timeToLive(metadata));
    }

    private static Optional<Topic> topic(JsonNode json) throws InvalidEventException {
        Optional<String> text = JsonFields.text(json, "", "topic");
        return text.isEmpty() ? Optional.empty() : Optional.of(topic(text.get()));
    }

    private static Topic topic(String text) throws InvalidEventException {
        Topic topic;
        try {
            topic = TopicSyntax.DOTTED.topic(text);
        } catch (InvalidTopicException e) {
            throw new InvalidEventException("topic", e.getMessage());
        }
        if (!topic.isOpen()) {
            throw new InvalidEventException(
                    "topic", "send a topic of your own: those of events, audiences and presence are not published to");
        }
        return topic;
    }

    private static Optional<String> clientTopic(JsonNode json) throws InvalidEventException {
        Optional<String> text = limited(json, "", "client_topic", LONGEST_NAME);
        if (text.isPresent() && !text.get().codePoints().allMatch(MessageReader::isCharacter)) {
            throw new InvalidEventException("client_topic", "send no control characters and no half characters");
        }
        return text;
    }

    private static boolean isCharacter(int codePoint) {
        return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
    }

    private static Audience audience(JsonNode json, Optional<Topic> topic) throws InvalidEventException {
        List<Audience> named = new ArrayList<>();
        limited(json, "", "user", LONGEST_NAME).map(Audience.User::new).ifPresent(named::add);
        limited(json, "", "role", LONGEST_NAME).map(Audience.Role::new).ifPresent(named::add);
        limited(json, "", "workspace", LONGEST_NAME)
                .map(Audience.Workspace::new)
                .ifPresent(named::add);
        Optional<String> session = limited(json, "", "session", LONGEST_NAME);
        if (session.isPresent()) {
            named.add(new Audience.Session(sessionId(session.get())));
        }
        if (bool(json, "", "everyone").orElse(false)) {
            named.add(new Audience.Everyone());
        }
        if (named.size() > 1) {
            throw new InvalidEventException("", AUDIENCE_PROBLEM);
        }
        if (named.isEmpty()) {
            return topic.map(Audience.Subscribers::new)
                    .orElseThrow(() -> new InvalidEventException("topic", AUDIENCE_PROBLEM));
        }
        return named.getFirst();
    }

    private static UUID sessionId(String text) throws InvalidEventException {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw new InvalidEventException("session", "send the id of a session: a UUID");
        }
    }

    private static Optional<String> limited(JsonNode json, String at, String name, int longest)
            throws InvalidEventException {
        Optional<String> value = JsonFields.text(json, at, name);
        if (value.isPresent() && (value.get().isEmpty() || value.get().length() > longest)) {
            throw new InvalidEventException(JsonFields.path(at, name), "send 1 to " + longest + " characters");
        }
        return value;
    }

    private Content.Notification notification(JsonNode json) throws InvalidEventException {
        Optional<String> title = JsonFields.text(json, "notification", "title");
        Optional<String> message = JsonFields.text(json, "notification", "message");
        if (title.isEmpty() && message.isEmpty()) {
            throw new InvalidEventException("notification.message", "send a title, a message or both");
        }
        JsonFields.text(json, "notification", "level");
        JsonNode actions = field(json, "actions");
        if (!actions.isMissingNode() && !actions.isArray()) {
            throw new InvalidEventException("notification.actions", "send an array of objects with label and url");
        }
        return new Content.Notification(bytes(json));
    }

    private Optional<byte[]> metadata(JsonNode json) throws InvalidEventException {
        if (json.isMissingNode()) {
            return Optional.empty();
        }
        // what the server says of a message stays the server's
        byte[] bytes = bytes(((ObjectNode) json.deepCopy()).remove(Content.Message.OWN_METADATA));
        if (bytes.length > Content.Message.LONGEST_METADATA) {
            throw new InvalidEventException("metadata", "send at most " + Content.Message.LONGEST_METADATA + " bytes");
        }
        return Optional.of(bytes);
    }

    private static Optional<Duration> timeToLive(JsonNode metadata) throws InvalidEventException {
        JsonNode ttl = field(metadata, "ttl");
        if (ttl.isMissingNode()) {
            return Optional.empty();
        }
        if (!ttl.isIntegralNumber() || !ttl.canConvertToInt() || ttl.intValue() < 0) {
            throw new InvalidEventException("metadata.ttl", "send the seconds that it is of interest, 0 or more");
        }
        return Optional.of(Duration.ofSeconds(ttl.intValue()));
    }

    private byte[] bytes(JsonNode json) throws InvalidEventException {
        try {
            return mapper.writeValueAsBytes(json);
        } catch (JsonProcessingException _) {
            throw new InvalidEventException("", "send JSON that is not nested too deep");
        }
    }
}
