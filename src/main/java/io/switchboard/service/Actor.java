package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import java.util.Optional;
import java.util.UUID;

/**
 * On whose behalf a service call runs: a session, and its user. Immutable.
 *
 * @param session the session's id
 * @param dialect what its client speaks, as the wire has it
 * @param claims those of the session at the time of the call; empty: nobody is signed in, of whom only the service hears that
 *     signs clients in
 */
public record Actor(UUID session, String dialect, Optional<Claims> claims) {
    public Actor {
        requireNonNull(session, "session");
        requireNonNull(dialect, "dialect");
        requireNonNull(claims, "claims");
    }

    /** Somebody who is signed in. */
    public Actor(UUID session, String dialect, Claims claims) {
        this(session, dialect, Optional.of(claims));
    }
}
