package io.switchboard.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class LoopWatchTest {
    private long nanos = 5;

    /** A loop that runs when it is told to. */
    private static final class FakeLoop implements Executor {
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean ended;

        @Override
        public void execute(Runnable task) {
            if (ended) {
                throw new RejectedExecutionException();
            }
            tasks.add(task);
        }

        private void run() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    private final FakeLoop first = new FakeLoop();
    private final FakeLoop second = new FakeLoop();
    private final LoopWatch watch = new LoopWatch(List.of(first, second), () -> nanos);

    private void pass(int seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void nobodyWaitsBeforeItIsAsked() {
        pass(100);
        assertThat(watch.longestWait()).isZero();
        assertThat(watch.allHaveRun()).isFalse();
    }

    @Test
    void theSlowestLoopCounts() {
        watch.ask();
        first.run();
        pass(3);
        assertThat(watch.longestWait()).isEqualTo(Duration.ofSeconds(3));
        assertThat(watch.allHaveRun()).isFalse();

        watch.ask();
        pass(2);
        assertThat(watch.longestWait()).isEqualTo(Duration.ofSeconds(5));

        second.run();
        assertThat(watch.longestWait()).as("the first, asked again").isEqualTo(Duration.ofSeconds(2));
        first.run();
        assertThat(watch.longestWait()).isZero();
        assertThat(watch.allHaveRun()).isTrue();
    }

    @Test
    void aLoopThatIsStuckIsNotBuriedInQuestions() {
        for (int i = 0; i < 100; i++) {
            watch.ask();
        }
        assertThat(first.tasks).hasSize(1);
    }

    @Test
    void aLoopThatHasEndedIsNotStuck() {
        first.ended = true;
        second.ended = true;
        watch.ask();
        pass(60);
        assertThat(watch.longestWait()).isZero();
    }

    @Test
    void fullnessLastsFromTheFirstLookToTheLast() {
        boolean[] full = {false};
        FullWatch fullness = new FullWatch(() -> full[0], () -> nanos);
        fullness.look();
        pass(10);
        assertThat(fullness.fullFor()).isZero();

        full[0] = true;
        fullness.look();
        pass(4);
        fullness.look();
        pass(1);
        assertThat(fullness.fullFor()).isEqualTo(Duration.ofSeconds(5));

        full[0] = false;
        fullness.look();
        assertThat(fullness.fullFor()).isZero();
        full[0] = true;
        fullness.look();
        assertThat(fullness.fullFor()).as("begins anew").isZero();
    }
}
