package io.switchboard.queue;

import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.queue.QueueReply.Refused;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bound;
import io.switchboard.queue.QueueStore.Sent;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The work queues of all.
 *
 * <p>Promise: a message that was answered with {@link QueueReply.Done} survives a crash and a restart. It is given to one consumer at
 * a time, until one acknowledges it, its time is over, or it came back too often and is a dead letter. It may be given a second time
 * though somebody has done it, where the acknowledgement was lost: at least once. Within a queue the lowest number is given first,
 * except for what came back.
 *
 * <p>What happens in one queue is decided by one loop, in order. Any thread, and none is blocked; stages complete on any thread and
 * never fail, but for those of operators.
 */
public final class WorkQueues {
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final Map<String, Exchange> exchanges = new ConcurrentHashMap<>();
    private final Memberships memberships = new Memberships();
    private final Owners owners;
    private final Context context;

    public WorkQueues(QueueStore store, Owners owners, Clock clock, QueueSettings settings, QueueListener listener) {
        this.owners = owners;
        this.context = new Context(store, clock, settings, listener, memberships, Names.random());
        new Housekeeping(ownerOfExchange(""), context, this::deleteQueue, this::deleteExchange).start();
    }

    /** Whether a name is one that the server may have made, and nobody can guess. */
    public static boolean isNamedByServer(String queue) {
        return Names.isRandom(queue);
    }

    // Consumers

    /**
     * Consumes a queue, which comes into being where there is none: its first consumer owns it.
     *
     * @param name as the consumer writes it, in whatever case; empty: a new queue, which the server names
     * @param byRule whether a rule lets the user consume it, whoever owns it
     */
    public CompletionStage<QueueReply> consume(Consumer consumer, String user, Optional<String> name, boolean byRule) {
        boolean fresh = name.isEmpty();
        Optional<String> queue = fresh ? Optional.of(Names.random()) : Names.of(name.get());
        if (queue.isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        memberships.add(consumer.id(), queue.get());
        onLine(queue.get(), line -> line.consume(consumer, user, byRule, fresh, answer));
        return counted(answer);
    }

    /** The consumer can be given something from a queue that it consumes, if there is something. */
    public void ready(UUID consumer, String queue) {
        Names.of(queue).ifPresent(name -> onLineIfAny(name, line -> line.ready(consumer)));
    }

    /** The consumer consumes a queue no longer; what it has of it goes back. */
    public CompletionStage<QueueReply> cancel(UUID consumer, String queue) {
        Optional<String> name = Names.of(queue);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        onLine(name.get(), line -> line.cancel(consumer, answer));
        return counted(answer);
    }

    /** The consumer is gone; what it has goes back. Nothing is to be asked for it afterwards. */
    public void gone(UUID consumer) {
        for (String queue : memberships.removeAll(consumer)) {
            onLineIfAny(queue, line -> line.leave(consumer));
        }
    }

    /** The message is done with. Of what the consumer does not have nothing is changed. */
    public void acknowledge(UUID consumer, Delivery delivery) {
        onLineIfAny(delivery.queue(), line -> line.acknowledge(consumer, delivery));
    }

    /** The consumer could not do it: perhaps another can, or later. */
    public void reject(UUID consumer, Delivery delivery) {
        onLineIfAny(delivery.queue(), line -> line.reject(consumer, delivery));
    }

    // Senders

    /** Keeps a message until it is consumed or its time is over. */
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
                queues.forEach(queue -> news(queue, Line::doubt));
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
        sent.numbers().forEach((queue, number) -> news(queue, line -> line.kept(number, message)));
        return new QueueReply.Done();
    }

    /** Keeps a message in each queue that the exchange sends it to, or in none. */
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

    /**
     * Makes an exchange where there is none, and binds a queue to it.
     *
     * @param addQueue whether the consumer also consumes a new queue, which the server names, that is bound to it with the routing key
     */
    public CompletionStage<QueueReply> bind(
            Consumer consumer, String user, String exchange, Algorithm algorithm, String routingKey, boolean addQueue) {
        Optional<String> name = Names.of(exchange);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        Optional<Binding> binding = addQueue ? Optional.of(new Binding(Names.random(), routingKey)) : Optional.empty();
        binding.ifPresent(one -> memberships.add(consumer.id(), one.queue()));
        CompletableFuture<Bound> bound = new CompletableFuture<>();
        onExchange(name.get(), found -> found.bind(algorithm, user, binding, bound));
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        var _ = bound.whenComplete((what, failure) -> {
            Optional<Refused> refused = failure == null ? refusal(what) : Optional.of(Questions.refused(failure));
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

    /**
     * Deletes the messages of a queue that nobody has, or its dead letters.
     *
     * @return how many; empty: there is no such queue
     */
    public CompletionStage<Optional<Integer>> purge(String queue, boolean dead) {
        CompletableFuture<Optional<Integer>> answer = new CompletableFuture<>();
        onNamed(queue, answer, name -> onLine(name, line -> line.purge(dead, answer)));
        return answer;
    }

    /**
     * Puts dead letters of a queue back to where they were, as if nobody had been given them.
     *
     * @param limit how many at most
     * @return how many; empty: there is no such queue
     */
    public CompletionStage<Optional<Integer>> requeue(String queue, int limit) {
        CompletableFuture<Optional<Integer>> answer = new CompletableFuture<>();
        onNamed(queue, answer, name -> onLine(name, line -> line.requeue(limit, 0, answer)));
        return answer;
    }

    /** Deletes a queue with everything in it; its consumers are told. False: there is none. */
    public CompletionStage<Boolean> deleteQueue(String queue) {
        return deleteQueue(queue, OptionalLong.empty());
    }

    private CompletionStage<Boolean> deleteQueue(String text, OptionalLong usedAt) {
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        onNamed(text, answer, name -> onLine(name, line -> line.delete(usedAt, answer)));
        return answer.thenApply(boundTo -> {
            String queue = text.toLowerCase(Locale.ROOT);
            boundTo.orElse(Set.of()).forEach(exchange -> onExchangeIfAny(exchange, found -> found.unbound(queue)));
            return boundTo.isPresent();
        });
    }

    /** Deletes an exchange; its queues stay, and their consumers are told. False: there is none. */
    public CompletionStage<Boolean> deleteExchange(String exchange) {
        return deleteExchange(exchange, OptionalLong.empty());
    }

    private CompletionStage<Boolean> deleteExchange(String text, OptionalLong usedAt) {
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        onNamed(text, answer, name -> onExchange(name, found -> found.delete(usedAt, answer)));
        return answer.thenApply(queues -> {
            String exchange = text.toLowerCase(Locale.ROOT);
            queues.orElse(Set.of()).forEach(queue -> onLineIfAny(queue, line -> line.exchangeClosed(exchange)));
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

    /** Something was kept; whoever comes later than this will read it. */
    private void news(String queue, java.util.function.Consumer<Line> task) {
        if (lines.containsKey(queue)) {
            onLineIfAny(queue, task);
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
