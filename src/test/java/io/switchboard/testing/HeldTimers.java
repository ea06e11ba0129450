package io.switchboard.testing;

import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.switchboard.session.Timers;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Timers that a test can hold back, so that what is to happen in one time-out does not depend on how fast the machine is.
 * For profiles that choose them.
 */
@Alternative
@Singleton
public class HeldTimers implements Timers, AutoCloseable {
    private final HashedWheelTimer wheel =
            new HashedWheelTimer(new DefaultThreadFactory("held-timers", true), 20, TimeUnit.MILLISECONDS);
    private final List<Runnable> held = new ArrayList<>();
    private boolean holding;

    /** From now on nothing becomes due. */
    public synchronized void hold() {
        holding = true;
    }

    /** What became due meanwhile happens now, and all else in its time. */
    public void release() {
        List<Runnable> due;
        synchronized (this) {
            holding = false;
            due = List.copyOf(held);
            held.clear();
        }
        due.forEach(Runnable::run);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        return wheel.newTimeout(_ -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS)::cancel;
    }

    private void run(Runnable task) {
        synchronized (this) {
            if (holding) {
                held.add(task);
                return;
            }
        }
        task.run();
    }

    @PreDestroy
    @Override
    public void close() {
        wheel.stop();
    }
}
