package io.switchboard.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * How replicas talk to one another. What one replica sends to another arrives in the order in which it was sent, at most once. Any
 * thread, never blocks; answerers are called on the loop of the cluster and must not block it.
 */
public interface Wire {
    /** Answers one kind of question. */
    @FunctionalInterface
    interface Answerer {
        /**
         * Answers, or hears of something.
         *
         * @param from the id of the replica that asks
         * @return what it is told; a failure is a failure there
         */
        CompletionStage<byte[]> answer(String from, byte[] question);
    }

    /** What replicas answered, by their ids. */
    record Answers(Map<String, byte[]> byReplica, Set<String> missing) {
        public Answers {
            byReplica = Map.copyOf(byReplica);
            missing = Set.copyOf(missing);
        }
    }

    /** Says who answers what has that subject: letters, digits, dots and dashes. Before the cluster is joined. */
    void serve(String subject, Answerer answerer);

    /** Asks one replica; or a failure with {@link UnreachableException}: it is gone, says nothing in time, or failed. */
    CompletionStage<byte[]> ask(String replica, String subject, byte[] question, Duration patience);

    /** Tells one replica, which may not hear it. */
    void tell(String replica, String subject, byte[] news);

    /** Tells all others, some of which may not hear it. */
    void tellAll(String subject, byte[] news);

    /** Asks all others of the view; completes when all have answered, or with what there is when patience ends. Never fails. */
    CompletionStage<Answers> askAll(String subject, byte[] question, Duration patience);
}
