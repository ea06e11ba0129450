package io.switchboard.hub;

/** A thread that owns something, above all a shard and its sessions. Methods may be called on any thread. */
public interface Loop {
    /** Runs the task on the loop, after those already handed in. */
    void execute(Runnable task);

    /** Runs the task on the loop, not before the delay is over. */
    void schedule(Runnable task, long delayNanos);

    /** A clock for intervals, in nanoseconds. */
    long nanoTime();
}
