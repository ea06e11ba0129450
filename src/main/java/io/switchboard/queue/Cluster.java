package io.switchboard.queue;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** What the queues of one replica need of the others. Any thread, never blocks. */
public interface Cluster {
    /** Whether this replica decides about the queue at this instant, and has heard who has what of it. */
    boolean decides(String queue);

    /** Whether this replica looks after what is over. */
    boolean keepsHouse();

    /** What the store knows this run of the server by; the same for all replicas. */
    String run();

    /** After which somebody looks for messages that nobody told of, as long as a consumer is ready; zero: never. */
    Duration poll();

    /** A message was kept: for whoever decides about the queue. */
    void kept(String queue, long number, WorkMessage message);

    /** A message may have been kept, now or in a moment. */
    void doubt(String queue);

    /** A queue that was bound to an exchange is gone. */
    void unbound(String exchange, String queue);

    /** An exchange is gone that a queue was bound to. */
    void exchangeClosed(String queue, String exchange);

    /** As {@link LocalWorkQueues#deleteQueue(String, OptionalLong)}, wherever it is decided about. */
    CompletionStage<Boolean> deleteQueue(String queue, OptionalLong usedAt);

    /** As {@link LocalWorkQueues#deleteExchange(String, OptionalLong)}, wherever it is decided about. */
    CompletionStage<Boolean> deleteExchange(String exchange, OptionalLong usedAt);
}
