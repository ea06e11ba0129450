package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.UnreachableException;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Postmark;
import io.switchboard.mailbox.Sending;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Mailboxes of users who may have connections to several replicas. What happens to a user's letters is decided by the replica that
 * owns the user, which alone reads the box; connections elsewhere are handed letters by their replicas.
 *
 * <p>Each connection gets each letter once and in order while its own replica is there, whatever happens to the others. Where a
 * cluster promises less than one process:
 *
 * <ul>
 *   <li>A letter whose sender was told to try again may have been delivered or kept all the same, if its owner was lost at that
 *       moment; sent once more it is another letter then. So it is with postmarks, which only the owner remembers.
 *   <li>Letters that somebody sends without waiting for the answers while the recipient gets another owner may be accepted in
 *       another order.
 *   <li>A letter that a connection had, and the owner was lost before it was removed, is given to connections that come later as
 *       well, with the same id.
 * </ul>
 */
public final class ClusterMailboxes implements Mailboxes {
    private static final String HAND = "mail.hand";

    /** Letters on their way from this replica to owners, in bytes. */
    private static final long MOST_BYTES = 64L * 1024 * 1024;

    /** How long letters wait, where there is a new owner, until it knows of all connections. */
    private static final Duration GATHERING = Duration.ofSeconds(2);

    private static final Duration ATTEND_AGAIN = Duration.ofSeconds(1);

    /** After which an acknowledgement goes out again that came before its letter: behind the answer that it was taken. */
    private static final Duration ACKNOWLEDGE_AGAIN = Duration.ofMillis(100);

    private static final int ACKNOWLEDGE_ATTEMPTS = 3;

    private static final int SEND = 1;
    private static final int ACKNOWLEDGED = 2;

    private static final int TAKEN = 1;
    private static final int NOT_TAKEN = 2;
    private static final int MISSING = 3;

    /** A connection somewhere, by its replica and what it is called there. */
    private record Guest(String replica, String user, String id) {}

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final LocalMailboxes local;
    private final Gate gate;
    private final Repeats repeats;
    private final Owned owned;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();

    // on the loop of the cluster

