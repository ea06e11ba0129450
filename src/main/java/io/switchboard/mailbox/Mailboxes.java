package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings letters to all connections of their recipient, or keeps them until there is one.
 *
 * <p>Promise: a letter that was answered with {@link Sending.Delivered} was given to the socket of a connection; one that was
 * answered with {@link Sending.Queued} survives a crash and a restart. Each connection gets letters in the order in which they
 * were accepted, and each once. After a crash a letter may arrive a second time, with the same id.
 *
 * <p>What happens to one user's letters is decided by one loop, in order. As long as something is kept for a user, or is about to
 * be, later letters are kept as well, so that none overtakes. Any thread, never blocks.
 */
public final class Mailboxes {
    /** Letters on their way to somebody, in bytes. */
    static final long MOST_BYTES = 64L * 1024 * 1024;

    /** Reads of boxes at a time: after everybody was away they must leave room for others. */
    private static final int READS = 16;

    /** One connection of a user. Any thread. */
    public interface Receiver {
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

    /** A letter as it is to be sent, with what it looks like to its receivers. */
    record Outgoing(Letter letter, Publication publication, boolean kept, CompletableFuture<Sending> answer) {}

    private final Map<String, Box> boxes = new ConcurrentHashMap<>();
    private final Turnstile reads = new Turnstile(READS);
    private final AtomicLong bytes = new AtomicLong();
    private final MailStore store;
    private final Owners owners;

    public Mailboxes(MailStore store, Owners owners) {
        this.store = requireNonNull(store, "store");
        this.owners = requireNonNull(owners, "owners");
    }

    /**
     * Sends a letter.
     *
     * @param frame the same as a binary message; such a letter is never kept
     */
    public CompletionStage<Sending> send(Letter letter, Optional<byte[]> frame) {
        CompletableFuture<Sending> answer = new CompletableFuture<>();
        int weight = letter.weight();
        if (bytes.addAndGet(weight) > MOST_BYTES) {
            bytes.addAndGet(-weight);
            answer.complete(new Sending.Failed(StoreException.Reason.BUSY));
            return answer;
        }
        Outgoing outgoing = new Outgoing(letter, publication(letter, frame), frame.isEmpty(), answer);
        onLoop(letter.recipient(), box -> box.send(outgoing));
        return answer.whenComplete((_, _) -> bytes.addAndGet(-weight));
    }

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

    /** A user has a connection more, which is given what was kept. To be followed by one {@link #disconnect}. */
    public void connect(String user, Receiver receiver) {
        onLoop(user, box -> box.connect(receiver));
    }

    /** A connection of a user has ended; what it was handed has been answered. */
    public void disconnect(String user, Receiver receiver) {
        onLoop(user, box -> box.disconnect(receiver));
    }

    /** A client of the user says that it has a letter; one that nobody waits for is no error. */
    public void acknowledged(String user, UUID letter) {
        onLoop(user, box -> box.acknowledged(letter));
    }

    /** How many users have letters or connections here. */
    public int size() {
        return boxes.size();
    }

    private interface Task {
        void on(Box box);
    }

    private void onLoop(String user, Task task) {
        Loop loop = owners.of(user);
        loop.execute(() -> {
            Box box = boxes.computeIfAbsent(user, name -> new Box(name, loop, store, reads, this::forget));
            task.on(box);
            box.tidy();
        });
    }

    private void forget(Box box) {
        boxes.remove(box.user(), box);
    }
}
