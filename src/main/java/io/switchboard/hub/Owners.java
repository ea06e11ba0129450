package io.switchboard.hub;

import java.util.List;

/**
 * Loops that own what belongs to no shard, such as what a user has in all sessions: a name has always the same one. Immutable,
 * any thread.
 *
 * @param loops one or more
 */
public record Owners(List<Loop> loops) {
    public Owners {
        loops = List.copyOf(loops);
        if (loops.isEmpty()) {
            throw new IllegalArgumentException("somebody has to own it");
        }
    }

    /** The loop that owns what has this name. */
    public Loop of(String name) {
        int hash = name.hashCode();
        // names that differ in the last letter only must not all have the same
        return loops.get(Math.floorMod(hash ^ (hash >>> 16), loops.size()));
    }
}
