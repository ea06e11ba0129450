package io.switchboard.queue;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The work queues of all.
 *
 * <p>Promise: a message that was answered with {@link QueueReply.Done} survives a crash and a restart. It is given to one consumer at
 * a time, until one acknowledges it, its time is over, or it came back too often and is a dead letter. It may be given a second time
 * though somebody has done it, where the acknowledgement was lost: at least once. Within a queue the lowest number is given first,
 * except for what came back.
 *
 * <p>Any thread, and none is blocked; stages complete on any thread and never fail, but for those of operators.
 */
public interface WorkQueues {
    /** Whether a name is one that the server may have made, and nobody can guess. */
    static boolean isNamedByServer(String queue) {
        return Names.isRandom(queue);
    }

    // Consumers

    /**
     * Consumes a queue, which comes into being where there is none: its first consumer owns it.
     *
     * @param name as the consumer writes it, in whatever case; empty: a new queue, which the server names
     * @param byRule whether a rule lets the user consume it, whoever owns it
     */
    CompletionStage<QueueReply> consume(Consumer consumer, String user, Optional<String> name, boolean byRule);

    /** The consumer can be given something from a queue that it consumes, if there is something. */
    void ready(UUID consumer, String queue);

    /** The consumer consumes a queue no longer; what it has of it goes back. */
    CompletionStage<QueueReply> cancel(UUID consumer, String queue);

    /** The consumer is gone; what it has goes back. Nothing is to be asked for it afterwards. */
    void gone(UUID consumer);

    /** The message is done with. Of what the consumer does not have nothing is changed. */
    void acknowledge(UUID consumer, Delivery delivery);

    /** The consumer could not do it: perhaps another can, or later. */
    void reject(UUID consumer, Delivery delivery);

    // Senders

    /** Keeps a message until it is consumed or its time is over. */
    CompletionStage<QueueReply> send(String queue, WorkMessage message);

    /** Keeps a message in each queue that the exchange sends it to, or in none. */
    CompletionStage<QueueReply> publish(String exchange, WorkMessage message);

    /**
     * Makes an exchange where there is none, and binds a queue to it.
     *
     * @param addQueue whether the consumer also consumes a new queue, which the server names, that is bound to it with the routing key
     */
    CompletionStage<QueueReply> bind(
            Consumer consumer, String user, String exchange, Algorithm algorithm, String routingKey, boolean addQueue);

    // Operators; stages fail with StoreException

    /** How many consume each queue; those are missing of which nobody knows. */
    CompletionStage<Map<String, Integer>> consumers(Collection<String> queues);

    /**
     * Deletes the messages of a queue that nobody has, or its dead letters.
     *
     * @return how many; empty: there is no such queue
     */
    CompletionStage<Optional<Integer>> purge(String queue, boolean dead);

    /**
     * Puts dead letters of a queue back to where they were, as if nobody had been given them.
     *
     * @param limit how many at most
     * @return how many; empty: there is no such queue
     */
    CompletionStage<Optional<Integer>> requeue(String queue, int limit);

    /** Deletes a queue with everything in it; its consumers are told. False: there is none. */
    CompletionStage<Boolean> deleteQueue(String queue);

    /** Deletes an exchange; its queues stay, and their consumers are told. False: there is none. */
    CompletionStage<Boolean> deleteExchange(String exchange);
}
