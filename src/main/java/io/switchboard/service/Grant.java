package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * Topics that a service opens for the caller: for its session and subject, for a time, and never wider than what guards allow.
 *
 * @param patterns of topics, as text
 * @param expiresAt the instant from which it is void
 */
public record Grant(List<String> patterns, Instant expiresAt) {
    public Grant {
        patterns = List.copyOf(patterns);
        requireNonNull(expiresAt, "expiresAt");
    }
}
