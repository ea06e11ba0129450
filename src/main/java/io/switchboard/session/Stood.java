package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.hub.Pattern;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a session held for the events between two offsets.
 *
 * @param patterns what it had subscribed to, and the rooms that it was in
 * @param from it held it for what came behind
 * @param to the last that it held it for
 * @param closed why the connection ended; empty: it went on with something else
 * @param unsent the first offset that was not handed over when it ended; 0: all was
 */
record Stood(
        UUID session,
        DialectKind dialect,
        Claims claims,
        List<Pattern> patterns,
        long from,
        long to,
        Optional<CloseCode> closed,
        long unsent) {
    Stood {
        requireNonNull(session, "session");
        requireNonNull(dialect, "dialect");
        requireNonNull(claims, "claims");
        patterns = List.copyOf(patterns);
        requireNonNull(closed, "closed");
    }

    /** What became of an event that was for it. */
    Verdict.Outcome outcome(long offset) {
        if (unsent == 0 || offset < unsent) {
            return Verdict.Outcome.HANDED_OVER;
        }
        return closed.filter(CloseCode.SLOW_CONSUMER::equals).isPresent() ? Verdict.Outcome.SLOW : Verdict.Outcome.GONE;
    }

    boolean covers(long offset) {
        return offset > from && offset <= to;
    }
}
