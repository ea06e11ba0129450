package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonRawValue;

/**
 * A message in an export.
 *
 * @param seq its number in the room; that of a message that was deleted is missing
 * @param message as clients get it
 */
public record RoomLine(long seq, @JsonRawValue String message) {
    public RoomLine {
        requireNonNull(message, "message");
    }

    /** Without what it says. */
    @Override
    public String toString() {
        return "RoomLine[" + seq + "]";
    }
}
