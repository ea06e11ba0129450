package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/** A message that a consumer has, or is being given. Each is one of its own. */
final class Held {
    private final Worker worker;
    private final Delivery delivery;
    private final long sinceNanos;

    Held(Worker worker, Delivery delivery, long sinceNanos) {
        this.worker = requireNonNull(worker, "worker");
        this.delivery = requireNonNull(delivery, "delivery");
        this.sinceNanos = sinceNanos;
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

    /** As it was before it was given. */
    Waiting waiting() {
        return new Waiting(delivery.number(), delivery.attempt() - 1, delivery.message());
    }
}
