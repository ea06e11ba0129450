package io.switchboard.log;

import static java.util.Objects.requireNonNull;

/**
 * The place of an event: offsets grow within an epoch, and an epoch ends with the log that gave it.
 *
 * @param epoch names the log's lifetime
 * @param offset counts from 1; 0: in no log
 * @param placedAt when it got its place, in milliseconds since 1970
 */
public record Position(String epoch, long offset, long placedAt) {
    public Position {
        requireNonNull(epoch, "epoch");
    }

    /** A place of which nobody asks since when. */
    public Position(String epoch, long offset) {
        this(epoch, offset, 0);
    }

    /** The id under which a publisher knows the event, unique over all epochs. */
    public String id() {
        return epoch + "-" + offset;
    }
}
