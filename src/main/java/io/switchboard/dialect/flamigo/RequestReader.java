package io.switchboard.dialect.flamigo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.flamigo.FlamigoRequest.Ack;
import io.switchboard.dialect.flamigo.FlamigoRequest.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads requests. Whatever is wrong with one, the answer says so and the connection stays. */
final class RequestReader {
    /** What clients call is in this scope; a service is called by what follows. */
    private static final String SCOPE = "app::";

    /** The strategy that takes who is not signed in. */
    private static final String SIGN_IN = SCOPE + "websocket:auth";

    /** The original's name of the correlation first, then that of the generated code (AmberByte/flamigo). */
    private static final List<String> ACKS = List.of("ackId", "ack");

    private static final int LONGEST_ACK = 256;

    private static final String REQUIRED = "this field is required";

    private final ObjectMapper mapper;
    private final ObjectReader reader;
    private final boolean signInByService;

    /** @param reader leaves numbers as they are written */
    RequestReader(ObjectMapper mapper, ObjectReader reader, boolean signInByService) {
        this.mapper = mapper;
        this.reader = reader;
        this.signInByService = signInByService;
    }

    Command read(String text) {
        JsonNode json;
        try {
            json = reader.readTree(text);
        } catch (JsonProcessingException | NumberFormatException _) {
            // the latter for a number whose exponent is beyond all bounds
            return refused(FlamigoRequest.UNREADABLE, "send JSON: the message cannot be parsed");
        }
        if (json == null || !json.isObject()) {
            return refused(FlamigoRequest.UNREADABLE, "send a JSON object");
        }
        List<FieldError> errors = new ArrayList<>();
        JsonNode topic = json.path("topic");
        if (topic.isMissingNode()
                || topic.isNull()
                || (topic.isTextual() && topic.textValue().isEmpty())) {
            errors.add(new FieldError("topic", REQUIRED));
        } else if (!topic.isTextual()) {
            errors.add(new FieldError("topic", "send a string"));
        }
        Optional<byte[]> payload = payload(json, errors);
        Optional<Ack> ack = ack(json, errors);
        FlamigoRequest request = new FlamigoRequest(topic.isTextual() ? topic.textValue() : "", ack, List.of());
        return errors.isEmpty() ? read(request, json.get("payload"), payload.orElseThrow()) : refused(request, errors);
    }

    private static Command.Refused refused(FlamigoRequest request, String message) {
        return new Command.Refused(request, new Reply.Failed(400, message));
    }

    private static Command.Refused refused(FlamigoRequest request, List<FieldError> errors) {
        return refused(
                new FlamigoRequest(request.topic(), request.ack(), errors), "fields are missing or cannot be read");
    }

    /** Any JSON, {@code null} among it, as upstream takes it. */
    private Optional<byte[]> payload(JsonNode json, List<FieldError> errors) {
        if (!json.has("payload")) {
            errors.add(new FieldError("payload", REQUIRED));
            return Optional.empty();
        }
        try {
            return Optional.of(mapper.writeValueAsBytes(json.get("payload")));
        } catch (JsonProcessingException _) {
            errors.add(new FieldError("payload", "send JSON that is not nested too deep"));
            return Optional.empty();
        }
    }

    /** The first that there is. */
    private static Optional<Ack> ack(JsonNode json, List<FieldError> errors) {
        for (String name : ACKS) {
            JsonNode ack = json.path(name);
            if (!ack.isMissingNode() && !ack.isNull()) {
                if (ack.isTextual() && ack.textValue().length() <= LONGEST_ACK) {
                    return Optional.of(new Ack(name, ack.textValue()));
                }
                errors.add(new FieldError(name, "send a string of at most " + LONGEST_ACK + " characters, or none"));
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private Command read(FlamigoRequest request, JsonNode payload, byte[] bytes) {
        if (request.topic().equals(SIGN_IN)) {
            return signInByService
                    ? new Command.AuthenticateBy(
                            request, SIGN_IN.substring(SCOPE.length()), bytes, Optional.empty(), false)
                    : authenticate(request, payload.path("token"));
        }
        if (!request.topic().startsWith(SCOPE)) {
            return new Command.Denied(request, new Reply.Failed(403, "the commands scope is invalid"));
        }
        return new Command.Call(request, request.topic().substring(SCOPE.length()), bytes, Optional.empty());
    }

    private static Command authenticate(FlamigoRequest request, JsonNode token) {
        if (token.isMissingNode()
                || token.isNull()
                || (token.isTextual() && token.textValue().isEmpty())) {
            return refused(request, List.of(new FieldError("token", REQUIRED)));
        }
        return token.isTextual()
                ? new Command.Authenticate(request, Optional.of(token.textValue()))
                : refused(request, List.of(new FieldError("token", "send a string")));
    }
}
