package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Topic;
import java.util.UUID;

/**
 * A room that exists.
 *
 * @param uuid by which messages name it
 * @param name what it is about
 */
public record Room(UUID uuid, RoomName name) {
    public Room {
        requireNonNull(uuid, "uuid");
        requireNonNull(name, "name");
    }

    /** What happens in it. */
    public Topic topic() {
        return topicOf(uuid);
    }

    /** What happens in the room with that id. */
    public static Topic topicOf(UUID room) {
        return Topic.of("room", room.toString());
    }
}
