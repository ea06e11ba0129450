package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.Request;
import java.util.Optional;

/**
 * What an answer refers to.
 *
 * @param receipt the id under which the client wants to know that its frame was processed
 * @param kind what the frame asked for, where that makes a difference
 * @param correlation the {@code correlation-id} of a call
 */
record StompRequest(Optional<String> receipt, Kind kind, Optional<String> correlation) implements Request {
    enum Kind {
        /** Of a service: what it answers is a message. */
        CALL,
        /** To begin in a version that is not spoken here. */
        VERSION,
        OTHER
    }

    StompRequest {
        requireNonNull(receipt, "receipt");
        requireNonNull(kind, "kind");
        requireNonNull(correlation, "correlation");
    }

    static StompRequest of(StompFrame frame) {
        return new StompRequest(frame.header(Headers.RECEIPT), Kind.OTHER, Optional.empty());
    }

    static StompRequest call(StompFrame frame) {
        return new StompRequest(frame.header(Headers.RECEIPT), Kind.CALL, frame.header(Headers.CORRELATION_ID));
    }
}
