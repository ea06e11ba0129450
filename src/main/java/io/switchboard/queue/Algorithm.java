package io.switchboard.queue;

import java.util.Locale;
import java.util.Optional;

/** To which of its queues an exchange sends a message. */
public enum Algorithm {
    /** To those that are bound with its routing key. */
    DIRECT,
    /** To all. */
    FANOUT,
    /** To those whose pattern matches its routing key: {@code *} is one word, {@code #} any number of them (AMQP 0-9-1, 3.1.3.3). */
    TOPIC,
    /** By headers; clients name none here, and a binding without any matches everything (AMQP 0-9-1, 3.1.3.4). */
    HEADER;

    /** As clients and stores write it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Algorithm> of(String wireName) {
        for (Algorithm algorithm : values()) {
            if (algorithm.wireName().equals(wireName)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
