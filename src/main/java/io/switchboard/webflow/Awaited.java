package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * One id: who holds it, who would like to, and what is kept for whom it will be.
 *
 * <p>What happens to it is decided under its lock, one step after the other. Whom that concerns is told without the lock, in the
 * order of the decisions: by one thread at a time, which goes on until nothing is left to tell. So who lost an id hears nothing
 * for it after the next one has heard that it has it, and authorizations stay in the order in which they came.
 */
final class Awaited {
    private static final Logger LOG = Logger.getLogger(Awaited.class);

    /** Authorizations that are remembered of one id, handed over or not. */
    static final int MOST_KEPT = 8;

    /** An authorization that waits for somebody, or whose hearer may turn out not to have got it. */
    static final class Kept {
        private final WebSocketId id;
        private final String result;
        private final long deadlineNanos;

        private Kept(WebSocketId id, String result, long deadlineNanos) {
            this.id = id;
            this.result = result;
            this.deadlineNanos = deadlineNanos;
        }

        WebSocketId id() {
            return id;
        }

        private boolean isOver(long nowNanos) {
            return deadlineNanos - nowNanos <= 0;
        }
    }

    /** A question to a holder whether it is still there; no two are the same. */
    static final class Probe {
        private final WebSocketId id;
        private final Registrant holder;

        private Probe(WebSocketId id, Registrant holder) {
            this.id = id;
            this.holder = holder;
        }

        WebSocketId id() {
            return id;
        }

        Registrant holder() {
            return holder;
        }
    }

    /** Those outside whom an id needs. Called without its lock, but for {@link #forget}. */
    interface Surroundings {
        void probe(Probe probe);

        void dropped(Dropped why);

        /** Nothing is to be known of the id any more. */
        void forget(Awaited awaited);
    }

    private final WebSocketId id;
    private final boolean mustBeAnnounced;
    private final Tally tally;
    private final Surroundings surroundings;

    private Optional<Member> holder = Optional.empty();
    /** Whether the holder can be handed something; as it last said. */
    private boolean ready;

    /** Who wait for whether the holder is still there, in the order in which they came. */
    private final SequencedMap<Member, CompletableFuture<Boolean>> newcomers = new LinkedHashMap<>();

    private Optional<Probe> probe = Optional.empty();

    /** Handed to nobody yet, or lost on the way; the oldest first. */
    private final Deque<Kept> waiting = new ArrayDeque<>(2);
    /** Handed to the holder; all of them are older than what waits. */
    private final Deque<Kept> handed = new ArrayDeque<>(2);
    /** How many of those that wait the tally knows: none while they are about to be handed over. */
    private int counted;

    private Optional<Long> announcedUntilNanos = Optional.empty();
    private Optional<String> operationId = Optional.empty();

    /** What is to be said to somebody, in order; it comes before what waits. */
    private final Queue<Runnable> unsaid = new ArrayDeque<>(2);

    private boolean telling;
    private boolean gone;

    Awaited(WebSocketId id, boolean mustBeAnnounced, Tally tally, Surroundings surroundings) {
        this.id = requireNonNull(id, "id");
        this.mustBeAnnounced = mustBeAnnounced;
        this.tally = requireNonNull(tally, "tally");
        this.surroundings = requireNonNull(surroundings, "surroundings");
    }

    WebSocketId id() {
        return id;
    }

    /**
     * Takes a step, while nobody else does. To be followed by {@link #tell}.
     *
     * @return empty: there was nothing left to know of the id, and another object has taken the place of this one
     */
    synchronized <T> Optional<T> change(Function<Awaited, T> step) {
        if (gone) {
            return Optional.empty();
        }
        forgetOld();
        T result = step.apply(this);
        settle();
        return Optional.of(result);
    }

