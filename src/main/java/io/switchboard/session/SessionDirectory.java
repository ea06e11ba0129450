package io.switchboard.session;

import io.switchboard.service.Grant;
import io.switchboard.service.SubscriptionChange;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** The open sessions, wherever they are, for operators and services. Any thread, never blocks. */
public interface SessionDirectory {
    /**
     * A part of the sessions, in the order of their ids.
     *
     * @param more whether there are others behind the last of these
     * @param partial whether there are replicas that did not answer in time, whose sessions are left out
     */
    record Page(List<SessionFacts> sessions, boolean more, boolean partial) {
        public Page {
            sessions = List.copyOf(sessions);
        }
    }

    /**
     * What is known of sessions.
     *
     * @param user only sessions of that user, by login or subject
     * @param after only ids that follow
     * @param limit how many at most
     */
    CompletionStage<Page> list(Optional<String> user, Optional<UUID> after, int limit);

    /**
     * What is known of one session; empty: there is none; or a failure with
     * {@link io.switchboard.failure.SilentReplicaException} where it may be on a replica that did not answer.
     */
    CompletionStage<Optional<SessionFacts>> facts(UUID id);

    /**
     * Changes what one session hears of, in the name of a service.
     *
     * @return to how many patterns it is subscribed then; empty: there is no such session, or it has no subscriptions; or a
     *     failure with {@link io.switchboard.failure.SilentReplicaException} where it may be on a replica that did not answer
     */
    CompletionStage<Optional<Integer>> change(UUID id, SubscriptionChange change, Optional<Grant> grant);
}
