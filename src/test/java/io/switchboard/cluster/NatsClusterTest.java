package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.switchboard.hub.Loop;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.LogException;
import io.switchboard.log.Position;
import io.switchboard.log.TooLargeForLogException;
import io.switchboard.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a real NATS server. */
class NatsClusterTest {
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private NatsServer nats;
    private final List<Node> nodes = new ArrayList<>();

    @BeforeEach
    void start() {
        nats = NatsServer.started();
    }

    @AfterEach
    void stop() {
        nodes.forEach(Node::close);
        nats.close();
    }

    /** A loop with a thread of its own. */
    private static final class Thread1 implements Loop {
        private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().factory());

        @Override
        public void execute(Runnable task) {
            executor.execute(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            var _ = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    private static final class Texts implements StreamCodec<String> {
        @Override
        public Written write(String event) {
            Optional<String> key = event.startsWith("key:") ? Optional.of(event) : Optional.empty();
            return new Written("log.text", key, Map.of("Kind", "text"), event.getBytes(UTF_8));
        }

        @Override
        public void duplicate(String event) {}

        @Override
        public Optional<String> read(Stored stored) {
            String body = new String(stored.body(), UTF_8);
            if (body.equals("throw")) {
                throw new IllegalStateException("cannot be read");
            }
            return body.equals("none") ? Optional.empty() : Optional.of(body);
        }
    }

    /** A replica as far as this package goes. */
    private final class Node {
        private final NatsCluster cluster;
        private final StreamLog<String> log;
        private final List<String> handed = new CopyOnWriteArrayList<>();
        private final List<Position> positions = new CopyOnWriteArrayList<>();
        private final AtomicInteger interrupted = new AtomicInteger();

        private Node() {
            cluster = new NatsCluster(settings(nats.url()), new Thread1(), List.of("text"), List.of("request"));
            log = cluster.log(
                    new Texts(),
                    () -> new Kept<>(new Kept.Bounds(1000, 0, Duration.ZERO), String::length, _ -> Optional.empty()),
                    1000,
                    new InFlight.Bounds(100, 0),
                    String::length,
                    (position, event, delivered) -> {
                        positions.add(position);
                        handed.add(event);
                        delivered.run();
                    },
                    interrupted::incrementAndGet);
            nodes.add(this);
        }

        private Node join() {
            cluster.join(log);
            return this;
        }

        private List<Position> append(String... events) {
            return log.append(List.of(events))
                    .toCompletableFuture()
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        }

        private void close() {
            log.close();
            cluster.close();
        }
    }

    private static ClusterSettings settings(String url) {
        return new ClusterSettings(
                List.of(url),
                "test",
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(10),
                LEASE,
                Duration.ofMillis(250),
                new ClusterSettings.Stream(1, 0, 0, Duration.ofHours(1), Duration.ofMinutes(2)));
    }

    @Test
    void allHandOverTheSameInOneOrder() {
        Node one = new Node().join();
        Node two = new Node().join();
        List<CompletionStage<List<Position>>> placed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            placed.add(one.log.append(List.of("a" + i)));
            placed.add(two.log.append(List.of("b" + i + "x", "b" + i + "y")));
        }
        placed.forEach(stage -> stage.toCompletableFuture().join());

        await().atMost(PATIENCE).until(() -> one.handed.size() == 120 && two.handed.size() == 120);
        assertThat(two.handed).isEqualTo(one.handed);
        assertThat(two.positions).isEqualTo(one.positions);
        assertThat(one.positions).extracting(Position::epoch).containsOnly(one.log.epoch());
        assertThat(one.positions).extracting(Position::offset).isSorted();
        for (int i = 0; i < 40; i++) {
            assertThat(one.handed.indexOf("b" + i + "y")).isGreaterThan(one.handed.indexOf("b" + i + "x"));
        }
    }

    @Test
    void whatIsAppendedHasThePlaceThatIsTold() {
        Node one = new Node().join();

        List<Position> told = one.append("x", "y");

        await().atMost(PATIENCE).until(() -> one.handed.size() == 2);
        assertThat(told)
                .extracting(Position::offset)
                .isEqualTo(one.positions.stream().map(Position::offset).toList());
        assertThat(one.log.kept().get(told.getFirst().offset()).orElseThrow().event())
                .isEqualTo("x");
        assertThat(one.log.eventsInFlight()).isZero();
        assertThat(one.log.full()).isFalse();
    }

    @Test
    void aRetryIsTheSameEventWhicheverReplicaIsAsked() {
        Node one = new Node().join();
        Node two = new Node().join();

        List<Position> first = one.append("key:1");
        List<Position> second = two.append("key:1");
        List<Position> _ = two.append("end");

        assertThat(second.getFirst().offset()).isEqualTo(first.getFirst().offset());
        await().atMost(PATIENCE).until(() -> one.handed.contains("end") && two.handed.contains("end"));
        assertThat(one.handed).containsExactly("key:1", "end");
        assertThat(two.handed).containsExactly("key:1", "end");
    }

    @Test
    void whoComesLaterKnowsThePast() {
        Node one = new Node().join();
        List<Position> told = one.append("x", "y");

        Node two = new Node().join();

        assertThat(two.handed).containsExactly("x", "y");
        assertThat(two.log.epoch()).isEqualTo(one.log.epoch());
        assertThat(two.log.kept().reachesBackTo(told.getFirst().offset())).isTrue();
    }

    @Test
    @SuppressWarnings("try") // nobody interrupts
    void servicesPublishByThemselves() throws Exception {
        Node one = new Node().join();
        try (Connection service = Nats.connect(nats.url())) {
            long sequence = service.jetStream()
                    .publish("test.events.text", "hello".getBytes(UTF_8))
                    .getSeqno();
            service.publish("test.events.text", "none".getBytes(UTF_8));
            service.publish("test.events.text", "throw".getBytes(UTF_8));
            service.publish("test.events.text", "again".getBytes(UTF_8));

            await().atMost(PATIENCE).until(() -> one.handed.size() == 2);
            assertThat(one.handed).containsExactly("hello", "again");
            assertThat(one.log.kept().get(sequence + 1)).isEmpty();
            assertThat(one.log.kept().skipped(sequence + 1)).isTrue();
            assertThat(one.log.kept().reachesBackTo(sequence)).isTrue();
        }
    }

    @Test
    void aServerThatIsStartedAgainHasLostNothing() {
        Node one = new Node().join();
        Node two = new Node().join();
        List<Position> _ = one.append("before");

        nats.stop();
        CompletionStage<List<Position>> during = one.log.append(List.of("key:during"));
        nats.start();
        // as a publisher does
        await().atMost(PATIENCE).until(() -> during.toCompletableFuture().isDone());
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> one.append("key:during").size() == 1);
        await().atMost(PATIENCE).until(() -> one.log.isReading() && two.log.isReading());
        List<Position> _ = two.append("after");

        await().atMost(PATIENCE).until(() -> one.handed.contains("after") && two.handed.contains("after"));
        assertThat(one.handed).containsExactly("before", "key:during", "after");
        assertThat(two.handed).containsExactly("before", "key:during", "after");
        assertThat(one.interrupted).hasValue(0);
    }

