package io.switchboard.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Asks each event loop again and again to run next to nothing, and knows how long the one that makes it wait longest has
 * not. One task at a time is in a loop's queue, however long it is stuck. {@link #ask} is called by one thread that is no
 * event loop; the rest may be called on any.
 */
final class LoopWatch {
    private final List<Watched> loops;
    private final LongSupplier nanoTime;

    LoopWatch(List<? extends Executor> loops, LongSupplier nanoTime) {
        this.nanoTime = requireNonNull(nanoTime, "nanoTime");
        this.loops = loops.stream().map(Watched::new).toList();
    }

    /** Asks those loops that have answered before. */
    void ask() {
        loops.forEach(Watched::ask);
    }

    /** For how long the slowest loop has not answered; zero: all have. */
    Duration longestWait() {
        long now = nanoTime.getAsLong();
        long longest = 0;
        for (Watched loop : loops) {
            longest = Math.max(longest, loop.waitingNanos(now));
        }
        return Duration.ofNanos(longest);
    }

    /** Whether every loop has run at least once. */
    boolean allHaveRun() {
        return loops.stream().allMatch(loop -> loop.hasRun);
    }

    int size() {
        return loops.size();
    }

    private final class Watched {
        private final Executor loop;
        private volatile boolean hasRun;
        private volatile boolean asked;
        private volatile long askedNanos;

        private Watched(Executor loop) {
            this.loop = requireNonNull(loop, "loop");
        }

        private void ask() {
            if (asked) {
                return;
            }
            askedNanos = nanoTime.getAsLong();
            asked = true;
            try {
                loop.execute(this::answer);
            } catch (RejectedExecutionException _) {
                // The loop has ended with the process.
                asked = false;
            }
        }

        private void answer() {
            hasRun = true;
            asked = false;
        }

        private long waitingNanos(long now) {
            return asked ? now - askedNanos : 0;
        }
    }
}
