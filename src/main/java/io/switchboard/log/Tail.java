package io.switchboard.log;

/**
 * What the log hands each event to, in order, one at a time.
 *
 * @param <E> the event
 */
@FunctionalInterface
public interface Tail<E> {
    /**
     * Called by one thread at a time, which must not be blocked.
     *
     * @param position the event's place
     * @param delivered to be run exactly once, on any thread, when nothing of the event is on its way any more: it makes
     *     room for others
     */
    void deliver(Position position, E event, Runnable delivered);
}
