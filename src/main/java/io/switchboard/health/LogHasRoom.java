package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.switchboard.config.SwitchboardConfig;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Not ready while the log has been full for long: events are refused, and to take on more clients would not help. */
@Readiness
@Singleton
final class LogHasRoom implements AsyncHealthCheck {
    private final Watchdog watchdog;
    private final Duration bound;

    LogHasRoom(Watchdog watchdog, SwitchboardConfig config) {
        this.watchdog = watchdog;
        this.bound = config.health().logFull();
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        Duration full = watchdog.logFullFor();
        return Answer.of(
                "room in the log",
                bound.isZero() || full.compareTo(bound) < 0,
                "full for milliseconds",
                full.toMillis());
    }
}
