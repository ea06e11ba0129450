package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.event.JobEvent;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.LogFullException;
import io.switchboard.log.Position;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.testing.KeptEvents;
import io.switchboard.testing.TestRooms;
import io.switchboard.testing.TestServices;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IngressTest {
    private long nanos;
    private final FakeLog log = new FakeLog();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Ingress ingress = new Ingress(
            log,
            TestRooms.silent(),
            TestServices.noRegistrations(),
            new IdempotencyWindow(Duration.ofMinutes(10), 100_000, () -> nanos),
            new GatewayMetrics(registry),
            Tracing.off());

    /** Gives places at once, or when it is told to, or refuses. */
    private static final class FakeLog implements EventLog<Arrival> {
        private final List<Event> appended = new ArrayList<>();
        private final List<Runnable> held = new ArrayList<>();
        private final List<CompletableFuture<List<Position>>> places = new ArrayList<>();
        private boolean full;
        private boolean hold;

        @Override
        public synchronized CompletionStage<List<Position>> append(List<Arrival> events) {
            if (full) {
                return CompletableFuture.failedFuture(new LogFullException());
            }
            List<Position> positions = new ArrayList<>();
            for (Arrival arrival : events) {
                appended.add(arrival.event());
                positions.add(new Position("e", appended.size()));
            }
            CompletableFuture<List<Position>> placed = new CompletableFuture<>();
            if (hold) {
                places.add(placed);
                held.add(() -> placed.complete(positions));
            } else {
                placed.complete(positions);
            }
            return placed;
        }

        @Override
        public String epoch() {
            return "e";
        }

        @Override
        public Kept<Arrival> kept() {
            return KeptEvents.all(Arrival::weight);
        }

        @Override
        public boolean full() {
            return full;
        }
    }

    private static Envelope event(String owner) {
        return new Envelope(new JobEvent(owner, "{}"), Optional.empty());
    }

    private static Envelope cloudEvent(String key, String owner) {
        return new Envelope(new JobEvent(owner, "{}"), Optional.of(key));
    }

    private CompletionStage<List<String>> publish(Envelope... envelopes) {
        return ingress.publish("indexer", EventTopic.JOB, List.of(envelopes));
    }

    private CompletionStage<List<String>> publishUnder(String key, String digest, Envelope... envelopes) {
        return ingress.publish("indexer", EventTopic.JOB, List.of(envelopes), key, digest);
    }

    private static List<String> ids(CompletionStage<List<String>> published) {
        return published.toCompletableFuture().join();
    }

    private List<String> owners() {
        return log.appended.stream().map(event -> ((JobEvent) event).owner()).toList();
    }

    private double accepted() {
        return registry.counter("switchboard.events", "topic", "job", "outcome", "accepted")
                .count();
    }

    private static void assertFull(CompletionStage<List<String>> published) {
        assertThat(published)
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(LogFullException.class);
    }

    @Test
    void idsComeInTheOrderOfTheEvents() {
        assertThat(ids(publish(event("a"), event("b")))).containsExactly("e-1", "e-2");
        assertThat(ids(publish(event("c")))).containsExactly("e-3");
        assertThat(owners()).containsExactly("a", "b", "c");
        assertThat(accepted()).isEqualTo(3);
    }

    @Test
    void nothingGivesNoIds() {
        assertThat(ids(publish())).isEmpty();
        assertThat(ids(publishUnder("k", "d"))).isEmpty();
    }

    @Test
    void theAnswerWaitsForThePlace() {
        log.hold = true;
        CompletionStage<List<String>> plain = publish(event("a"));
        CompletionStage<List<String>> keyed = publishUnder("k", "d", event("b"));
        assertThat(plain.toCompletableFuture()).isNotDone();
        assertThat(keyed.toCompletableFuture()).isNotDone();

        log.held.forEach(Runnable::run);

        assertThat(ids(plain)).containsExactly("e-1");
        assertThat(ids(keyed)).containsExactly("e-2");
    }

    @Test
    void aRetryGetsTheSameIdsAndAppendsNothing() {
        assertThat(ids(publishUnder("k", "d", event("a"), event("b")))).containsExactly("e-1", "e-2");
        assertThat(ids(publishUnder("k", "d", event("a"), event("b")))).containsExactly("e-1", "e-2");
        assertThat(owners()).containsExactly("a", "b");
        assertThat(accepted()).isEqualTo(2);
    }

    @Test
    void aRetryDuringTheFirstWaitsForIt() {
        log.hold = true;
        CompletionStage<List<String>> first = publishUnder("k", "d", event("a"));
        CompletionStage<List<String>> retry = publishUnder("k", "d", event("a"));
        assertThat(retry.toCompletableFuture()).isNotDone();

        log.held.forEach(Runnable::run);

        assertThat(ids(retry)).isEqualTo(ids(first)).containsExactly("e-1");
    }

    @Test
    void theSameKeyForOtherEventsIsRefused() {
        publishUnder("k", "d", event("a"));

        assertThat(publishUnder("k", "other", event("b")))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(Ingress.KeyReusedException.class);
        assertThat(owners()).containsExactly("a");
        // and the first one's answer still stands
        assertThat(ids(publishUnder("k", "d", event("a")))).containsExactly("e-1");
    }

    @Test
    void anotherPublisherOrTopicHasKeysOfItsOwn() {
        publishUnder("k", "d", event("a"));
        ingress.publish("scanner", EventTopic.JOB, List.of(event("b")), "k", "d");
        ingress.publish("indexer", EventTopic.TREE, List.of(event("c")), "k", "d");
        publish(cloudEvent("k", "d"));
        ingress.publish("scanner", EventTopic.JOB, List.of(cloudEvent("k", "e")));
        ingress.publish("indexer", EventTopic.TREE, List.of(cloudEvent("k", "f")));

        assertThat(owners()).containsExactly("a", "b", "c", "d", "e", "f");
    }

    @Test
    void afterTheWindowAKeyIsNew() {
        publishUnder("k", "d", event("a"));
        publish(cloudEvent("c", "b"));
        nanos += Duration.ofMinutes(10).toNanos();

        assertThat(ids(publishUnder("k", "d", event("a")))).containsExactly("e-3");
        assertThat(ids(publish(cloudEvent("c", "b")))).containsExactly("e-4");
    }

    @Test
    void aFullLogRefusesAndNothingIsRemembered() {
        log.full = true;
        assertFull(publish(event("a")));
        assertFull(publishUnder("k", "d", event("a")));
        assertFull(publish(cloudEvent("c", "a"), cloudEvent("d", "b")));
        assertThat(accepted()).isZero();
        log.full = false;

        // with another digest, so that it is not the remembered one either
        assertThat(ids(publishUnder("k", "other", event("a")))).containsExactly("e-1");
        assertThat(ids(publish(cloudEvent("c", "a"), cloudEvent("d", "b")))).containsExactly("e-2", "e-3");
    }

    @Test
    void aRetryWhileTheLogIsFullStillGetsItsAnswer() {
        publishUnder("k", "d", event("a"));
        publish(cloudEvent("c", "b"));
        log.full = true;

        assertThat(ids(publishUnder("k", "d", event("a")))).containsExactly("e-1");
    }

    @Test
    void ofAnArrayOnlyTheNewCloudEventsAreAppended() {
        publish(cloudEvent("2", "b"), cloudEvent("4", "d"));

        assertThat(ids(publish(
                        cloudEvent("1", "a"),
                        cloudEvent("2", "b"),
                        event("x"),
                        cloudEvent("4", "d"),
                        cloudEvent("5", "e"))))
                .containsExactly("e-3", "e-1", "e-4", "e-2", "e-5");
        assertThat(owners()).containsExactly("b", "d", "a", "x", "e");
        assertThat(accepted()).isEqualTo(5);
    }

    @Test
    void aCloudEventThatIsTwiceInAnArrayIsAppendedOnce() {
        assertThat(ids(publish(cloudEvent("1", "a"), cloudEvent("1", "a"), cloudEvent("2", "b"))))
                .containsExactly("e-1", "e-1", "e-2");
        assertThat(owners()).containsExactly("a", "b");
    }

    @Test
    void aRetriedArrayOfCloudEventsAppendsNothing() {
        ids(publish(cloudEvent("1", "a"), cloudEvent("2", "b")));
        log.appended.clear();

        assertThat(ids(publish(cloudEvent("2", "b"), cloudEvent("1", "a")))).containsExactly("e-2", "e-1");
        assertThat(log.appended).isEmpty();
    }

    @Test
    void aRequestThatSharesAnEventWithOneThatFailsPublishesItItself() {
        log.hold = true;
        CompletionStage<List<String>> first = publish(cloudEvent("2", "b"));
        log.hold = false;
        CompletionStage<List<String>> second =
                publish(cloudEvent("3", "c"), event("x"), cloudEvent("2", "b"), cloudEvent("1", "a"));
        assertThat(second.toCompletableFuture()).isNotDone();
        log.appended.clear();

        log.places.getFirst().completeExceptionally(new LogFullException());

        assertFull(first);
        assertThat(ids(second)).containsExactly("e-1", "e-2", "e-3", "e-4");
        assertThat(owners()).containsExactly("c", "x", "b", "a");
    }

    @Test
    void aRequestThatWaitedForAnotherIsRefusedAsAWholeOrNotAtAll() {
        log.hold = true;
        publish(cloudEvent("2", "b"));
        CompletionStage<List<String>> second =
                publish(cloudEvent("1", "a"), cloudEvent("2", "b"), cloudEvent("3", "c"));
        log.full = true;
        log.appended.clear();

        log.places.getFirst().completeExceptionally(new LogFullException());

        assertFull(second);
        assertThat(log.appended).isEmpty();
        log.full = false;
        log.hold = false;
        assertThat(ids(publish(cloudEvent("1", "a"), cloudEvent("2", "b"), cloudEvent("3", "c"))))
                .containsExactly("e-1", "e-2", "e-3");
    }

    @Test
    void requestsThatShareEventsInOtherOrdersDoNotWaitForEachOther() throws Exception {
        int threads = 4;
        int rounds = 200;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            CyclicBarrier together = new CyclicBarrier(threads);
            for (int round = 0; round < rounds; round++) {
                Envelope a = cloudEvent(round + "a", "a");
                Envelope b = cloudEvent(round + "b", "b");
                Envelope c = cloudEvent(round + "c", "c");
                List<List<Envelope>> orders = List.of(List.of(a, b), List.of(b, c), List.of(c, a), List.of(c, b, a));
                List<Future<List<String>>> answers = executor.invokeAll(
                        orders.stream()
                                .<Callable<List<String>>>map(order -> () -> {
                                    together.await();
                                    return ids(ingress.publish("indexer", EventTopic.JOB, order));
                                })
                                .toList(),
                        30,
                        TimeUnit.SECONDS);
                for (Future<List<String>> answer : answers) {
                    assertThat(answer.isCancelled())
                            .as("deadlock in round %d", round)
                            .isFalse();
                    answer.get();
                }
            }
        }
        assertThat(log.appended).hasSize(3 * rounds);
    }

    @Test
    void concurrentRequestsUnderOneKeyAppendOnce() throws Exception {
        int threads = 4;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            CyclicBarrier together = new CyclicBarrier(threads);
            for (int round = 0; round < 200; round++) {
                String key = "k" + round;
                List<Callable<List<String>>> requests = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    boolean keyed = round % 2 == 0;
                    requests.add(() -> {
                        together.await();
                        return ids(keyed ? publishUnder(key, "d", event(key)) : publish(cloudEvent(key, key)));
                    });
                }
                List<List<String>> answers = new ArrayList<>();
                for (Future<List<String>> answer : executor.invokeAll(requests)) {
                    answers.add(answer.get());
                }
                assertThat(answers).containsOnly(List.of("e-" + (round + 1)));
            }
        }
        assertThat(log.appended).hasSize(200);
    }
}
