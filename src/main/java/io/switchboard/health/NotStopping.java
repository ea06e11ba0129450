package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Not ready once the process has begun to end: new connections are refused. */
@Readiness
@Singleton
final class NotStopping implements AsyncHealthCheck {
    private final Stopping stopping;

    NotStopping(Stopping stopping) {
        this.stopping = stopping;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Answer.of("not stopping", !stopping.begun());
    }
}
