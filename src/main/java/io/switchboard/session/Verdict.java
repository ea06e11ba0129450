package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.UUID;

/**
 * Why an event did, or did not, reach a session.
 *
 * @param user by login
 * @param dialect its name
 */
public record Verdict(UUID session, String user, String dialect, Outcome outcome) {
    /** What became of it. */
    public enum Outcome {
        /** The socket was given it. */
        HANDED_OVER,
        /** The socket was given it, or a newer value in its place: the session lagged. */
        HANDED_OVER_OR_REPLACED,
        /** It waits for the socket. */
        WAITING,
        /** The session went without it, being over its limit or behind. */
        LEFT_OUT,
        /** The session may see it, and has not asked for it. */
        NOT_SUBSCRIBED,
        /** The session's claims do not allow it. */
        NO_CLAIM,
        /** The session's token had expired. */
        EXPIRED,
        /** The connection was closed as slow before it could be handed over. */
        SLOW,
        /** The connection ended before it could be handed over. */
        GONE;

        /** As the API says it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Verdict {
        requireNonNull(session, "session");
        requireNonNull(user, "user");
        requireNonNull(dialect, "dialect");
        requireNonNull(outcome, "outcome");
    }
}
