package io.switchboard.cluster.state;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Postmark;
import io.switchboard.mailbox.Sending;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Remembers for a while what became of letters, by their postmarks, so that one that is sent once more through another replica
 * becomes no second one. What was not delivered or kept is forgotten at once: the retry is the first. Any thread.
 */
final class Repeats {
    private record Known(String digest, CompletableFuture<Sending> sending) {}

    private final Cache<String, Known> known;

    /**
     * @param window how long a letter is remembered
     * @param most how many postmarks are remembered at most; 0: no bound
     */
    Repeats(Duration window, int most, Ticker ticker) {
        this.known = Caffeine.newBuilder()
                .expireAfterWrite(window)
                .maximumSize(most == 0 ? Long.MAX_VALUE : most)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** Sends a letter, unless that was done. */
    CompletionStage<Sending> once(Postmark postmark, Supplier<CompletionStage<Sending>> send) {
        CompletableFuture<Sending> sending = new CompletableFuture<>();
        Known mine = new Known(postmark.digest(), sending);
        CompletableFuture<Void> _ = sending.thenAccept(what -> {
            if (!isDone(what)) {
                postmark.keys().forEach(key -> known.asMap().remove(key, mine));
            }
        });
        for (String key : postmark.keys()) {
            Known before = known.asMap().putIfAbsent(key, mine);
            if (before != null && before.digest().equals(postmark.digest())) {
                CompletableFuture<Sending> _ = before.sending().whenComplete((what, failure) -> finish(sending, what));
                return sending.thenApply(Repeats::repeated);
            }
            if (before != null && postmark.strict()) {
                return CompletableFuture.completedFuture(new Sending.Misused());
            }
        }
        CompletionStage<Sending> _ = send.get().whenComplete((what, failure) -> finish(sending, what));
        return sending;
    }

    /** @param what null: it is not known what became of it */
    private static void finish(CompletableFuture<Sending> sending, Sending what) {
        sending.complete(what == null ? new Sending.Failed(StoreException.Reason.DOWN) : what);
    }

    private static boolean isDone(Sending sending) {
        return sending instanceof Sending.Delivered || sending instanceof Sending.Queued;
    }

    private static Sending repeated(Sending first) {
        return isDone(first) ? new Sending.Repeated(first) : first;
    }
}
