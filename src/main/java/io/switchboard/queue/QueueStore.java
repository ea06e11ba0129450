package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Keeps queues, what waits in them, and exchanges. Names come in lower case. Any thread, never blocks it. Changes are carried out
 * one after the other, in the order of the calls; a change has happened for good, or not at all, when its stage completes. Stages
 * may complete on any thread, and fail with {@link StoreException} only. Who has a message is not kept: what nobody acknowledged
 * waits again after a restart.
 */
public interface QueueStore {
    /** What became of the wish to consume a queue. */
    enum Claimed {
        /** It may be consumed, and stays until somebody deletes it. */
        DURABLE,
        /** It may be consumed, and goes when nobody uses it any more. */
        TEMPORARY,
        /** It belongs to somebody else. */
        FOREIGN,
        /** The user owns as many as one may. */
        USER_FULL,
        /** There are as many as there may be. */
        FULL
    }

    /**
     * What became of a message that was sent.
     *
     * @param numbers by queue; a queue that there is not is missing
     * @param full a queue had no room for it, and none keeps it
     * @param expired messages that made room because their time is over
     */
    record Sent(Map<String, Long> numbers, boolean full, int expired) {
        public Sent {
            numbers = Map.copyOf(numbers);
        }
    }

    /**
     * Part of a queue.
     *
     * @param upTo no message up to this number waits that was not in this part or before
     * @param complete whether it is the last one
     */
    record Page(List<Waiting> messages, long upTo, boolean complete) {
        public Page {
            messages = List.copyOf(messages);
        }
    }

    /** What becomes of a message that came back. */
    sealed interface Returned {
        /**
         * It waits again.
         *
         * @param returns how often it came back
         */
        record Again(int returns) implements Returned {}

        /** It came back too often, and is a dead letter. */
        record Dead() implements Returned {}

        /** Its time is over; it is deleted. */
        record Expired() implements Returned {}

        /** There is none of that number any more. */
        record Gone() implements Returned {}
    }

    /** What became of the wish for an exchange. */
    enum Bound {
        DONE,
        /** There is one of that name that goes by another algorithm. */
        OTHER_ALGORITHM,
        /** There are as many exchanges as there may be. */
        EXCHANGES_FULL,
        /** As many queues are bound to it as may be. */
        BINDINGS_FULL,
        /** The user owns as many queues as one may. */
        USER_FULL,
        /** There are as many queues as there may be. */
        QUEUES_FULL
    }

    /** A queue that an exchange sends to. */
    record Binding(String queue, String routingKey) {
        public Binding {
            requireNonNull(queue, "queue");
            requireNonNull(routingKey, "routingKey");
        }
    }

    /** An exchange with all its queues. */
    record Bindings(Algorithm algorithm, List<Binding> bindings) {
        public Bindings {
            requireNonNull(algorithm, "algorithm");
            bindings = List.copyOf(bindings);
        }
    }

    /** What became of a queue that was to go. */
    sealed interface Deleted {
        /**
         * It is gone.
         *
         * @param exchanges that it was bound to
         */
        record Done(Set<String> exchanges) implements Deleted {
            public Done {
                exchanges = Set.copyOf(exchanges);
            }
        }

        /** Some of its messages are deleted; to be called again. */
        record More() implements Deleted {}

        /** There is none of that name, or it is in use. */
        record Unknown() implements Deleted {}
    }

    /**
     * Part of a purge.
     *
     * @param deleted how many messages
     * @param reached up to which number; {@code last}: it is done
     * @param last the number of the newest message when it began
     */
    record Purged(int deleted, long reached, long last) {}

    /**
     * Dead letters that are to be tried once more.
     *
     * @param first the lowest number among them
     */
    record Requeued(int count, long first) {}

    /**
     * A queue, for those who look after it.
     *
     * @param messages those that wait or that somebody has, and no dead letters
     * @param bytes of both
     * @param oldestSentAt of those that are no dead letters, in milliseconds since 1970; empty: there are none
     */
    record QueueFacts(
            String name,
            String owner,
            boolean temporary,
            long messages,
            long deadLetters,
            long bytes,
            OptionalLong oldestSentAt) {
        public QueueFacts {
            requireNonNull(name, "name");
            requireNonNull(owner, "owner");
            requireNonNull(oldestSentAt, "oldestSentAt");
        }
    }

    /** An exchange, for those who look after it. */
    record ExchangeFacts(String name, Algorithm algorithm, String owner, long bindings) {
        public ExchangeFacts {
            requireNonNull(name, "name");
            requireNonNull(algorithm, "algorithm");
            requireNonNull(owner, "owner");
        }
    }

