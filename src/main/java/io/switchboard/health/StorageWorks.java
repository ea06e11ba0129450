package io.switchboard.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.switchboard.storage.SqlChatStore;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while what must last can be written. It comes back by itself, so a restart would cure nothing. */
@Readiness
@Singleton
final class StorageWorks implements AsyncHealthCheck {
    private final SqlChatStore store;

    StorageWorks(SqlChatStore store) {
        this.store = store;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return store.up() ? Answer.of("storage", true) : Answer.of("storage", false, "reason", store.trouble());
    }
}
