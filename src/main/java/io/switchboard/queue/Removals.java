package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Acknowledged messages until the store has forgotten them: what is acknowledged while it is at work waits, and goes together. The
 * queue's loop.
 */
final class Removals {
    private final String queue;
    private final QueueStore store;
    private final Questions questions;
    private final Questions.Then<List<Long>> removed;
    private final Set<Long> numbers = new HashSet<>();
    private final Set<Long> waiting = new HashSet<>();
    private boolean busy;

    /** @param removed told of those that are gone for good */
    Removals(String queue, QueueStore store, Questions questions, Questions.Then<List<Long>> removed) {
        this.queue = requireNonNull(queue, "queue");
        this.store = requireNonNull(store, "store");
        this.questions = requireNonNull(questions, "questions");
        this.removed = requireNonNull(removed, "removed");
    }

    void add(long number) {
        if (numbers.add(number)) {
            waiting.add(number);
            go();
        }
    }

    boolean contains(long number) {
        return numbers.contains(number);
    }

    Set<Long> numbers() {
        return Set.copyOf(numbers);
    }

    boolean isEmpty() {
        return numbers.isEmpty();
    }

    private void go() {
        if (busy || waiting.isEmpty()) {
            return;
        }
        busy = true;
        List<Long> batch = List.copyOf(waiting);
        waiting.clear();
        // until it is done: nobody is to be given them again
        questions.insist(() -> store.remove(queue, batch), _ -> {
            busy = false;
            batch.forEach(numbers::remove);
            removed.accept(batch);
            go();
        });
    }
}