    @Test
    void withoutAServerNothingIsAccepted() {
        Node one = new Node().join();
        nats.stop();

        assertThatThrownBy(() -> one.append("lost"))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(LogException.class);
        assertThat(one.log.isReading()).isFalse();
        assertThat(one.log.full()).isFalse();
        nats.start();
    }

    @Test
    void whatNatsDoesNotTakeIsRefusedAtOnce() {
        Node one = new Node().join();

        assertThatThrownBy(() -> one.append("fits", "x".repeat(1 << 20), "not tried"))
                .hasCauseInstanceOf(TooLargeForLogException.class)
                .hasMessageContaining("max_payload");
        List<Position> _ = one.append("after");

        await().atMost(PATIENCE).until(() -> one.handed.contains("after"));
        assertThat(one.handed).containsExactly("fits", "after");
        assertThat(one.log.full()).isFalse();
    }

    @Test
    void aStreamThatHasLostSomethingIsAnotherEpoch() {
        Node one = new Node().join();
        Node two = new Node().join();
        List<Position> _ = one.append("x", "y", "z");
        await().atMost(PATIENCE).until(() -> two.handed.size() == 3);
        String epoch = one.log.epoch();

        nats.stop();
        nats.forgetAll();
        nats.start();
        await().atMost(PATIENCE).until(() -> one.interrupted.get() > 0 && two.interrupted.get() > 0);
        await().atMost(PATIENCE)
                .until(() -> one.cluster.membership().acting()
                        && two.cluster.membership().acting());
        List<Position> _ = two.append("new");

        await().atMost(PATIENCE).until(() -> one.handed.contains("new") && two.handed.contains("new"));
        assertThat(one.log.epoch()).isNotEqualTo(epoch).isEqualTo(two.log.epoch());
    }

