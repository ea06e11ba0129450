package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/** Topics that a service opens for its caller, for a time. */
public record Grant(List<String> patterns, Instant expiresAt) {
    public Grant {
        patterns = List.copyOf(patterns);
        requireNonNull(expiresAt, "expiresAt");
    }
}
