package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.failure.Redacted;
import io.switchboard.service.Actor;
import io.switchboard.service.Introduction;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/**
 * Asks a service from time to time, and when claims change, for a newer token of the user; where there is no such service, the last
 * token's life is all there is. Called on the session's loop only.
 */
final class TokenRenewal {
    private static final Logger LOG = Logger.getLogger(TokenRenewal.class);

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.UTF_8);

    /** Not more often, however short tokens live. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** By which part of the time some are asked for sooner. */
    private static final double SPREAD = 0.1;

    /** What it needs of its session. */
    interface Host {
        UUID id();

        String dialect();

        Optional<Claims> claims();

        /** A service has this token for the user, if it is good. */
        void renewed(String token);

        /** Does something later, unless the session is over by then. */
        void after(Duration delay, Runnable task);

        void execute(Runnable task);
    }

    private final ServiceCalls calls;
    private final Duration every;
    private final Host host;
    private final Clock clock;

    /** Which timer counts: those before do not. */
    private long timers;

    private boolean asking;

    /** @param every how often; zero: never */
    TokenRenewal(ServiceCalls calls, Duration every, Clock clock, Host host) {
        this.calls = requireNonNull(calls, "calls");
        this.every = requireNonNull(every, "every");
        this.clock = requireNonNull(clock, "clock");
        this.host = requireNonNull(host, "host");
    }

    /** The claims are those of another token. */
    void begin(Claims claims) {
        if (every.isZero()) {
            return;
        }
        // in time for a token that does not live that long
        Duration half = Duration.between(clock.instant(), claims.expiresAt()).dividedBy(2);
        Duration delay = half.compareTo(every) < 0 ? half : every;
        // not all at once who came at once
        long nanos = (long)
                (delay.toNanos() * (1 - SPREAD * ThreadLocalRandom.current().nextDouble()));
        await(nanos < SHORTEST.toNanos() ? SHORTEST : Duration.ofNanos(nanos));
    }

    private void await(Duration delay) {
        long timer = ++timers;
        host.after(delay, () -> {
            if (timer == timers) {
                ask();
            }
        });
    }

    /** Something of the claims is gone: a newer token may say what is left. */
    void ask() {
        Optional<Claims> claims = host.claims();
        if (every.isZero() || claims.isEmpty() || asking) {
            return;
        }
        asking = true;
        calls.call(new ServiceCall(
                        SessionServices.RENEWAL_SERVICE,
                        new Actor(host.id(), host.dialect(), claims.get()),
                        NOTHING,
                        Optional.empty()))
                .whenComplete((answer, failure) -> host.execute(() -> answered(answer, failure)));
    }

    private void answered(ServiceAnswer answer, Throwable failure) {
        asking = false;
        if (failure != null) {
            LOG.error("service call failed unexpectedly", Redacted.of(failure));
        }
        host.claims().ifPresent(this::begin);
        if (answer instanceof ServiceAnswer.Reply reply) {
            Introduction.of(reply).ifPresent(introduction -> host.renewed(introduction.token()));
        }
    }
}
