package io.switchboard.testing;

import io.switchboard.log.Kept;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** What a log keeps, for tests of something else. */
public final class KeptEvents {
    private KeptEvents() {}

    /** Everything, of no channel. */
    public static <E> Kept<E> all(ToIntFunction<E> weigher) {
        return new Kept<>(new Kept.Bounds(0, 0, Duration.ZERO), weigher, _ -> Optional.empty());
    }
}
