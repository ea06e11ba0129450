package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Pauses that double. One thread. */
final class Backoff {
    private final Duration first;
    private final Duration longest;
    private Duration next;

    Backoff(Duration first, Duration longest) {
        this.first = requireNonNull(first, "first");
        this.longest = requireNonNull(longest, "longest");
        this.next = first;
    }

    /** How long to wait now. */
    Duration next() {
        Duration pause = next;
        Duration doubled = pause.multipliedBy(2);
        next = doubled.compareTo(longest) < 0 ? doubled : longest;
        return pause;
    }

    void reset() {
        next = first;
    }
}
