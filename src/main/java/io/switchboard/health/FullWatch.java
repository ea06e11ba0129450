package io.switchboard.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Knows since when something is full. {@link #look} is called by one thread, the rest by any. */
final class FullWatch {
    private final BooleanSupplier full;
    private final LongSupplier nanoTime;
    private volatile boolean wasFull;
    private volatile long sinceNanos;

    FullWatch(BooleanSupplier full, LongSupplier nanoTime) {
        this.full = requireNonNull(full, "full");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime");
    }

    void look() {
        boolean now = full.getAsBoolean();
        if (now && !wasFull) {
            sinceNanos = nanoTime.getAsLong();
        }
        wasFull = now;
    }

    /** For how long it was full whenever somebody looked; zero: it is not. */
    Duration fullFor() {
        return wasFull ? Duration.ofNanos(nanoTime.getAsLong() - sinceNanos) : Duration.ZERO;
    }
}
