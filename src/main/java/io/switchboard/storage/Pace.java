package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** How often a {@link Sweep} goes round, and how soon a portion follows another. */
record Pace(Duration round, Duration portion) {
    static final Pace USUAL = new Pace(Duration.ofMinutes(1), Duration.ofMillis(50));

    Pace {
        requireNonNull(round, "round");
        requireNonNull(portion, "portion");
    }
}
