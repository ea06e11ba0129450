package io.switchboard.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.switchboard.session.Verdict;
import io.switchboard.trace.Fate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Why an event did, or did not, arrive. Never what it says.
 *
 * @param id as whoever published it was told
 * @param topic of the bus; empty: the log does not have the event any more
 * @param about whose history it is part of, where it is of one
 * @param acceptedAt when it got its place, in milliseconds since the epoch
 * @param counts over all sessions
 * @param lastHandedOverAt when an event loop had last given it to all sockets that it was for, in milliseconds since the epoch
 * @param sessions those that were asked for, as far as they are remembered; empty where nobody was
 * @param partial only in a cluster: there are replicas that did not answer in time, or do not have the event; what they know is
 *     left out
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record EventTrace(
        String id,
        Optional<String> topic,
        Optional<String> about,
        @JsonProperty("accepted_at") long acceptedAt,
        Counts counts,
        @JsonProperty("last_handed_over_at") OptionalLong lastHandedOverAt,
        List<OfSession> sessions,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean partial) {
    /** How many sessions, each as often as the index named it. */
    public record Counts(
            int visited,
            int refused,
            @JsonProperty("left_out") int leftOut,
            int queued,
            @JsonProperty("handed_over") int handedOver,
            int replaced,
            int dropped,
            int waiting) {
        /** Of nobody. */
        public static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0);

        static Counts of(Fate fate) {
            return new Counts(
                    fate.visited(),
                    fate.refused(),
                    fate.leftOut(),
                    fate.queued(),
                    fate.handedOver(),
                    fate.replaced(),
                    fate.dropped(),
                    fate.waiting());
        }

        /** Both together. */
        public Counts and(Counts other) {
            return new Counts(
                    visited + other.visited,
                    refused + other.refused,
                    leftOut + other.leftOut,
                    queued + other.queued,
                    handedOver + other.handedOver,
                    replaced + other.replaced,
                    dropped + other.dropped,
                    waiting + other.waiting);
        }
    }

    /** What became of it in one session. */
    public record OfSession(String session, String user, String dialect, String outcome) {
        static OfSession of(Verdict verdict) {
            return new OfSession(
                    verdict.session().toString(),
                    verdict.user(),
                    verdict.dialect(),
                    verdict.outcome().wireName());
        }
    }

    public EventTrace {
        sessions = List.copyOf(sessions);
    }
}
