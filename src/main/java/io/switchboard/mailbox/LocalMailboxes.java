package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Mailboxes of this process alone, or of those users about whom it decides.
 *
 * <p>What happens to one user's letters is decided by one loop, in order. As long as something is kept for a user, or is about to
 * be, later letters are kept as well, so that none overtakes. Any thread, never blocks.
 */
public final class LocalMailboxes implements Mailboxes {
    /** Letters on their way to somebody, in bytes. */
    static final long MOST_BYTES = 64L * 1024 * 1024;

    /** Reads of boxes at a time: after everybody was away they must leave room for others. */
    private static final int READS = 16;

    /** A letter as it is to be sent, with what it looks like to its receivers. */
    record Outgoing(Letter letter, Publication publication, boolean kept, CompletableFuture<Sending> answer) {}

    private final Map<String, Box> boxes = new ConcurrentHashMap<>();
    private final Turnstile reads = new Turnstile(READS);
    private final AtomicLong bytes = new AtomicLong();
    private final MailStore store;
    private final Owners owners;
    private final BooleanSupplier acting;

    /** Those of this process alone. */
    public LocalMailboxes(MailStore store, Owners owners) {
        this(store, owners, () -> true);
    }

    /**
     * Those of users about whom somebody else may decide at other times.
     *
     * @param acting whether it may decide at this instant; while it may not, nothing is read or removed. Any thread
     */
    public LocalMailboxes(MailStore store, Owners owners, BooleanSupplier acting) {
        this.store = requireNonNull(store, "store");
        this.owners = requireNonNull(owners, "owners");
        this.acting = requireNonNull(acting, "acting");
    }

    @Override
    public CompletionStage<Sending> send(Letter letter, Optional<byte[]> frame, Optional<Postmark> postmark) {
        CompletableFuture<Sending> answer = new CompletableFuture<>();
        int weight = letter.weight();
        if (bytes.addAndGet(weight) > MOST_BYTES) {
            bytes.addAndGet(-weight);
            answer.complete(new Sending.Failed(StoreException.Reason.BUSY));
            return answer;
        }
        Outgoing outgoing = new Outgoing(letter, Mailboxes.publication(letter, frame), frame.isEmpty(), answer);
        onLoop(letter.recipient(), box -> box.send(outgoing));
        return answer.whenComplete((_, _) -> bytes.addAndGet(-weight));
    }

    @Override
    public void connect(String user, Receiver receiver) {
        onLoop(user, box -> box.connect(receiver));
    }

    @Override
    public void disconnect(String user, Receiver receiver) {
        onLoop(user, box -> box.disconnect(receiver));
    }

    @Override
    public void acknowledged(String user, UUID letter) {
        onLoop(user, box -> box.acknowledged(letter));
    }

    @Override
    public int size() {
        return boxes.size();
    }

    /**
     * Somebody else decides about these users now, as far as they were said before this: lets go of all that concerns them, and
     * hands out, keeps and removes nothing more. Who waits for an answer is told to try again.
     */
    public void forget(Predicate<String> users) {
        for (Loop loop : owners.loops()) {
            // behind what was said before, of users of whom nothing is known yet
            loop.execute(() -> {
                for (Box box : List.copyOf(boxes.values())) {
                    if (owners.of(box.user()).equals(loop) && users.test(box.user())) {
                        forget(box);
                        box.abandon();
                    }
                }
            });
        }
    }

    private interface Task {
        void on(Box box);
    }

    private void onLoop(String user, Task task) {
        Loop loop = owners.of(user);
        loop.execute(() -> {
            Box box = boxes.computeIfAbsent(user, name -> new Box(name, loop, store, reads, acting, this::forget));
            task.on(box);
            box.tidy();
        });
    }

    private void forget(Box box) {
        boxes.remove(box.user(), box);
    }
}
