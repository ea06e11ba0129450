package io.switchboard.mailbox;

import io.switchboard.failure.StoreException;
import java.util.List;
import java.util.UUID;

/** What became of a letter. */
public sealed interface Sending {
    /**
     * Connections of the recipient were given it.
     *
     * @param connections which; one or more
     */
    record Delivered(List<UUID> connections) implements Sending {
        public Delivered {
            connections = List.copyOf(connections);
        }
    }

    /** The recipient has no connection that could take it; it is kept until there is one. */
    record Queued() implements Sending {}

    /** The recipient has no connection that could take it, and it is not kept: it is not to be, or too much waits already. */
    record Refused() implements Sending {}

    /**
     * It could neither be delivered nor kept just now.
     *
     * @param reason why; {@code BUSY} also where too many letters are on their way
     */
    record Failed(StoreException.Reason reason) implements Sending {}

    /**
     * It was sent before, by its {@link Postmark}.
     *
     * @param first what became of it then
     */
    record Repeated(Sending first) implements Sending {}

    /** Its {@link Postmark} is that of another letter. */
    record Misused() implements Sending {}
}
