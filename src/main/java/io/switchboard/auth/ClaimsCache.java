package io.switchboard.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Claims of tokens that were verified a short while ago, so that a service that sends its token with every request does
 * not cost a signature each. Whoever takes claims from here compares their expiry with the clock. Any thread.
 */
final class ClaimsCache {
    static final int MAX_ENTRIES = 10_000;

    /** For how long a key that was withdrawn still works for a token that was seen. */
    static final Duration MAX_AGE = Duration.ofSeconds(60);

    private final Cache<Fingerprint, Claims> claims;

    ClaimsCache(Clock clock, Ticker ticker) {
        claims = Caffeine.newBuilder()
                .maximumSize(MAX_ENTRIES)
                .ticker(ticker)
                .expireAfter(Expiry.<Fingerprint, Claims>creating((_, entry) -> age(clock, entry)))
                .build();
    }

    private static Duration age(Clock clock, Claims claims) {
        Duration left = Duration.between(clock.instant(), claims.expiresAt());
        return left.isNegative() ? Duration.ZERO : left.compareTo(MAX_AGE) < 0 ? left : MAX_AGE;
    }

    Optional<Claims> get(Fingerprint token) {
        return Optional.ofNullable(claims.getIfPresent(token));
    }

    void put(Fingerprint token, Claims verified) {
        claims.put(token, verified);
    }
}
