package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.hub.Content;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a {@code SEND} means. Pure. */
final class SendReader {
    private static final String SERVICE = "/app/";
    private static final String REGISTRATION = SERVICE + "registration";
    private static final String TO_MESSAGES = "/queue/messages";
    private static final String TRACEPARENT = "traceparent";
    private static final String PRIORITY = "priority";
    private static final String TIME_TO_LIVE = "ttl";
    private static final Set<String> IDEMPOTENCY_KEY = Set.of("idempotency-key", "idempotency_key");
    private static final int LONGEST_KEY = 256;
    private static final int LONGEST_USER = 255;

    /** Headers that are for the server; the others are for whoever gets the message (STOMP 1.2, MESSAGE). */
    private static final Set<String> FOR_THE_SERVER = Set.of(
            Headers.DESTINATION,
            Headers.CONTENT_TYPE,
            "content-length",
            Headers.RECEIPT,
            "transaction",
            "login",
            "passcode",
            "authorization",
            "cookie");

    /** What clients send along everywhere, and nobody else is to see. */
    private static final List<String> SECRET = List.of("csrf", "xsrf", "token");

    /** A frame that cannot be carried out. */
    private static final class BadSendException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String topic;

        BadSendException(String message, String topic) {
            super(message, null, false, false);
            this.topic = topic;
        }

