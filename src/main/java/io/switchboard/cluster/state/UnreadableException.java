package io.switchboard.cluster.state;

/** What another replica says is not understood. Holds nothing of it. */
final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException() {
        super("not understood");
    }
}
