package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import io.switchboard.queue.Consumer.Taken;
import io.switchboard.queue.LocalWorkQueues.Had;
import io.switchboard.queue.QueueListener.Return;
import io.switchboard.queue.QueueStore.Claimed;
import io.switchboard.queue.QueueStore.Deleted;
import io.switchboard.queue.QueueStore.Page;
import io.switchboard.queue.QueueStore.Purged;
import io.switchboard.queue.QueueStore.Requeued;
import io.switchboard.queue.QueueStore.Returned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jboss.logging.Logger;

/**
 * One queue, as far as somebody consumes it or something is being done to it. Called on the queue's loop only.
 *
 * <p>A message that is in nobody's hands is to be given to somebody, is in the store only, or is in exactly one of these: held,
 * settling, delayed, being removed. What is read is added only if it is in none of them.
 */
final class Line {
    private static final Logger LOG = Logger.getLogger(Line.class);

    /** When somebody looks whether a message was kept of which nobody knows. */
    private static final Duration DOUBT = Duration.ofSeconds(10);

    /** The id of a message that another replica gave to somebody. */
    private static final UUID UNREAD = new UUID(0, 0);

    /** Somebody who is about to consume. Each is one of its own. */
    private static final class Arrival {
        private final Consumer consumer;
        private boolean left;

        private Arrival(Consumer consumer) {
            this.consumer = consumer;
        }
    }

    /** A message that waits until it may be given again. */
    private record Delayed(long number, long dueNanos) {}

    private final String name;
    private final Loop loop;
    private final Context context;
    private final java.util.function.Consumer<Line> forget;
    private final Questions questions;
    private final Removals removals;

    private final Map<UUID, Worker> workers = new HashMap<>();
    private final List<Arrival> arriving = new ArrayList<>();
    /** In the order in which they became so. */
    private final Set<Worker> ready = new LinkedHashSet<>();
    /** Messages that consumers have or are being given, by number, those that were given first in front. */
    private final Map<Long, Held> held = new LinkedHashMap<>();
    /** Came back, and the store is being told. */
    private final Set<Long> settling = new HashSet<>();

    private final Queue<Delayed> delayed;
    private final Set<Long> delayedNumbers = new HashSet<>();
    private final Window window = new Window();

    private boolean reading;
    private int readFailures;
    /** Gone while the window is being read; the page may still hold them. */
    private final Set<Long> goneMeanwhile = new HashSet<>();
    /** From where the window is to be read again after that. */
    private OptionalLong rewindTo = OptionalLong.empty();

    /** Instants at which somebody looks what is due. */
    private final NavigableSet<Long> wakes;

    /** Who wants to know when the store has forgotten an acknowledged message. */
    private final Map<Long, List<CompletableFuture<Void>>> acknowledging = new HashMap<>();

    private boolean temporary;
    private boolean closing;
    /** Somebody looks in a moment whether there is something that nobody told of. */
    private boolean polling;
    /** Nothing is given while it is above 0. */
    private int pauses;
    /** What is being done, and ends by itself. */
    private int operations;

    /** How many consume it; any thread. */
    private volatile int consumers;

    Line(String name, Loop loop, Context context, java.util.function.Consumer<Line> forget) {
        this.name = requireNonNull(name, "name");
        this.loop = requireNonNull(loop, "loop");
        this.context = requireNonNull(context, "context");
        this.forget = requireNonNull(forget, "forget");
        this.questions = new Questions(loop, this::tidy);
        this.removals = new Removals(name, context.store(), questions, this::removed);
        long origin = loop.nanoTime();
        this.delayed = new PriorityQueue<>(Comparator.comparingLong(one -> one.dueNanos() - origin));
        this.wakes = new TreeSet<>(Comparator.comparingLong(instant -> instant - origin));
    }

    String name() {
        return name;
    }

    /** Any thread. */
    int consumers() {
        return consumers;
    }

