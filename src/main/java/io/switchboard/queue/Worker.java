package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/** A consumer of one queue. One thread. */
final class Worker {
    private final Consumer consumer;
    /** It is being given something, and has not said yet whether it takes it. */
    private boolean giving;
    /** Meanwhile it said that it is ready. */
    private boolean readyAgain;

    Worker(Consumer consumer) {
        this.consumer = requireNonNull(consumer, "consumer");
    }

    Consumer consumer() {
        return consumer;
    }

    /** It is ready; false: that counts once it has said whether it takes what it is being given. */
    boolean ready() {
        readyAgain = giving;
        return !giving;
    }

    void giving() {
        giving = true;
        readyAgain = false;
    }

    /** It has said so; whether it is ready for more. */
    boolean given() {
        giving = false;
        return readyAgain;
    }
}
