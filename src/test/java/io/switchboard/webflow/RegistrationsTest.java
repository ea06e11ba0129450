package io.switchboard.webflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testing.SimulatedTime;
import io.switchboard.webflow.WebFlowSettings.Mode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationsTest {
    private static final Duration PROBE = Duration.ofSeconds(2);
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final Duration ANNOUNCED = Duration.ofHours(1);
    private static final Duration TICK = Duration.ofNanos(1);

    private static final WebSocketId ID = id(0);

    private final SimulatedTime time = new SimulatedTime();
    private final List<Dropped> dropped = new ArrayList<>();
    private final LocalRegistrations registrations = registrations(settings(Mode.OPEN, KEPT, 100));

    private final Session a = new Session();
    private final Session b = new Session();
    private final Session c = new Session();

    private static WebFlowSettings settings(Mode mode, Duration kept, int most) {
        return new WebFlowSettings(mode, 8, PROBE, kept, ANNOUNCED, most);
    }

    private LocalRegistrations registrations(WebFlowSettings settings) {
        return new LocalRegistrations(
                settings, time.loop()::nanoTime, (delay, task) -> time.timers().schedule(delay, task), dropped::add);
    }

    private static WebSocketId id(int number) {
        return WebSocketId.of("operation-" + number).orElseThrow();
    }

    /** A session that answers probes when the test says so. */
    private static final class Session implements Registrant {
        private final UUID session = UUID.randomUUID();
        private final List<String> told = new ArrayList<>();
        private final Queue<CompletableFuture<Boolean>> probes = new ArrayDeque<>();
        private Supplier<CompletionStage<Boolean>> prober = () -> {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            probes.add(answer);
            return answer;
        };
        private Runnable onAuthorized = () -> {};

        @Override
        public UUID session() {
            return session;
        }

        @Override
        public CompletionStage<Boolean> probe() {
            return prober.get();
        }

        @Override
        public void authorized(WebSocketId id, String result) {
            told.add(id.equals(ID) ? result : id.text() + " " + result);
            onAuthorized.run();
        }

        void answers(boolean alive) {
            probes.remove().complete(alive);
        }
    }

    /** The answer, as soon as there is one. */
    private static List<Boolean> register(LocalRegistrations registrations, Session session, WebSocketId id) {
        List<Boolean> answer = new ArrayList<>();
        CompletionStage<Void> _ = registrations.register(id, session).thenAccept(answer::add);
        return answer;
    }

    private List<Boolean> register(Session session) {
        return register(registrations, session, ID);
    }

    private void authorize(String result) {
        registrations.keep(ID, Optional.empty(), result);
    }

    private Session holder() {
        assertThat(register(a)).containsExactly(true);
        registrations.ready(a);
        return a;
    }

    /** All sessions end; then nothing may be left but what is kept for its time. */
    private void assertNothingLeft(Session... sessions) {
        for (Session session : sessions) {
            registrations.end(session, true);
        }
        time.advance(ANNOUNCED);
        registrations.sweep();
        assertThat(registrations.size()).isZero();
        assertThat(registrations.registered()).isZero();
        assertThat(registrations.kept()).isZero();
        assertThat(registrations.announced()).isZero();
    }

    // Who holds an id

    @Test
    void whoComesFirstHoldsTheId() {
        assertThat(register(a)).containsExactly(true);
        assertThat(registrations.registered()).isEqualTo(1);

        assertNothingLeft(a);
    }

    @Test
    void whoHoldsAnIdMayAskForItAgain() {
        assertThat(register(a)).containsExactly(true);
        assertThat(register(a)).containsExactly(true);

        assertThat(a.probes).isEmpty();
        assertThat(registrations.registered()).isEqualTo(1);
        assertNothingLeft(a);
    }

    @Test
    void whoIsStillThereKeepsTheId() {
        holder();
        List<Boolean> newcomer = register(b);
        registrations.ready(b);
        assertThat(newcomer).isEmpty();

        a.answers(true);

        assertThat(newcomer).containsExactly(false);
        authorize("DONE");
        assertThat(a.told).containsExactly("DONE");
        assertThat(b.told).isEmpty();
        assertThat(registrations.end(b, true)).isEmpty();
        authorize("MORE");
        assertThat(a.told).containsExactly("DONE", "MORE");
        assertNothingLeft(a);
    }

    @Test
    void twoSessionsRegisterOneIdTheFirstHalfOpen() {
        holder();
        List<Boolean> newcomer = register(b);
        registrations.ready(b);

        a.answers(false);

        assertThat(newcomer).containsExactly(true);
        assertThat(registrations.registered()).isEqualTo(1);
        authorize("DONE");
        assertThat(a.told).isEmpty();
        assertThat(b.told).containsExactly("DONE");
    }

    @Test
    void whoLostAnIdDoesNotFreeItLater() {
        holder();
        register(b);
        registrations.ready(b);
        a.answers(false);

        assertThat(registrations.end(a, true)).isEmpty();

        authorize("DONE");
        assertThat(b.told).containsExactly("DONE");
        assertThat(register(c)).isEmpty();
        b.answers(true);
        assertNothingLeft(b, c);
    }

    @Test
    void aProbeThatNobodyAnswersEndsInTime() {
        holder();
        List<Boolean> newcomer = register(b);

        time.advance(PROBE.minus(TICK));
        assertThat(newcomer).isEmpty();
        time.advance(TICK);
        assertThat(newcomer).containsExactly(true);
    }

    @Test
    void anAnswerThatComesTooLateChangesNothing() {
        holder();
        register(b);
        time.advance(PROBE);
        List<Boolean> third = register(c);

        a.answers(false);

        assertThat(third).isEmpty();
        b.answers(true);
        assertThat(third).containsExactly(false);
    }

    @Test
    void theTimeOfAnEarlierProbeDoesNotEndALaterOne() {
        holder();
        register(b);
        time.advance(PROBE.dividedBy(2));
        a.answers(true);
        List<Boolean> again = register(c);

        time.advance(PROBE.dividedBy(2));
        assertThat(again).isEmpty();
        time.advance(PROBE.dividedBy(2));
        assertThat(again).containsExactly(true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fails", "throws", "nothing", "null"})
    void whoCannotBeAskedIsNotThere(String how) {
        holder().prober = () -> switch (how) {
            case "fails" -> CompletableFuture.failedFuture(new IllegalStateException());
            case "throws" -> throw new IllegalStateException();
            case "nothing" -> null;
            default -> CompletableFuture.completedFuture(null);
        };

        assertThat(register(b)).containsExactly(true);
    }

    @Test
    void anAnswerAtOnceCountsAsWell() {
        holder().prober = () -> CompletableFuture.completedFuture(true);

        assertThat(register(b)).containsExactly(false);
        assertThat(registrations.end(a, true)).hasSize(1);
    }

    @Test
    void whenTheHolderEndsDuringTheProbeTheNewcomerIsNext() {
        holder();
        List<Boolean> newcomer = register(b);

        assertThat(registrations.end(a, true)).hasSize(1);

        assertThat(newcomer).containsExactly(true);
        a.answers(false);
        time.advance(PROBE);
        assertThat(registrations.end(b, true)).hasSize(1);
        assertNothingLeft();
    }

    @Test
    void ofTwoNewcomersTheFirstWins() {
        holder();
        List<Boolean> first = register(b);
        List<Boolean> second = register(c);
        assertThat(a.probes).as("one probe for both").hasSize(1);

        a.answers(false);

        assertThat(first).containsExactly(true);
        assertThat(second).containsExactly(false);
        assertThat(b.probes).as("it has just shown that it is there").isEmpty();
        assertNothingLeft(a, b, c);
    }

    @Test
    void allNewcomersAreRefusedWhereTheHolderIsThere() {
        holder();
        List<Boolean> first = register(b);
        List<Boolean> second = register(c);

        a.answers(true);

        assertThat(first).containsExactly(false);
        assertThat(second).containsExactly(false);
        assertThat(registrations.registered()).isEqualTo(1);
    }

    @Test
    void theSecondNewcomerWinsWhereTheFirstHasEnded() {
        holder();
        List<Boolean> first = register(b);
        List<Boolean> second = register(c);
        assertThat(registrations.end(b, false)).isEmpty();

        a.answers(false);

        assertThat(first).containsExactly(false);
        assertThat(second).containsExactly(true);
        assertNothingLeft(a, c);
    }

    @Test
    void aNewcomerThatAsksTwiceIsOne() {
        holder();
        List<Boolean> first = register(b);
        List<Boolean> again = register(b);
        assertThat(a.probes).hasSize(1);

        a.answers(false);

        assertThat(first).containsExactly(true);
        assertThat(again).containsExactly(true);
        assertThat(registrations.end(b, true)).hasSize(1);
        assertNothingLeft(a);
    }

    @Test
    void aNewcomerThatEndsDuringTheProbeGetsNothing() {
        holder();
        List<Boolean> newcomer = register(b);

        assertThat(registrations.end(b, false)).isEmpty();

        assertThat(newcomer).containsExactly(false);
        a.answers(false);
        assertThat(registrations.registered()).isEqualTo(1);
        assertThat(registrations.end(a, true)).as("nobody was there to take it").hasSize(1);
        assertNothingLeft();
    }

    @Test
    void whoHasEndedIsNotHeardOf() {
        holder();
        registrations.end(a, true);

        authorize("DONE");

        assertThat(a.told).isEmpty();
        assertThat(registrations.kept()).isEqualTo(1);
        assertThat(registrations.end(a, true)).isEmpty();
    }

    // How many

    @Test
    void aSessionHolds8IdsAtMost() {
        for (int i = 0; i < 8; i++) {
            assertThat(register(registrations, a, id(i))).containsExactly(true);
        }

        assertThat(register(registrations, a, id(8))).containsExactly(false);
        assertThat(register(registrations, a, id(7))).containsExactly(true);
        assertThat(register(registrations, b, id(8))).containsExactly(true);
        assertThat(registrations.registered()).isEqualTo(9);
        assertThat(registrations.end(a, true))
                .extracting(Registration::id)
                .containsExactlyElementsOf(
                        IntStream.range(0, 8).mapToObj(RegistrationsTest::id).toList());
        assertNothingLeft(b);
    }

    @Test
    void whatItAsksForCounts() {
        holder();
        List<Boolean> asked = register(b);
        for (int i = 1; i < 8; i++) {
            assertThat(register(registrations, b, id(i))).containsExactly(true);
        }
        assertThat(register(registrations, b, id(8))).containsExactly(false);

        a.answers(true);

        assertThat(asked).containsExactly(false);
        assertThat(register(registrations, b, id(8))).containsExactly(true);
    }

    @Test
    void whatItLostDoesNotCount() {
        for (int i = 0; i < 8; i++) {
            register(registrations, a, id(i));
        }
        register(b);
        a.answers(false);

        assertThat(register(registrations, a, id(8))).containsExactly(true);
        assertThat(registrations.end(a, true)).hasSize(8);
    }

    @Test
    void zeroRegistrationsMeansNoBound() {
        LocalRegistrations unbounded = registrations(new WebFlowSettings(Mode.OPEN, 0, PROBE, KEPT, ANNOUNCED, 0));

        for (int i = 0; i < 100; i++) {
            assertThat(register(unbounded, a, id(i))).containsExactly(true);
            unbounded.keep(id(1000 + i), Optional.empty(), "DONE");
            unbounded.expect(id(i), Optional.empty());
        }
        assertThat(unbounded.kept()).isEqualTo(100);
        assertThat(unbounded.announced()).isEqualTo(100);
        assertThat(dropped).isEmpty();
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new WebFlowSettings(Mode.OPEN, 8, Duration.ZERO, KEPT, ANNOUNCED, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WebFlowSettings(Mode.OPEN, 8, PROBE, KEPT.negated(), ANNOUNCED, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WebFlowSettings(Mode.OPEN, 8, PROBE, KEPT, Duration.ZERO, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WebFlowSettings(Mode.OPEN, -1, PROBE, KEPT, ANNOUNCED, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WebFlowSettings(Mode.OPEN, 8, PROBE, KEPT, ANNOUNCED, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // Announcements

    @Test
    void whereIdsAreAnnouncedOthersAreRefused() {
        LocalRegistrations announced = registrations(settings(Mode.ANNOUNCED, KEPT, 100));
        assertThat(register(announced, a, ID)).containsExactly(false);
        assertThat(announced.end(a, true)).isEmpty();
        assertThat(announced.size()).isZero();

        announced.expect(ID, Optional.empty());

        assertThat(register(announced, a, ID)).containsExactly(true);
        assertThat(register(announced, a, id(1))).containsExactly(false);
    }

    @Test
    void anAuthorizationIsNoAnnouncement() {
        LocalRegistrations announced = registrations(settings(Mode.ANNOUNCED, KEPT, 100));
        announced.keep(ID, Optional.empty(), "DONE");

        assertThat(register(announced, a, ID)).containsExactly(false);
    }

    @Test
    void anAnnouncementLastsForItsTimeAndWhoHoldsTheIdKeepsIt() {
        LocalRegistrations announced = registrations(settings(Mode.ANNOUNCED, KEPT, 100));
        announced.expect(ID, Optional.empty());
        time.advance(ANNOUNCED.minus(TICK));
        assertThat(register(announced, a, ID)).containsExactly(true);
        time.advance(TICK);

        assertThat(register(announced, a, ID)).containsExactly(true);
        assertThat(register(announced, b, ID)).containsExactly(false);
        assertThat(announced.end(a, true)).hasSize(1);
        assertThat(register(announced, b, ID)).containsExactly(false);
        assertThat(announced.announced()).isZero();
    }

    @Test
    void whoeverAnnouncesAgainProlongsIt() {
        LocalRegistrations announced = registrations(settings(Mode.ANNOUNCED, KEPT, 1));
        announced.expect(ID, Optional.empty());
        time.advance(ANNOUNCED.minus(TICK));
        announced.expect(ID, Optional.empty());
        time.advance(ANNOUNCED.minus(TICK));
        announced.sweep();

        assertThat(register(announced, a, ID)).containsExactly(true);
        assertThat(dropped).isEmpty();
    }

    @Test
    void announcementsAreBounded() {
        LocalRegistrations announced = registrations(settings(Mode.ANNOUNCED, KEPT, 2));
        announced.expect(id(1), Optional.empty());
        time.advance(TICK);
        announced.expect(id(2), Optional.empty());

        announced.expect(id(3), Optional.empty());

        assertThat(announced.announced()).isEqualTo(2);
        assertThat(dropped).containsExactly(Dropped.TOO_MANY_ANNOUNCED);
        assertThat(register(announced, a, id(3))).containsExactly(false);
        assertThat(register(announced, a, id(2))).containsExactly(true);

        time.advance(ANNOUNCED.minus(TICK));
        announced.expect(id(4), Optional.empty());
        assertThat(register(announced, a, id(4))).as("in the room of the first").containsExactly(true);
        assertThat(dropped).hasSize(1);
    }

    // What is handed to whom

    @ParameterizedTest
    @CsvSource({
        "register,ready,authorize",
        "register,authorize,ready",
        "ready,register,authorize",
        "ready,authorize,register",
        "authorize,register,ready",
        "authorize,ready,register"
    })
    void anAuthorizationBeforeBetweenAndAfterRegistrationAndSubscription(String first, String second, String third) {
        for (String step : List.of(first, second, third)) {
            assertThat(a.told).isEmpty();
            switch (step) {
                case "register" -> assertThat(register(a)).containsExactly(true);
                case "ready" -> registrations.ready(a);
                default -> authorize("DONE");
            }
        }
        registrations.ready(a);
        register(a);

        assertThat(a.told).containsExactly("DONE");
        assertThat(registrations.kept()).isZero();
        assertNothingLeft(a);
    }

    @Test
    void whoIsNotReadyAnyMoreIsHandedNothingUntilItIsAgain() {
        holder();
        authorize("1");
        registrations.unready(a);
        authorize("2");
        assertThat(a.told).containsExactly("1");
        assertThat(registrations.kept()).isEqualTo(1);

        registrations.ready(a);

        assertThat(a.told).containsExactly("1", "2");
    }

    @Test
    void whoNeverWasReadyMayStopBeingSo() {
        registrations.unready(a);

        assertThat(registrations.size()).isZero();
    }

    @Test
    void authorizationsStayInTheirOrder() {
        authorize("1");
        authorize("2");
        register(a);
        authorize("3");
        registrations.ready(a);
        authorize("4");

        assertThat(a.told).containsExactly("1", "2", "3", "4");
    }

    @Test
    void aSessionIsToldOfEachOfItsIdsAndOfNoOther() {
        register(registrations, a, id(1));
        register(registrations, a, id(2));
        register(registrations, b, id(3));
        registrations.ready(b);
        for (int i = 0; i < 4; i++) {
            registrations.keep(id(i), Optional.empty(), "DONE");
        }

        registrations.ready(a);

        assertThat(a.told).containsExactlyInAnyOrder("operation-1 DONE", "operation-2 DONE");
        assertThat(b.told).containsExactly("operation-3 DONE");
    }

    @Test
    void whatWaitedComesAfterTheAnswer() {
        holder();
        registrations.ready(b);
        CompletionStage<Void> _ = registrations.register(ID, b).thenAccept(held -> b.told.add("held " + held));
        registrations.unready(a);
        authorize("DONE");

        a.answers(false);

        assertThat(b.told).containsExactly("held true", "DONE");
    }

    // What is kept

    @Test
    void anAuthorizationIsKeptForItsTimeAndNotLonger() {
        authorize("1");
        time.advance(TICK);
        authorize("2");
        assertThat(registrations.kept()).isEqualTo(2);
        time.advance(KEPT.minus(TICK));

        register(a);
        registrations.ready(a);

        assertThat(a.told).containsExactly("2");
        assertThat(dropped).containsExactly(Dropped.TOO_LATE);
    }

    @Test
    void whoBecomesReadyTooLateHearsNothing() {
        register(a);
        authorize("1");
        time.advance(KEPT);

        registrations.ready(a);

        assertThat(a.told).isEmpty();
        assertThat(registrations.kept()).isZero();
        assertThat(dropped).containsExactly(Dropped.TOO_LATE);
    }

    @Test
    void theSweepForgetsWhatIsOverItsTimeAndNothingElse() {
        authorize("1");
        registrations.expect(id(1), Optional.empty());
        time.advance(KEPT.dividedBy(2));
        authorize("2");
        registrations.keep(id(2), Optional.empty(), "3");
        time.advance(KEPT.dividedBy(2));

        registrations.sweep();
        assertThat(registrations.kept()).isEqualTo(2);
        assertThat(registrations.size()).isEqualTo(3);
        time.advance(KEPT.dividedBy(2));
        registrations.sweep();
        assertThat(registrations.kept()).isZero();
        assertThat(registrations.size()).isEqualTo(1);
        assertThat(dropped).containsOnly(Dropped.TOO_LATE).hasSize(3);
        assertNothingLeft();
    }

    @Test
    void atMost8AuthorizationsOfAnIdAreKept() {
        for (int i = 1; i <= 10; i++) {
            authorize("" + i);
        }
        assertThat(registrations.kept()).isEqualTo(8);

        register(a);
        registrations.ready(a);

        assertThat(a.told).containsExactly("1", "2", "3", "4", "5", "6", "7", "8");
        assertThat(dropped).containsExactly(Dropped.TOO_MANY_OF_ID, Dropped.TOO_MANY_OF_ID);
        assertThat(registrations.kept()).isZero();
    }

    @Test
    void authorizationsAreKeptForSoManyIds() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 2));
        small.keep(id(1), Optional.empty(), "1");
        small.keep(id(2), Optional.empty(), "2");
        small.keep(id(3), Optional.empty(), "3");
        small.keep(id(2), Optional.empty(), "more");

        assertThat(dropped).containsExactly(Dropped.NO_ROOM);
        assertThat(small.kept()).isEqualTo(3);
        assertThat(small.size()).isEqualTo(2);
        small.ready(a);
        for (int i = 1; i <= 3; i++) {
            register(small, a, id(i));
        }
        assertThat(a.told).containsExactly("operation-1 1", "operation-2 2", "operation-2 more");
        assertThat(small.kept()).isZero();

        small.keep(id(4), Optional.empty(), "4");
        small.keep(id(5), Optional.empty(), "5");
        assertThat(dropped).as("what was handed over takes no room").hasSize(1);
    }

    @Test
    void whoIsReadyHearsOfItThoughNothingMoreCanBeKept() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 1));
        small.keep(id(1), Optional.empty(), "1");
        register(small, a, ID);
        small.ready(a);

        small.keep(ID, Optional.empty(), "DONE");

        assertThat(a.told).containsExactly("DONE");
        assertThat(dropped).isEmpty();
    }

    @Test
    void whatIsOverItsTimeTakesNoRoom() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 1));
        small.keep(id(1), Optional.empty(), "1");
        time.advance(KEPT);

        small.keep(id(2), Optional.empty(), "2");

        assertThat(dropped).containsExactly(Dropped.TOO_LATE);
        assertThat(small.kept()).isEqualTo(1);
    }

    @Test
    void whereNothingIsKeptWhoIsThereHearsOfIt() {
        LocalRegistrations none = registrations(settings(Mode.OPEN, Duration.ZERO, 100));
        none.keep(ID, Optional.empty(), "early");
        register(none, a, ID);
        none.ready(a);
        none.keep(ID, Optional.empty(), "DONE");
        none.end(a, false);

        register(none, b, ID);
        none.ready(b);

        assertThat(a.told).containsExactly("DONE");
        assertThat(b.told).isEmpty();
    }

    // What is handed over once more

    @Test
    void whatAHalfOpenSessionWasHandedIsHandedToTheNext() {
        holder();
        authorize("1");
        authorize("2");
        registrations.unready(a);
        authorize("3");
        registrations.ready(b);
        register(b);

        a.answers(false);
        authorize("4");

        assertThat(a.told).containsExactly("1", "2");
        assertThat(b.told).containsExactly("1", "2", "3", "4");
        assertThat(registrations.end(a, false)).isEmpty();
        assertThat(b.told).hasSize(4);
    }

    @Test
    void whatASessionWasHandedWhoseConnectionBrokeIsHandedToTheNext() {
        holder();
        authorize("1");

        registrations.end(a, false);

        assertThat(registrations.kept()).isEqualTo(1);
        register(b);
        registrations.ready(b);
        assertThat(b.told).containsExactly("1");
    }

    @Test
    void afterACleanEndOnlyWhatWasNotHandedOverIsKept() {
        holder();
        authorize("1");
        registrations.unready(a);
        authorize("2");

        registrations.end(a, true);

        register(b);
        registrations.ready(b);
        assertThat(b.told).containsExactly("2");
    }

    @Test
    void whatWasHandedToWhoIsThereIsNotHandedToAnybodyElse() {
        holder();
        authorize("1");
        register(b);
        registrations.ready(b);
        a.answers(true);
        registrations.end(a, true);

        register(b);

        assertThat(b.told).isEmpty();
    }

    @Test
    void itIsHandedOverAgainAsOftenAsItIsLost() {
        holder();
        authorize("1");
        registrations.end(a, false);
        register(b);
        registrations.ready(b);
        registrations.end(b, false);

        register(c);
        registrations.ready(c);
        registrations.end(c, true);

        assertThat(b.told).containsExactly("1");
        assertThat(c.told).containsExactly("1");
        assertNothingLeft();
    }

    @Test
    void itIsHandedOverAgainWithinItsTimeOnly() {
        holder();
        authorize("1");
        time.advance(TICK);
        authorize("2");
        time.advance(KEPT.minus(TICK));
        registrations.end(a, false);

        register(b);
        registrations.ready(b);
        registrations.end(b, false);
        time.advance(TICK);
        register(c);
        registrations.ready(c);

        assertThat(b.told).containsExactly("2");
        assertThat(c.told).isEmpty();
    }

    @Test
    void theLast8AreHandedOverAgain() {
        holder();
        for (int i = 1; i <= 10; i++) {
            authorize("" + i);
        }
        assertThat(a.told).hasSize(10);
        registrations.unready(a);
        authorize("11");
        registrations.end(a, false);

        register(b);
        registrations.ready(b);

        assertThat(b.told).containsExactly("4", "5", "6", "7", "8", "9", "10", "11");
        assertThat(dropped).isEmpty();
    }

    @Test
    void whatWasHandedOverTakesNoRoomUntilItIsKeptAgain() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 1));
        register(small, a, ID);
        small.ready(a);
        small.keep(ID, Optional.empty(), "1");
        small.keep(id(1), Optional.empty(), "2");
        assertThat(dropped).isEmpty();

        small.end(a, false);

        assertThat(dropped).containsExactly(Dropped.NO_ROOM);
        assertThat(small.kept()).isEqualTo(1);
    }

    @Test
    void whatIsOverItsTimeMakesRoomForWhatIsKeptAgain() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 1));
        small.keep(id(1), Optional.empty(), "1");
        register(small, a, ID);
        small.ready(a);
        time.advance(KEPT.dividedBy(2));
        small.keep(ID, Optional.empty(), "2");
        time.advance(KEPT.dividedBy(2));

        small.end(a, false);

        assertThat(dropped).containsExactly(Dropped.TOO_LATE);
        assertThat(small.kept()).isEqualTo(1);
    }

    /** The first takes the last room, and behind it something is over its time. */
    @Test
    void whatIsOverItsTimeMakesRoomForEachIdOfASession() {
        LocalRegistrations small = registrations(settings(Mode.OPEN, KEPT, 2));
        small.keep(id(1), Optional.empty(), "1");
        register(small, a, id(2));
        register(small, a, id(3));
        small.ready(a);
        time.advance(KEPT.dividedBy(2));
        small.keep(id(2), Optional.empty(), "2");
        small.keep(id(3), Optional.empty(), "3");
        time.advance(KEPT.dividedBy(2));

        small.end(a, false);

        assertThat(dropped).containsExactly(Dropped.TOO_LATE);
        assertThat(small.kept()).isEqualTo(2);
    }

    @Test
    void whatWasHandedOverIsForgottenInTime() {
        holder();
        for (int i = 0; i < 3; i++) {
            authorize("" + i);
            time.advance(KEPT);
            registrations.sweep();
        }
        registrations.end(a, false);

        assertThat(registrations.kept()).isZero();
        assertThat(dropped).isEmpty();
        assertNothingLeft();
    }

    // What is said of a session that has ended

    @Test
    void theOperationIsSaidWhereAServiceHasNamedIt() {
        registrations.expect(id(1), Optional.of("announced"));
        registrations.keep(id(2), Optional.of("authorized"), "DONE");
        registrations.keep(id(2), Optional.empty(), "DONE");
        for (int i = 0; i < 4; i++) {
            register(registrations, a, id(i));
        }
        registrations.keep(id(3), Optional.of("authorized later"), "DONE");

        assertThat(registrations.end(a, true))
                .containsExactly(
                        new Registration(id(0), Optional.empty()),
                        new Registration(id(1), Optional.of("announced")),
                        new Registration(id(2), Optional.of("authorized")),
                        new Registration(id(3), Optional.of("authorized later")));
    }

    @Test
    void whoHeldNothingHasNothingSaidOfIt() {
        registrations.ready(a);

        assertThat(registrations.end(a, true)).isEmpty();
        assertThat(registrations.end(b, true)).isEmpty();
        assertThat(registrations.size()).isZero();
    }

    // Sessions that do what they want

    @Test
    void aSessionThatThrowsKeepsNobodyFromHearing() {
        register(registrations, a, id(1));
        register(registrations, a, id(2));
        registrations.ready(a);
        a.onAuthorized = () -> {
            if (a.told.size() == 1) {
                throw new IllegalStateException();
            }
            throw new StackOverflowError();
        };

        registrations.keep(id(1), Optional.empty(), "1");
        registrations.keep(id(1), Optional.empty(), "2");
        registrations.keep(id(2), Optional.empty(), "3");

        assertThat(a.told).containsExactly("operation-1 1", "operation-1 2", "operation-2 3");
        registrations.end(a, false);
        register(registrations, b, id(1));
        registrations.ready(b);
        assertThat(b.told).hasSize(2);
    }

    @Test
    void aSessionMayEndWhileItIsTold() {
        authorize("1");
        authorize("2");
        register(b);
        registrations.ready(b);
        registrations.end(b, false);
        List<Boolean> next = new ArrayList<>();
        List<Object> meanwhile = new ArrayList<>();
        a.onAuthorized = () -> {
            CompletionStage<Void> _ = registrations.register(ID, c).thenAccept(next::add);
            registrations.ready(c);
            meanwhile.add(registrations.end(a, false).size());
            meanwhile.addAll(next);
            meanwhile.addAll(c.told);
        };

        holder();

        assertThat(meanwhile)
                .as("it held one, and nobody is told at the same time")
                .containsExactly(1);
        assertThat(next).containsExactly(true);
        assertThat(a.told).containsExactly("1");
        assertThat(b.told).containsExactly("1", "2");
        assertThat(c.told).containsExactly("1", "2");
        assertNothingLeft(c);
    }

    /** In the next three, one hears that it has an id while another is not rid of all of its ids yet. */
    @Test
    void whoIsAboutToEndIsHandedNothing() {
        assertThat(register(registrations, a, id(1))).containsExactly(true);
        holder();
        CompletionStage<Void> _ = registrations.register(id(1), b).thenRun(() -> authorize("DONE"));

        assertThat(registrations.end(a, true)).hasSize(2);

        assertThat(a.told).isEmpty();
        register(c);
        registrations.ready(c);
        assertThat(c.told).containsExactly("DONE");
    }

    @Test
    void whoIsAboutToEndIsNotNext() {
        holder();
        List<Boolean> first = new ArrayList<>();
        List<Boolean> second = new ArrayList<>();
        assertThat(register(registrations, b, id(1))).containsExactly(true);
        CompletionStage<Void> _ = registrations.register(ID, b).thenAccept(first::add);
        CompletionStage<Void> _ = registrations.register(ID, c).thenAccept(second::add);
        CompletionStage<Void> _ =
                registrations.register(id(1), new Session()).thenRun(() -> registrations.end(a, true));

        assertThat(registrations.end(b, true)).extracting(Registration::id).containsExactly(id(1));

        assertThat(first).containsExactly(false);
        assertThat(second).containsExactly(true);
    }

    @Test
    void whereAllNewcomersAreAboutToEndTheHolderStays() {
        holder();
        assertThat(register(registrations, b, id(1))).containsExactly(true);
        List<Boolean> newcomer = register(b);
        CompletionStage<Void> _ = registrations.register(id(1), new Session()).thenRun(() -> a.answers(false));

        registrations.end(b, true);

        assertThat(newcomer).containsExactly(false);
        assertThat(registrations.end(a, true)).hasSize(1);
    }

    @Test
    void aSessionMayAuthorizeWhileItIsTold() {
        holder().onAuthorized = () -> {
            if (a.told.size() < 1000) {
                authorize("" + a.told.size());
            }
        };

        authorize("0");

        assertThat(a.told)
                .containsExactlyElementsOf(
                        IntStream.range(0, 1000).mapToObj(i -> "" + i).toList());
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("waited in vain");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Timeout(60)
    void nobodyWaitsForASessionThatTakesItsTime() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        holder().onAuthorized = () -> {
            told.countDown();
            await(goOn);
        };
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<?> slow = other.submit(() -> authorize("1"));
            await(told);

            authorize("2");
            List<Boolean> next = register(b);
            registrations.ready(b);
            authorize("3");
            registrations.keep(id(1), Optional.empty(), "of another");
            assertThat(registrations.end(a, false)).hasSize(1);

            assertThat(next).as("not while its predecessor is being told").isEmpty();
            assertThat(b.told).isEmpty();
            goOn.countDown();
            slow.get(30, TimeUnit.SECONDS);
            assertThat(next).containsExactly(true);
            assertThat(a.told).containsExactly("1");
            assertThat(b.told).containsExactly("1", "2", "3");
        }
        assertNothingLeft(b);
    }
}
