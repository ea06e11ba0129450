package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.RoomChange;
import java.util.Optional;

/**
 * What a command came to, once it is committed.
 *
 * @param <T> what its caller is told
 * @param change what those in the room are told
 * @param written whether there is something to commit
 */
record Outcome<T>(T answer, Optional<RoomChange> change, boolean written) {
    Outcome {
        requireNonNull(answer, "answer");
        requireNonNull(change, "change");
    }

    static <T> Outcome<T> unchanged(T answer) {
        return new Outcome<>(answer, Optional.empty(), false);
    }

    static <T> Outcome<T> written(T answer) {
        return new Outcome<>(answer, Optional.empty(), true);
    }

    static <T> Outcome<T> changed(T answer, RoomChange change) {
        return new Outcome<>(answer, Optional.of(change), true);
    }

    /** Without what was said. */
    @Override
    public String toString() {
        return "Outcome[written=" + written + "]";
    }
}
