package io.switchboard.presence;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What others see of a user. Says the same of one who is away for longer than is remembered, and of one whom nobody knows.
 *
 * @param user by login
 * @param status {@link #ONLINE}, {@link #OFFLINE}, or what the user calls it
 * @param lastSeen when the user was last there, in milliseconds since the epoch, which may be now; empty: nobody remembers
 * @param metadata the user's own, a JSON object
 */
public record Presence(String user, String status, OptionalLong lastSeen, Optional<String> metadata) {
    public static final String ONLINE = "online";
    public static final String OFFLINE = "offline";

    public Presence {
        requireNonNull(user, "user");
        requireNonNull(status, "status");
        requireNonNull(lastSeen, "lastSeen");
        requireNonNull(metadata, "metadata");
    }

    /** Whether somebody who knows the other need not hear of this one. */
    boolean looksLike(Presence other) {
        return status.equals(other.status) && metadata.equals(other.metadata);
    }

    static Presence unknown(String user) {
        return new Presence(user, OFFLINE, OptionalLong.empty(), Optional.empty());
    }
}
