package io.switchboard.health;

import io.quarkus.runtime.StartupEvent;
import io.switchboard.failure.Redacted;
import io.switchboard.log.EventLog;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Arrival;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Looks after the event loops and the log once a second, on a thread of its own: a loop that is stuck can neither keep it
 * from looking nor be asked by whom it serves.
 */
@Singleton
final class Watchdog {
    private static final Logger LOG = Logger.getLogger(Watchdog.class);
    private static final long PERIOD_MILLIS = 1_000;

    private final LoopWatch loops;
    private final FullWatch log;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("switchboard-watchdog").factory());

    Watchdog(Vertx vertx, EventLog<Arrival> eventLog, GatewayMetrics metrics) {
        List<Executor> executors = new ArrayList<>();
        ((VertxInternal) vertx).getEventLoopGroup().forEach(executors::add);
        loops = new LoopWatch(executors, System::nanoTime);
        log = new FullWatch(eventLog::full, System::nanoTime);
        metrics.gauge(
                "switchboard.loop.wait.milliseconds",
                "How long the slowest event loop has not answered",
                () -> loops.longestWait().toMillis());
    }

    void start(@Observes StartupEvent event) {
        Future<?> _ = thread.scheduleAtFixedRate(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            loops.ask();
            log.look();
        } catch (RuntimeException e) {
            // It must look again whatever happens.
            LOG.error("watchdog failed", Redacted.of(e));
        }
    }

    /** For how long the slowest event loop has not answered. */
    Duration longestWait() {
        return loops.longestWait();
    }

    /** Whether every event loop has run at least once. */
    boolean allLoopsHaveRun() {
        return loops.allHaveRun();
    }

    /** For how long the log has been full; zero: it is not. */
    Duration logFullFor() {
        return log.fullFor();
    }

    @PreDestroy
    void stop() {
        thread.shutdownNow();
    }
}
