package io.switchboard.queue;

import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Somebody who works off queues. Methods may be called on any thread, and block none. */
public interface Consumer {
    /** What became of a message that was to be given. */
    enum Taken {
        /** The consumer has it, and is responsible for it from now on. */
        TAKEN,
        /** Not now: it has as much as it can have, and says when it is {@linkplain WorkQueues#ready ready} again. */
        BUSY,
        /** It is no more. */
        GONE
    }

    UUID id();

    /** Gives it a message. The stage never fails. */
    CompletionStage<Taken> give(Delivery delivery);

    /** It has said nothing of a message for too long: it does not have it any more. */
    default void timedOut(Delivery delivery) {}

    /** A queue that it consumed is gone, or is not its to consume any more. */
    void closed(String queue);

    /** An exchange is gone that a queue it consumes was bound to; the queue is still there. */
    default void exchangeClosed(String exchange, String queue) {}
}
