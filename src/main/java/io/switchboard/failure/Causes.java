package io.switchboard.failure;

import java.util.concurrent.CompletionException;

/** Looks behind the wrapper that a {@link java.util.concurrent.CompletableFuture} puts around a failure. */
public final class Causes {
    private Causes() {}

    /** What the stage failed with. */
    public static Throwable of(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
