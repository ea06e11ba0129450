package io.switchboard.auth;

import java.security.Key;
import java.util.concurrent.CompletionStage;
import org.jose4j.jws.JsonWebSignature;

/** Where the keys that verify signatures come from. Any thread; never blocks. */
@FunctionalInterface
interface KeySource {
    /**
     * The key for a token. What the token's header says is only used to choose among trusted keys.
     *
     * @param mayWait whether the answer may be {@link Wait}; {@code false} when asking again
     */
    Answer find(JsonWebSignature token, boolean mayWait);

    /** The outcome of a search. */
    sealed interface Answer {}

    /** The key. */
    record Found(Key key) implements Answer {}

    /** There is no such key. */
    record Unknown() implements Answer {}

    /** Whether there is such a key cannot be said at the moment. */
    record Unavailable() implements Answer {}

    /** Keys are being fetched: ask again when this has completed, which it does without a failure. */
    record Wait(CompletionStage<Void> fetched) implements Answer {}
}
