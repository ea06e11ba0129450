package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Starts the storage before anybody can ask it, and ends it when nobody can any more. */
@Singleton
final class StorageLifecycle {
    private static final Logger LOG = Logger.getLogger(StorageLifecycle.class);

    /** After all others. */
    private static final int LAST = 10_000;

    /** The first schema takes a moment; a database that is out of reach does not keep the process from starting. */
    private static final Duration TIME_TO_REACH = Duration.ofSeconds(5);

    private final Storage storage;

    StorageLifecycle(Storage storage) {
        this.storage = requireNonNull(storage, "storage");
    }

    void start(@Observes StartupEvent event) throws InterruptedException {
        if (!storage.start().awaitTried(TIME_TO_REACH)) {
            LOG.warnf("storage is not reached yet seconds=%s", TIME_TO_REACH.toSeconds());
        }
    }

    void stop(@Observes @Priority(LAST) ShutdownEvent event) {
        storage.close();
    }
}
