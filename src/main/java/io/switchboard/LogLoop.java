package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import io.switchboard.session.Timers;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** One thread for what is to be done behind the log and belongs to no publisher: long queues, and what was held. */
final class LogLoop implements Loop {
    private final Executor executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("switchboard-log").factory());
    private final Timers timers;

    LogLoop(Timers timers) {
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
