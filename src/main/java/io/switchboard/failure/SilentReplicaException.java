package io.switchboard.failure;

/** Not every replica answered in time, and none of those that did has what was asked for. */
public final class SilentReplicaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SilentReplicaException() {
        super("not every replica answered, and none that did has it: try again", null, false, false);
    }
}
