package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.ingress.IdempotencyKey.Kind;
import io.switchboard.ingress.IdempotencyWindow.Answer;
import io.switchboard.log.LogFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class IdempotencyWindowTest {
    private static final IdempotencyKey KEY = new IdempotencyKey("indexer", "tree", Kind.REQUEST, "k");

    private long nanos;
    private final IdempotencyWindow window = new IdempotencyWindow(Duration.ofMinutes(10), 100, () -> nanos);

    private static Answer answer() {
        return new Answer("digest", new CompletableFuture<>());
    }

    private static IdempotencyKey key(int number) {
        return new IdempotencyKey("indexer", "tree", Kind.REQUEST, "k" + number);
    }

    @Test
    void theFirstTakesTheKeyAndLaterOnesGetItsAnswer() {
        Answer first = answer();

        assertThat(window.claim(KEY, first)).isEmpty();
        assertThat(window.claim(KEY, answer())).containsSame(first);
        first.ids().complete(List.of("e-1"));
        assertThat(window.claim(KEY, answer())).containsSame(first);
    }

    @Test
    void everyPartOfTheKeyCounts() {
        window.claim(KEY, answer());

        assertThat(List.of(
                        new IdempotencyKey("other", "tree", Kind.REQUEST, "k"),
                        new IdempotencyKey("indexer", "meta", Kind.REQUEST, "k"),
                        new IdempotencyKey("indexer", "tree", Kind.CLOUD_EVENT, "k"),
                        new IdempotencyKey("indexer", "tree", Kind.REQUEST, "l")))
                .allSatisfy(other -> assertThat(window.claim(other, answer())).isEmpty());
    }

    @Test
    void aFailureIsForgottenAtOnce() {
        Answer first = answer();
        window.claim(KEY, first);

        first.ids().completeExceptionally(new LogFullException());

        Answer second = answer();
        assertThat(window.claim(KEY, second)).isEmpty();
        assertThat(window.claim(KEY, answer())).containsSame(second);
    }

    @Test
    void aLateFailureForgetsOnlyItself() {
        Answer first = answer();
        window.claim(KEY, first);
        nanos += Duration.ofMinutes(10).toNanos();
        Answer second = answer();
        assertThat(window.claim(KEY, second)).isEmpty();

        first.ids().completeExceptionally(new LogFullException());

        assertThat(window.claim(KEY, answer())).containsSame(second);
    }

    @Test
    void aKeyIsRememberedForTheWindowAndNotLonger() {
        Answer first = answer();
        window.claim(KEY, first);
        first.ids().complete(List.of("e-1"));

        nanos += Duration.ofMinutes(10).toNanos() - 1;
        assertThat(window.claim(KEY, answer())).containsSame(first);
        nanos += 1;
        assertThat(window.claim(KEY, answer())).isEmpty();
    }

    @Test
    void keysAreBounded() {
        List<Answer> first = claimAll(window, 10_000);

        assertThat(remembered(window, first)).isBetween(1, 100);
    }

    @Test
    void zeroKeysMeansNoBound() {
        IdempotencyWindow unbounded = new IdempotencyWindow(Duration.ofMinutes(10), 0, () -> nanos);
        List<Answer> first = claimAll(unbounded, 10_000);

        assertThat(remembered(unbounded, first)).isEqualTo(10_000);
    }

    private static List<Answer> claimAll(IdempotencyWindow window, int count) {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Answer answer = answer();
            window.claim(key(i), answer);
            answers.add(answer);
        }
        return answers;
    }

    private static int remembered(IdempotencyWindow window, List<Answer> answers) {
        int remembered = 0;
        for (int i = answers.size() - 1; i >= 0; i--) {
            Answer expected = answers.get(i);
            Answer probe = new Answer("probe", new CompletableFuture<>());
            if (window.claim(key(i), probe).filter(expected::equals).isPresent()) {
                remembered++;
            } else {
                probe.ids().completeExceptionally(new LogFullException());
            }
        }
        return remembered;
    }

    @Test
    void aWindowOfNothingRemembersNothing() {
        IdempotencyWindow none = new IdempotencyWindow(Duration.ZERO, 100, () -> nanos);
        none.claim(KEY, answer());

        assertThat(none.claim(KEY, answer())).isEmpty();
    }
}
