package io.switchboard.webflow;

import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** A session that waits for authorizations. Called on any thread, never while a lock is held; must not block. */
public interface Registrant {
    /** What tells it apart from every other one. */
    UUID session();

    /**
     * Asks whether the peer is still there.
     *
     * @return {@code true}: it has answered; {@code false} or a failure: it has not
     */
    CompletionStage<Boolean> probe();

    /**
     * One of its ids was authorized. Calls for one id come one after the other, in order; the session hands them to its own loop.
     *
     * @param result whatever the service calls it
     */
    void authorized(WebSocketId id, String result);

    /** Another one holds the id from now on; before that one hears so. */
    default void lost(WebSocketId id) {}
}
