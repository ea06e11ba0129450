package io.switchboard.transport;

import io.switchboard.health.Connected;
import io.switchboard.health.Stopping;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Whether new connections are taken at all. Any thread. */
@Singleton
final class Entrance {
    private final Stopping stopping;
    private final Connected connected;

    Entrance(Stopping stopping, Connected connected) {
        this.stopping = stopping;
        this.connected = connected;
    }

    /** Why none is taken, in a word; empty: they are. Who hears of nothing any more is of no use to a client. */
    Optional<String> closed() {
        if (stopping.begun()) {
            return Optional.of("draining");
        }
        return connected.connected() ? Optional.empty() : Optional.of("alone");
    }
}
