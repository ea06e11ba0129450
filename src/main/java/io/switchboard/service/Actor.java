package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import java.util.UUID;

/**
 * On whose behalf a service call runs: the user of a session. Immutable.
 *
 * @param session the session's id
 * @param dialect what its client speaks, as the wire has it
 * @param claims those of the session at the time of the call
 */
public record Actor(UUID session, String dialect, Claims claims) {
    public Actor {
        requireNonNull(session, "session");
        requireNonNull(dialect, "dialect");
        requireNonNull(claims, "claims");
    }
}
