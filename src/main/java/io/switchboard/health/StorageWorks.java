package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.switchboard.storage.Storage;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while what must last can be written. It comes back by itself, so a restart would cure nothing. */
@Readiness
@Singleton
final class StorageWorks implements AsyncHealthCheck {
    private final Storage storage;

    StorageWorks(Storage storage) {
        this.storage = storage;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return storage.up() ? Answer.of("storage", true) : Answer.of("storage", false, "reason", storage.trouble());
    }
}
