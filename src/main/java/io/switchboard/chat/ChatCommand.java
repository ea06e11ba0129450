package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/** What a client asks for in a room. */
public sealed interface ChatCommand {
    /**
     * A room as a client calls it.
     *
     * @param object what it is about; in a room of two users, the other one's login
     */
    record Named(RoomType type, String object) {
        public Named {
            requireNonNull(type, "type");
            requireNonNull(object, "object");
        }
    }

    /**
     * Be in a room.
     *
     * @param heartbeat to be there still: no room is created, and nothing is answered
     */
    record Join(Named room, boolean heartbeat) implements ChatCommand {
        public Join {
            requireNonNull(room, "room");
        }
    }

    /** Be there no more. */
    record Leave(Named room) implements ChatCommand {
        public Leave {
            requireNonNull(room, "room");
        }
    }

    /**
     * Show what was said.
     *
     * @param offset how many of the last messages to leave out, 0 or more
     * @param limit how many at most; empty: as many as the server shows at once
     */
    record History(Named room, long offset, OptionalInt limit) implements ChatCommand {
        public History {
            requireNonNull(room, "room");
            requireNonNull(limit, "limit");
        }
    }

    /**
     * Say something, or something else.
     *
     * @param room the room's uuid, as the client wrote it
     * @param message the uuid of the message that is to be changed; empty text: a new one
     */
    record Post(String room, String message, String text) implements ChatCommand {
        public Post {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
            requireNonNull(text, "text");
        }

        /** Without what is said. */
        @Override
        public String toString() {
            return "Post[]";
        }
    }

    /**
     * Take a message back.
     *
     * @param room the room's uuid, as the client wrote it
     * @param message the message's uuid
     */
    record Delete(String room, String message) implements ChatCommand {
        public Delete {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
        }
    }
}
