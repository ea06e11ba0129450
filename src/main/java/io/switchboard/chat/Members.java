package io.switchboard.chat;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Who is in which room, by live connections and nothing else. A connection that was lost counts for a while after its last
 * heartbeat, so that a reload is no coming and going. Everybody in a room is told when somebody comes or leaves; in a room
 * where many do at once, or of many, not each time. Any thread, never blocks; stages fail with
 * {@link io.switchboard.failure.StoreException} only.
 */
public interface Members {
    /**
     * A room as it is after somebody joined.
     *
     * @param users who is there, or the first of them
     * @param announced whether everybody there is told at this moment, the one who joined included
     */
    record Gathering(List<String> users, boolean announced) {
        public Gathering {
            users = List.copyOf(users);
        }
    }

    /** A connection is in the room, or is there still. */
    CompletionStage<Gathering> join(Room room, UUID session, String username);

    /** A connection left the room. */
    void leave(Room room, UUID session);

    /** A connection broke. */
    void lost(Room room, UUID session);

    /** The room is gone. */
    void close(Room room);

    /** Who is in a room, or the first of them. */
    CompletionStage<List<String>> of(Room room);

    /** How many rooms have somebody in them. */
    int rooms();
}
