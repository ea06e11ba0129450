package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** Something that those in a room are told. */
public sealed interface RoomChange {
    Room room();

    /** A message was posted. */
    record Said(Room room, Message message) implements RoomChange {
        public Said {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
        }
    }

    /**
     * A message says something else now. Those in the room are told as of a new one, but it has the number that it had, which
     * may be far behind that of the last one.
     */
    record Edited(Room room, Message message) implements RoomChange {
        public Edited {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
        }
    }

    /** A message was deleted. */
    record Unsaid(Room room, Message message) implements RoomChange {
        public Unsaid {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
        }
    }

    /**
     * Somebody came or left.
     *
     * @param users who is there, or the first of them
     */
    record Gathered(Room room, List<String> users) implements RoomChange {
        public Gathered {
            requireNonNull(room, "room");
            users = List.copyOf(users);
        }
    }

    /**
     * A service says something of the room.
     *
     * @param json the room as the service describes it: a JSON object
     */
    record Described(Room room, String json) implements RoomChange {
        public Described {
            requireNonNull(room, "room");
            requireNonNull(json, "json");
        }
    }

    /** The room itself is gone, with all that was said in it. */
    record Closed(Room room) implements RoomChange {
        public Closed {
            requireNonNull(room, "room");
        }
    }
}
