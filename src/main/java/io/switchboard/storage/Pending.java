package io.switchboard.storage;

import io.switchboard.failure.StoreException;
import io.switchboard.failure.StoreException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An answer that somebody waits for. It is given once; what comes too late is ignored. Any thread.
 *
 * @param <T> what the answer is
 */
final class Pending<T> {
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private final AtomicBoolean taken = new AtomicBoolean();

    CompletableFuture<T> answer() {
        return answer;
    }

    /** Before it is begun: whether to begin at all. False: nobody waits any more. */
    boolean take() {
        return !answer.isDone() && taken.compareAndSet(false, true);
    }

    boolean isDone() {
        return answer.isDone();
    }

    void complete(T value) {
        answer.complete(value);
    }

    /** What was not begun will not be. False: there was an answer already. */
    boolean fail(Reason reason) {
        taken.set(true);
        return answer.completeExceptionally(new StoreException(reason));
    }
}
