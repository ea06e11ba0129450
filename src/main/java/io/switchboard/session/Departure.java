package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.log.Position;
import java.time.Duration;

/**
 * That the process is about to end, and over how long its sessions leave.
 *
 * @param window over which they leave evenly, each told of its moment; zero: at once, and nobody is told
 * @param past says what everybody has been offered
 */
public record Departure(Duration window, Past past) {
    public Departure {
        requireNonNull(window, "window");
        requireNonNull(past, "past");
    }

    boolean atOnce() {
        return window.isZero();
    }

    /**
     * Whoever reads it on a loop and does something in a later task of that loop knows that its sessions were offered everything up
     * to there.
     */
    Position handed() {
        return new Position(past.last().epoch(), past.handed());
    }
}
