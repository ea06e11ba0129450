package io.switchboard.event;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * An internal service that knows where nodes are: asked for a node that an event names by its uuid only. A bean of this
 * type is found by itself.
 */
@FunctionalInterface
public interface NodeLookup {
    /**
     * Looks a node up. Called on a thread that must not be blocked; the result may come on any thread, and counts only
     * if it comes in time. Of the node its place is used, and what the event leaves out of type, size, time and Etag.
     *
     * @param uuid never empty
     * @return empty, or a failure, where the node is not known; then the event is seen by nobody
     */
    CompletionStage<Optional<Node>> find(String uuid);
}
