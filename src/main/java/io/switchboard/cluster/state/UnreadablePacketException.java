package io.switchboard.cluster.state;

/** What another replica says is not understood here. Holds nothing of it. */
final class UnreadablePacketException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadablePacketException() {
        super("what another replica says is not understood", null, false, false);
    }
}
