package io.switchboard.ingress;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Remembers for a while what was published under which key, so that a retry becomes no second event. What failed is
 * forgotten at once: the retry is the first. Any thread.
 */
public final class IdempotencyWindow {
    private final Cache<IdempotencyKey, Answer> answers;

    /**
     * @param window how long a key is remembered
     * @param keys how many are remembered at most; 0: no bound
     */
    public IdempotencyWindow(Duration window, int keys, Ticker ticker) {
        this.answers = Caffeine.newBuilder()
                .expireAfterWrite(window)
                .maximumSize(keys == 0 ? Long.MAX_VALUE : keys)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /**
     * What a key was answered with, or will be.
     *
     * @param digest of what was published under the key
     */
    record Answer(String digest, CompletableFuture<List<String>> ids) {}

    /** Takes the key with this answer; or returns the answer, not a failed one, of the one that had it before. */
    Optional<Answer> claim(IdempotencyKey key, Answer answer) {
        while (true) {
            Answer before = answers.asMap().putIfAbsent(key, answer);
            if (before == null) {
                CompletableFuture<List<String>> _ = answer.ids().whenComplete((_, failure) -> {
                    if (failure != null) {
                        answers.asMap().remove(key, answer);
                    }
                });
                return Optional.empty();
            }
            if (!before.ids().isCompletedExceptionally()) {
                return Optional.of(before);
            }
            answers.asMap().remove(key, before);
        }
    }
}
