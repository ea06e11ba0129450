package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * An operation whose authorization a session waited for.
 *
 * @param webSocketId what the client called it
 * @param operationId what services call it, where one has said so
 */
public record AwaitedOperation(String webSocketId, Optional<String> operationId) {
    public AwaitedOperation {
        requireNonNull(webSocketId, "webSocketId");
        requireNonNull(operationId, "operationId");
    }

    void addTo(JsonObject json) {
        json.put("webSocketId", webSocketId);
        operationId.ifPresent(id -> json.put("operationId", id));
    }

    /** Without the ids: who knows one may wait for the operation. */
    @Override
    public String toString() {
        return "AwaitedOperation[]";
    }
}
