package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.session.SessionFacts;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A part of the sessions, in the order of their ids.
 *
 * @param next what to send as {@code after} for the following part; null: this was the last
 */
public record SessionPage(List<SessionFacts> sessions, Optional<UUID> next) {
    public SessionPage {
        sessions = List.copyOf(sessions);
        requireNonNull(next, "next");
    }
}
