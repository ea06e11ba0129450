package io.switchboard.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** How far a withdrawal has come: which loops are through, and how many sessions it concerned. Any thread. */
final class Reach {
    private final AtomicInteger loops = new AtomicInteger(1);
    private final AtomicInteger sessions = new AtomicInteger();
    private final CompletableFuture<Integer> done = new CompletableFuture<>();

    /** One loop more to wait for. */
    void expectLoop() {
        loops.incrementAndGet();
    }

    /** A loop is through, or no further loop will be expected. */
    void loopDone() {
        if (loops.decrementAndGet() == 0) {
            done.complete(sessions.get());
        }
    }

    void sessionReached() {
        sessions.incrementAndGet();
    }

    /** The number of sessions that it concerned, when all have heard of it. */
    CompletionStage<Integer> done() {
        return done.minimalCompletionStage();
    }
}
