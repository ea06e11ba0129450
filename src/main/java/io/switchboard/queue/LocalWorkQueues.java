package io.switchboard.queue;

import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.queue.QueueReply.Refused;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bound;
import io.switchboard.queue.QueueStore.Sent;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The work queues of one process; in a cluster, those that its replica decides about.
 *
 * <p>What happens in one queue is decided by one loop, in order. Any thread, and none is blocked; stages complete on any thread and
 * never fail, but for those of operators.
 */
public final class LocalWorkQueues implements WorkQueues {
    /** A message that a consumer had when another replica decided about its queue. */
    public record Had(long number, int attempt) {}

    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final Map<String, Exchange> exchanges = new ConcurrentHashMap<>();
    private final Memberships memberships = new Memberships();
    private final Owners owners;
    private final Context context;

    public LocalWorkQueues(
            QueueStore store, Owners owners, Clock clock, QueueSettings settings, QueueListener listener) {
        this.owners = owners;
        this.context = new Context(store, clock, settings, listener, memberships, new Alone());
        keepHouse();
    }

    /** @param cluster that the replica is part of */
    public LocalWorkQueues(
            QueueStore store,
            Owners owners,
            Clock clock,
            QueueSettings settings,
            QueueListener listener,
            Cluster cluster) {
        this.owners = owners;
        this.context = new Context(store, clock, settings, listener, memberships, cluster);
        keepHouse();
    }

    private void keepHouse() {
        new Housekeeping(ownerOfExchange(""), context).start();
    }

    /** There are no others. */
    private final class Alone implements Cluster {
        private final String run = Names.random();

        @Override
        public boolean decides(String queue) {
            return true;
        }

        @Override
        public boolean keepsHouse() {
            return true;
        }

        @Override
        public String run() {
            return run;
        }

        @Override
        public Duration poll() {
            return Duration.ZERO;
        }

        @Override
        public void kept(String queue, long number, WorkMessage message) {
            LocalWorkQueues.this.kept(queue, number, message);
        }

        @Override
        public void doubt(String queue) {
            LocalWorkQueues.this.doubt(queue);
        }

        @Override
        public void unbound(String exchange, String queue) {
            LocalWorkQueues.this.unbound(exchange, queue);
        }

        @Override
        public void exchangeClosed(String queue, String exchange) {
            LocalWorkQueues.this.exchangeClosed(queue, exchange);
        }

        @Override
        public CompletionStage<Boolean> deleteQueue(String queue, OptionalLong usedAt) {
            return LocalWorkQueues.this.deleteQueue(queue, usedAt);
        }

        @Override
        public CompletionStage<Boolean> deleteExchange(String exchange, OptionalLong usedAt) {
            return LocalWorkQueues.this.deleteExchange(exchange, usedAt);
        }
    }

    // Consumers

    @Override
    public CompletionStage<QueueReply> consume(Consumer consumer, String user, Optional<String> name, boolean byRule) {
        boolean fresh = name.isEmpty();
        Optional<String> queue = fresh ? Optional.of(Names.random()) : Names.of(name.get());
        return queue.isEmpty() ? refused(Names.REFUSED) : consume(consumer, user, queue.get(), byRule, fresh);
    }

    /**
     * The same with a name that is one.
     *
     * @param fresh whether it is of the server's making
     */
    public CompletionStage<QueueReply> consume(
            Consumer consumer, String user, String queue, boolean byRule, boolean fresh) {
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        memberships.add(consumer.id(), queue);
        onLine(queue, line -> line.consume(consumer, user, byRule, fresh, answer));
        return counted(answer);
    }

    /**
     * The consumer consumed the queue when another replica decided about it.
     *
     * @param had what it was given there and has not answered: that is not given to another one until its time is over
     */
    public CompletionStage<QueueReply> resume(
            Consumer consumer, String user, String queue, boolean byRule, boolean fresh, List<Had> had) {
        List<Had> all = List.copyOf(had);
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        memberships.add(consumer.id(), queue);
        onLine(queue, line -> line.resume(consumer, user, byRule, fresh, all, answer));
        return counted(answer);
    }

    /** As {@link #gone}, for one queue. */
    public void leave(UUID consumer, String queue) {
        memberships.remove(consumer, queue);
        onLineIfAny(queue, line -> line.leave(consumer));
    }

    @Override
    public void ready(UUID consumer, String queue) {
        Names.of(queue).ifPresent(name -> onLineIfAny(name, line -> line.ready(consumer)));
    }

