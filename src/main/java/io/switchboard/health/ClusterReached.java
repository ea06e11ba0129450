package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Not ready while the rest of the cluster cannot be reached: new clients would hear of nothing, and are refused. */
@Readiness
@Singleton
final class ClusterReached implements AsyncHealthCheck {
    private final Connected connected;

    ClusterReached(Connected connected) {
        this.connected = connected;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Answer.of("cluster reached", connected.connected());
    }
}
