package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

/** What an upgrade request says of the dialect. */
public sealed interface Detection {
    /** The client speaks this. */
    record Speaks(DialectKind kind) implements Detection {
        public Speaks {
            requireNonNull(kind, "kind");
        }
    }

    /** The first frame will tell. */
    record AwaitsFirstFrame() implements Detection {}

    /**
     * The upgrade is refused.
     *
     * @param status the HTTP status
     */
    record Refused(int status) implements Detection {}
}
