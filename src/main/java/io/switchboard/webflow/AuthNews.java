package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** What a service says of an operation. */
public sealed interface AuthNews {
    WebSocketId id();

    /** What the service calls the operation, where it said so; as secret as the id, which is made of it. */
    Optional<String> operationId();

    /**
     * An operation was authorized, or failed to be.
     *
     * @param result whatever the service calls it
     */
    record Authorized(WebSocketId id, Optional<String> operationId, String result) implements AuthNews {
        public Authorized {
            requireNonNull(id, "id");
            requireNonNull(operationId, "operationId");
            requireNonNull(result, "result");
        }

        @Override
        public String toString() {
            return "Authorized[]";
        }
    }

    /** Somebody will wait for the id. */
    record Announced(WebSocketId id, Optional<String> operationId) implements AuthNews {
        public Announced {
            requireNonNull(id, "id");
            requireNonNull(operationId, "operationId");
        }

        @Override
        public String toString() {
            return "Announced[]";
        }
    }
}