    /** To be called after each task on the loop: with nothing left to do there is nothing to remember. */
    void tidy() {
        if (workers.isEmpty()
                && arriving.isEmpty()
                && settling.isEmpty()
                && removals.isEmpty()
                && delayed.isEmpty()
                && !reading
                && operations == 0) {
            forget.accept(this);
        }
    }

    // Who consumes

    void consume(Consumer consumer, String user, boolean byRule, boolean fresh, CompletableFuture<QueueReply> answer) {
        UUID id = consumer.id();
        if (closing) {
            context.memberships().remove(id, name);
            answer.complete(Refusals.GOES);
            return;
        }
        if (workers.containsKey(id)) {
            context.memberships().remove(id, name);
            answer.complete(new QueueReply.Consuming(name));
            return;
        }
        Arrival arrival = new Arrival(consumer);
        arriving.add(arrival);
        questions.ask(
                () -> context.store().claim(name, user, byRule, fresh, context.run()),
                claimed -> {
                    arriving.remove(arrival);
                    answer.complete(arrived(arrival, claimed));
                },
                failure -> {
                    arriving.remove(arrival);
                    context.memberships().remove(id, name);
                    answer.complete(Questions.refused(failure));
                });
    }

    private static Optional<QueueReply> refusal(Claimed claimed) {
        return switch (claimed) {
            case DURABLE, TEMPORARY -> Optional.empty();
            case FOREIGN -> Optional.of(Refusals.FOREIGN);
            case USER_FULL -> Optional.of(Refusals.USER_FULL);
            case FULL -> Optional.of(Refusals.QUEUES_FULL);
        };
    }

    private QueueReply arrived(Arrival arrival, Claimed claimed) {
        Optional<QueueReply> refused = refusal(claimed);
        if (refused.isPresent()) {
            context.memberships().remove(arrival.consumer.id(), name);
            return refused.get();
        }
        temporary = claimed == Claimed.TEMPORARY;
        return join(arrival.consumer, arrival.left);
    }

    /** A consumer whose new temporary queue is there already. */
    QueueReply join(Consumer consumer) {
        temporary = true;
        return join(consumer, false);
    }

    private QueueReply join(Consumer consumer, boolean left) {
        UUID id = consumer.id();
        if (left || !context.memberships().contains(id, name)) {
            context.memberships().remove(id, name);
            releaseIfUnused();
            return Refusals.NOT_CONSUMED;
        }
        if (workers.containsKey(id)) {
            context.memberships().remove(id, name);
        } else {
            workers.put(id, new Worker(consumer));
            counted(1);
        }
        return new QueueReply.Consuming(name);
    }

    /** Another replica decided about the queue when it came: it consumes at once, and has what it had. */
    void resume(
            Consumer consumer,
            String user,
            boolean byRule,
            boolean fresh,
            List<Had> had,
            CompletableFuture<QueueReply> answer) {
        if (closing) {
            context.memberships().remove(consumer.id(), name);
            answer.complete(Refusals.GOES);
            return;
        }
        QueueReply reply = join(consumer, false);
        Worker worker = workers.get(consumer.id());
        if (worker != null) {
            had.forEach(one -> hold(worker, one));
            claim(worker, user, byRule, fresh);
        }
        answer.complete(reply);
    }

    private void hold(Worker worker, Had had) {
        WorkMessage unread = new WorkMessage(UNREAD, "", "", "", "", "", "", 0, Long.MAX_VALUE);
        Held one = new Held(worker, new Delivery(name, had.number(), had.attempt(), unread), loop.nanoTime(), false);
        Held other = held.get(had.number());
        if (other != null && other.delivery().attempt() >= had.attempt()) {
            tell(() -> worker.consumer().timedOut(one.delivery()));
            return;
        }
        if (other != null) {
            held.remove(had.number());
            tell(() -> other.worker().consumer().timedOut(other.delivery()));
        }
        held.put(had.number(), one);
        rewind(had.number() - 1);
        if (!context.settings().answerTimeout().isZero()) {
            wakeAt(one.sinceNanos() + context.settings().answerTimeout().toNanos());
        }
    }

