package io.switchboard.config;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.time.Duration;
import java.util.Set;

/** How long the end of the process takes, step by step: docs/operations.md. */
public final class EndTimes {
    /** How long clients have, when the last was closed, to take what waits for them and to answer the close frame. */
    public static final Duration FAREWELL = Duration.ofSeconds(5);

    /** What the rest takes at most: above all what the database is still given. */
    static final Duration REST = Duration.ofSeconds(15);

    private static final Duration LONGEST_WINDOW = Duration.ofHours(1);

    private EndTimes() {}

    /**
     * Ends the start where the process would be killed before it has ended.
     *
     * @param platform what the platform waits by its own settings
     */
    static void check(SwitchboardConfig.Drain drain, Duration platform) {
        if (drain.window().isNegative() || drain.window().compareTo(LONGEST_WINDOW) > 0) {
            throw new ConfigurationException(
                    "switchboard.drain.window must be from 0 s to 1 h.", Set.of("switchboard.drain.window"));
        }
        Duration needed = drain.window().plus(FAREWELL).plus(REST).plus(platform);
        drain.gracePeriod().filter(grace -> grace.compareTo(needed) < 0).ifPresent(grace -> {
            throw new ConfigurationException(
                    "switchboard.drain.grace-period must be " + needed.toSeconds() + " s or longer, and is "
                            + grace.toSeconds() + " s: switchboard.drain.window, " + FAREWELL.toSeconds()
                            + " s for clients to say goodbye, " + REST.toSeconds() + " s for everything else to end"
                            + (platform.isZero() ? "." : ", and quarkus.shutdown.delay and quarkus.shutdown.timeout."),
                    Set.of("switchboard.drain.window", "switchboard.drain.grace-period"));
        });
    }
}
