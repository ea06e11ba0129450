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
    /** A subprotocol that begins with it is a token. */
    public static final String TOKEN_SUBPROTOCOL = "access_token.";

    public UpgradeRequest {
        subprotocols = List.copyOf(subprotocols);
        requireNonNull(protocol, "protocol");
        requireNonNull(token, "token");
    }

    /** The subprotocol that holds the token, as it was offered. */
    public Optional<String> tokenSubprotocol() {
        return subprotocols.stream()
                .filter(text -> text.startsWith(TOKEN_SUBPROTOCOL))
                .findFirst();
    }

    /** Without the token and what else may be one. */
    @Override
    public String toString() {
        return "UpgradeRequest[]";
    }
}
