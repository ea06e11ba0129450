package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/**
 * A message that is to be given to somebody.
 *
 * @param number in its queue
 * @param returns how often it was given to somebody and came back
 */
public record Waiting(long number, int returns, WorkMessage message) {
    public Waiting {
        requireNonNull(message, "message");
    }
}
