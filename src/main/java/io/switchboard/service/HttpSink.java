package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.faulttolerance.api.TypedGuard;
import io.switchboard.config.SwitchboardConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

/**
 * Posts events about sessions to a URL. One that is not taken is tried again, later and later, unless the answer says that it never
 * will be.
 */
final class HttpSink implements Outlet.Sink {
    private final HttpEndpoint endpoint;
    private final ActorTokens tokens;
    private final TypedGuard<Integer> guard;

    /** @param timeout of one attempt */
    HttpSink(
            String key,
            HttpEndpoint endpoint,
            Duration timeout,
            SwitchboardConfig.SessionEvents settings,
            ActorTokens tokens) {
        this.endpoint = endpoint;
        this.tokens = tokens;
        long pause = settings.pause().toMillis();
        this.guard = TypedGuard.create(Integer.class)
                .withDescription("events for " + key)
                .withTimeout()
                .duration(timeout.toMillis(), ChronoUnit.MILLIS)
                .done()
                .withRetry()
                .maxRetries(settings.attempts() - 1)
                .maxDuration(1, ChronoUnit.HOURS)
                .delay(pause, ChronoUnit.MILLIS)
                .jitter(pause / 2, ChronoUnit.MILLIS)
                .whenException(e -> e instanceof IOException || e instanceof TimeoutException)
                .withExponentialBackoff()
                .maxDelay(Math.max(pause, settings.longestPause().toMillis()), ChronoUnit.MILLIS)
                .done()
                .done()
                .build();
    }

    @Override
    public void deliver(LifecycleEvent event) throws Exception {
        // the same for every attempt: by it the receiver knows a second one
        String id = UUID.randomUUID().toString();
        byte[] body = event.json().put("id", id).encode().getBytes(UTF_8);
        int status = guard.call(() -> attempt(event.kind().address(), id, body));
        if (status < 200 || status >= 300) {
            throw new RefusedException(status);
        }
    }

    private int attempt(String address, String id, byte[] body) throws IOException, InterruptedException {
        int status = endpoint.post(
                        body, Map.of("Authorization", "Bearer " + tokens.signEvent(address), "X-Request-Id", id))
                .status();
        if (status == 429 || status >= 500) {
            throw new IOException("status " + status);
        }
        return status;
    }

    /** The receiver will not take it. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(int status) {
            super("status " + status, null, false, false);
        }
    }
}
