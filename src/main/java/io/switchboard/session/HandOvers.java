package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/**
 * What waits in a session's queue and whose senders want to know when its socket was given it. Said late rather than early where
 * something else was taken out of the queue. Called on the session's loop only.
 */
final class HandOvers {
    private record Waiting(long end, CompletableFuture<Boolean> given) {}

    private final OutboundQueue queue;
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    HandOvers(OutboundQueue queue) {
        this.queue = requireNonNull(queue, "queue");
    }

    /** Watches what was added last. */
    void watch(CompletableFuture<Boolean> given) {
        waiting.add(new Waiting(queue.end(), given));
    }

    /** The socket may have been given something. */
    void flushed() {
        while (!waiting.isEmpty() && (queue.isEmpty() || waiting.peek().end() <= queue.begin())) {
            waiting.remove().given().complete(true);
        }
    }

    /** Nothing of it will be handed over. */
    void fail() {
        while (!waiting.isEmpty()) {
            waiting.remove().given().complete(false);
        }
    }
}
