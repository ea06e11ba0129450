package io.switchboard.transport;

import io.vertx.core.buffer.Buffer;

/** An open HTTP response that takes frames of SockJS. Called on the loop of the session. */
interface SockJsReceiver {
    SockJsFormat format();

    /**
     * Writes a part of the response.
     *
     * @param done runs, on any thread, when the socket has taken it, or has failed to
     */
    void write(Buffer part, Runnable done);

    /** Writes the last part; the connection stays. */
    void end(Buffer part, Runnable done);

    /** Ends the connection at once, whatever waits on it. */
    void abort();
}
