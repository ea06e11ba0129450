package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

/**
 * A message that is kept.
 *
 * @param seq its number in the room: from 1 on, without gaps; a message that was deleted keeps its own
 * @param uuid by which clients name it, within its room
 * @param author the login of the one who wrote it
 * @param timestamp when it was posted, in seconds since 1970
 * @param json the message as clients get it: a JSON object
 */
public record Message(long seq, String uuid, String author, long timestamp, String json) {
    public Message {
        requireNonNull(uuid, "uuid");
        requireNonNull(author, "author");
        requireNonNull(json, "json");
    }

    /** Without what it says. */
    @Override
    public String toString() {
        return "Message[" + seq + "]";
    }
}
