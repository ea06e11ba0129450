package io.switchboard.log;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Gives every event its place, in one order for all. What has a place is delivered from the log's tail, in that order,
 * and is never lost while the process lives.
 *
 * @param <E> the event
 */
public interface EventLog<E> {
    /**
     * Appends the events next to each other, all or none. May be called on any thread and never blocks it.
     *
     * @return the positions, in the order of the events, once they have them; or a failure with {@link LogFullException},
     *     in which case nothing was appended
     */
    CompletionStage<List<Position>> append(List<E> events);

    /** Names the log's lifetime: offsets of another epoch mean nothing here. */
    String epoch();

    /** What was published before and is still here. Any thread. */
    Kept<E> kept();

    /**
     * Whether so much is on its way that events had to be refused, and not yet half of it has gone. Any thread, at no cost.
     */
    boolean full();
}