    /** Finds out whether it is temporary, and whether it is still there for the user. */
    private void claim(Worker worker, String user, boolean byRule, boolean fresh) {
        operations++;
        questions.insist(() -> context.store().claim(name, user, byRule, fresh, context.run()), claimed -> {
            operations--;
            if (refusal(claimed).isEmpty()) {
                temporary = claimed == Claimed.TEMPORARY;
                releaseIfUnused();
            } else if (worker.equals(workers.get(worker.consumer().id()))) {
                leave(worker.consumer().id());
                tell(() -> worker.consumer().closed(name));
            }
        });
    }

    /** Nobody consumes it, though it counts as consumed. */
    void releaseUnattended() {
        if (workers.isEmpty() && arriving.isEmpty() && !closing) {
            release(0);
        }
    }

    /** What was not given because this replica could not decide is given now. */
    void resumed() {
        window.doubt();
        feed();
    }

    /** Another replica decides: nothing is done about it any more, and nobody told. */
    void abandon() {
        questions.stop();
        int before = workers.size();
        workers.keySet().forEach(id -> context.memberships().remove(id, name));
        arriving.forEach(arrival -> context.memberships().remove(arrival.consumer.id(), name));
        workers.clear();
        arriving.clear();
        ready.clear();
        held.clear();
        delayed.clear();
        delayedNumbers.clear();
        pauses++;
        consumers = 0;
        context.listener().consumers(-before);
    }

    private void counted(int change) {
        consumers = workers.size();
        context.listener().consumers(change);
    }

    void ready(UUID id) {
        Worker worker = workers.get(id);
        if (worker != null && worker.ready()) {
            ready.add(worker);
            feed();
        }
    }

    void cancel(UUID id, CompletableFuture<QueueReply> answer) {
        boolean consumes = workers.containsKey(id)
                || arriving.stream().anyMatch(arrival -> arrival.consumer.id().equals(id));
        leave(id);
        answer.complete(consumes ? new QueueReply.Done() : Refusals.NOT_CONSUMED);
    }

    void leave(UUID id) {
        for (Arrival arrival : arriving) {
            arrival.left |= arrival.consumer.id().equals(id);
        }
        Worker worker = workers.remove(id);
        if (worker == null) {
            return;
        }
        ready.remove(worker);
        context.memberships().remove(id, name);
        counted(-1);
        for (Held one : List.copyOf(held.values())) {
            if (one.worker().equals(worker)) {
                held.remove(one.number());
                putBack(one, Return.LOST);
            }
        }
        releaseIfUnused();
        feed();
    }

    private void releaseIfUnused() {
        if (workers.isEmpty()) {
            rewind(0);
            if (temporary && arriving.isEmpty() && !closing) {
                release(0);
            }
        }
    }

    /** Whoever comes meanwhile claims it again, behind this. */
    private void release(int failures) {
        operations++;
        questions.ask(() -> context.store().release(name, context.run()), _ -> operations--, _ -> {
            questions.later(
                    () -> {
                        operations--;
                        if (workers.isEmpty() && arriving.isEmpty()) {
                            release(failures + 1);
                        }
                    },
                    Questions.pauseAfter(failures));
        });
    }

    // What is given

    /** A message was kept, and is in the store. */
    void kept(long number, WorkMessage message) {
        if (workers.isEmpty()) {
            return;
        }
        window.kept(number, message);
        feed();
    }

    /** A message was kept that is to be read. */
    void kept(long number) {
        if (!workers.isEmpty()) {
            window.kept(number);
            feed();
        }
    }

    /** A message may have been kept, now or in a moment. */
    void doubt() {
        questions.later(
                () -> {
                    window.doubt();
                    feed();
                },
                DOUBT);
    }

