package io.switchboard.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What happened to whom and when, remembered for a while. Bounded in number, and what is full takes nothing more: to
 * forget the oldest, as a cache does, would undo it. Any thread.
 */
final class Lapsing<K> {
    /** @param left for how long it is remembered from when it was put */
    private record Remembered(Instant at, Duration left) {}

    private final Cache<K, Remembered> instants;
    private final int bound;

    /** @param bound how many; 0: any number */
    Lapsing(int bound, Ticker ticker) {
        this.instants = Caffeine.newBuilder()
                .ticker(ticker)
                .executor(Runnable::run)
                .expireAfter(Expiry.<K, Remembered>writing((_, remembered) -> remembered.left()))
                .build();
        this.bound = bound;
    }

    /**
     * Remembers the instant in place of an earlier one; a later one stays.
     *
     * @param left for how long
     * @return {@code false}: there is no room
     */
    synchronized boolean put(K key, Instant instant, Duration left) {
        if (!hasRoom(key)) {
            return false;
        }
        Remembered before = instants.getIfPresent(key);
        if (before == null || before.at().isBefore(instant)) {
            instants.put(key, new Remembered(instant, left));
        }
        return true;
    }

    /** Whether it could be put now. */
    synchronized boolean hasRoom(K key) {
        if (bound == 0 || instants.getIfPresent(key) != null) {
            return true;
        }
        instants.cleanUp();
        return instants.estimatedSize() < bound;
    }

    Optional<Instant> get(K key) {
        return Optional.ofNullable(instants.getIfPresent(key)).map(Remembered::at);
    }

    /** Whether nothing is remembered; {@code false} also for a while after the last has lapsed. */
    boolean isEmpty() {
        return instants.estimatedSize() == 0;
    }

    /** How many are remembered, or were until lately. */
    long size() {
        return instants.estimatedSize();
    }
}