        BadSendException(String message) {
            this(message, "");
        }
    }

    private final ObjectMapper mapper;

    /** @param mapper reads what clients send, strictly */
    SendReader(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    Command read(StompFrame frame) {
        try {
            String destination = frame.header(Headers.DESTINATION)
                    .orElseThrow(() -> new BadSendException("send a destination: /topic/…, /app/… or /user/…"));
            if (destination.startsWith(Destination.TOPIC)) {
                return publish(frame, destination);
            }
            if (destination.equals(REGISTRATION)) {
                return registration(frame);
            }
            if (destination.startsWith(SERVICE)) {
                return new Command.Call(
                        StompRequest.call(frame),
                        destination.substring(SERVICE.length()),
                        bytes(payload(frame)),
                        frame.header(TRACEPARENT));
            }
            if (destination.startsWith(Destination.USER) && destination.endsWith(TO_MESSAGES)) {
                return direct(frame, destination);
            }
            throw new BadSendException("send to /topic/…, to /app/… or to /user/<user>" + TO_MESSAGES, destination);
        } catch (BadSendException e) {
            return new Command.Refused(StompRequest.of(frame), Reply.Failed.of(400, e.getMessage(), e.topic));
        }
    }

    private Command publish(StompFrame frame, String destination) throws BadSendException {
        Topic topic;
        try {
            topic = Destination.topic(destination.substring(Destination.TOPIC.length()));
        } catch (InvalidTopicException e) {
            throw new BadSendException(e.getMessage(), destination);
        }
        return new Command.Publish(
                StompRequest.of(frame),
                topic,
                new Content.Message(topic, bytes(payload(frame)), metadata(frame)),
                frame.header(PRIORITY).filter(Content.Message.URGENT::equals).isPresent(),
                timeToLive(frame),
                Optional.empty(),
                idempotencyKey(frame));
    }

    private Command direct(StompFrame frame, String destination) throws BadSendException {
        String name = destination.substring(
                Destination.USER.length(),
                Math.max(Destination.USER.length(), destination.length() - TO_MESSAGES.length()));
        String user;
        try {
            List<String> segments = Destination.topic(name.replace(".", "%2E")).segments();
            if (segments.size() != 1) {
                throw new BadSendException("write a / in the name of a user as %2F", destination);
            }
            user = segments.getFirst();
        } catch (InvalidTopicException _) {
            throw new BadSendException("name the user, percent-encoded: /user/<user>" + TO_MESSAGES, destination);
        }
        if (user.isBlank() || user.length() > LONGEST_USER) {
            throw new BadSendException("name the user: 1 to " + LONGEST_USER + " characters");
        }
        return new Command.Direct(
                StompRequest.of(frame),
                user,
                new Command.Direct.Body.Json(bytes(payload(frame)), metadata(frame)),
                timeToLive(frame),
                Optional.empty(),
                idempotencyKey(frame));
    }

    private Command registration(StompFrame frame) throws BadSendException {
        JsonNode id = payload(frame).path(Answers.WEB_SOCKET_ID);
        if (!id.isTextual()) {
            throw new BadSendException("send JSON: {\"" + Answers.WEB_SOCKET_ID + "\":\"…\"}");
        }
        return new Command.Register(StompRequest.of(frame), id.textValue());
    }

    /**
     * The body as JSON: what is said to be JSON has to be, what is said to be text becomes a string, and where nothing is said it
     * is what it looks like.
     */
    private JsonNode payload(StompFrame frame) throws BadSendException {
        Optional<String> type = frame.header(Headers.CONTENT_TYPE).map(text -> text.toLowerCase(Locale.ROOT));
        if (type.isPresent() && type.get().startsWith("text/")) {
            return TextNode.valueOf(text(frame));
        }
        if (type.isPresent() && !type.get().contains("json")) {
            throw new BadSendException("send a body of the content-type " + Headers.JSON + " or " + Headers.TEXT);
        }
        try {
            JsonNode json = mapper.readTree(text(frame));
            if (json != null && !json.isMissingNode()) {
                return json;
            }
        } catch (JsonProcessingException _) {
            if (type.isEmpty()) {
                return TextNode.valueOf(text(frame));
            }
        }
        if (type.isEmpty()) {
            return TextNode.valueOf("");
        }
        throw new BadSendException("send a body that is JSON, as its content-type says");
    }

    private static String text(StompFrame frame) throws BadSendException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(frame.body()))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new BadSendException("send a body in UTF-8");
        }
    }

    /** What the client's own headers say of the message, as other dialects show it. */
    private Optional<byte[]> metadata(StompFrame frame) throws BadSendException {
        ObjectNode metadata = mapper.createObjectNode();
        for (Map.Entry<String, String> header : frame.headers().entrySet()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!FOR_THE_SERVER.contains(name)
                    && !Content.Message.OWN_METADATA.contains(header.getKey())
                    && SECRET.stream().noneMatch(name::contains)) {
                metadata.put(header.getKey(), header.getValue());
            }
        }
        frame.header(Headers.CONTENT_TYPE)
                .filter(type -> type.toLowerCase(Locale.ROOT).startsWith("text/"))
                .ifPresent(_ -> metadata.put(Headers.CONTENT_TYPE_METADATA, Headers.TEXT));
        if (metadata.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = bytes(metadata);
        if (bytes.length > Content.Message.LONGEST_METADATA) {
            throw new BadSendException(
                    "send at most " + Content.Message.LONGEST_METADATA + " bytes of headers of your own");
        }
        return Optional.of(bytes);
    }

    private static Optional<Duration> timeToLive(StompFrame frame) throws BadSendException {
        Optional<String> seconds = frame.header(TIME_TO_LIVE);
        if (seconds.isEmpty()) {
            return Optional.empty();
        }
        if (!seconds.get().matches("[0-9]{1,9}")) {
            throw new BadSendException("send a " + TIME_TO_LIVE + " in whole seconds, or none");
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(seconds.get())));
    }

    private static Optional<String> idempotencyKey(StompFrame frame) throws BadSendException {
        Optional<String> key = IDEMPOTENCY_KEY.stream()
                .flatMap(name -> frame.header(name).stream())
                .findFirst();
        if (key.isPresent() && (key.get().isEmpty() || key.get().length() > LONGEST_KEY)) {
            throw new BadSendException("send an idempotency-key of 1 to " + LONGEST_KEY + " characters, or none");
        }
        return key;
    }

    private byte[] bytes(JsonNode json) throws BadSendException {
        try {
            return mapper.writeValueAsBytes(json);
        } catch (JsonProcessingException _) {
            throw new BadSendException("send JSON that is not nested too deep");
        }
    }
}
