package io.switchboard.session;

import java.time.Duration;

/** One wheel for the timers of all sessions. Any thread. */
public interface Timers {
    /**
     * Runs the task once, not before the delay is over and a tick later at most, on a thread of the wheel's; the task
     * must only hand itself to its loop.
     */
    Timer schedule(Duration delay, Runnable task);

    /** A task that waits for its time. */
    interface Timer {
        /** From now on it does not begin any more. */
        void cancel();
    }
}
