package io.switchboard;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.switchboard.event.TreeMerger;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** At the end of the service lets go what is held for merging, before sessions are told to go away. */
@Singleton
final class HeldEventsRelease {
    /** Before anybody else hears of the end. */
    private static final int FIRST = 0;

    private final TreeMerger merger;

    HeldEventsRelease(TreeMerger merger) {
        this.merger = merger;
    }

    void onDelay(@Observes @Priority(FIRST) ShutdownDelayInitiatedEvent event) {
        merger.close();
    }

    void onShutdown(@Observes @Priority(FIRST) ShutdownEvent event) {
        merger.close();
    }
}