    @Test
    void whoIsThereIsKnownToAll() {
        Node one = new Node().join();
        Node two = new Node().join();
        Node three = new Node().join();
        await().atMost(PATIENCE)
                .until(() -> nodes.stream()
                        .allMatch(node ->
                                node.cluster.membership().view().members().size() == 3
                                        && node.cluster.membership().acting()));
        assertThat(one.cluster.membership().view())
                .isEqualTo(two.cluster.membership().view());

        three.close();
        nodes.remove(three);

        await().atMost(LEASE)
                .until(() -> one.cluster.membership().view().members().size() == 2
                        && one.cluster.membership().acting()
                        && two.cluster.membership().acting());
    }

    @Test
    void whoSaysNothingIsLeftOutAndKnowsIt() throws Exception {
        Node one = new Node().join();
        Node two = new Node().join();
        await().atMost(PATIENCE)
                .until(() -> one.cluster.membership().view().members().size() == 2);

        two.cluster.link().close();

        await().atMost(LEASE.multipliedBy(4))
                .until(() -> one.cluster.membership().view().members().size() == 1
                        && one.cluster.membership().acting());
        assertThat(two.cluster.membership().acting()).isFalse();
        assertThat(two.cluster.isConnected()).isFalse();
    }

    @Test
    void aServerThatIsAwayForLongDeposesAll() {
        Node one = new Node().join();
        Node two = new Node().join();
        await().atMost(PATIENCE)
                .until(() -> one.cluster.membership().view().members().size() == 2);
        nats.stop();
        await().atMost(LEASE.multipliedBy(3))
                .until(() -> !one.cluster.membership().acting()
                        && !two.cluster.membership().acting());

        nats.start();

        await().atMost(PATIENCE)
                .until(() -> one.cluster.membership().acting()
                        && two.cluster.membership().acting());
        assertThat(one.cluster.membership().view())
                .isEqualTo(two.cluster.membership().view());
        assertThat(one.cluster.membership().view().members())
                .extracting(Member::term)
                .allMatch(term -> term > 0);
    }

    @Test
    void replicasTalk() {
        Node one = new Node();
        Node two = new Node();
        two.cluster
                .wire()
                .serve(
                        "echo",
                        (from, question) -> java.util.concurrent.CompletableFuture.completedFuture(
                                (from + new String(question, UTF_8)).getBytes(UTF_8)));
        two.cluster.wire().serve("fail", (_, _) -> {
            throw new IllegalStateException();
        });
        one.join();
        two.join();
        String first = one.cluster.membership().self();
        String second = two.cluster.membership().self();

        assertThat(one.cluster
                        .wire()
                        .ask(second, "echo", "!".getBytes(UTF_8), PATIENCE)
                        .toCompletableFuture()
                        .join())
                .isEqualTo((first + "!").getBytes(UTF_8));
        assertThatThrownBy(() -> one.cluster
                        .wire()
                        .ask(second, "fail", new byte[0], PATIENCE)
                        .toCompletableFuture()
                        .join())
                .hasCauseInstanceOf(UnreachableException.class);
        assertThatThrownBy(() -> one.cluster
                        .wire()
                        .ask("nobody", "echo", new byte[0], PATIENCE)
                        .toCompletableFuture()
                        .join())
                .hasCauseInstanceOf(UnreachableException.class);
        await().atMost(PATIENCE)
                .until(() -> one.cluster.membership().view().members().size() == 2);
        Wire.Answers answers = one.cluster
                .wire()
                .askAll("echo", "?".getBytes(UTF_8), PATIENCE)
                .toCompletableFuture()
                .join();
        assertThat(answers.byReplica()).containsOnlyKeys(second);
        assertThat(answers.missing()).isEmpty();
    }

    @Test
    void withoutNatsItSaysWhatToDo() {
        nats.stop();
        ClusterSettings settings = settings(nats.url());
        ClusterSettings impatient = new ClusterSettings(
                settings.servers(),
                settings.prefix(),
                settings.signIn(),
                settings.tls(),
                Duration.ofMillis(500),
                settings.lease(),
                settings.countPatience(),
                settings.stream());

        assertThatThrownBy(() -> new NatsCluster(impatient, new Thread1(), List.of("text"), List.of("request")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("switchboard.cluster.nats.servers");
        nats.start();
    }
}
