package io.switchboard.mailbox;

import io.switchboard.hub.Content;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Brings letters to all connections of their recipient, or keeps them until there is one.
 *
 * <p>Promise: a letter that was answered with {@link Sending.Delivered} was given to the socket of a connection; one that was
 * answered with {@link Sending.Queued} survives a crash and a restart. Each connection gets letters in the order in which they
 * were accepted, and each once. After a crash a letter may arrive a second time, with the same id. Any thread, never blocks.
 */
public interface Mailboxes {
    /** One connection of a user. Any thread. */
    interface Receiver {
        /** The session's id. */
        UUID id();

        /** Whether a letter counts as received only when the client says so. */
        boolean acknowledges();

        /**
         * Hands a letter over, behind those before.
         *
         * @return {@code true}: the socket was given it; {@code false}: it will not be, since the connection has ended or is
         *     another user's
         */
        CompletionStage<Boolean> hand(Publication letter);
    }

    /**
     * Sends a letter.
     *
     * @param frame the same as a binary message; such a letter is never kept
     * @param postmark by what it is known again where it is sent once more; whoever calls this has seen to what it sent itself
     */
    CompletionStage<Sending> send(Letter letter, Optional<byte[]> frame, Optional<Postmark> postmark);

    /** Sends a letter that nobody sends again. */
    default CompletionStage<Sending> send(Letter letter, Optional<byte[]> frame) {
        return send(letter, frame, Optional.empty());
    }

    /** A user has a connection more, which is given what was kept. To be followed by one {@link #disconnect}. */
    void connect(String user, Receiver receiver);

    /** A connection of a user has ended; what it was handed has been answered. */
    void disconnect(String user, Receiver receiver);

    /** A client of the user says that it has a letter; one that nobody waits for is no error. */
    void acknowledged(String user, UUID letter);

    /** How many users have letters or connections here. */
    int size();

    /** What a letter looks like to its receivers. */
    static Publication publication(Letter letter, Optional<byte[]> frame) {
        return new Publication(
                new Position("", 0, letter.sentAt()),
                Topic.of("user", letter.recipient()),
                new Guard.IsUser(letter.recipient()),
                Policy.RELIABLE,
                Optional.empty(),
                new Content.Direct(
                        letter.id(),
                        letter.sender(),
                        letter.payload().getBytes(StandardCharsets.UTF_8),
                        letter.metadata().map(text -> text.getBytes(StandardCharsets.UTF_8)),
                        frame));
    }
}
