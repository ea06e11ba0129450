package io.switchboard.service;

import io.switchboard.config.SwitchboardConfig;
import io.switchboard.service.ServiceAnswer.Failure;
import java.io.IOException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A service behind a URL, with a circuit breaker and a time-out of its own. */
final class HttpTarget implements Target {
    private static final Failure SWITCHED_OFF = new Failure(503, "the service is switched off");

    private final String key;
    private final NamePattern name;
    private final boolean enabled;
    private final Duration timeout;
    private final HttpEndpoint endpoint;
    private final ActorTokens tokens;
    private final AnswerReader reader;
    private final ServiceGuard guard;

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
        this.guard = new ServiceGuard(key, timeout, breaker);
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
        return enabled ? guard.call(() -> exchange(inquiry)) : SWITCHED_OFF;
    }

    private ServiceAnswer exchange(Inquiry inquiry)
            throws IOException, InterruptedException, TimeoutException, BrokenServiceException {
        HttpEndpoint.Answer answer;
        try {
            answer = endpoint.post(inquiry.bodyBytes(), inquiry.headers(tokens));
        } catch (HttpEndpoint.TooLargeException _) {
            throw reader.tooLarge();
        } catch (HttpConnectTimeoutException e) {
            // nobody was asked
            throw e;
        } catch (HttpTimeoutException _) {
            throw new TimeoutException();
        }
        if (answer.status() >= 200 && answer.status() < 300) {
            return reader.read(answer.body(), AnswerReader.isEnvelope(answer.mediaType()));
        }
        return Refusal.checked(answer.status(), Refusal.detail(answer.mediaType(), answer.body()));
    }
}
