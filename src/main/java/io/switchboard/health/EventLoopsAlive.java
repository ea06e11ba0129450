package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.switchboard.config.SwitchboardConfig;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Alive unless an event loop is stuck. Nothing else is cured by a restart, which costs every client its connection. If the
 * loop that is stuck is the one that should answer, there is no answer, and that fails the probe as well.
 */
@Liveness
@Singleton
final class EventLoopsAlive implements AsyncHealthCheck {
    private final Watchdog watchdog;
    private final Duration bound;

    EventLoopsAlive(Watchdog watchdog, SwitchboardConfig config) {
        this.watchdog = watchdog;
        this.bound = config.health().stuckLoop();
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        Duration wait = watchdog.longestWait();
        return Answer.of(
                "event loops answer",
                bound.isZero() || wait.compareTo(bound) < 0,
                "longest wait in milliseconds",
                wait.toMillis());
    }
}
