package io.switchboard.failure;

import static java.util.Objects.requireNonNull;

/** What must last could not be read or kept. Holds nothing of it. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Too much waits already. */
        BUSY("too much is being posted at the moment, try again"),
        /** The database cannot be reached, or fails. */
        DOWN("rooms cannot be read or written at the moment, try again"),
        /** What counts on all replicas cannot be kept for them. */
        UNSHARED("what is taken away cannot be kept for all replicas at the moment, and counts nowhere yet: try again");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    private final Reason reason;

    public StoreException(Reason reason) {
        super(requireNonNull(reason, "reason").text, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