    private void feed() {
        while (pauses == 0 && !ready.isEmpty() && context.cluster().decides(name)) {
            Optional<Waiting> next = window.poll(context.clock().millis());
            if (next.isEmpty()) {
                read();
                poll();
                return;
            }
            Worker worker = ready.iterator().next();
            ready.remove(worker);
            give(next.get(), worker);
        }
    }

    private void poll() {
        if (polling || context.cluster().poll().isZero()) {
            return;
        }
        polling = true;
        questions.later(
                () -> {
                    polling = false;
                    window.doubt();
                    feed();
                },
                context.cluster().poll());
    }

    private void give(Waiting waiting, Worker worker) {
        Delivery delivery = new Delivery(name, waiting.number(), waiting.returns() + 1, waiting.message());
        Held one = new Held(worker, delivery, loop.nanoTime(), true);
        held.put(one.number(), one);
        worker.giving();
        if (!context.settings().answerTimeout().isZero()) {
            wakeAt(one.sinceNanos() + context.settings().answerTimeout().toNanos());
        }
        questions.ask(() -> worker.consumer().give(delivery), taken -> given(one, taken), failure -> {
            LOG.error("a consumer failed to take a message", Redacted.of(failure));
            given(one, Taken.GONE);
        });
    }

    private void given(Held one, Taken taken) {
        Worker worker = one.worker();
        boolean readyAgain = worker.given();
        UUID id = worker.consumer().id();
        boolean consumes = worker.equals(workers.get(id));
        switch (taken) {
            case TAKEN -> context.listener().delivered();
            // it may have been taken away from it meanwhile
            case BUSY, GONE -> {
                if (held.remove(one.number(), one)) {
                    window.add(one.waiting());
                }
            }
        }
        if (taken == Taken.GONE && consumes) {
            leave(id);
        } else if (readyAgain && consumes) {
            ready.add(worker);
        }
        feed();
    }

    /** @param answer completes when the store has forgotten it */
    void acknowledge(UUID id, long number, int attempt, CompletableFuture<Void> answer) {
        if (take(id, number, attempt).isPresent()) {
            context.listener().acknowledged();
            acknowledging.computeIfAbsent(number, _ -> new ArrayList<>(1)).add(answer);
            removals.add(number);
        } else if (removals.contains(number)) {
            acknowledging.computeIfAbsent(number, _ -> new ArrayList<>(1)).add(answer);
        } else {
            answer.complete(null);
        }
    }

    private void removed(List<Long> numbers) {
        gone(numbers);
        for (long number : numbers) {
            List<CompletableFuture<Void>> answers = acknowledging.remove(number);
            if (answers != null) {
                answers.forEach(answer -> answer.complete(null));
            }
        }
    }

    /** @param answer completes when the store knows that it came back */
    void reject(UUID id, long number, int attempt, CompletableFuture<Void> answer) {
        take(id, number, attempt)
                .ifPresentOrElse(
                        one -> putBack(one, Return.REJECTED, () -> answer.complete(null)), () -> answer.complete(null));
    }

    /** Takes a message from the consumer who has it; one that it had earlier is another matter. */
    private Optional<Held> take(UUID id, long number, int attempt) {
        Held one = held.get(number);
        if (one == null
                || !one.worker().consumer().id().equals(id)
                || one.delivery().attempt() != attempt) {
            return Optional.empty();
        }
        held.remove(one.number());
        return Optional.of(one);
    }

    private void putBack(Held one, Return why) {
        putBack(one, why, () -> {});
    }

    private void putBack(Held one, Return why, Runnable done) {
        settling.add(one.number());
        context.listener().returned(why);
        long due = loop.nanoTime()
                + (why == Return.LOST ? 0 : context.settings().redeliveryDelay().toNanos());
        questions.insist(
                () -> context.store()
                        .putBack(name, one.number(), context.settings().deliveries()),
                returned -> {
                    settling.remove(one.number());
                    settled(one, returned, due);
                    done.run();
                });
    }

