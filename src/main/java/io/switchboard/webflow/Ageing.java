package io.switchboard.webflow;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Things that last equally long, by when their time is over. Bounded. Any thread. */
final class Ageing<T> {
    private final SequencedMap<T, Long> deadlines = new LinkedHashMap<>();
    private final int most;

    /** @param most 0: no bound */
    Ageing(int most) {
        this.most = most;
    }

    /**
     * Adds a thing, or prolongs its time.
     *
     * @param deadlineNanos by a clock such as {@link System#nanoTime}; not before that of the one added last, or that one goes first
     * @return {@code false}: there is no room
     */
    synchronized boolean put(T thing, long deadlineNanos) {
        if (isFull() && !deadlines.containsKey(thing)) {
            return false;
        }
        deadlines.putLast(thing, deadlineNanos);
        return true;
    }

    synchronized void remove(T thing) {
        deadlines.remove(thing);
    }

    /** Removes one whose time is over, if there is one. */
    synchronized Optional<T> poll(long nowNanos) {
        Map.Entry<T, Long> first = deadlines.firstEntry();
        if (first == null || first.getValue() - nowNanos > 0) {
            return Optional.empty();
        }
        deadlines.pollFirstEntry();
        return Optional.of(first.getKey());
    }

    synchronized boolean isFull() {
        return most > 0 && deadlines.size() >= most;
    }

    synchronized int size() {
        return deadlines.size();
    }
}
