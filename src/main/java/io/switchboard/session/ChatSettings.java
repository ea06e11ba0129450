package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How rooms are for one session.
 *
 * @param rooms how many it may be in; 0: any number
 * @param historyOnJoin whether what was said is sent to one who joins
 * @param permissionLasts for how long the decision of a service counts
 */
public record ChatSettings(int rooms, boolean historyOnJoin, Duration permissionLasts) {
    /** Any number of rooms, as today's web client expects them. */
    public static final ChatSettings USUAL = new ChatSettings(0, false, Duration.ofMinutes(1));

    public ChatSettings {
        requireNonNull(permissionLasts, "permissionLasts");
    }
}
