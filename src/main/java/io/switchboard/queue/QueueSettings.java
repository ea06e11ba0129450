package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long things take; zero: for ever, or without a bound.
 *
 * @param redeliveryDelay how long a message that was rejected waits before somebody is given it again; zero: not at all
 * @param answerTimeout how long a consumer may have a message
 * @param deliveries how often a message is given to somebody before it becomes a dead letter
 * @param keepDeadLetters from when it died
 * @param keepUnused temporary queues without consumers and messages, and exchanges without queues
 */
public record QueueSettings(
        Duration redeliveryDelay,
        Duration answerTimeout,
        int deliveries,
        Duration keepDeadLetters,
        Duration keepUnused) {
    public QueueSettings {
        requireNonNull(redeliveryDelay, "redeliveryDelay");
        requireNonNull(answerTimeout, "answerTimeout");
        requireNonNull(keepDeadLetters, "keepDeadLetters");
        requireNonNull(keepUnused, "keepUnused");
        if (deliveries < 0) {
            throw new IllegalArgumentException("deliveries below 0");
        }
    }
}
