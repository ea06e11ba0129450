package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.queue.Algorithm;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads what a client asks for, but for what it watches. Pure, any thread. */
final class CommandReader {
    static final String SIGN_IN = "signin";
    static final String CUSTOM = "customcommand";
    static final String QUEUE_MESSAGE = "queuemessage";

    /** What nobody but the server, or the service that signs in, is told. */
    private static final List<String> SECRETS = List.of("jwt", "password", "rawAssertion", "impersonate");

    /** What the server says in what is sent to a queue, and nobody else; a token is not kept. */
    private static final List<String> OWN_IN_DATA = List.of("__user", "__jwt", "jwt");

    /** Characters of what is told back as it is. */
    private static final int SHORT = 4096;

    private static final Duration LONGEST = Duration.ofDays(365);

    private final ObjectMapper mapper;
    private final Duration expiration;

    /** @param expiration of what is sent to a queue without saying how long it may wait */
    CommandReader(ObjectMapper mapper, Duration expiration) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.expiration = requireNonNull(expiration, "expiration");
    }

    /** Thrown for what cannot be carried out; says what to send instead. */
    static final class BadCommandException extends Exception {
        private static final long serialVersionUID = 1L;

        BadCommandException(String message) {
            super(message, null, false, false);
        }
    }

    /** A command's fields. */
    ObjectNode fields(Packet packet) throws BadCommandException {
        if (packet.data().isBlank()) {
            return mapper.createObjectNode();
        }
        try {
            if (mapper.readTree(packet.data()) instanceof ObjectNode fields) {
                return fields;
            }
        } catch (JsonProcessingException | NumberFormatException _) {
            // the message would quote what was sent
        }
        throw new BadCommandException("send data as a string that holds a JSON object");
    }

    /** What an answer refers to, and may tell back: nothing that is secret, and of what is long only the short fields. */
    OpenFlowRequest request(Packet packet, ObjectNode fields) {
        ObjectNode asked = mapper.createObjectNode();
        boolean isShort = packet.data().length() <= SHORT;
        fields.properties().stream()
                .filter(field -> !SECRETS.contains(field.getKey()))
                .filter(field -> isShort
                        || (field.getValue().isValueNode()
                                && field.getValue().asText().length() <= SHORT))
                .forEach(field -> asked.set(field.getKey(), field.getValue()));
        return new OpenFlowRequest(packet.id(), packet.command(), asked);
    }

    /**
     * What a command means.
     *
     * @param fields its own
     * @param current the token that the client signed in with; empty: it has not
     */
    Command read(OpenFlowRequest request, ObjectNode fields, String current) throws BadCommandException {
        return switch (request.command()) {
            case SIGN_IN -> signIn(request, fields, current);
            case "registerqueue" ->
                as(
                        request,
                        fields,
                        true,
                        new Command.Consume(
                                request, Optional.of(text(fields, "queuename")).filter(name -> !name.isEmpty())));
            case "closequeue" -> as(request, fields, true, new Command.Abandon(request, required(fields, "queuename")));
            case "registerexchange" -> as(request, fields, true, exchange(request, fields));
            case QUEUE_MESSAGE -> as(request, fields, false, enqueue(request, fields));
            case CUSTOM -> as(request, fields, false, call(request, fields, required(fields, "command")));
            default -> as(request, fields, false, call(request, fields, request.command()));
        };
    }

    /** With the token of the command, if it has one. */
    static Command as(OpenFlowRequest request, ObjectNode fields, boolean lasts, Command command)
            throws BadCommandException {
        String token = text(fields, "jwt");
        return token.isEmpty() ? command : new Command.As(request, token, lasts, command);
    }

    private Command signIn(OpenFlowRequest request, ObjectNode fields, String current) throws BadCommandException {
        boolean stays = fields.path("validate_only").asBoolean(false);
        String token = text(fields, "jwt");
        String name = text(fields, "username");
        boolean byService = !text(fields, "impersonate").isEmpty()
                || (token.isEmpty()
                        && (!name.isEmpty() || !text(fields, "rawAssertion").isEmpty()));
        if (byService) {
            ObjectNode asked = fields;
            if (token.isEmpty() && !current.isEmpty() && fields.has("impersonate")) {
                asked = fields.deepCopy().put("jwt", current);
            }
            return new Command.AuthenticateBy(
                    request,
                    SIGN_IN,
                    Answers.utf8(mapper, asked),
                    Optional.of(name).filter(text -> !text.isEmpty()),
                    stays);
        }
        if (stays) {
            String asked = token.isEmpty() ? current : token;
            return asked.isEmpty()
                    ? new Command.Refused(request, Reply.Failed.SIGN_IN_FIRST)
                    : new Command.Verify(request, asked);
        }
        if (token.isEmpty()) {
            throw new BadCommandException("send a jwt, or a username and a password");
        }
        return new Command.Authenticate(request.withToken(token), Optional.of(token));
    }

    private static Command exchange(OpenFlowRequest request, ObjectNode fields) throws BadCommandException {
        String algorithm = text(fields, "algorithm").toLowerCase(Locale.ROOT);
        return new Command.Exchange(
                request,
                required(fields, "exchangename"),
                Algorithm.of(algorithm.equals("headers") ? "header" : algorithm)
                        .orElseThrow(() -> new BadCommandException(
                                "send an algorithm, which is one of direct, fanout, topic and header")),
                text(fields, "routingkey"),
                fields.path("addqueue").asBoolean(true));
    }

    private Command enqueue(OpenFlowRequest request, ObjectNode fields) throws BadCommandException {
        String queue = text(fields, "queuename");
        String exchange = text(fields, "exchangename");
        if (queue.isEmpty() && exchange.isEmpty()) {
            throw new BadCommandException("send a queuename, or an exchangename");
        }
        JsonNode data = data(fields.path("data"));
        boolean named = !fields.path("striptoken").asBoolean(false);
        return new Command.Enqueue(
                // what is sent is not told back
                new OpenFlowRequest(
                        request.id(), request.command(), request.asked().without(List.of("data"))),
                exchange.isEmpty() ? queue : exchange,
                !exchange.isEmpty(),
                claims -> from(data, claims, named),
                text(fields, "replyto"),
                text(fields, "correlationId"),
                text(fields, "routingkey"),
                expiration(fields.path("expiration")));
    }

    /** A string that holds an object or an array is taken for what it holds. */
    private JsonNode data(JsonNode sent) {
        if (sent.isMissingNode()) {
            return mapper.nullNode();
        }
        String text = sent.asText("").strip();
        if (sent.isTextual() && (text.startsWith("{") || text.startsWith("["))) {
            try {
                return mapper.readTree(text);
            } catch (JsonProcessingException | NumberFormatException _) {
                return sent;
            }
        }
        return sent;
    }

    private String from(JsonNode data, Claims sender, boolean named) {
        if (!(data instanceof ObjectNode object)) {
            return Answers.text(mapper, data);
        }
        ObjectNode told = object.deepCopy().without(OWN_IN_DATA);
        if (named) {
            told.set("__user", Answers.who(mapper, sender));
        }
        return Answers.text(mapper, told);
    }

    private Duration expiration(JsonNode json) throws BadCommandException {
        if (json.isMissingNode() || json.isNull() || json.asText("").isEmpty()) {
            return expiration;
        }
        long millis = json.asLong(-1);
        if (!json.isNumber() && !json.isTextual()) {
            throw new BadCommandException("send an expiration in milliseconds, or none");
        }
        // as the original: what is no time is none
        return millis < 1 ? expiration : Duration.ofMillis(Math.min(millis, LONGEST.toMillis()));
    }

    private Command call(OpenFlowRequest request, ObjectNode fields, String name) {
        return new Command.Call(
                request,
                name.toLowerCase(Locale.ROOT),
                Answers.utf8(mapper, fields.deepCopy().without(SECRETS)),
                Optional.empty());
    }

    /** Empty: there is none. */
    static String text(ObjectNode fields, String name) throws BadCommandException {
        JsonNode field = fields.path(name);
        if (field.isMissingNode() || field.isNull()) {
            return "";
        }
        if (!field.isTextual()) {
            throw new BadCommandException("send " + name + " as a string");
        }
        return field.textValue();
    }

    static String required(ObjectNode fields, String name) throws BadCommandException {
        String text = text(fields, name);
        if (text.isEmpty()) {
            throw new BadCommandException("send a " + name);
        }
        return text;
    }
}
