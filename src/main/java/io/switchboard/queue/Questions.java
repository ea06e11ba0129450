package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Causes;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Asks somebody else, and goes on with the answer on a loop. */
final class Questions {
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    /** What is done with an answer. */
    @FunctionalInterface
    interface Then<T> {
        void accept(T answer);
    }

    private final Loop loop;
    private final Runnable after;
    private boolean stopped;

    /** @param after what is done after each answer */
    Questions(Loop loop, Runnable after) {
        this.loop = requireNonNull(loop, "loop");
        this.after = requireNonNull(after, "after");
    }

    <T> void ask(Supplier<CompletionStage<T>> question, Then<T> then, Then<Throwable> failed) {
        CompletionStage<T> stage;
        try {
            stage = question.get();
        } catch (RuntimeException e) {
            onLoop(() -> failed.accept(e));
            return;
        }
        var _ = stage.whenComplete((answer, failure) -> onLoop(() -> {
            if (failure == null) {
                then.accept(answer);
            } else {
                failed.accept(Causes.of(failure));
            }
        }));
    }

    /** Asks until there is an answer. */
    <T> void insist(Supplier<CompletionStage<T>> question, Then<T> then) {
        insist(question, then, 0);
    }

    private <T> void insist(Supplier<CompletionStage<T>> question, Then<T> then, int failures) {
        ask(question, then, _ -> later(() -> insist(question, then, failures + 1), pauseAfter(failures)));
    }

    void later(Runnable task, Duration pause) {
        loop.schedule(() -> run(task), pause.toNanos());
    }

    private void onLoop(Runnable task) {
        loop.execute(() -> run(task));
    }

    private void run(Runnable task) {
        if (!stopped) {
            task.run();
            after.run();
        }
    }

    /** Nobody goes on with any answer. */
    void stop() {
        stopped = true;
    }

    /** How long to wait after so many failures before this one. */
    static Duration pauseAfter(int failures) {
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 10));
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    /** What somebody is told whose wish the store could not fulfil. */
    static QueueReply.Refused refused(Throwable failure) {
        boolean busy = failure instanceof StoreException store && store.reason() == StoreException.Reason.BUSY;
        return busy ? Refusals.BUSY : Refusals.DOWN;
    }
}
