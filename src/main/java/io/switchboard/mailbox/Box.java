package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.LocalMailboxes.Outgoing;
import io.switchboard.mailbox.Mailboxes.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * What one user's connections are being given, and what is kept for that user, as far as there is something to do. Called on
 * the user's loop only.
 */
final class Box {
    private static final Logger LOG = Logger.getLogger(Box.class);

    /** Letters that are read at a time, */
    private static final int PAGE = 100;

    /** and their bytes: well below what may wait for one session. */
    private static final long PAGE_BYTES = 64 * 1024;

    /** Letters past the box that nobody was given yet; more are refused. */
    private static final int MOST_UNDER_WAY = 1000;

    /** Letters that a client was given and has not acknowledged; it gets no more. */
    private static final int MOST_UNACKNOWLEDGED = 1000;

    /** How long a sender waits for slow connections once one has the letter. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    /** A connection, and the number of the last letter out of the box that it was handed. */
    private static final class Member {
        private final Receiver receiver;
        private long after;

        private Member(Receiver receiver) {
            this.receiver = receiver;
        }
    }

    /** A letter on its way to sockets. */
    private static final class Handing {
        private final Publication publication;
        private final boolean kept;
        /** What to do when the first socket was given it, */
        private final Consumer<Handing> received;
        /** or when none will be. */
        private final Runnable nobody;

        private final List<Member> given = new ArrayList<>();
        private int pending;
        private boolean closed;

        /** Whom to tell when nobody is left to wait for. */
        private Optional<CompletableFuture<Sending>> whenAll = Optional.empty();

        /** @param kept whether it is kept where nobody is given it */
        private Handing(Publication publication, boolean kept, Consumer<Handing> received, Runnable nobody) {
            this.publication = publication;
            this.kept = kept;
            this.received = received;
            this.nobody = nobody;
        }

        private void settle() {
            if (!closed) {
                closed = true;
                if (given.isEmpty()) {
                    nobody.run();
                } else {
                    received.accept(this);
                }
            }
        }

        private UUID id() {
            return ((Content.Direct) publication.content()).id();
        }

        private boolean isReceived() {
            return given.stream().anyMatch(member -> !member.receiver.acknowledges());
        }

        private List<UUID> connections() {
            return given.stream().map(member -> member.receiver.id()).toList();
        }
    }

    private final String user;
    private final Loop loop;
    private final MailStore store;
    private final Turnstile reads;
    private final BooleanSupplier acting;
    private final Consumer<Box> forget;

    private final List<Member> members = new ArrayList<>();
    /** Letters past the box that nobody was given yet, in their order. */
    private final Set<Handing> underWay = new LinkedHashSet<>();
    /** Letters that are about to be kept. */
    private int storing;

    /** Something may be kept: later letters go behind it. */
    private boolean filled = true;

    private boolean draining;
    /** Something was kept since the last page was asked for. */
    private boolean again;
    /** A letter out of the box that all to whom it was handed went without. */
    private boolean leftBehind;

    private int failures;

    /** Received, and about to be removed; a page that was read meanwhile may still hold them. */
    private final Set<Long> received = new HashSet<>();

    private final Set<Long> removed = new HashSet<>();
    private int removing;

    /** Given to clients that will say when they have them. */
    private final Map<UUID, Long> unacknowledged = new LinkedHashMap<>();

    /** Whose senders wait to hear whether they come out of the box at once. */
    private final Map<UUID, Outgoing> watched = new HashMap<>();

    /** Whose senders wait for an answer. */
    private final Set<Outgoing> unanswered = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Somebody else decides about the user now. Written on the loop. */
    private volatile boolean abandoned;

    /** @param acting whether anything may be read or removed at this instant */
    Box(String user, Loop loop, MailStore store, Turnstile reads, BooleanSupplier acting, Consumer<Box> forget) {
        this.user = requireNonNull(user, "user");
        this.loop = requireNonNull(loop, "loop");
        this.store = requireNonNull(store, "store");
        this.reads = requireNonNull(reads, "reads");
        this.acting = requireNonNull(acting, "acting");
        this.forget = requireNonNull(forget, "forget");
    }

