package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/**
 * A message that was given to a consumer, who has it until it is acknowledged or rejected. Immutable.
 *
 * @param queue its name
 * @param number of the message in its queue; grows, and is never used again
 * @param attempt 1 for the first consumer who is given it
 */
public record Delivery(String queue, long number, int attempt, WorkMessage message) {
    public Delivery {
        requireNonNull(queue, "queue");
        requireNonNull(message, "message");
    }
}
