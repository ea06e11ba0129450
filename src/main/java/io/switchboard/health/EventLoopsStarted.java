package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once every event loop has run. */
@Startup
@Singleton
final class EventLoopsStarted implements AsyncHealthCheck {
    private final Watchdog watchdog;

    EventLoopsStarted(Watchdog watchdog) {
        this.watchdog = watchdog;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Answer.of("event loops run", watchdog.allLoopsHaveRun());
    }
}