    String user() {
        return user;
    }

    /** Lets go of itself where there is nothing to do. */
    void tidy() {
        if (members.isEmpty()
                && underWay.isEmpty()
                && storing == 0
                && removing == 0
                && !draining
                && watched.isEmpty()) {
            forget.accept(this);
        }
    }

    private void later(Runnable task, Duration delay) {
        loop.schedule(
                () -> {
                    if (!abandoned) {
                        task.run();
                        tidy();
                    }
                },
                delay.toNanos());
    }

    private <T> void then(CompletionStage<T> stage, java.util.function.BiConsumer<T, Optional<Throwable>> task) {
        CompletionStage<T> _ = stage.whenComplete((result, failure) -> loop.execute(() -> {
            if (!abandoned) {
                task.accept(result, Optional.ofNullable(failure));
                tidy();
            }
        }));
    }

    /** Does nothing more, whatever it was about to do. */
    void abandon() {
        abandoned = true;
        List.copyOf(unanswered)
                .forEach(outgoing -> outgoing.answer().complete(new Sending.Failed(StoreException.Reason.BUSY)));
    }

    /** What the store throws where it should not counts as what it completes with. */
    private static <T> CompletionStage<T> asked(java.util.function.Supplier<CompletionStage<T>> question) {
        try {
            return question.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // Connections

    void connect(Receiver receiver) {
        Member member = new Member(receiver);
        members.add(member);
        if (!receiver.acknowledges()) {
            // what nobody has been given yet comes before everything later
            for (Handing one : List.copyOf(underWay)) {
                hand(one, member);
            }
        }
        leftBehind = false;
        drain();
        // a name that could not be noted is noted the next time
        CompletionStage<Void> _ = asked(() -> store.signedIn(user)).exceptionally(_ -> null);
    }

    void disconnect(Receiver receiver) {
        members.removeIf(member -> member.receiver.equals(receiver));
        if (members.isEmpty()) {
            watched.values().forEach(outgoing -> outgoing.answer().complete(new Sending.Queued()));
            watched.clear();
            unacknowledged.clear();
            filled = true;
        }
    }

    // Letters

    void send(Outgoing outgoing) {
        unanswered.add(outgoing);
        CompletableFuture<Sending> _ = outgoing.answer().whenComplete((_, _) -> unanswered.remove(outgoing));
        boolean past =
                !members.isEmpty() && !filled && members.stream().noneMatch(member -> member.receiver.acknowledges());
        if (outgoing.kept() && !past && underWay.isEmpty()) {
            keep(outgoing);
        } else if (underWay.size() == MOST_UNDER_WAY) {
            outgoing.answer().complete(new Sending.Failed(StoreException.Reason.BUSY));
        } else {
            handPast(outgoing, past || !outgoing.kept() ? List.copyOf(members) : List.of());
        }
    }

    /**
     * Hands a letter over past the box.
     *
     * @param targets none: it is kept when its turn comes, for those before it may have to be kept as well
     */
    private void handPast(Outgoing outgoing, List<Member> targets) {
        Handing handing = new Handing(
                outgoing.publication(),
                outgoing.kept(),
                one -> {
                    underWay.remove(one);
                    answerSoon(one, outgoing.answer());
                },
                () -> {
                    if (outgoing.kept()) {
                        keep(outgoing);
                    } else {
                        outgoing.answer().complete(new Sending.Refused());
                    }
                });
        underWay.add(handing);
        for (Member member : targets) {
            hand(handing, member);
        }
        keepWhatWaits();
    }

    /** The first that nobody is being handed: it waited for those before it. */
    private void keepWhatWaits() {
        Optional<Handing> first = underWay.stream().findFirst();
        if (first.isPresent() && first.get().pending == 0) {
            nobodyLeft(first.get());
        }
    }

    /**
     * All who were to be given the letter have ended. So have those of every later one, since who came in between was handed both:
     * they are kept in their order, before anything else is.
     */
    private void nobodyLeft(Handing handing) {
        if (!underWay.contains(handing)) {
            handing.settle();
            return;
        }
        List<Handing> behind = new ArrayList<>();
        for (Handing one : underWay) {
            boolean behindIt = one.equals(handing) || !behind.isEmpty();
            if (behindIt && (one.kept || one.pending == 0)) {
                behind.add(one);
            }
        }
        underWay.removeAll(behind);
        behind.forEach(Handing::settle);
    }

    /** Tells the sender when all connections have it, or those that have it after a while. */
    private void answerSoon(Handing handing, CompletableFuture<Sending> answer) {
        if (handing.pending == 0) {
            answer.complete(new Sending.Delivered(handing.connections()));
        } else {
            later(() -> answer.complete(new Sending.Delivered(handing.connections())), PATIENCE);
            handing.whenAll = Optional.of(answer);
        }
    }

    private void hand(Handing handing, Member member) {
        handing.pending++;
        then(asked(() -> member.receiver.hand(handing.publication)), (given, failure) -> {
            handing.pending--;
            if (failure.isEmpty() && given) {
                handing.given.add(member);
            }
            if (!handing.given.isEmpty()) {
                handing.settle();
                if (handing.isReceived()) {
                    // by one that says nothing, behind one that will say it
                    acknowledged(handing.id());
                }
            } else if (handing.pending == 0) {
                nobodyLeft(handing);
            }
            if (handing.pending == 0) {
                handing.whenAll.ifPresent(answer -> answer.complete(new Sending.Delivered(handing.connections())));
            }
            keepWhatWaits();
        });
    }

    private void keep(Outgoing outgoing) {
        Letter letter = outgoing.letter();
        if (letter.expiresAt() <= letter.sentAt()) {
            outgoing.answer().complete(new Sending.Refused());
            return;
        }
        storing++;
        filled = true;
        then(asked(() -> store.post(letter)), (posted, failure) -> {
            storing--;
            if (failure.isPresent()) {
                outgoing.answer().complete(new Sending.Failed(reason(failure.get())));
            } else if (posted == MailStore.Posted.FULL) {
                outgoing.answer().complete(new Sending.Refused());
            } else if (members.isEmpty()) {
                outgoing.answer().complete(new Sending.Queued());
            } else {
                watch(outgoing);
            }
            drain();
        });
    }

    private static StoreException.Reason reason(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StoreException known ? known.reason() : StoreException.Reason.DOWN;
    }

    /** It is kept, and somebody is there: in a moment it will have been delivered. */
    private void watch(Outgoing outgoing) {
        UUID id = outgoing.letter().id();
        watched.put(id, outgoing);
        later(
                () -> {
                    if (watched.remove(id, outgoing)) {
                        outgoing.answer().complete(new Sending.Queued());
                    }
                },
                PATIENCE);
    }

    // What is kept

    private void drain() {
        if (draining || members.isEmpty() || !filled || unacknowledged.size() >= MOST_UNACKNOWLEDGED) {
            again = draining;
            return;
        }
        draining = true;
        again = false;
        long after = members.stream().mapToLong(member -> member.after).min().orElseThrow();
        reads.enter(() -> {
            if (abandoned || !acting.getAsBoolean()) {
                reads.leave();
                later(this::drainAgain, FIRST_RETRY);
                return;
            }
            CompletionStage<List<MailStore.Kept>> page = asked(() -> store.after(user, after, PAGE, PAGE_BYTES));
            CompletionStage<List<MailStore.Kept>> _ = page.whenComplete((_, _) -> reads.leave());
            then(page, (letters, failure) -> read(after, letters, failure));
        });
    }

    private void read(long after, List<MailStore.Kept> page, Optional<Throwable> failure) {
        if (failure.isPresent()) {
            readAgain(failure.get());
            return;
        }
        if (!acting.getAsBoolean()) {
            // it may be handed out elsewhere by now
            later(this::drainAgain, FIRST_RETRY);
            return;
        }
        failures = 0;
        List<MailStore.Kept> fresh =
                page.stream().filter(kept -> !received.contains(kept.number())).toList();
        // no page that is older will come
        received.removeAll(removed);
        removed.clear();
        if (page.isEmpty()) {
            draining = false;
            filled = again || storing > 0 || leftBehind || !unacknowledged.isEmpty();
            if (again) {
                drain();
            }
            return;
        }
        // who came later begins at the beginning
        List<Member> targets =
                members.stream().filter(member -> member.after >= after).toList();
        handOut(fresh, page.getLast().number(), targets);
    }

    private void readAgain(Throwable failure) {
        if (failures == 0) {
            LOG.warnf("mailbox not read, is asked again reason=%s", reason(failure));
        }
        later(this::drainAgain, pauseAfter(failures++));
    }

    private void drainAgain() {
        draining = false;
        drain();
    }

    /** How long to wait after so many failures before this one. */
    private static Duration pauseAfter(int failures) {
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 10));
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    /** Hands a page out, and goes on when each letter was given to somebody or will not be. */
    private void handOut(List<MailStore.Kept> page, long last, List<Member> targets) {
        List<Long> done = new ArrayList<>();
        int[] open = {1};
        Runnable settled = () -> {
            if (--open[0] == 0) {
                remove(done);
                draining = false;
                drain();
            }
        };
        for (MailStore.Kept kept : page) {
            Letter letter = kept.letter();
            List<Member> missing = targets.stream()
                    .filter(member -> member.after < kept.number())
                    .toList();
            if (missing.isEmpty()) {
                continue;
            }
            Handing handing = new Handing(
                    Mailboxes.publication(letter, Optional.empty()),
                    true,
                    one -> {
                        if (one.isReceived()) {
                            unacknowledged.remove(letter.id());
                            done.add(kept.number());
                        } else {
                            unacknowledged.put(letter.id(), kept.number());
                        }
                        Optional.ofNullable(watched.remove(letter.id()))
                                .ifPresent(outgoing -> answerSoon(one, outgoing.answer()));
                        settled.run();
                    },
                    () -> {
                        leftBehind = true;
                        Optional.ofNullable(watched.remove(letter.id()))
                                .ifPresent(outgoing -> outgoing.answer().complete(new Sending.Queued()));
                        settled.run();
                    });
            open[0]++;
            for (Member member : missing) {
                member.after = kept.number();
                hand(handing, member);
            }
        }
        for (Member member : targets) {
            member.after = Math.max(member.after, last);
        }
        settled.run();
    }

    // What is received

    void acknowledged(UUID letter) {
        Long number = unacknowledged.remove(letter);
        if (number != null) {
            remove(List.of(number));
            drain();
        }
    }

    private void remove(List<Long> numbers) {
        if (numbers.isEmpty()) {
            return;
        }
        received.addAll(numbers);
        removing++;
        remove(numbers, 0);
    }

    private void remove(List<Long> numbers, int attempt) {
        if (!acting.getAsBoolean()) {
            later(() -> remove(numbers, attempt), FIRST_RETRY);
            return;
        }
        then(asked(() -> store.remove(user, numbers)), (_, failure) -> {
            if (failure.isPresent()) {
                // kept in mind until it is done: nobody is to get them twice
                later(() -> remove(numbers, attempt + 1), pauseAfter(attempt));
                return;
            }
            removing--;
            if (draining) {
                removed.addAll(numbers);
            } else {
                numbers.forEach(received::remove);
            }
        });
    }
}
