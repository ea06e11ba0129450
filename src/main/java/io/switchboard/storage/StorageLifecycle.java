package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Starts the store before anybody can ask it, and ends it when nobody can any more. */
@Singleton
final class StorageLifecycle {
    private static final Logger LOG = Logger.getLogger(StorageLifecycle.class);

    /** After all others. */
    private static final int LAST = 10_000;

    /** The first schema takes a moment; a database that is out of reach does not keep the process from starting. */
    private static final Duration TIME_TO_REACH = Duration.ofSeconds(5);

    private final SqlChatStore store;

    StorageLifecycle(SqlChatStore store) {
        this.store = requireNonNull(store, "store");
    }

    void start(@Observes StartupEvent event) throws InterruptedException {
        if (!store.start().awaitTried(TIME_TO_REACH)) {
            LOG.warnf("storage is not reached yet seconds=%s", TIME_TO_REACH.toSeconds());
        }
    }

    void stop(@Observes @Priority(LAST) ShutdownEvent event) {
        store.close();
    }
}
