package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.switchboard.auth.KeyStatus;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready once tokens can be verified. That keys cannot be fetched again later does not end it: who is signed in goes on
 * receiving, and no other replica would do better.
 */
@Readiness
@Singleton
final class KeysUsable implements AsyncHealthCheck {
    private final KeyStatus keys;

    KeysUsable(KeyStatus keys) {
        this.keys = keys;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Answer.of("keys to verify tokens", keys.usable());
    }
}
