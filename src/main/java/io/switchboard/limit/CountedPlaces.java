package io.switchboard.limit;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Places by name, so many for each; a name without any taken is forgotten. Any thread. */
final class CountedPlaces {
    private final int bound;
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();

    /** @param bound places for each name; 0: any number, and nothing is counted */
    CountedPlaces(int bound) {
        this.bound = bound;
    }

    boolean acquire(String name) {
        if (bound == 0) {
            return true;
        }
        int[] before = new int[1];
        taken.compute(name, (_, count) -> {
            before[0] = count == null ? 0 : count;
            return before[0] < bound ? before[0] + 1 : count;
        });
        return before[0] < bound;
    }

    void release(String name) {
        if (bound > 0) {
            taken.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    int names() {
        return taken.size();
    }
}
