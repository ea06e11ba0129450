package io.switchboard.trace;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** To how many sessions an event was handed, here and in other replicas. Any thread. */
public final class Recipients {
    /**
     * How many there were.
     *
     * @param partial whether somebody did not say how many there
     * @param duplicate whether the event had been published before, and nobody was handed it again
     */
    public record Count(int sessions, boolean partial, boolean duplicate) {}

    private final CompletableFuture<Count> total = new CompletableFuture<>();
    private final Set<String> awaited = new HashSet<>();
    private int sessions;
    private boolean counted;
    private Runnable onHere = () -> {};

    /** These replicas count as well. To be said before anybody counts. */
    public synchronized void await(Set<String> replicas) {
        awaited.addAll(replicas);
    }

    /** Runs the task when it was counted here. To be said before. */
    public synchronized void onHere(Runnable task) {
        onHere = task;
    }

    /** So many were handed it here. */
    public void here(int count) {
        Runnable task;
        synchronized (this) {
            sessions += count;
            counted = true;
            task = onHere;
        }
        completeIfAll();
        task.run();
    }

    /** So many were handed it in another replica. */
    public void elsewhere(String replica, int count) {
        synchronized (this) {
            if (!awaited.remove(replica)) {
                return;
            }
            sessions += count;
        }
        completeIfAll();
    }

    private void completeIfAll() {
        Count count;
        synchronized (this) {
            if (!counted || !awaited.isEmpty()) {
                return;
            }
            count = new Count(sessions, false, false);
        }
        total.complete(count);
    }

    /** Whoever has not counted by now is not waited for. */
    public void close() {
        Count count;
        synchronized (this) {
            count = new Count(sessions, !counted || !awaited.isEmpty(), false);
        }
        total.complete(count);
    }

    /** It was published before. */
    public void duplicate() {
        total.complete(new Count(0, true, true));
    }

    /** When all have counted, or are not waited for. */
    public CompletionStage<Count> total() {
        return total;
    }
}
