package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** What an internal service says in a room, or of it. */
public sealed interface ServiceWord {
    /** The room. */
    UUID room();

    /**
     * A message, which is kept.
     *
     * @param uuid its id; one that the room has already is not kept again
     * @param author in whose name
     * @param timestamp seconds since 1970; empty: now
     * @param text what it says
     * @param json the message as the service wrote it: a JSON object, of which the other fields pass
     */
    record Say(UUID room, Optional<String> uuid, String author, OptionalLong timestamp, String text, String json)
            implements ServiceWord {
        public Say {
            requireNonNull(room, "room");
            requireNonNull(uuid, "uuid");
            requireNonNull(author, "author");
            requireNonNull(timestamp, "timestamp");
            requireNonNull(text, "text");
            requireNonNull(json, "json");
        }

        /** Without what it says. */
        @Override
        public String toString() {
            return "Say[]";
        }
    }

    /** A message is to be deleted. */
    record Unsay(UUID room, String message) implements ServiceWord {
        public Unsay {
            requireNonNull(room, "room");
            requireNonNull(message, "message");
        }
    }

    /**
     * What the room is like now.
     *
     * @param json the room as the service describes it: a JSON object
     */
    record Describe(UUID room, String json) implements ServiceWord {
        public Describe {
            requireNonNull(room, "room");
            requireNonNull(json, "json");
        }
    }
}
