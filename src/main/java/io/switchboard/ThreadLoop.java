package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import io.switchboard.session.Timers;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** A thread for what belongs to no event loop: what is to be done behind the log, and what users have in all sessions. */
final class ThreadLoop implements Loop {
    private final Executor executor;
    private final Timers timers;

    ThreadLoop(String name, Timers timers) {
        this.executor = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        this.timers = requireNonNull(timers, "timers");
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
        Timers.Timer _ = timers.schedule(Duration.ofNanos(delayNanos), () -> execute(task));
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
