package io.switchboard.event;

import static io.switchboard.event.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.webflow.AuthNews;
import io.switchboard.webflow.WebSocketId;
import java.util.Optional;

/**
 * Reads what services publish on {@code auth}: {@code {"operationId"|"webSocketId", "authResult"}}, or {@code "announced":true} in place
 * of the result. Pure.
 */
final class OperationReader {
    private static final int LONGEST_RESULT = 256;
    private static final int LONGEST_OPERATION_ID = 1024;

    private OperationReader() {}

    static OperationRequest read(JsonNode json) throws InvalidEventException {
        Optional<String> operationId = text(json, "", "operationId");
        Optional<String> webSocketId = text(json, "", "webSocketId");
        if (operationId.isPresent() == webSocketId.isPresent()) {
            throw new InvalidEventException("operationId", "send either an operationId or a webSocketId");
        }
        WebSocketId id = operationId.isPresent() ? ofOperation(operationId.get()) : ofClient(webSocketId.get());
        Optional<String> result = text(json, "", "authResult");
        boolean announced = JsonFields.bool(json, "", "announced").orElse(false);
        if (result.isPresent() == announced) {
            throw new InvalidEventException("authResult", "send either an authResult or announced: true");
        }
        if (announced) {
            return new OperationRequest(new AuthNews.Announced(id, operationId));
        }
        if (result.get().length() > LONGEST_RESULT) {
            throw new InvalidEventException("authResult", "send at most " + LONGEST_RESULT + " characters");
        }
        return new OperationRequest(new AuthNews.Authorized(id, operationId, result.get()));
    }

    private static WebSocketId ofOperation(String text) throws InvalidEventException {
        if (text.isEmpty() || text.length() > LONGEST_OPERATION_ID) {
            throw new InvalidEventException("operationId", "send 1 to " + LONGEST_OPERATION_ID + " characters");
        }
        return WebSocketId.ofOperation(text);
    }

    private static WebSocketId ofClient(String text) throws InvalidEventException {
        return WebSocketId.of(text)
                .orElseThrow(() -> new InvalidEventException(
                        "webSocketId", "send 8 to 256 characters, none of them a control character"));
    }
}