    /** Tells those whom it concerns, or leaves it to the thread that does so already. */
    void tell() {
        Optional<Runnable> next = next(true);
        while (next.isPresent()) {
            try {
                next.get().run();
            } catch (RuntimeException | Error e) {
                // those behind it hear what is theirs all the same
                LOG.error("session not told what became of an id", Redacted.of(e));
            }
            next = next(false);
        }
    }

    private synchronized Optional<Runnable> next(boolean first) {
        if (first && telling) {
            return Optional.empty();
        }
        Optional<Runnable> next =
                Optional.ofNullable(unsaid.poll()).or(() -> canHand() ? handNext() : Optional.empty());
        telling = next.isPresent();
        if (!telling && isEmpty()) {
            gone = true;
            surroundings.forget(this);
        }
        return next;
    }

    private boolean isEmpty() {
        return holder.isEmpty() && newcomers.isEmpty() && waiting.isEmpty() && announcedUntilNanos.isEmpty();
    }

    /** Leaves nothing, and tells nobody. */
    synchronized void drop() {
        while (!handed.isEmpty()) {
            tally.kept().remove(handed.removeFirst());
        }
        while (!waiting.isEmpty()) {
            tally.kept().remove(waiting.removeFirst());
        }
        tally.announced().remove(this);
        announcedUntilNanos = Optional.empty();
        holder.ifPresent(member -> {
            member.remove(id);
            free(false);
        });
        newcomers.keySet().forEach(member -> member.remove(id));
        newcomers.clear();
        probe = Optional.empty();
        unsaid.clear();
        settle();
        gone = true;
        surroundings.forget(this);
    }

    // Steps