    @Override
    public CompletionStage<QueueReply> cancel(UUID consumer, String queue) {
        Optional<String> name = Names.of(queue);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        onLine(name.get(), line -> line.cancel(consumer, answer));
        return counted(answer);
    }

    @Override
    public void gone(UUID consumer) {
        for (String queue : memberships.removeAll(consumer)) {
            onLineIfAny(queue, line -> line.leave(consumer));
        }
    }

    @Override
    public void acknowledge(UUID consumer, Delivery delivery) {
        CompletionStage<Void> _ = acknowledge(consumer, delivery.queue(), delivery.number(), delivery.attempt());
    }

    /** As {@link #acknowledge(UUID, Delivery)}; completes when the store has forgotten it. */
    public CompletionStage<Void> acknowledge(UUID consumer, String queue, long number, int attempt) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        onLineOr(queue, line -> line.acknowledge(consumer, number, attempt, answer), () -> answer.complete(null));
        return answer;
    }

    @Override
    public void reject(UUID consumer, Delivery delivery) {
        CompletionStage<Void> _ = reject(consumer, delivery.queue(), delivery.number(), delivery.attempt());
    }

    /** As {@link #reject(UUID, Delivery)}; completes when the store knows that it came back. */
    public CompletionStage<Void> reject(UUID consumer, String queue, long number, int attempt) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        onLineOr(queue, line -> line.reject(consumer, number, attempt, answer), () -> answer.complete(null));
        return answer;
    }

    // Senders

    @Override
    public CompletionStage<QueueReply> send(String queue, WorkMessage message) {
        Optional<String> name = Names.of(queue);
        return name.isEmpty()
                ? refused(Names.REFUSED)
                : send(Set.of(name.get()), message, Refusals.QUEUE_FULL, Optional.of(Refusals.NO_QUEUE));
    }

    /** @param nobody what the sender is told where there is none of the queues; empty: that it is done */
    private CompletionStage<QueueReply> send(
            Set<String> queues, WorkMessage message, Refused full, Optional<Refused> nobody) {
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        var _ = context.store().send(queues, message).whenComplete((sent, failure) -> {
            if (failure == null) {
                answer.complete(sent(sent, message, full, nobody));
            } else {
                // it may have been kept all the same
                queues.forEach(context.cluster()::doubt);
                answer.complete(Questions.refused(failure));
            }
        });
        return counted(answer);
    }

    private QueueReply sent(Sent sent, WorkMessage message, Refused full, Optional<Refused> nobody) {
        if (sent.expired() > 0) {
            context.listener().expired(sent.expired());
        }
        if (sent.full()) {
            return full;
        }
        if (sent.numbers().isEmpty() && nobody.isPresent()) {
            return nobody.get();
        }
        context.listener().sent(sent.numbers().size());
        sent.numbers().forEach((queue, number) -> context.cluster().kept(queue, number, message));
        return new QueueReply.Done();
    }

    @Override
    public CompletionStage<QueueReply> publish(String exchange, WorkMessage message) {
        Optional<String> name = Names.of(exchange);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<Optional<Set<String>>> queues = new CompletableFuture<>();
        onExchange(name.get(), found -> found.route(message.routingKey(), queues));
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        var _ = queues.whenComplete((targets, failure) -> {
            if (failure != null) {
                answer.complete(context.refuse(Questions.refused(failure)));
            } else if (targets.isEmpty()) {
                answer.complete(context.refuse(Refusals.NO_EXCHANGE));
            } else if (targets.get().isEmpty()) {
                answer.complete(new QueueReply.Done());
            } else {
                var _ = send(targets.get(), message, Refusals.EXCHANGE_FULL, Optional.empty())
                        .whenComplete((reply, _) -> answer.complete(reply));
            }
        });
        return answer;
    }

    @Override
    public CompletionStage<QueueReply> bind(
            Consumer consumer, String user, String exchange, Algorithm algorithm, String routingKey, boolean addQueue) {
        Optional<String> name = Names.of(exchange);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        Optional<Binding> binding = addQueue ? Optional.of(new Binding(Names.random(), routingKey)) : Optional.empty();
        binding.ifPresent(one -> memberships.add(consumer.id(), one.queue()));
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        var _ = bound(name.get(), user, algorithm, binding).thenAccept(refused -> {
            if (refused.isPresent()) {
                binding.ifPresent(one -> memberships.remove(consumer.id(), one.queue()));
                answer.complete(refused.get());
            } else if (binding.isEmpty()) {
                answer.complete(new QueueReply.Bound(name.get(), ""));
            } else {
                String queue = binding.get().queue();
                onLine(queue, line -> answer.complete(joined(line.join(consumer), name.get())));
            }
        });
        return counted(answer);
    }

    /**
     * Makes an exchange where there is none, and a new queue that is bound to it, which somebody is about to consume.
     *
     * @param binding empty: the exchange only
     */
    public CompletionStage<QueueReply> bind(
            String user, String exchange, Algorithm algorithm, Optional<Binding> binding) {
        String queue = binding.map(Binding::queue).orElse("");
        return bound(exchange, user, algorithm, binding)
                .thenApply(refused -> refused.<QueueReply>map(context::refuse)
                        .orElseGet(() -> new QueueReply.Bound(exchange, queue)));
    }

    /** Empty: it is done. */
    private CompletionStage<Optional<Refused>> bound(
            String exchange, String user, Algorithm algorithm, Optional<Binding> binding) {
        CompletableFuture<Bound> bound = new CompletableFuture<>();
        onExchange(exchange, found -> found.bind(algorithm, user, binding, bound));
        return bound.handle(
                (what, failure) -> failure == null ? refusal(what) : Optional.of(Questions.refused(failure)));
    }

    private static QueueReply joined(QueueReply reply, String exchange) {
        return reply instanceof QueueReply.Consuming consuming
                ? new QueueReply.Bound(exchange, consuming.queue())
                : reply;
    }

    private static Optional<Refused> refusal(Bound bound) {
        return switch (bound) {
            case DONE -> Optional.empty();
            case OTHER_ALGORITHM -> Optional.of(Refusals.OTHER_ALGORITHM);
            case EXCHANGES_FULL -> Optional.of(Refusals.EXCHANGES_FULL);
            case BINDINGS_FULL -> Optional.of(Refusals.BINDINGS_FULL);
            case USER_FULL -> Optional.of(Refusals.USER_FULL);
            case QUEUES_FULL -> Optional.of(Refusals.QUEUES_FULL);
        };
    }

    // Operators; stages fail with StoreException

    /** How many consume a queue here. */
    public int consumers(String queue) {
        Line line = lines.get(queue.toLowerCase(Locale.ROOT));
        return line == null ? 0 : line.consumers();
    }

    @Override
    public CompletionStage<Map<String, Integer>> consumers(Collection<String> queues) {
        Map<String, Integer> counts = new HashMap<>();
        queues.forEach(queue -> counts.put(queue, consumers(queue)));
        return CompletableFuture.completedStage(counts);
    }

    @Override
    public CompletionStage<Optional<Integer>> purge(String queue, boolean dead) {
        CompletableFuture<Optional<Integer>> answer = new CompletableFuture<>();
        onNamed(queue, answer, name -> onLine(name, line -> line.purge(dead, answer)));
        return answer;
    }

    @Override
    public CompletionStage<Optional<Integer>> requeue(String queue, int limit) {
        CompletableFuture<Optional<Integer>> answer = new CompletableFuture<>();
        onNamed(queue, answer, name -> onLine(name, line -> line.requeue(limit, 0, answer)));
        return answer;
    }

    @Override
    public CompletionStage<Boolean> deleteQueue(String queue) {
        return deleteQueue(queue, OptionalLong.empty());
    }

    /**
     * Deletes a queue, perhaps only if nobody uses it.
     *
     * @param usedAt only if it is temporary, and was last used at that instant or earlier
     */
    public CompletionStage<Boolean> deleteQueue(String text, OptionalLong usedAt) {
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        onNamed(text, answer, name -> onLine(name, line -> line.delete(usedAt, answer)));
        return answer.thenApply(boundTo -> {
            String queue = text.toLowerCase(Locale.ROOT);
            boundTo.orElse(Set.of()).forEach(exchange -> context.cluster().unbound(exchange, queue));
            return boundTo.isPresent();
        });
    }

    @Override
    public CompletionStage<Boolean> deleteExchange(String exchange) {
        return deleteExchange(exchange, OptionalLong.empty());
    }

    /**
     * Deletes an exchange, perhaps only if nobody uses it.
     *
     * @param usedAt only if it has no bindings since that instant or earlier
     */
    public CompletionStage<Boolean> deleteExchange(String text, OptionalLong usedAt) {
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        onNamed(text, answer, name -> onExchange(name, found -> found.delete(usedAt, answer)));
        return answer.thenApply(queues -> {
            String exchange = text.toLowerCase(Locale.ROOT);
            queues.orElse(Set.of()).forEach(queue -> context.cluster().exchangeClosed(queue, exchange));
            return queues.isPresent();
        });
    }

    private static <T> void onNamed(
            String text, CompletableFuture<Optional<T>> answer, java.util.function.Consumer<String> task) {
        Names.of(text).ifPresentOrElse(task, () -> answer.complete(Optional.empty()));
    }

    // Loops

    /** How many queues there is something to remember of. */
    int size() {
        return lines.size();
    }

    private Loop ownerOfExchange(String name) {
        return owners.of("exchange:" + name);
    }

    private void onLine(String queue, java.util.function.Consumer<Line> task) {
        Loop loop = owners.of(queue);
        loop.execute(() -> {
            Line line = lines.computeIfAbsent(queue, name -> new Line(name, loop, context, this::forget));
            task.accept(line);
            line.tidy();
        });
    }

    private void onLineIfAny(String queue, java.util.function.Consumer<Line> task) {
        owners.of(queue).execute(() -> {
            Line line = lines.get(queue);
            if (line != null) {
                task.accept(line);
                line.tidy();
            }
        });
    }

    private void onLineOr(String queue, java.util.function.Consumer<Line> task, Runnable otherwise) {
        owners.of(queue).execute(() -> {
            Line line = lines.get(queue);
            if (line == null) {
                otherwise.run();
            } else {
                task.accept(line);
                line.tidy();
            }
        });
    }

    // What other replicas tell

    /** A message was kept; whoever comes later than this will read it. */
    public void kept(String queue, long number, WorkMessage message) {
        news(queue, line -> line.kept(number, message));
    }

    /** A message was kept that is to be read. */
    public void kept(String queue, long number) {
        news(queue, line -> line.kept(number));
    }

    /** A message may have been kept, now or in a moment. */
    public void doubt(String queue) {
        news(queue, Line::doubt);
    }

    private void news(String queue, java.util.function.Consumer<Line> task) {
        if (lines.containsKey(queue)) {
            onLineIfAny(queue, task);
        }
    }

    /** A queue that was bound to the exchange is gone. */
    public void unbound(String exchange, String queue) {
        onExchangeIfAny(exchange, found -> found.unbound(queue));
    }

    /** What is known of the exchange may be wrong. */
    public void reread(String exchange) {
        onExchangeIfAny(exchange, Exchange::reread);
    }

    /** An exchange that the queue was bound to is gone. */
    public void exchangeClosed(String queue, String exchange) {
        onLineIfAny(queue, line -> line.exchangeClosed(exchange));
    }

    /** This replica may decide about queues again that it could not decide about for a while, or did not know enough of. */
    public void wake() {
        lines.keySet().forEach(queue -> onLineIfAny(queue, Line::resumed));
    }

    /** Nobody may consume a temporary queue that counts as used. */
    public void releaseUnattended(String queue) {
        onLine(queue, Line::releaseUnattended);
    }

    /**
     * Other replicas decide about these now: forgets all that is known of them, changes nothing in the store and tells nobody. What is
     * said of them after this is kept.
     *
     * @param exchangesToo which exchanges
     */
    public void forget(Predicate<String> queues, Predicate<String> exchangesToo) {
        for (Loop loop : owners.loops()) {
            loop.execute(() -> {
                for (Line line : List.copyOf(lines.values())) {
                    if (owners.of(line.name()).equals(loop) && queues.test(line.name())) {
                        forget(line);
                        line.abandon();
                    }
                }
                for (Exchange exchange : List.copyOf(exchanges.values())) {
                    if (ownerOfExchange(exchange.name()).equals(loop) && exchangesToo.test(exchange.name())) {
                        forget(exchange);
                    }
                }
            });
        }
    }

    private void forget(Line line) {
        lines.remove(line.name(), line);
    }

    private void onExchange(String exchange, java.util.function.Consumer<Exchange> task) {
        Loop loop = ownerOfExchange(exchange);
        loop.execute(() -> {
            Exchange found =
                    exchanges.computeIfAbsent(exchange, name -> new Exchange(name, loop, context, this::forget));
            task.accept(found);
            found.tidy();
        });
    }

    private void onExchangeIfAny(String exchange, java.util.function.Consumer<Exchange> task) {
        ownerOfExchange(exchange).execute(() -> {
            Exchange found = exchanges.get(exchange);
            if (found != null) {
                task.accept(found);
                found.tidy();
            }
        });
    }

    private void forget(Exchange exchange) {
        exchanges.remove(exchange.name(), exchange);
    }

    private CompletionStage<QueueReply> refused(Refused refused) {
        return CompletableFuture.completedStage(context.refuse(refused));
    }

    private CompletionStage<QueueReply> counted(CompletableFuture<QueueReply> answer) {
        return answer.thenApply(reply -> reply instanceof Refused refused ? context.refuse(refused) : reply);
    }
}
