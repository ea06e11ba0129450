package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How changes of nodes are merged and looked up.
 *
 * @param quietWindow how long a node must have been quiet before what was held of it leaves; zero: nothing is held
 * @param maxHold how long something is held at most; zero: as long as the node is not quiet
 * @param leadingEdge whether the first change of a quiet node leaves at once, and only what follows is held
 * @param heldEvents nodes of which something is held at most; 0: no bound
 * @param heldBytes about how many bytes that may be; 0: no bound
 * @param lookups events that may wait for where their node is; 0: no bound
 * @param lookupTimeout how long they wait; zero: for ever
 */
public record TreeSettings(
        Duration quietWindow,
        Duration maxHold,
        boolean leadingEdge,
        int heldEvents,
        long heldBytes,
        int lookups,
        Duration lookupTimeout) {
    public TreeSettings {
        requireNonNull(quietWindow, "quietWindow");
        requireNonNull(maxHold, "maxHold");
        requireNonNull(lookupTimeout, "lookupTimeout");
    }
}
