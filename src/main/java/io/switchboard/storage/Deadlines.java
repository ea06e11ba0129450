package io.switchboard.storage;

import io.switchboard.failure.StoreException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Sees to it that nobody waits for longer than the time that there is, whatever the other threads are stuck in. */
final class Deadlines implements AutoCloseable {
    private static final int LOOKS_PER_TIMEOUT = 20;

    private final long patienceNanos;
    private final Consumer<Reason> refused;
    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("switchboard-storage-time").factory());

    /** @param refused hears of each caller that waited in vain */
    Deadlines(Duration timeout, Consumer<Reason> refused) {
        this.refused = refused;
        long period = Math.max(1_000_000, timeout.toNanos() / LOOKS_PER_TIMEOUT);
        this.patienceNanos = timeout.toNanos() - period;
        Future<?> _ = thread.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
    }

    /** For those who are served one after the other. */
    Line line() {
        Line line = new Line();
        lines.add(line);
        return line;
    }

    private void look() {
        long now = System.nanoTime();
        lines.forEach(line -> line.look(now));
    }

    /** Whoever still waits waits in vain. */
    @Override
    public void close() {
        thread.shutdownNow();
        lines.forEach(line -> line.look(Long.MAX_VALUE));
    }

    /** Callers in the order in which they came. */
    final class Line {
        private record Caller(Pending<?> pending, long since) {}

        private final Queue<Caller> callers = new ConcurrentLinkedQueue<>();

        /** Any thread. */
        void add(Pending<?> pending) {
            callers.add(new Caller(pending, System.nanoTime()));
        }

        private void look(long now) {
            for (Caller first = callers.peek(); first != null; first = callers.peek()) {
                if (!first.pending().isDone()) {
                    if (now != Long.MAX_VALUE && now - first.since() < patienceNanos) {
                        return;
                    }
                    if (first.pending().fail(Reason.DOWN)) {
                        refused.accept(Reason.DOWN);
                    }
                }
                callers.poll();
            }
        }
    }
}
