package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

/** What came of something that was asked of the queues. */
public sealed interface QueueReply {
    /**
     * The consumer consumes a queue, and is given something once it is {@linkplain WorkQueues#ready ready}.
     *
     * @param queue its name
     */
    record Consuming(String queue) implements QueueReply {
        public Consuming {
            requireNonNull(queue, "queue");
        }
    }

    /**
     * An exchange is there, and a queue bound to it if one was asked for.
     *
     * @param exchange its name
     * @param queue its name; empty: none was asked for
     */
    record Bound(String exchange, String queue) implements QueueReply {
        public Bound {
            requireNonNull(exchange, "exchange");
            requireNonNull(queue, "queue");
        }
    }

    /** It is done for good. */
    record Done() implements QueueReply {}

    /**
     * It was not done, and nothing was changed.
     *
     * @param status by the table of errors, which is that of HTTP
     * @param message what to do about it
     */
    record Refused(int status, String message) implements QueueReply {
        public Refused {
            requireNonNull(message, "message");
        }
    }
}
