package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.RoomChange;
import io.switchboard.failure.StoreException.Reason;
import java.sql.SQLException;
import java.util.Optional;

/**
 * A change that somebody asked for. {@link #run}, {@link #change} and {@link #answer} are the writer's.
 *
 * @param <T> what its caller is told
 */
final class Command<T> {
    /** The change itself, inside of a transaction. It may be asked again after that was rolled back. */
    @FunctionalInterface
    interface Work<T> {
        Outcome<T> on(WriteConnection connection) throws SQLException;
    }

    private final Work<T> work;
    private final long bytes;
    private final Pending<T> pending = new Pending<>();
    private Optional<Outcome<T>> outcome = Optional.empty();

    /** @param bytes about how much memory it takes */
    Command(Work<T> work, long bytes) {
        this.work = requireNonNull(work, "work");
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }

    Pending<T> pending() {
        return pending;
    }

    /** Whether something was written. */
    boolean run(WriteConnection connection) throws SQLException {
        Outcome<T> result = work.on(connection);
        outcome = Optional.of(result);
        return result.written();
    }

    /** What those in the room are told. */
    Optional<RoomChange> change() {
        return outcome.flatMap(Outcome::change);
    }

    /** Tells the caller. */
    void answer() {
        pending.complete(outcome.orElseThrow().answer());
    }

    boolean fail(Reason reason) {
        return pending.fail(reason);
    }
}
