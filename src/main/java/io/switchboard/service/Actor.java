package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import java.util.UUID;

/** On whose behalf a service is called. */
public record Actor(UUID session, String dialect, Claims claims) {
    public Actor {
        requireNonNull(session, "session");
        requireNonNull(dialect, "dialect");
        requireNonNull(claims, "claims");
    }
}
