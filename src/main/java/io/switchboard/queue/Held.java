package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/** A message that a consumer has, or is being given. Each is one of its own. */
final class Held {
    private final Worker worker;
    private final Delivery delivery;
    private final long sinceNanos;
    private final boolean read;

    /** @param read whether what it says is known here */
    Held(Worker worker, Delivery delivery, long sinceNanos, boolean read) {
        this.worker = requireNonNull(worker, "worker");
        this.delivery = requireNonNull(delivery, "delivery");
        this.sinceNanos = sinceNanos;
        this.read = read;
    }

    Worker worker() {
        return worker;
    }

    Delivery delivery() {
        return delivery;
    }

    long sinceNanos() {
        return sinceNanos;
    }

    long number() {
        return delivery.number();
    }

    /** Whether what it says is known: another replica gave it otherwise, and it is in the store only. */
    boolean isRead() {
        return read;
    }

    /** As it was before it was given. */
    Waiting waiting() {
        return new Waiting(delivery.number(), delivery.attempt() - 1, delivery.message());
    }
}
