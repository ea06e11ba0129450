package io.switchboard.presence;

import io.switchboard.hub.Topic;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Who is there, over all sessions of a user in all dialects. One who comes back within the grace was never away; of one user
 * others hear at most once a second, and nothing where it is as it was by then. Any thread, never blocks.
 */
public interface Presences {
    /** Where those are found who want to hear of a user. */
    static Topic topicOf(String user) {
        return Topic.of(LocalPresences.FIRST, user);
    }

    /** The user whom those want to hear of who subscribe to the topic; empty: it is about something else. */
    static Optional<String> userOf(Topic topic) {
        List<String> segments = topic.segments();
        return segments.size() == 2 && segments.getFirst().equals(LocalPresences.FIRST)
                ? Optional.of(segments.getLast())
                : Optional.empty();
    }

    /** A user has a connection more; to be followed by one {@link #leave}. */
    void arrive(String user);

    /** A connection of a user has ended. */
    void leave(String user);

    /** A user who is here says how that is to be called; until the last connection has ended. */
    void set(String user, String status, Optional<String> metadata);

    /** What others see of these users now, in their order. */
    CompletionStage<List<Presence>> of(List<String> users);

    /** How many users are here. */
    int size();
}
