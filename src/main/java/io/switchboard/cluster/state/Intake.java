package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Mailboxes.Receiver;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where letters for one connection of this replica come in: each once and in order, also where a message between replicas was lost
 * or another replica goes on with what was begun. On the loop of the cluster.
 */
final class Intake {
    /** Letters that the connection was given, and of which it is remembered; a page of a box has fewer. */
    private static final int MOST_GIVEN = 100;

    /** The same where the client says that it has them: as many as it may leave open. */
    private static final int MOST_OPEN = 1200;

    /** What becomes of something that was to be handed over. */
    sealed interface Outcome {
        /** Whether the socket was given it, in a while. */
        record Handed(CompletionStage<Boolean> given) implements Outcome {}

        /** What came before it did not arrive. */
        record Missing(long next) implements Outcome {}
    }

    /** A letter that was handed over, and perhaps acknowledged. */
    private static final class Known {
        private final CompletableFuture<Boolean> given = new CompletableFuture<>();
        private boolean acknowledged;
    }

    private final String user;
    private final String id;
    private final Receiver receiver;

    private String owner = "";
    private long stream = -1;
    private long next;
    private final Map<Long, CompletionStage<Boolean>> answers = new HashMap<>();
    private final Map<UUID, Known> known = new LinkedHashMap<>();
    private boolean ended;

    /** @param id by which it is told from all others of this replica */
    Intake(String user, String id, Receiver receiver) {
        this.user = requireNonNull(user, "user");
        this.id = requireNonNull(id, "id");
        this.receiver = requireNonNull(receiver, "receiver");
    }

    String user() {
        return user;
    }

    String id() {
        return id;
    }

    Receiver receiver() {
        return receiver;
    }

    boolean isEnded() {
        return ended;
    }

    /** Takes nothing more. */
    void end() {
        ended = true;
        answers.clear();
        known.clear();
    }

    /**
     * Takes what an owner hands over.
     *
     * @param newOwner the replica that does
     * @param newStream grows each time the owner begins anew
     * @param number within the stream, counting from 0
     * @param floor the least that the owner still waits for
     */
    Outcome take(String newOwner, long newStream, long number, long floor, Publication letter) {
        if (ended || (newOwner.equals(owner) && newStream < stream)) {
            return new Outcome.Handed(CompletableFuture.completedFuture(false));
        }
        if (!newOwner.equals(owner) || newStream != stream) {
            owner = newOwner;
            stream = newStream;
            next = 0;
            answers.clear();
        }
        answers.keySet().removeIf(one -> one < floor);
        if (number > next) {
            return new Outcome.Missing(next);
        }
        if (number == next) {
            next++;
            answers.put(number, hand(letter));
        }
        CompletionStage<Boolean> answer = answers.get(number);
        // nobody asks for what is below the floor
        return new Outcome.Handed(answer == null ? CompletableFuture.completedFuture(false) : answer);
    }

    private CompletionStage<Boolean> hand(Publication letter) {
        UUID letterId = LetterForm.id(letter);
        Known before = known.get(letterId);
        if (before != null && before.given.getNow(true)) {
            return before.given;
        }
        Known one = new Known();
        known.put(letterId, one);
        trim();
        CompletionStage<Boolean> _ = receiver.hand(letter).whenComplete((given, failure) -> {
            one.given.complete(failure == null && given);
        });
        return one.given;
    }

    /** Forgets the oldest of those that the owner will not hand over again, in all likelihood. */
    private void trim() {
        int most = receiver.acknowledges() ? MOST_OPEN : MOST_GIVEN;
        for (Iterator<Known> i = known.values().iterator(); known.size() > most && i.hasNext(); ) {
            if (i.next().given.isDone()) {
                i.remove();
            }
        }
    }

    /** The client has a letter. */
    void acknowledge(UUID letter) {
        Optional.ofNullable(known.get(letter)).ifPresent(one -> one.acknowledged = true);
    }

    /** Whether the client said that it has the letter. */
    boolean isAcknowledged(UUID letter) {
        Known one = known.get(letter);
        return one != null && one.acknowledged;
    }
}