    private void settled(Held one, Returned returned, long due) {
        switch (returned) {
            case Returned.Again(int returns) -> {
                if (due - loop.nanoTime() > 0) {
                    delayed.add(new Delayed(one.number(), due));
                    delayedNumbers.add(one.number());
                    wakeAt(due);
                } else if (!one.isRead()) {
                    rewind(one.number() - 1);
                    feed();
                } else if (!workers.isEmpty()) {
                    window.add(new Waiting(one.number(), returns, one.delivery().message()));
                    feed();
                }
            }
            case Returned.Dead() -> {
                context.listener().died();
                gone(List.of(one.number()));
            }
            case Returned.Expired() -> {
                context.listener().expired(1);
                gone(List.of(one.number()));
            }
            case Returned.Gone() -> gone(List.of(one.number()));
        }
    }

    private void gone(List<Long> numbers) {
        if (reading) {
            goneMeanwhile.addAll(numbers);
        }
    }

    // When something is due

    private void wakeAt(long nanos) {
        if (wakes.isEmpty() || nanos - wakes.first() < 0) {
            wakes.add(nanos);
            loop.schedule(
                    () -> {
                        wakes.remove(nanos);
                        wake();
                        tidy();
                    },
                    Math.max(0, nanos - loop.nanoTime()));
        }
    }

    private void wake() {
        long now = loop.nanoTime();
        long first = Long.MAX_VALUE;
        while (!delayed.isEmpty() && delayed.peek().dueNanos() - now <= 0) {
            long number = delayed.remove().number();
            delayedNumbers.remove(number);
            first = Math.min(first, number);
        }
        if (first != Long.MAX_VALUE) {
            rewind(first - 1);
        }
        if (!delayed.isEmpty()) {
            wakeAt(delayed.peek().dueNanos());
        }
        timeOut(now);
        feed();
    }

    private void timeOut(long now) {
        long patience = context.settings().answerTimeout().toNanos();
        if (patience == 0) {
            return;
        }
        for (Held one : List.copyOf(held.values())) {
            if (now - one.sinceNanos() < patience) {
                wakeAt(one.sinceNanos() + patience);
                return;
            }
            held.remove(one.number());
            putBack(one, Return.TIMEOUT);
            tell(() -> one.worker().consumer().timedOut(one.delivery()));
        }
    }

    // What is read

    private void read() {
        if (reading || window.isComplete()) {
            return;
        }
        reading = true;
        goneMeanwhile.clear();
        window.reading();
        questions.ask(
                () -> context.store().after(name, window.upTo(), Window.MESSAGES, Window.BYTES),
                this::read,
                _ -> questions.later(
                        () -> {
                            reading = false;
                            rewindNow();
                            feed();
                        },
                        Questions.pauseAfter(readFailures++)));
    }

    private void read(Page page) {
        reading = false;
        readFailures = 0;
        window.read(page.upTo(), page.complete());
        for (Waiting waiting : page.messages()) {
            if (isFree(waiting.number())) {
                window.add(waiting);
            }
        }
        goneMeanwhile.clear();
        rewindNow();
        feed();
    }

    private boolean isFree(long number) {
        return !held.containsKey(number)
                && !settling.contains(number)
                && !delayedNumbers.contains(number)
                && !removals.contains(number)
                && !goneMeanwhile.contains(number);
    }

    /** Reads again what has a higher number: not before what is being read is there, or it would never be. */
    private void rewind(long number) {
        if (reading) {
            rewindTo = OptionalLong.of(Math.min(number, rewindTo.orElse(number)));
        } else {
            window.rewind(number);
        }
    }

    private void rewindNow() {
        rewindTo.ifPresent(window::rewind);
        rewindTo = OptionalLong.empty();
    }

    // What operators do

    /** Deletes what nobody has; the answer is how much, empty: there is no such queue. */
    void purge(boolean dead, CompletableFuture<Optional<Integer>> answer) {
        operations++;
        if (!dead) {
            pauses++;
        }
        purge(dead, 0, OptionalLong.empty(), 0, answer);
    }

