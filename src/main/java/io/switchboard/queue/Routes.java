package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bindings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** To which queues an exchange sends what. One thread. */
final class Routes {
    private final Algorithm algorithm;
    private final Map<String, Set<String>> queues = new HashMap<>();
    private final Map<String, String> keys = new HashMap<>();

    Routes(Bindings bindings) {
        this.algorithm = requireNonNull(bindings, "bindings").algorithm();
        bindings.bindings().forEach(this::add);
    }

    void add(Binding binding) {
        keys.put(binding.queue(), binding.routingKey());
        queues.computeIfAbsent(binding.routingKey(), _ -> new HashSet<>()).add(binding.queue());
    }

    void remove(String queue) {
        String key = keys.remove(queue);
        if (key != null) {
            queues.computeIfPresent(key, (_, of) -> {
                of.remove(queue);
                return of.isEmpty() ? null : of;
            });
        }
    }

    /** The queues of a message. */
    Set<String> of(String routingKey) {
        return switch (algorithm) {
            case DIRECT -> Set.copyOf(queues.getOrDefault(routingKey, Set.of()));
            case FANOUT, HEADER -> Set.copyOf(keys.keySet());
            case TOPIC -> matching(routingKey);
        };
    }

    private Set<String> matching(String routingKey) {
        Set<String> found = new HashSet<>();
        queues.forEach((pattern, of) -> {
            if (WordPattern.matches(pattern, routingKey)) {
                found.addAll(of);
            }
        });
        return found;
    }
}
