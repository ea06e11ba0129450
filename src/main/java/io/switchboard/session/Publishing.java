package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Takes what clients publish. Any thread, never blocks it. */
@FunctionalInterface
public interface Publishing {
    /**
     * Who publishes.
     *
     * @param session its id, within which the ids of messages count
     * @param former the id of the connection that it goes on from
     * @param username within which idempotency keys count
     * @param mayPrioritize whether what is said is urgent where it says so
     */
    record Publisher(UUID session, Optional<UUID> former, String username, boolean mayPrioritize) {
        public Publisher {
            requireNonNull(session, "session");
            requireNonNull(former, "former");
            requireNonNull(username, "username");
        }
    }

    /**
     * Publishes a message that the publisher may publish.
     *
     * @return {@link Reply.Published} once it was handed over, or {@link Reply.Failed}; never a failure of its own
     */
    CompletionStage<Reply> publish(Publisher publisher, Command.Publish message);
}
