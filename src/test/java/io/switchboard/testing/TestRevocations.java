package io.switchboard.testing;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.auth.Revocations;
import java.time.Clock;
import java.time.Duration;

/** Revocations for tests of something else. */
public final class TestRevocations {
    /** How long they last. */
    public static final Duration LIFETIME = Duration.ofDays(7);

    private TestRevocations() {}

    /** None yet, with room for many, by that clock. */
    public static Revocations by(Clock clock) {
        return new Revocations(clock, Ticker.systemTicker(), Duration.ZERO, LIFETIME, 1000);
    }
}