    /** Somebody asks for the id. */
    CompletionStage<Boolean> ask(Member member) {
        if (isHeldBy(member)) {
            return CompletableFuture.completedStage(true);
        }
        CompletableFuture<Boolean> asked = newcomers.get(member);
        if (asked != null) {
            return asked.minimalCompletionStage();
        }
        boolean known = !mustBeAnnounced || announcedUntilNanos.isPresent();
        if (!known || !member.add(id)) {
            return CompletableFuture.completedStage(false);
        }
        if (holder.isEmpty()) {
            take(member);
            return CompletableFuture.completedStage(true);
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        newcomers.put(member, answer);
        if (probe.isEmpty()) {
            Probe started = new Probe(id, holder.get().registrant());
            probe = Optional.of(started);
            unsaid.add(() -> surroundings.probe(started));
        }
        return answer.minimalCompletionStage();
    }

    /** Somebody held the id elsewhere. */
    boolean resume(Member member) {
        if (isHeldBy(member)) {
            return true;
        }
        if (holder.isPresent() || !member.add(id)) {
            return false;
        }
        take(member);
        return true;
    }

    /** A holder was asked; the first answer counts, and none where it has ended since. */
    void probed(Probe asked, boolean alive) {
        if (probe.filter(asked::equals).isEmpty()) {
            return;
        }
        probe = Optional.empty();
        if (alive || newcomers.keySet().stream().allMatch(Member::isEnded)) {
            newcomers.forEach(this::refuse);
            newcomers.clear();
            return;
        }
        Member silent = holder.orElseThrow();
        silent.remove(id);
        unsaid.add(() -> silent.registrant().lost(id));
        free(true);
        passOn();
    }

    /** A session has ended. */
    Optional<Registration> release(Member member, boolean clean) {
        CompletableFuture<Boolean> asked = newcomers.remove(member);
        if (asked != null) {
            refuse(member, asked);
        }
        if (!isHeldBy(member)) {
            return Optional.empty();
        }
        free(!clean);
        passOn();
        return Optional.of(new Registration(id, operationId));
    }

    /** A session can be handed authorizations, or no longer. */
    void heed(Member member) {
        if (isHeldBy(member)) {
            ready = member.isReady();
        }
    }

    /** @param until when its time is over */
    void authorize(Optional<String> operation, String result, long until) {
        name(operation);
        if (waiting.size() == MOST_KEPT) {
            drop(Dropped.TOO_MANY_OF_ID);
            return;
        }
        Kept one = new Kept(id, result, until);
        waiting.addLast(one);
        boolean _ = tally.kept().put(one, one.deadlineNanos);
        if (waiting.size() + handed.size() > MOST_KEPT) {
            tally.kept().remove(handed.removeFirst());
        }
    }

    /** @param until when its time is over */
    void announce(Optional<String> operation, long until) {
        name(operation);
        if (tally.announced().put(this, until)) {
            announcedUntilNanos = Optional.of(until);
        } else {
            drop(Dropped.TOO_MANY_ANNOUNCED);
        }
    }

    private void name(Optional<String> operation) {
        if (operation.isPresent()) {
            operationId = operation;
        }
    }

    // The holder

    private boolean isHeldBy(Member member) {
        return holder.filter(member::equals).isPresent();
    }

    private void take(Member member) {
        holder = Optional.of(member);
        // the member knows the id by now: who makes it ready, or not, from here on comes to say so
        ready = member.isReady();
        tally.registered().incrementAndGet();
    }

    /** @param lost whether what was handed to the holder has most likely not arrived */
    private void free(boolean lost) {
        holder = Optional.empty();
        ready = false;
        tally.registered().decrementAndGet();
        while (!handed.isEmpty()) {
            Kept last = handed.removeLast();
            if (lost) {
                waiting.addFirst(last);
            } else {
                tally.kept().remove(last);
            }
        }
    }

    /** Nobody holds the id: the first who asked for it and is still there does now. */
    private void passOn() {
        probe = Optional.empty();
        while (!newcomers.isEmpty()) {
            Map.Entry<Member, CompletableFuture<Boolean>> next = newcomers.pollFirstEntry();
            if (holder.isPresent() || next.getKey().isEnded()) {
                refuse(next.getKey(), next.getValue());
            } else {
                take(next.getKey());
                unsaid.add(() -> next.getValue().complete(true));
            }
        }
    }

    private void refuse(Member member, CompletableFuture<Boolean> asked) {
        member.remove(id);
        unsaid.add(() -> asked.complete(false));
    }

    // What is kept

    private boolean canHand() {
        return ready && !holder.orElseThrow().isEnded();
    }

    private Optional<Runnable> handNext() {
        Kept next = waiting.pollFirst();
        if (next == null) {
            return Optional.empty();
        }
        if (next.isOver(tally.now())) {
            tally.kept().remove(next);
        } else {
            handed.addLast(next);
        }
        Registrant to = holder.orElseThrow().registrant();
        return Optional.of(() -> to.authorized(id, next.result));
    }

    private void forgetOld() {
        long now = tally.now();
        while (!handed.isEmpty() && handed.getFirst().isOver(now)) {
            tally.kept().remove(handed.removeFirst());
        }
        // what is about to be handed over came in time
        while (!canHand() && !waiting.isEmpty() && waiting.getFirst().isOver(now)) {
            tally.kept().remove(waiting.removeFirst());
            drop(Dropped.TOO_LATE);
        }
        if (announcedUntilNanos.filter(until -> until - now <= 0).isPresent()) {
            announcedUntilNanos = Optional.empty();
            tally.announced().remove(this);
        }
        if (isEmpty()) {
            operationId = Optional.empty();
        }
    }

    /** The id takes a place while something waits that cannot be handed over. */
    private void settle() {
        int count = canHand() ? 0 : waiting.size();
        if (count > 0 && counted == 0 && !tally.takePlace()) {
            while (!waiting.isEmpty()) {
                tally.kept().remove(waiting.removeFirst());
                drop(Dropped.NO_ROOM);
            }
            count = 0;
        }
        tally.waiting().addAndGet(count - counted);
        if (count == 0 && counted > 0) {
            tally.givePlace();
        }
        counted = count;
    }

    private void drop(Dropped why) {
        unsaid.add(() -> surroundings.dropped(why));
    }
}
