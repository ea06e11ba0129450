package io.switchboard.auth;

import java.util.concurrent.CompletionStage;

/** Verifies tokens for the administration API, which has an audience of its own; otherwise like {@link TokenVerifier}. */
@FunctionalInterface
public interface ApiTokenVerifier {
    /**
     * Verifies a token. May be called on any thread and never blocks it.
     *
     * @return the claims, or a failure with {@link TokenRejectedException}; no other kind of failure
     */
    CompletionStage<Claims> verify(String token);
}
