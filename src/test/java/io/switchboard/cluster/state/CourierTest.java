package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.cluster.UnreachableException;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@link Courier} brings to an {@link Intake}, on a way that loses what it likes. */
class CourierTest {
    private static final String OWNER = "owner";

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final List<UUID> got = new ArrayList<>();
    private final Intake intake = new Intake("alice", "1", new Mailboxes.Receiver() {
        @Override
        public UUID id() {
            return new UUID(0, 1);
        }

        @Override
        public boolean acknowledges() {
            return false;
        }

        @Override
        public CompletionStage<Boolean> hand(Publication letter) {
            got.add(LetterForm.id(letter));
            return CompletableFuture.completedFuture(true);
        }
    });

    private Courier courier(Random random, int lossPercent) {
        return new Courier(new UUID(0, 1), false, loop, (number, floor, letter) -> {
            CompletableFuture<Courier.Answer> answer = new CompletableFuture<>();
            boolean arrives = random.nextInt(100) >= lossPercent;
            boolean answered = random.nextInt(100) >= lossPercent;
            loop.schedule(
                    () -> {
                        if (!arrives) {
                            return;
                        }
                        switch (intake.take(OWNER, 1, number, floor, letter)) {
                            case Intake.Outcome.Missing missing ->
                                answer.complete(new Courier.Answer.Missing(missing.next()));
                            case Intake.Outcome.Handed handed ->
                                handed.given().thenAccept(given -> {
                                    if (answered) {
                                        answer.complete(new Courier.Answer.Taken(given));
                                    }
                                });
                        }
                    },
                    Duration.ofMillis(1).toNanos());
            loop.schedule(() -> answer.completeExceptionally(new UnreachableException()), Courier.PATIENCE.toNanos());
            return answer;
        });
    }

    private static Publication letter() {
        return Mailboxes.publication(
                new Letter(UUID.randomUUID(), "alice", "bob", 0, 1, "1", Optional.empty()), Optional.empty());
    }

    private void pass(Duration duration) {
        for (long i = 0; i < duration.toMillis(); i++) {
            time.advance(Duration.ofMillis(1));
            loop.runAll();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatIsLostOnTheWayIsBroughtAgainInOrderAndOnce(int seed) {
        Random random = new Random(seed);
        Courier courier = courier(random, 20);
        List<UUID> sent = new ArrayList<>();
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Publication letter = letter();
            sent.add(LetterForm.id(letter));
            answers.add(courier.hand(letter).toCompletableFuture());
            pass(Duration.ofMillis(random.nextInt(30)));
        }
        for (int i = 0; i < 60 && !answers.stream().allMatch(CompletableFuture::isDone); i++) {
            pass(Duration.ofSeconds(1));
        }
        assertThat(got).as("seed %d", seed).isEqualTo(sent);
        assertThat(answers).allMatch(answer -> answer.getNow(false));
    }

    @Test
    void whatWasOnItsWayToAConnectionThatIsGoneWasNotGiven() {
        Courier courier = courier(new Random(1), 100);
        CompletableFuture<Boolean> before = courier.hand(letter()).toCompletableFuture();
        pass(Duration.ofSeconds(30));
        assertThat(before).isNotDone();
        courier.end();
        CompletableFuture<Boolean> after = courier.hand(letter()).toCompletableFuture();
        loop.runAll();
        assertThat(List.of(before, after)).allMatch(answer -> !answer.getNow(true));
        assertThat(got).isEmpty();
    }

    @Test
    void anotherOwnerThatHandsTheSameOverIsToldThatItWasTaken() {
        Publication letter = letter();
        assertThat(taken(intake.take(OWNER, 1, 0, 0, letter))).isTrue();
        assertThat(taken(intake.take("heir", 7, 0, 0, letter))).isTrue();
        assertThat(taken(intake.take("heir", 7, 1, 0, letter()))).isTrue();
        assertThat(taken(intake.take("heir", 6, 2, 0, letter())))
                .as("before it began anew")
                .isFalse();
        assertThat(intake.take("heir", 7, 3, 0, letter())).isEqualTo(new Intake.Outcome.Missing(2));
        assertThat(got).hasSize(2);
        intake.end();
        assertThat(taken(intake.take("heir", 7, 2, 0, letter()))).isFalse();
    }

    private static boolean taken(Intake.Outcome outcome) {
        return ((Intake.Outcome.Handed) outcome).given().toCompletableFuture().join();
    }
}
