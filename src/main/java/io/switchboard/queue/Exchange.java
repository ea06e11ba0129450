package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bindings;
import io.switchboard.queue.QueueStore.Bound;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One exchange: its routes are read once, and then kept as they change. Called on the exchange's loop only. */
final class Exchange {
    /** Messages that wait until the routes are read; more are refused. */
    private static final int MOST_WAITING = 1_000;

    /** Somebody who wants to know where a message goes. */
    private record Asked(String routingKey, CompletableFuture<Optional<Set<String>>> answer) {}

    private final String name;
    private final Context context;
    private final java.util.function.Consumer<Exchange> forget;
    private final Questions questions;
    private final List<Asked> waiting = new ArrayList<>();
    private Optional<Routes> routes = Optional.empty();
    private boolean reading;
    /** The routes have changed while they are being read. */
    private boolean changed;

    private int operations;

    Exchange(String name, Loop loop, Context context, java.util.function.Consumer<Exchange> forget) {
        this.name = requireNonNull(name, "name");
        this.context = requireNonNull(context, "context");
        this.forget = requireNonNull(forget, "forget");
        this.questions = new Questions(loop, this::tidy);
    }

    String name() {
        return name;
    }

    /** To be called after each task on the loop. */
    void tidy() {
        if (routes.isEmpty() && !reading && operations == 0) {
            forget.accept(this);
        }
    }

    /** To which queues a message goes; empty: there is no such exchange. Fails where that cannot be read. */
    void route(String routingKey, CompletableFuture<Optional<Set<String>>> answer) {
        if (routes.isPresent()) {
            answer.complete(Optional.of(routes.get().of(routingKey)));
        } else if (waiting.size() >= MOST_WAITING) {
            answer.completeExceptionally(new StoreException(StoreException.Reason.BUSY));
        } else {
            waiting.add(new Asked(routingKey, answer));
            read();
        }
    }

    private void read() {
        if (reading) {
            return;
        }
        reading = true;
        changed = false;
        questions.ask(() -> context.store().bindings(name), this::read, failure -> {
            reading = false;
            List<Asked> asked = List.copyOf(waiting);
            waiting.clear();
            asked.forEach(one -> one.answer().completeExceptionally(failure));
        });
    }

    private void read(Optional<Bindings> bindings) {
        reading = false;
        if (changed) {
            read();
            return;
        }
        routes = bindings.map(Routes::new);
        List<Asked> asked = List.copyOf(waiting);
        waiting.clear();
        for (Asked one : asked) {
            one.answer().complete(routes.map(found -> found.of(one.routingKey())));
        }
    }

    void bind(Algorithm algorithm, String user, Optional<Binding> queue, CompletableFuture<Bound> answer) {
        operations++;
        questions.ask(
                () -> context.store().bind(name, algorithm, user, queue, context.run()),
                bound -> {
                    operations--;
                    changed = true;
                    if (bound == Bound.DONE && routes.isPresent()) {
                        queue.ifPresent(routes.get()::add);
                    }
                    answer.complete(bound);
                },
                failure -> {
                    operations--;
                    changed = true;
                    // nobody knows what is kept
                    routes = Optional.empty();
                    answer.completeExceptionally(failure);
                });
    }

    /** What was read may be wrong. */
    void reread() {
        changed = true;
        routes = Optional.empty();
    }

    /** A queue is gone. */
    void unbound(String queue) {
        changed = true;
        routes.ifPresent(found -> found.remove(queue));
    }

    /**
     * Deletes the exchange; the answer is the queues that were bound to it, empty: there is no such exchange.
     *
     * @param usedAt only if it has no bindings since that instant or earlier
     */
    void delete(OptionalLong usedAt, CompletableFuture<Optional<Set<String>>> answer) {
        operations++;
        questions.ask(
                () -> context.store().deleteExchange(name, usedAt),
                deleted -> {
                    operations--;
                    changed = true;
                    if (deleted.isPresent()) {
                        routes = Optional.empty();
                    }
                    answer.complete(deleted);
                },
                failure -> {
                    operations--;
                    changed = true;
                    routes = Optional.empty();
                    answer.completeExceptionally(failure);
                });
    }
}
