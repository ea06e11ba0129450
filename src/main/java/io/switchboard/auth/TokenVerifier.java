package io.switchboard.auth;

import java.util.concurrent.CompletionStage;

/**
 * Turns a token into claims. Implementations verify signature, issuer, audience and time before they read anything
 * else, and fail closed.
 */
@FunctionalInterface
public interface TokenVerifier {
    /**
     * Verifies a token. May be called on any thread and never blocks it: keys may have to be fetched, so the result
     * arrives on a thread of the verifier's.
     *
     * @return the claims, or a failure with {@link TokenRejectedException}; no other kind of failure
     */
    CompletionStage<Claims> verify(String token);
}
