package io.switchboard.queue;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which queues a consumer consumes, or is about to. Counted, because it may be about to more than once, and because it may
 * go at any moment in between. Any thread.
 */
final class Memberships {
    private final Map<UUID, Map<String, Integer>> queues = new ConcurrentHashMap<>();

    void add(UUID consumer, String queue) {
        queues.compute(consumer, (_, of) -> {
            Map<String, Integer> counts = of == null ? new ConcurrentHashMap<>() : of;
            counts.merge(queue, 1, Integer::sum);
            return counts;
        });
    }

    void remove(UUID consumer, String queue) {
        queues.computeIfPresent(consumer, (_, counts) -> {
            counts.computeIfPresent(queue, (_, count) -> count == 1 ? null : count - 1);
            return counts.isEmpty() ? null : counts;
        });
    }

    boolean contains(UUID consumer, String queue) {
        return queues.getOrDefault(consumer, Map.of()).containsKey(queue);
    }

    /** Forgets the consumer; the queues that are to hear of it. */
    Set<String> removeAll(UUID consumer) {
        Map<String, Integer> of = queues.remove(consumer);
        return of == null ? Set.of() : Set.copyOf(of.keySet());
    }

    int size() {
        return queues.size();
    }
}
