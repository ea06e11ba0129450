package io.switchboard.presence;

import io.switchboard.hub.Topic;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Who shares a topic, where that is of interest. Those who do hear of each other's coming and leaving while they are few; of a
 * crowd only the number is known, so that a topic costs no more than the square of that bound, once a second. Any thread, never
 * blocks.
 */
public interface Gatherings {
    /** Tells those who share a topic. */
    @FunctionalInterface
    interface Listener {
        /** Somebody came, or left; nobody both. */
        void changed(Topic topic, Set<String> came, Set<String> left);
    }

    /**
     * Those who share a topic.
     *
     * @param count how many users
     * @param users who they are; empty where they are too many
     */
    record Crowd(int count, List<String> users) {
        public Crowd {
            users = List.copyOf(users);
        }
    }

    /** Whether it is of interest who shares the topic. */
    boolean concern(Topic topic);

    /** A connection of a user shares the topic; to be followed by one {@link #leave}. */
    void join(Topic topic, String user);

    /** A connection of a user does not share the topic any more. */
    void leave(Topic topic, String user);

    /** Who shares a topic now. */
    CompletionStage<Crowd> of(Topic topic);

    /** How many topics somebody shares. */
    int size();
}