    /** A message without its data, for those who look after its queue. Times are milliseconds since 1970. */
    record MessageFacts(
            long number,
            UUID id,
            String sender,
            int returns,
            long sentAt,
            long expiresAt,
            String replyTo,
            String correlationId,
            String exchange,
            String routingKey,
            long bytes) {
        public MessageFacts {
            requireNonNull(id, "id");
            requireNonNull(sender, "sender");
            requireNonNull(replyTo, "replyTo");
            requireNonNull(correlationId, "correlationId");
            requireNonNull(exchange, "exchange");
            requireNonNull(routingKey, "routingKey");
        }

        /** Without what it is about. */
        @Override
        public String toString() {
            return "MessageFacts[" + number + "]";
        }
    }

    /**
     * A user wants to consume a queue, which is made where there is none.
     *
     * @param byRule whether the user may though it belongs to somebody else
     * @param temporary whether it goes, once made, when nobody uses it any more
     * @param run of the server; while it lasts a temporary queue counts as used until it is released
     */
    CompletionStage<Claimed> claim(String queue, String user, boolean byRule, boolean temporary, String run);

    /** Nobody consumes a temporary queue any more. */
    CompletionStage<Void> release(String queue, String run);

    /** Keeps a message behind all others of each queue that there is, as far as there is room in all of them. */
    CompletionStage<Sent> send(Collection<String> queues, WorkMessage message);

    /**
     * The first messages of a queue behind a number, lowest first, without those whose time is over and without dead letters.
     *
     * @param limit how many at most, 1 or more
     * @param bytes how much at most, by {@link WorkMessage#weight}; but one at least
     */
    CompletionStage<Page> after(String queue, long number, int limit, long bytes);

    /** Removes messages that were acknowledged; those that are gone already are no error. */
    CompletionStage<Void> remove(String queue, Collection<Long> numbers);

    /**
     * A message was given to somebody and came back.
     *
     * @param deliveries how often it may be given to somebody before it becomes a dead letter; 0: for ever
     */
    CompletionStage<Returned> putBack(String queue, long number, int deliveries);

    /**
     * Makes an exchange where there is none.
     *
     * @param queue a temporary queue of the user that is made as well, and bound
     * @param run as for {@link #claim}
     */
    CompletionStage<Bound> bind(String exchange, Algorithm algorithm, String user, Optional<Binding> queue, String run);

    /** Empty: there is no such exchange. */
    CompletionStage<Optional<Bindings>> bindings(String exchange);

    /**
     * Deletes some messages whose time is over, the oldest first.
     *
     * @return how many; 0: there are none
     */
    CompletionStage<Integer> deleteExpired();

    /** Deletes some dead letters that died at that instant, in milliseconds since 1970, or earlier; how many. */
    CompletionStage<Integer> deleteDead(long diedAt);

    /** Temporary queues that count as used in another run of the server are unused from now on. */
    CompletionStage<Void> begin(String run);

    /** Temporary queues behind a name that count as used in that run of the server, by name. */
    CompletionStage<List<String>> consumedQueues(String run, String after, int limit);

    /** Some temporary queues that are empty and were last used at that instant or earlier. */
    CompletionStage<List<String>> unusedQueues(long usedAt);

    /** Some exchanges without bindings since that instant or earlier. */
    CompletionStage<List<String>> unusedExchanges(long usedAt);

    /**
     * Deletes a queue with everything that waits in it, and its bindings, in as many calls as that takes.
     *
     * @param usedAt only if it is temporary, empty, and was last used at that instant or earlier
     */
    CompletionStage<Deleted> deleteQueue(String queue, OptionalLong usedAt);

    /**
     * Deletes an exchange and its bindings.
     *
     * @param usedAt only if it has no bindings since that instant or earlier
     * @return the queues that were bound to it; empty: there is none, or it is in use
     */
    CompletionStage<Optional<Set<String>>> deleteExchange(String exchange, OptionalLong usedAt);

    /** Queues behind a name, by name. */
    CompletionStage<List<QueueFacts>> queues(String after, int limit);

    /** Exchanges behind a name, by name. */
    CompletionStage<List<ExchangeFacts>> exchanges(String after, int limit);

    /** Messages, or dead letters, behind a number, lowest first; empty: there is no such queue. */
    CompletionStage<Optional<List<MessageFacts>>> peek(String queue, boolean dead, long after, int limit);

    /**
     * Deletes some of the messages of a queue, or of its dead letters.
     *
     * @param keep numbers that stay
     * @param after those above this number: 0, or what the call before has reached
     * @param last those up to this number; empty: those that there are
     * @return empty: there is no such queue
     */
    CompletionStage<Optional<Purged>> purge(String queue, boolean dead, Set<Long> keep, long after, OptionalLong last);

    /**
     * Puts some of the dead letters of a queue back to where they were, as if nobody had been given them. Whose time was over meanwhile
     * is given as much time as it had.
     *
     * @return empty: there is no such queue
     */
    CompletionStage<Optional<Requeued>> requeue(String queue, int limit);
}
