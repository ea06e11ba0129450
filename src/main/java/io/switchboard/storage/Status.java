package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What is known of the database. The writer says it, any thread asks. */
final class Status {
    private enum State {
        STARTING,
        UP,
        /** It can be read, but not be written to. */
        READ_ONLY,
        DOWN
    }

    private record Known(State state, String reason) {}

    private final CountDownLatch tried = new CountDownLatch(1);
    private volatile Known known = new Known(State.STARTING, "starting");

    void up() {
        known = new Known(State.UP, "");
        tried.countDown();
    }

    /** @param reason the kind of failure, never a message */
    void down(boolean readable, String reason) {
        known = new Known(readable ? State.READ_ONLY : State.DOWN, requireNonNull(reason, "reason"));
        tried.countDown();
    }

    /** Whether there is no point in waiting for the writer. */
    boolean refusesChanges() {
        State state = known.state();
        return state == State.DOWN || state == State.READ_ONLY;
    }

    boolean refusesQuestions() {
        return known.state() == State.DOWN;
    }

    boolean isUp() {
        return known.state() == State.UP;
    }

    /** Empty where there is none. */
    String reason() {
        return known.reason();
    }

    /** Blocks until the database was reached or found to be out of reach, for the first time. */
    boolean awaitTried(Duration patience) throws InterruptedException {
        return tried.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
}
