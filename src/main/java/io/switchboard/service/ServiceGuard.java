package io.switchboard.service;

import io.smallrye.faulttolerance.api.CircuitBreakerState;
import io.smallrye.faulttolerance.api.TypedGuard;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.service.ServiceAnswer.Failure;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.jboss.logging.Logger;

/** The time-out of a service outside of this process, and its circuit breaker. Any thread; who calls is blocked. */
final class ServiceGuard {
    private static final Logger LOG = Logger.getLogger(ServiceGuard.class);

    private static final Failure UNREACHABLE = new Failure(503, "the service cannot be reached, try again");

    private final String label;
    private final TypedGuard<ServiceAnswer> guard;

    /** @param label for the log, as {@link Target#label} */
    ServiceGuard(String label, Duration timeout, SwitchboardConfig.Breaker breaker) {
        this.label = label;
        TypedGuard.Builder<ServiceAnswer> builder = TypedGuard.create(ServiceAnswer.class)
                .withDescription("service " + label)
                .withTimeout()
                .duration(timeout.toMillis(), ChronoUnit.MILLIS)
                .done();
        if (breaker.calls() > 0) {
            builder.withCircuitBreaker()
                    .requestVolumeThreshold(breaker.calls())
                    .failureRatio(breaker.failureRatio())
                    .delay(breaker.pause().toMillis(), ChronoUnit.MILLIS)
                    .onStateChange(this::changed)
                    .done();
        }
        this.guard = builder.build();
    }

    private void changed(CircuitBreakerState state) {
        switch (state) {
            case OPEN -> LOG.warnf("service fails and is left alone for a while service=%s", label);
            case HALF_OPEN -> LOG.infof("service is tried again service=%s", label);
            case CLOSED -> LOG.infof("service answers again service=%s", label);
        }
    }

    /**
     * Asks the service, unless it is left alone. Whatever the exchange throws counts against it.
     *
     * @param exchange throws {@link TimeoutException} where there was no answer in time, {@link IOException} where nobody could be
     *     asked
     */
    ServiceAnswer call(Callable<ServiceAnswer> exchange) throws Exception {
        try {
            return guard.call(exchange);
        } catch (CircuitBreakerOpenException _) {
            return UNREACHABLE;
        } catch (org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException | TimeoutException _) {
            // both clocks run for as long, and either may be first
            return Services.LATE;
        } catch (IOException e) {
            LOG.debugf(
                    "service cannot be reached service=%s cause=%s",
                    label, e.getClass().getName());
            return UNREACHABLE;
        }
    }
}
