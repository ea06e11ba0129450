package io.switchboard.transport;

import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Timers;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Netty's hashed wheel: one thread and no heap of timers, however many sessions wait for their expiry. */
@Singleton
final class WheelTimers implements Timers, AutoCloseable {
    private static final long TICK_MILLIS = 20;

    private final HashedWheelTimer wheel = new HashedWheelTimer(
            new DefaultThreadFactory("switchboard-timers", true), TICK_MILLIS, TimeUnit.MILLISECONDS);

    WheelTimers(GatewayMetrics metrics) {
        metrics.gauge(
                "switchboard.timers", "Sign-ins, expiries and farewells that are waited for", wheel::pendingTimeouts);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        return wheel.newTimeout(_ -> task.run(), delay.toNanos(), TimeUnit.NANOSECONDS)::cancel;
    }

    @PreDestroy
    @Override
    public void close() {
        wheel.stop();
    }
}
