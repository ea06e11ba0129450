package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What a client said when it asked for the WebSocket.
 *
 * @param subprotocols those offered, in their order
 * @param protocol the query parameter {@code protocol}
 * @param token the token in the query or, where that counts, in the Authorization header
 */
public record UpgradeRequest(List<String> subprotocols, Optional<String> protocol, Optional<String> token) {
    public UpgradeRequest {
        subprotocols = List.copyOf(subprotocols);
        requireNonNull(protocol, "protocol");
        requireNonNull(token, "token");
    }

    /** Without the token and what else may be one. */
    @Override
    public String toString() {
        return "UpgradeRequest[]";
    }
}
