package io.switchboard.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What happened to whom and when, remembered for a while. Bounded in number, and what is full takes nothing more: to
 * forget the oldest, as a cache does, would undo it. Any thread.
 */
final class Lapsing<K> {
    private final Cache<K, Instant> instants;
    private final int bound;

    /**
     * @param lifetime for how long; zero: for ever
     * @param bound how many; 0: any number
     */
    Lapsing(Duration lifetime, int bound, Ticker ticker) {
        Caffeine<Object, Object> builder = Caffeine.newBuilder().ticker(ticker).executor(Runnable::run);
        this.instants = lifetime.isZero()
                ? builder.build()
                : builder.expireAfterWrite(lifetime).build();
        this.bound = bound;
    }

    /** Remembers the instant, in place of an earlier one. {@code false}: there is no room. */
    synchronized boolean put(K key, Instant instant) {
        if (bound > 0 && instants.getIfPresent(key) == null) {
            instants.cleanUp();
            if (instants.estimatedSize() >= bound) {
                return false;
            }
        }
        instants.put(key, instant);
        return true;
    }

    Optional<Instant> get(K key) {
        return Optional.ofNullable(instants.getIfPresent(key));
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
