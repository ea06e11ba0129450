package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * Goes round and deletes what is over: messages, dead letters, queues that nobody uses, exchanges that send nowhere. In portions,
 * between which others have their turn; of several replicas one does. On one loop.
 */
final class Housekeeping {
    private static final Duration ROUND = Duration.ofMinutes(1);
    private static final Duration PORTION = Duration.ofMillis(50);

    /** Deletes a queue or an exchange if it was last used at that instant or earlier. Its stage may fail. */
    @FunctionalInterface
    interface Delete extends BiFunction<String, OptionalLong, CompletionStage<?>> {}

    private final Loop loop;
    private final Context context;
    private final Questions questions;
    private boolean begun;

    Housekeeping(Loop loop, Context context) {
        this.loop = requireNonNull(loop, "loop");
        this.context = requireNonNull(context, "context");
        this.questions = new Questions(loop, () -> {});
    }

    /** Any thread; once. */
    void start() {
        loop.execute(this::begin);
    }

    private void nextRound() {
        questions.later(this::begin, ROUND);
    }

    private <T> void ask(java.util.function.Supplier<CompletionStage<T>> question, Questions.Then<T> then) {
        questions.ask(question, then, _ -> nextRound());
    }

    private void begin() {
        if (!context.cluster().keepsHouse()) {
            nextRound();
            return;
        }
        if (begun) {
            deleteExpired();
            return;
        }
        ask(() -> context.store().begin(context.run()), _ -> {
            begun = true;
            deleteExpired();
        });
    }

    private void deleteExpired() {
        ask(context.store()::deleteExpired, deleted -> {
            if (deleted > 0) {
                context.listener().expired(deleted);
                questions.later(this::deleteExpired, PORTION);
            } else {
                deleteDead();
            }
        });
    }

    private void deleteDead() {
        Duration keep = context.settings().keepDeadLetters();
        if (keep.isZero()) {
            deleteUnused();
            return;
        }
        ask(() -> context.store().deleteDead(context.clock().millis() - keep.toMillis()), deleted -> {
            if (deleted > 0) {
                questions.later(this::deleteDead, PORTION);
            } else {
                deleteUnused();
            }
        });
    }

    private void deleteUnused() {
        Duration keep = context.settings().keepUnused();
        if (keep.isZero()) {
            nextRound();
            return;
        }
        long usedAt = context.clock().millis() - keep.toMillis();
        ask(
                () -> context.store().unusedQueues(usedAt),
                queues -> deleteEach(
                        queues.iterator(),
                        usedAt,
                        context.cluster()::deleteQueue,
                        () -> ask(
                                () -> context.store().unusedExchanges(usedAt),
                                exchanges -> deleteEach(
                                        exchanges.iterator(),
                                        usedAt,
                                        context.cluster()::deleteExchange,
                                        this::nextRound))));
    }

    private void deleteEach(Iterator<String> names, long usedAt, Delete delete, Runnable then) {
        if (!names.hasNext()) {
            then.run();
            return;
        }
        ask(
                () -> delete.apply(names.next(), OptionalLong.of(usedAt)).thenApply(_ -> List.of()),
                _ -> deleteEach(names, usedAt, delete, then));
    }
}
