package io.switchboard.dialect.flamigo;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.Request;
import java.util.List;
import java.util.Optional;

/**
 * What an answer refers to.
 *
 * @param topic the strategy, as the client named it; empty: nothing that could be read
 * @param ack by what the client knows the answer again
 * @param fieldErrors what is wrong with single fields
 */
record FlamigoRequest(String topic, Optional<Ack> ack, List<FieldError> fieldErrors) implements Request {
    /** The request could not be read. */
    static final FlamigoRequest UNREADABLE = new FlamigoRequest("", Optional.empty(), List.of());

    /**
     * The correlation of a request.
     *
     * @param name the field that it came in, and goes back in
     */
    record Ack(String name, String value) {
        Ack {
            requireNonNull(name, "name");
            requireNonNull(value, "value");
        }
    }

    /**
     * What is wrong with a field.
     *
     * @param field its name
     * @param error what to send instead; holds nothing of what was sent
     */
    record FieldError(String field, String error) {
        FieldError {
            requireNonNull(field, "field");
            requireNonNull(error, "error");
        }
    }

    FlamigoRequest {
        requireNonNull(topic, "topic");
        requireNonNull(ack, "ack");
        fieldErrors = List.copyOf(fieldErrors);
    }

    /** Without what the client called it. */
    @Override
    public String toString() {
        return "FlamigoRequest[]";
    }
}
