package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What a session waited for.
 *
 * @param operationId the operation behind the id, where a service has named it; as secret as the id, which is made of it
 */
public record Registration(WebSocketId id, Optional<String> operationId) {
    public Registration {
        requireNonNull(id, "id");
        requireNonNull(operationId, "operationId");
    }

    @Override
    public String toString() {
        return "Registration[]";
    }
}
