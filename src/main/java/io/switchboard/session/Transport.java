package io.switchboard.session;

/** The socket of a session, as its session sees it: bytes only. Called on the event loop that owns the session. */
public interface Transport {
    /**
     * Hands frames over to the socket, oldest first, for as long as it is writable, and flushes. What has been handed over
     * counts as delivered.
     */
    void write(OutboundQueue queue);

    /** Bytes that were handed over and that the peer's reading has not yet made room for. */
    long pendingBytes();

    /** The client's address, for operators; empty where there is none. */
    default String address() {
        return "";
    }

    /** Reads nothing more from the peer, or again. Nothing is lost: its own system makes it wait. */
    default void hold(boolean held) {}

    /**
     * Asks the peer for a sign of life.
     *
     * @param heard runs once, on the loop, when something is heard of it next, if ever
     */
    default void probe(Runnable heard) {}

    /** Sends a close frame behind what was handed over. The connection ends when the peer answers. */
    void close(CloseCode code);

    /** Ends the connection at once, without a word. */
    void abort();
}
