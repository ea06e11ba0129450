package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionFacts;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A part of the sessions, in the order of their ids.
 *
 * @param next what to send as {@code after} for the following part; null: this was the last
 * @param partial only in a cluster: there are replicas that did not answer in time, whose sessions are left out
 */
public record SessionPage(
        List<SessionFacts> sessions,
        Optional<UUID> next,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean partial) {
    public SessionPage {
        sessions = List.copyOf(sessions);
        requireNonNull(next, "next");
    }

    static SessionPage of(SessionDirectory.Page page) {
        return new SessionPage(
                page.sessions(),
                page.more() ? Optional.of(page.sessions().getLast().id()) : Optional.empty(),
                page.partial());
    }
}
