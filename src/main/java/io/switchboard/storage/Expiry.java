package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;

/** Deletes letters whose time is over, the oldest first. Nobody is shown them before that either. The writer's thread. */
final class Expiry implements Sweep {
    /** Letters of one portion. */
    private static final int PORTION = 500;

    private final Pace pace;
    private long nextNanos = System.nanoTime();

    Expiry(Pace pace) {
        this.pace = requireNonNull(pace, "pace");
    }

    @Override
    public Duration dueIn() {
        return Duration.ofNanos(Math.max(0, nextNanos - System.nanoTime()));
    }

    @Override
    public boolean portion(WriteConnection connection) throws SQLException {
        boolean deleted = connection.mail().deleteExpired(PORTION) > 0;
        nextNanos = System.nanoTime() + (deleted ? pace.portion() : pace.round()).toNanos();
        return deleted;
    }

    @Override
    public void failed() {
        nextNanos = System.nanoTime() + pace.round().toNanos();
    }
}