    private void purge(
            boolean dead, long after, OptionalLong last, int deleted, CompletableFuture<Optional<Integer>> answer) {
        Set<Long> keep = new HashSet<>(held.keySet());
        keep.addAll(settling);
        keep.addAll(removals.numbers());
        questions.ask(
                () -> context.store().purge(name, dead, keep, after, last),
                purged -> {
                    int sum = deleted + purged.map(Purged::deleted).orElse(0);
                    if (purged.isPresent()
                            && purged.get().reached() < purged.get().last()) {
                        purge(
                                dead,
                                purged.get().reached(),
                                OptionalLong.of(purged.get().last()),
                                sum,
                                answer);
                    } else {
                        purged(dead);
                        answer.complete(purged.map(_ -> sum));
                    }
                },
                failure -> {
                    purged(dead);
                    answer.completeExceptionally(failure);
                });
    }

    private void purged(boolean dead) {
        operations--;
        if (!dead) {
            pauses--;
            rewind(0);
            feed();
        }
    }

    /** Gives dead letters another try; the answer is how many, empty: there is no such queue. */
    void requeue(int most, int done, CompletableFuture<Optional<Integer>> answer) {
        operations++;
        questions.ask(
                () -> context.store().requeue(name, most - done),
                requeued -> {
                    operations--;
                    int sum = done + requeued.map(Requeued::count).orElse(0);
                    boolean some = requeued.map(Requeued::count).orElse(0) > 0;
                    if (some) {
                        rewind(requeued.get().first() - 1);
                        feed();
                    }
                    if (some && sum < most) {
                        requeue(most, sum, answer);
                    } else {
                        answer.complete(requeued.map(_ -> sum));
                    }
                },
                failure -> {
                    operations--;
                    answer.completeExceptionally(failure);
                });
    }

    /**
     * Deletes the queue; the answer is the exchanges that it was bound to, empty: there is no such queue.
     *
     * @param usedAt only if it is temporary, and was last used at that instant or earlier
     */
    void delete(OptionalLong usedAt, CompletableFuture<Optional<Set<String>>> answer) {
        if (usedAt.isPresent() && (!workers.isEmpty() || !arriving.isEmpty())) {
            answer.complete(Optional.empty());
            return;
        }
        closing = true;
        pauses++;
        operations++;
        deleteSome(usedAt, answer);
    }

    private void deleteSome(OptionalLong usedAt, CompletableFuture<Optional<Set<String>>> answer) {
        questions.ask(
                () -> context.store().deleteQueue(name, usedAt),
                deleted -> {
                    switch (deleted) {
                        case Deleted.More() -> deleteSome(usedAt, answer);
                        case Deleted.Done(Set<String> exchanges) -> {
                            closeAll();
                            deleted();
                            answer.complete(Optional.of(exchanges));
                        }
                        case Deleted.Unknown() -> {
                            deleted();
                            answer.complete(Optional.empty());
                        }
                    }
                },
                failure -> {
                    deleted();
                    answer.completeExceptionally(failure);
                });
    }

    private void deleted() {
        closing = false;
        pauses--;
        operations--;
        rewind(0);
        feed();
    }

    private void closeAll() {
        List<Worker> all = List.copyOf(workers.values());
        workers.clear();
        ready.clear();
        held.clear();
        delayed.clear();
        delayedNumbers.clear();
        for (Worker worker : all) {
            UUID id = worker.consumer().id();
            context.memberships().remove(id, name);
            counted(-1);
            tell(() -> worker.consumer().closed(name));
        }
    }

    /** An exchange that the queue was bound to is gone. */
    void exchangeClosed(String exchange) {
        for (Worker worker : workers.values()) {
            tell(() -> worker.consumer().exchangeClosed(exchange, name));
        }
    }

    /** One consumer must not keep the others from hearing it. */
    private static void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.error("a consumer failed to be told", Redacted.of(e));
        }
    }
}
