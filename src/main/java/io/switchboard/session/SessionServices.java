package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.TokenVerifier;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.Dialects;
import java.time.Clock;
import java.time.Duration;

/**
 * What all sessions share.
 *
 * @param clock the wall clock, by which tokens expire
 * @param signInTimeout how long a connection may stay without claims; zero: for ever
 * @param outboundBytes bytes that may wait for one session; 0: no bound
 * @param droppablePerSecond publications a second, of those that a session may go without, that one session gets; 0: no
 *     bound
 */
public record SessionServices(
        TokenVerifier verifier,
        Dialects dialects,
        Detector detector,
        Clock clock,
        Timers timers,
        UserLimit userLimit,
        SessionListener listener,
        Duration signInTimeout,
        long outboundBytes,
        int droppablePerSecond) {
    /** What may wait where there is no bound, before a session counts as lagging. */
    private static final long DROPPABLE_BYTES = 256 * 1024;

    public SessionServices {
        requireNonNull(verifier, "verifier");
        requireNonNull(dialects, "dialects");
        requireNonNull(detector, "detector");
        requireNonNull(clock, "clock");
        requireNonNull(timers, "timers");
        requireNonNull(userLimit, "userLimit");
        requireNonNull(listener, "listener");
        requireNonNull(signInTimeout, "signInTimeout");
    }

    /** Without a bound on what a session may go without. */
    public SessionServices(
            TokenVerifier verifier,
            Dialects dialects,
            Detector detector,
            Clock clock,
            Timers timers,
            UserLimit userLimit,
            SessionListener listener,
            Duration signInTimeout,
            long outboundBytes) {
        this(verifier, dialects, detector, clock, timers, userLimit, listener, signInTimeout, outboundBytes, 0);
    }

    /** Bytes that may wait for a session before it goes without what may be dropped: a quarter of its bound. */
    long droppableBytes() {
        return outboundBytes == 0 ? DROPPABLE_BYTES : outboundBytes / 4;
    }
}
