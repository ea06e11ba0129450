package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.switchboard.config.EndTimes;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.health.Stopping;
import io.switchboard.session.Departure;
import io.switchboard.session.Past;
import io.switchboard.session.SessionRegistry;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * Ends the service without losing what it owes: no new connections, every client is told when it is to leave, and what waits for it
 * is written before. The thread that ends the process waits here until everybody has gone, or the time for that is over.
 */
@Singleton
final class Drain implements Stopping {
    private static final Logger LOG = Logger.getLogger(Drain.class);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final SessionRegistry registry;
    private final Departure departure;
    private volatile boolean begun;
    private long deadlineNanos;

    @Inject
    Drain(SessionRegistry registry, Past past, SwitchboardConfig config) {
        this(registry, new Departure(config.drain().window(), past));
    }

    Drain(SessionRegistry registry, Departure departure) {
        this.registry = requireNonNull(registry, "registry");
        this.departure = requireNonNull(departure, "departure");
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

    /** The second time it waits for what is left of the first. */
    private synchronized void drain() {
        int open = registry.size();
        Duration window = departure.window();
        if (!begun) {
            begun = true;
            deadlineNanos = System.nanoTime() + window.plus(EndTimes.FAREWELL).toNanos();
            if (!window.isZero()) {
                LOG.infof("sessions leave count=%d window_ms=%d", open, window.toMillis());
            }
            registry.depart(departure);
        }
        while (registry.size() > 0 && System.nanoTime() - deadlineNanos < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        if (open > 0) {
            LOG.infof("sessions told to go away count=%d still_open=%d", open, registry.size());
        }
    }
}