    private final Map<String, Map<String, Intake>> intakes = new HashMap<>();
    private final Map<Guest, Courier> couriers = new HashMap<>();
    private long streams;

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long somebody waits while nobody can decide
     * @param local decides about users whom this replica owns, as long as the membership acts
     * @param window how long a letter is known again by its postmark
     * @param postmarks how many are remembered at most; 0: no bound
     */
    public ClusterMailboxes(
            Membership membership,
            Wire wire,
            Loop loop,
            Duration patience,
            LocalMailboxes local,
            Duration window,
            int postmarks) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.local = requireNonNull(local, "local");
        this.gate = new Gate(membership, loop, GATHERING);
        this.repeats = new Repeats(window, postmarks, loopTicker(loop));
        this.owned = new Owned(membership, wire, loop, "mail", patience, new Owner());
        Reception.at(wire, HAND, this::handed);
    }

    private static Ticker loopTicker(Loop loop) {
        return loop::nanoTime;
    }

    // What this replica's sessions have to do with users

    @Override
    public CompletionStage<Sending> send(Letter letter, Optional<byte[]> frame, Optional<Postmark> postmark) {
        int weight = letter.weight() + frame.map(whole -> whole.length).orElse(0);
        if (bytes.addAndGet(weight) > MOST_BYTES) {
            bytes.addAndGet(-weight);
            return CompletableFuture.completedFuture(new Sending.Failed(StoreException.Reason.BUSY));
        }
        Packer packer = new Packer();
        packer.code(SEND);
        LetterForm.write(packer, letter);
        packer.maybeBytes(frame);
        packer.flag(postmark.isPresent());
        postmark.ifPresent(mark -> LetterForm.write(packer, mark));
        return owned.ask(letter.recipient(), packer.done())
                .thenApply(LetterForm::sending)
                .exceptionally(_ -> new Sending.Failed(StoreException.Reason.DOWN))
                .whenComplete((_, _) -> bytes.addAndGet(-weight));
    }

    @Override
    public void connect(String user, Receiver receiver) {
        Intake intake = new Intake(user, receiver.id() + "/" + connections.incrementAndGet(), receiver);
        loop.execute(() -> intakes.computeIfAbsent(user, _ -> new HashMap<>()).put(intake.id(), intake));
        // not in that task: what is sent after this is not to overtake it
        attend(intake);
    }

    private void attend(Intake intake) {
        Packer packer = new Packer();
        packer.uuid(intake.receiver().id());
        packer.flag(intake.receiver().acknowledges());
        CompletionStage<byte[]> _ = owned.attend(intake.user(), intake.id(), packer.done())
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        loop.schedule(
                                () -> {
                                    if (!intake.isEnded()) {
                                        attend(intake);
                                    }
                                },
                                ATTEND_AGAIN.toNanos());
                    }
                });
    }

    @Override
    public void disconnect(String user, Receiver receiver) {
        loop.execute(() -> {
            Map<String, Intake> ofUser = intakes.getOrDefault(user, Map.of());
            for (Intake intake : List.copyOf(ofUser.values())) {
                if (intake.receiver().equals(receiver)) {
                    ofUser.remove(intake.id());
                    intake.end();
                    owned.leave(user, intake.id(), Reception.NOTHING);
                }
            }
            if (ofUser.isEmpty()) {
                intakes.remove(user);
            }
        });
    }

    @Override
    public void acknowledged(String user, UUID letter) {
        loop.execute(() -> {
            intakes.getOrDefault(user, Map.of()).values().forEach(intake -> intake.acknowledge(letter));
            acknowledge(user, letter, 1);
        });
    }

    private void acknowledge(String user, UUID letter, int attempt) {
        Packer packer = new Packer();
        packer.code(ACKNOWLEDGED);
        packer.uuid(letter);
        CompletionStage<byte[]> _ = owned.ask(user, packer.done()).whenComplete((_, failure) -> {
            if (failure != null && attempt < ACKNOWLEDGE_ATTEMPTS) {
                acknowledge(user, letter, attempt + 1);
            }
        });
    }

    /** Users about whom this replica decides. */
    @Override
    public int size() {
        return local.size();
    }

    /** An owner hands a letter to a connection here. */
    private CompletionStage<byte[]> handed(String from, Unpacker in) {
        String user = in.text();
        String id = in.text();
        long stream = in.number();
        long number = in.number();
        long floor = in.number();
        Publication letter = LetterForm.publication(in, user);
        in.end();
        return take(from, new Guest(membership.self(), user, id), stream, number, floor, letter)
                .thenApply(answer -> {
                    Packer packer = new Packer();
                    switch (answer) {
                        case Courier.Answer.Taken taken -> packer.code(taken.given() ? TAKEN : NOT_TAKEN);
                        case Courier.Answer.Missing missing -> {
                            packer.code(MISSING);
                            packer.number(missing.next());
                        }
                    }
                    return packer.done();
                });
    }

    private CompletionStage<Courier.Answer> take(
            String from, Guest guest, long stream, long number, long floor, Publication letter) {
        Optional<String> owner = membership.view().ownerOf(guest.user()).map(Member::id);
        if (!owner.equals(Optional.of(from))) {
            // who does not decide any more would hand over what another does as well
            return CompletableFuture.failedFuture(new UnreachableException());
        }
        Intake intake = intakes.getOrDefault(guest.user(), Map.of()).get(guest.id());
        if (intake == null) {
            return CompletableFuture.completedFuture(new Courier.Answer.Taken(false));
        }
        // said to another owner, or to this one before it knew of the letter
        boolean acknowledged = intake.isAcknowledged(LetterForm.id(letter));
        return switch (intake.take(from, stream, number, floor, letter)) {
            case Intake.Outcome.Missing missing ->
                CompletableFuture.completedFuture(new Courier.Answer.Missing(missing.next()));
            case Intake.Outcome.Handed handed ->
                handed.given().thenApply(given -> {
                    if (acknowledged) {
                        loop.schedule(
                                () -> acknowledge(intake.user(), LetterForm.id(letter), 1),
                                ACKNOWLEDGE_AGAIN.toNanos());
                    }
                    return new Courier.Answer.Taken(given);
                });
        };
    }

    // What this replica decides about

    private final class Owner implements Host {
        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            Unpacker in = new Unpacker(fact);
            UUID session = in.uuid();
            boolean acknowledges = in.flag();
            in.end();
            Guest guest = new Guest(from, key, id);
            if (!couriers.containsKey(guest)) {
                long stream = ++streams;
                Courier courier = new Courier(
                        session,
                        acknowledges,
                        loop,
                        (number, floor, letter) -> carry(guest, stream, number, floor, letter));
                couriers.put(guest, courier);
                gate.pass(key, () -> local.connect(key, courier), () -> {});
            }
            return Reception.nothing();
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            Courier courier = couriers.remove(new Guest(from, key, id));
            if (courier != null) {
                courier.end();
                gate.pass(key, () -> local.disconnect(key, courier), () -> {});
            }
        }

        @Override
        public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
            Unpacker in = new Unpacker(question);
            return switch (in.code()) {
                case SEND -> {
                    Letter letter = LetterForm.letter(in);
                    Optional<byte[]> frame = in.maybeBytes();
                    Optional<Postmark> postmark = in.flag() ? Optional.of(LetterForm.postmark(in)) : Optional.empty();
                    in.end();
                    if (!letter.recipient().equals(key)) {
                        throw new UnreadableException();
                    }
                    yield accepted(letter, frame, postmark).thenApply(LetterForm::sending);
                }
                case ACKNOWLEDGED -> {
                    UUID letter = in.uuid();
                    in.end();
                    gate.pass(key, () -> local.acknowledged(key, letter), () -> {});
                    yield Reception.nothing();
                }
                default -> throw new UnreadableException();
            };
        }

        @Override
        public void told(String from, String key, byte[] news) {
            throw new UnreadableException();
        }

        @Override
        public void disowned(Predicate<String> keys) {
            // before the couriers say that they are gone: nothing is to come of that
            local.forget(keys);
            gate.drop(keys);
            couriers.entrySet().removeIf(one -> {
                boolean gone = keys.test(one.getKey().user());
                if (gone) {
                    one.getValue().end();
                }
                return gone;
            });
        }

        @Override
        public void settled() {
            gate.open();
        }
    }

    private CompletionStage<Sending> accepted(Letter letter, Optional<byte[]> frame, Optional<Postmark> postmark) {
        return postmark.isPresent() ? repeats.once(postmark.get(), () -> passed(letter, frame)) : passed(letter, frame);
    }

    private CompletionStage<Sending> passed(Letter letter, Optional<byte[]> frame) {
        CompletableFuture<Sending> answer = new CompletableFuture<>();
        gate.pass(
                letter.recipient(),
                () -> {
                    CompletionStage<Sending> _ =
                            local.send(letter, frame).whenComplete((sending, _) -> answer.complete(sending));
                },
                () -> answer.complete(new Sending.Failed(StoreException.Reason.BUSY)));
        return answer;
    }

    private CompletionStage<Courier.Answer> carry(
            Guest guest, long stream, long number, long floor, Publication letter) {
        if (guest.replica().equals(membership.self())) {
            return onLoop(take(membership.self(), guest, stream, number, floor, letter));
        }
        Packer packer = new Packer();
        packer.text(guest.user());
        packer.text(guest.id());
        packer.number(stream);
        packer.number(number);
        packer.number(floor);
        LetterForm.write(packer, letter);
        return onLoop(
                wire.ask(guest.replica(), HAND, packer.done(), Courier.PATIENCE).thenApply(ClusterMailboxes::answer));
    }

    private static Courier.Answer answer(byte[] bytes) {
        Unpacker in = new Unpacker(bytes);
        return switch (in.code()) {
            case TAKEN -> new Courier.Answer.Taken(true);
            case NOT_TAKEN -> new Courier.Answer.Taken(false);
            case MISSING -> new Courier.Answer.Missing(in.number());
            default -> throw new UnreadableException();
        };
    }

    private <T> CompletionStage<T> onLoop(CompletionStage<T> stage) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        CompletionStage<T> _ = stage.whenComplete((result, failure) -> loop.execute(() -> {
            if (failure == null) {
                answer.complete(result);
            } else {
                answer.completeExceptionally(failure);
            }
        }));
        return answer;
    }
}
