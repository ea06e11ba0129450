package io.switchboard.testing;

import io.switchboard.hub.Loop;
import io.switchboard.session.Timers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;

/** Clock, timers and event loops that move only when a test says so. One thread. */
public final class SimulatedTime {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final List<Due> due = new ArrayList<>();
    private long nanos;

    private static final class Due implements Timers.Timer {
        private final long atNanos;
        private final Runnable task;
        private boolean cancelled;

        private Due(long atNanos, Runnable task) {
            this.atNanos = atNanos;
            this.task = task;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    /** The wall clock. */
    public Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return START.plusNanos(nanos);
            }
        };
    }

    public Instant now() {
        return START.plusNanos(nanos);
    }

    /** The wheel: tasks run inside {@link #advance}. */
    public Timers timers() {
        return this::add;
    }

    private Timers.Timer add(Duration delay, Runnable task) {
        Due timer = new Due(nanos + Math.max(0, delay.toNanos()), task);
        due.add(timer);
        return timer;
    }

    /** Timers that wait. */
    public long pendingTimers() {
        return due.stream().filter(timer -> !timer.cancelled).count();
    }

    /** Moves time and runs what has become due. */
    public void advance(Duration duration) {
        nanos += duration.toNanos();
        List<Due> ready = new ArrayList<>();
        for (Iterator<Due> i = due.iterator(); i.hasNext(); ) {
            Due timer = i.next();
            if (timer.cancelled || timer.atNanos <= nanos) {
                i.remove();
                if (!timer.cancelled) {
                    ready.add(timer);
                }
            }
        }
        ready.forEach(timer -> timer.task.run());
    }

    /** A new event loop. */
    public SimulatedLoop loop() {
        return new SimulatedLoop();
    }

    /** An event loop whose tasks run one by one. */
    public final class SimulatedLoop implements Loop {
        private final Queue<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        /** Runs the task together with the one before it, so that nothing can happen in between. */
        public void glue(Runnable task) {
            tasks.add(new Glued(task));
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            add(Duration.ofNanos(delayNanos), () -> tasks.add(task));
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        /** Runs the next task, if there is one. */
        public boolean runOne() {
            Runnable task = tasks.poll();
            if (task == null) {
                return false;
            }
            task.run();
            while (tasks.peek() instanceof Glued glued) {
                tasks.remove();
                glued.run();
            }
            return true;
        }

        /** Runs until nothing is left to do now. */
        public void runAll() {
            while (runOne()) {
                // each may add more
            }
        }
    }

    private record Glued(Runnable task) implements Runnable {
        @Override
        public void run() {
            task.run();
        }
    }
}
