package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.Algorithm;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.WorkMessage;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Queues in a database, as {@link Storage} keeps them. */
public final class SqlQueueStore implements QueueStore {
    /** About what a message takes beside its texts, and a number, in bytes. */
    private static final long MESSAGE_BYTES = 128;

    private static final long NUMBER_BYTES = 32;

    private final Storage storage;
    private final QueueQuotas quotas;
    private final Clock clock;

    public SqlQueueStore(Storage storage, QueueQuotas quotas, Clock clock) {
        this.storage = requireNonNull(storage, "storage");
        this.quotas = requireNonNull(quotas, "quotas");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public CompletionStage<Claimed> claim(String queue, String user, boolean byRule, boolean temporary, String run) {
        return storage.change(
                connection -> connection.queues().claim(queue, user, byRule, temporary, run, quotas),
                Storage.bytes(queue) + Storage.bytes(user));
    }

    @Override
    public CompletionStage<Void> release(String queue, String run) {
        return done(storage.change(connection -> connection.queues().release(queue, run), Storage.bytes(queue)));
    }

    @Override
    public CompletionStage<Sent> send(Collection<String> queues, WorkMessage message) {
        requireNonNull(message, "message");
        Set<String> distinct = Set.copyOf(queues);
        // the message itself is there once, whoever gets it
        long bytes = message.weight()
                + distinct.stream()
                        .mapToLong(queue -> MESSAGE_BYTES + Storage.bytes(queue))
                        .sum();
        return storage.change(connection -> connection.queues().send(distinct, message, quotas), bytes);
    }

    @Override
    public CompletionStage<Page> after(String queue, long number, int limit, long bytes) {
        requireNonNull(queue, "queue");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return storage.ask(connection -> connection.queues().after(queue, number, limit, bytes, clock.millis()));
    }

    @Override
    public CompletionStage<Void> remove(String queue, Collection<Long> numbers) {
        requireNonNull(queue, "queue");
        Set<Long> distinct = Set.copyOf(numbers);
        if (distinct.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        return done(storage.change(
                connection -> connection.queues().remove(queue, distinct),
                Storage.bytes(queue) + distinct.size() * NUMBER_BYTES));
    }

    @Override
    public CompletionStage<Returned> putBack(String queue, long number, int deliveries) {
        return storage.change(
                connection -> connection.queues().putBack(queue, number, deliveries), Storage.bytes(queue));
    }

    @Override
    public CompletionStage<Bound> bind(
            String exchange, Algorithm algorithm, String user, Optional<Binding> queue, String run) {
        return storage.change(
                connection -> connection.queues().bind(exchange, algorithm, user, queue, run, quotas),
                Storage.bytes(exchange)
                        + Storage.bytes(user)
                        + queue.map(binding -> Storage.bytes(binding.queue()) + Storage.bytes(binding.routingKey()))
                                .orElse(0L));
    }

    @Override
    public CompletionStage<Optional<Bindings>> bindings(String exchange) {
        return storage.ask(connection -> connection.queues().bindings(exchange));
    }

    @Override
    public CompletionStage<Integer> deleteExpired() {
        return storage.change(connection -> connection.queues().deleteExpired(), 0);
    }

    @Override
    public CompletionStage<Integer> deleteDead(long diedAt) {
        return storage.change(connection -> connection.queues().deleteDead(diedAt), 0);
    }

    @Override
    public CompletionStage<Void> begin(String run) {
        return done(storage.change(connection -> connection.queues().begin(run), 0));
    }

    @Override
    public CompletionStage<List<String>> consumedQueues(String run, String after, int limit) {
        return storage.ask(connection -> connection.queues().consumedQueues(run, after, limit));
    }

    @Override
    public CompletionStage<List<String>> unusedQueues(long usedAt) {
        return storage.ask(connection -> connection.queues().unusedQueues(usedAt));
    }

    @Override
    public CompletionStage<List<String>> unusedExchanges(long usedAt) {
        return storage.ask(connection -> connection.queues().unusedExchanges(usedAt));
    }

    @Override
    public CompletionStage<Deleted> deleteQueue(String queue, OptionalLong usedAt) {
        return storage.change(connection -> connection.queues().deleteQueue(queue, usedAt), Storage.bytes(queue));
    }

    @Override
    public CompletionStage<Optional<Set<String>>> deleteExchange(String exchange, OptionalLong usedAt) {
        return storage.change(
                connection -> connection.queues().deleteExchange(exchange, usedAt), Storage.bytes(exchange));
    }

    @Override
    public CompletionStage<List<QueueFacts>> queues(String after, int limit) {
        return storage.ask(connection -> connection.queues().queues(after, limit));
    }

    @Override
    public CompletionStage<List<ExchangeFacts>> exchanges(String after, int limit) {
        return storage.ask(connection -> connection.queues().exchanges(after, limit));
    }

    @Override
    public CompletionStage<Optional<List<MessageFacts>>> peek(String queue, boolean dead, long after, int limit) {
        return storage.ask(connection -> connection.queues().peek(queue, dead, after, limit));
    }

    @Override
    public CompletionStage<Optional<Purged>> purge(
            String queue, boolean dead, Set<Long> keep, long after, OptionalLong last) {
        Set<Long> stay = Set.copyOf(keep);
        return storage.change(
                connection -> connection.queues().purge(queue, dead, stay, after, last),
                Storage.bytes(queue) + stay.size() * NUMBER_BYTES);
    }

    @Override
    public CompletionStage<Optional<Requeued>> requeue(String queue, int limit) {
        return storage.change(connection -> connection.queues().requeue(queue, limit), Storage.bytes(queue));
    }

    /** Without the answer, and with the failure as it is: a dependent stage would wrap it. */
    private static CompletionStage<Void> done(CompletableFuture<Boolean> change) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        var _ = change.whenComplete((_, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
        return done;
    }
}
