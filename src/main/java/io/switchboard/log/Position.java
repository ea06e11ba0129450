package io.switchboard.log;

import static java.util.Objects.requireNonNull;

/**
 * The place of an event: offsets grow within an epoch, and an epoch ends with the log that gave it.
 *
 * @param epoch names the log's lifetime
 * @param offset counts from 1
 */
public record Position(String epoch, long offset) {
    public Position {
        requireNonNull(epoch, "epoch");
    }

    /** The id under which a publisher knows the event, unique over all epochs. */
    public String id() {
        return epoch + "-" + offset;
    }
}
