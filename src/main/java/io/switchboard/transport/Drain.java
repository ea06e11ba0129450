package io.switchboard.transport;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.switchboard.health.Stopping;
import io.switchboard.session.SessionRegistry;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/** Ends the service without losing what it owes: no new connections, what waits is written, then every client is told. */
@Singleton
final class Drain implements Stopping {
    private static final Logger LOG = Logger.getLogger(Drain.class);

    /** How long clients have to take what waits for them and to answer the close frame. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final SessionRegistry registry;
    private volatile boolean begun;

    Drain(SessionRegistry registry) {
        this.registry = registry;
    }

    /** Whether no new connection is taken any more. */
    @Override
    public boolean begun() {
        return begun;
    }

    /** Comes before the platform closes the HTTP server, which would end every socket with a code of its own. */
    void onDelay(@Observes ShutdownDelayInitiatedEvent event) {
        drain();
    }

    void onShutdown(@Observes @Priority(1) ShutdownEvent event) {
        drain();
    }

    private void drain() {
        begun = true;
        int open = registry.size();
        if (open == 0) {
            return;
        }
        registry.goAway();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (registry.size() > 0 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        LOG.infof("sessions told to go away count=%d still_open=%d", open, registry.size());
    }
}
