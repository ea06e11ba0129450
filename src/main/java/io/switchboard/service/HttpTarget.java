package io.switchboard.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.faulttolerance.api.CircuitBreakerState;
import io.smallrye.faulttolerance.api.TypedGuard;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.service.ServiceAnswer.Failure;
import java.io.IOException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;
import org.jboss.logging.Logger;

/** A service behind a URL, with a circuit breaker and a time-out of its own. */
final class HttpTarget implements Target {
    private static final Logger LOG = Logger.getLogger(HttpTarget.class);

    private static final Failure SWITCHED_OFF = new Failure(503, "the service is switched off");
    private static final Failure UNREACHABLE = new Failure(503, "the service cannot be reached, try again");

    private final String key;
    private final NamePattern name;
    private final boolean enabled;
    private final Duration timeout;
    private final HttpEndpoint endpoint;
    private final ActorTokens tokens;
    private final AnswerReader reader;
    private final TypedGuard<ServiceAnswer> guard;

    /** @param key under which it is configured */
    HttpTarget(
            String key,
            NamePattern name,
            boolean enabled,
            Duration timeout,
            SwitchboardConfig.Breaker breaker,
            HttpEndpoint endpoint,
            ActorTokens tokens,
            AnswerReader reader) {
        this.key = key;
        this.name = name;
        this.enabled = enabled;
        this.timeout = timeout;
        this.endpoint = endpoint;
        this.tokens = tokens;
        this.reader = reader;
        this.guard = guard(breaker);
    }

    private TypedGuard<ServiceAnswer> guard(SwitchboardConfig.Breaker breaker) {
        TypedGuard.Builder<ServiceAnswer> builder = TypedGuard.create(ServiceAnswer.class)
                .withDescription("service " + key)
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
        return builder.build();
    }

    private void changed(CircuitBreakerState state) {
        switch (state) {
            case OPEN -> LOG.warnf("service fails and is left alone for a while service=%s", key);
            case HALF_OPEN -> LOG.infof("service is tried again service=%s", key);
            case CLOSED -> LOG.infof("service answers again service=%s", key);
        }
    }

    NamePattern name() {
        return name;
    }

    @Override
    public String label() {
        return key;
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public ServiceAnswer answer(Inquiry inquiry) throws Exception {
        if (!enabled) {
            return SWITCHED_OFF;
        }
        try {
            return guard.call(() -> exchange(inquiry));
        } catch (CircuitBreakerOpenException _) {
            return UNREACHABLE;
        } catch (TimeoutException _) {
            return Services.LATE;
        } catch (HttpTimeoutException e) {
            // both clocks run for as long, and either may be first
            return e instanceof HttpConnectTimeoutException ? UNREACHABLE : Services.LATE;
        } catch (IOException e) {
            LOG.debugf(
                    "service cannot be reached service=%s cause=%s",
                    key, e.getClass().getName());
            return UNREACHABLE;
        }
    }

    private ServiceAnswer exchange(Inquiry inquiry) throws IOException, InterruptedException, BrokenServiceException {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Authorization", "Bearer " + tokens.sign(inquiry.call().actor(), inquiry.name()));
        headers.put("X-Request-Id", UUID.randomUUID().toString());
        inquiry.call().traceparent().ifPresent(text -> headers.put("traceparent", text));
        HttpEndpoint.Answer answer;
        try {
            answer = endpoint.post(inquiry.bodyBytes(), headers);
        } catch (HttpEndpoint.TooLargeException _) {
            throw reader.tooLarge();
        }
        if (answer.status() >= 200 && answer.status() < 300) {
            return reader.read(answer.body(), AnswerReader.isEnvelope(answer.mediaType()));
        }
        Failure failure = failure(answer);
        if (failure.status() >= 500) {
            throw new BrokenServiceException(failure);
        }
        return failure;
    }

    private static Failure failure(HttpEndpoint.Answer answer) {
        return new Failure(answer.status(), detail(answer));
    }

    /** The sentence of a problem (RFC 9457, section 3.1.4), where there is one. */
    private static String detail(HttpEndpoint.Answer answer) {
        if (answer.mediaType().startsWith("application/problem+json")) {
            try {
                JsonNode detail = StrictJson.tree(answer.body()).path("detail");
                if (detail.isTextual() && !detail.textValue().isBlank()) {
                    return detail.textValue();
                }
            } catch (IOException _) {
                // as good as none
            }
        }
        return answer.status() >= 400 && answer.status() < 500 ? "the service refused the call" : "the service failed";
    }
}
