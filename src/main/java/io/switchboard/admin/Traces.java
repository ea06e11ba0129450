package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What became of events in all sessions, wherever they are. Any thread, never blocks. */
public interface Traces {
    /**
     * What is known of an event.
     *
     * @param counted whether its counts are remembered; otherwise they are zero
     * @param judged whether the log still has it, so that it can be said what became of it in sessions
     */
    record Found(EventTrace trace, boolean counted, boolean judged) {
        public Found {
            requireNonNull(trace, "trace");
        }
    }

    /**
     * What became of an event.
     *
     * @param id as whoever published it was told
     * @param user in the sessions of this user, by login or subject
     * @param session in this one; where both are empty, in none
     * @return empty: nothing is known of it
     */
    CompletionStage<Optional<Found>> of(String id, Optional<String> user, Optional<UUID> session);
}
