package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How sessions work off queues.
 *
 * @param delay how long after its registration a queue begins to deliver
 * @param openPerSession messages that one session may have without an answer, 1 or more
 * @param renewEvery how often a service is asked for newer tokens; zero: never
 */
public record WorkSettings(Duration delay, int openPerSession, Duration renewEvery) {
    static final WorkSettings USUAL = new WorkSettings(Duration.ofMillis(50), 1, Duration.ZERO);

    public WorkSettings {
        requireNonNull(delay, "delay");
        requireNonNull(renewEvery, "renewEvery");
        if (openPerSession < 1) {
            throw new IllegalArgumentException("a session has a message at least");
        }
    }
}
