package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Owners;
import io.switchboard.queue.Algorithm;
import io.switchboard.queue.Consumer;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.QueueListener;
import io.switchboard.queue.QueueReply;
import io.switchboard.queue.QueueSettings;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.WorkMessage;
import io.switchboard.storage.QueueQuotas;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.MemoryQueueStore;
import io.switchboard.testing.SimulatedTime;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterWorkQueuesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(50);
    private static final Duration ANSWER = Duration.ofMinutes(30);
    private static final Duration UNUSED = Duration.ofHours(1);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final MemoryQueueStore store = new MemoryQueueStore(new QueueQuotas(0, 0, 0, 0, 0, 0), time.clock());
    private final Map<String, Node> nodes = new HashMap<>();

    /** A replica. */
    private final class Node {
        private final String id;
        private final LocalCluster.Replica replica;
        private final ClusterWorkQueues queues;
        private boolean dead;
        private boolean cutOff;
        private int sweeps;
        private int consumers;

        private Node(String id) {
            this.id = id;
            replica = cluster.replica(id);
            queues = new ClusterWorkQueues(
                    replica,
                    replica,
                    cluster.loop(),
                    PATIENCE,
                    ownStore(),
                    new Owners(List.of(cluster.loop(), cluster.loop())),
                    time.clock(),
                    new QueueSettings(Duration.ofSeconds(1), ANSWER, 0, Duration.ofDays(7), UNUSED),
                    new Listener());
        }

        /** What a dead process asks for does not happen. */
        private QueueStore ownStore() {
            return (QueueStore) Proxy.newProxyInstance(
                    QueueStore.class.getClassLoader(), new Class<?>[] {QueueStore.class}, (_, method, arguments) -> {
                        if (dead) {
                            return new CompletableFuture<>();
                        }
                        if (method.getName().equals("deleteExpired")) {
                            sweeps++;
                        }
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private void die() {
            dead = true;
            replica.kill();
        }

        private final class Listener implements QueueListener {
            @Override
            public void sent(int queues) {}

            @Override
            public void delivered() {}

            @Override
            public void acknowledged() {}

            @Override
            public void returned(Return why) {}

            @Override
            public void died() {}

            @Override
            public void expired(int messages) {}

            @Override
            public void refused() {}

            @Override
            public void consumers(int change) {
                consumers += change;
            }
        }
    }

    /** A consumer, which takes what it is given unless it is told otherwise. */
    private final class Worker implements Consumer {
        private final UUID id = UUID.randomUUID();
        private final Node node;
        private final List<Delivery> given = new ArrayList<>();
        private final List<Delivery> timedOut = new ArrayList<>();
        private final List<String> closed = new ArrayList<>();
        private Taken says = Taken.TAKEN;

        private Worker(String node) {
            this.node = nodes.get(node);
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            if (node.dead) {
                return new CompletableFuture<>();
            }
            given.add(delivery);
            return CompletableFuture.completedFuture(says);
        }

        @Override
        public void timedOut(Delivery delivery) {
            timedOut.add(delivery);
        }

        @Override
        public void closed(String queue) {
            closed.add(queue);
        }

        @Override
        public void exchangeClosed(String exchange, String queue) {
            closed.add(exchange + ">" + queue);
        }

        private Worker consumes(String queue) {
            assertThat(reply(node.queues.consume(this, "bob", Optional.of(queue), false)))
                    .isEqualTo(new QueueReply.Consuming(queue));
            return this;
        }

        private Worker ready(String queue) {
            node.queues.ready(id, queue);
            cluster.pass(MOMENT);
            return this;
        }

        private void acknowledge() {
            node.queues.acknowledge(id, given.getLast());
            cluster.pass(MOMENT);
        }

        private void reject() {
            node.queues.reject(id, given.getLast());
            cluster.pass(MOMENT);
        }

        private List<String> data() {
            return given.stream().map(delivery -> delivery.message().data()).toList();
        }
    }

    private void start(String... ids) {
        for (String id : ids) {
            nodes.put(id, new Node(id));
        }
        agree();
    }

    private void agree() {
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private void die(String node) {
        nodes.get(node).die();
        agree();
    }

    private QueueReply reply(CompletionStage<QueueReply> stage) {
        cluster.pass(MOMENT);
        assertThat(stage.toCompletableFuture()).isCompleted();
        return stage.toCompletableFuture().join();
    }

    private WorkMessage message(String data) {
        long now = time.clock().millis();
        return new WorkMessage(
                UUID.randomUUID(),
                "alice",
                data,
                "",
                "",
                "",
                "",
                now,
                now + Duration.ofDays(1).toMillis());
    }

    private void send(String node, String queue, String data) {
        assertThat(reply(nodes.get(node).queues.send(queue, message(data)))).isEqualTo(new QueueReply.Done());
    }

    // The normal case

    @Test
    void messagesFindTheConsumerWhereverItIs() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("a").consumes(queue).ready(queue);

        send("c", queue, "1");
        assertThat(worker.data()).containsExactly("1");
        send("b", queue, "2");
        assertThat(worker.data()).as("it is not ready").containsExactly("1");
        worker.acknowledge();
        assertThat(store.kept(queue)).hasSize(1);
        worker.ready(queue);
        worker.reject();
        worker.ready(queue);
        cluster.pass(Duration.ofSeconds(1));

        assertThat(worker.data()).containsExactly("1", "2", "2");
        assertThat(worker.given.getLast().attempt()).isEqualTo(2);
        worker.acknowledge();
        assertThat(store.kept(queue)).isEmpty();
    }

    @Test
    void consumersOfAllReplicasShareAQueue() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker one = new Worker("a").consumes(queue).ready(queue);
        Worker two = new Worker("c").consumes(queue).ready(queue);

        send("a", queue, "1");
        send("a", queue, "2");
        send("a", queue, "3");

        assertThat(one.data()).containsExactly("1");
        assertThat(two.data()).containsExactly("2");
        assertThat(counted(List.of(queue))).containsEntry(queue, 2);
        one.node.queues.gone(one.id);
        cluster.pass(MOMENT);
        two.acknowledge();
        two.ready(queue);
        assertThat(two.data()).containsExactly("2", "1");
        assertThat(counted(List.of(queue))).containsEntry(queue, 1);
    }

    private Map<String, Integer> counted(List<String> queues) {
        CompletableFuture<Map<String, Integer>> counts =
                nodes.get("a").queues.consumers(queues).toCompletableFuture();
        cluster.pass(MOMENT);
        assertThat(counts).isCompleted();
        return counts.join();
    }

    @Test
    void aQueueOfSomebodyElseIsRefused() {
        start("a", "b");
        String queue = cluster.keyOf("b", 0);
        Worker _ = new Worker("a").consumes(queue);
        Worker other = new Worker("a");

        assertThat(reply(other.node.queues.consume(other, "eve", Optional.of(queue), false)))
                .isInstanceOfSatisfying(
                        QueueReply.Refused.class,
                        refused -> assertThat(refused.status()).isEqualTo(403));
        assertThat(reply(other.node.queues.cancel(other.id, queue))).isInstanceOf(QueueReply.Refused.class);
        assertThat(reply(other.node.queues.consume(other, "eve", Optional.of(queue), true)))
                .isEqualTo(new QueueReply.Consuming(queue));
    }

    @Test
    void whatNobodyToldOfIsFound() {
        start("a", "b");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("a").consumes(queue).ready(queue);

        CompletionStage<QueueStore.Sent> _ = store.send(List.of(queue), message("1"));
        cluster.pass(Duration.ofMillis(500));
        assertThat(worker.data()).isEmpty();
        cluster.pass(Duration.ofSeconds(1));

        assertThat(worker.data()).containsExactly("1");
    }

    @Test
    void aLargeMessageIsRead() {
        start("a", "b");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("a").consumes(queue).ready(queue);

        send("a", queue, "x".repeat(100_000));

        assertThat(worker.data()).hasSize(1);
    }

    @Test
    void whoIsBusyIsGivenNothingElse() {
        start("a", "b");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("a").consumes(queue).ready(queue);
        worker.says = Consumer.Taken.BUSY;
        send("a", queue, "1");
        assertThat(worker.data()).containsExactly("1");
        worker.says = Consumer.Taken.TAKEN;

        worker.ready(queue);

        assertThat(worker.data()).containsExactly("1", "1");
        assertThat(worker.given.getLast().attempt()).isEqualTo(1);
    }

    // Replicas come and go

    @Test
    void whatTheConsumersOfADeadReplicaHadGoesToOthers() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker dead = new Worker("a").consumes(queue).ready(queue);
        send("c", queue, "1");
        assertThat(dead.data()).containsExactly("1");
        Worker other = new Worker("c").consumes(queue).ready(queue);

        die("a");

        assertThat(other.data()).containsExactly("1");
        assertThat(other.given.getLast().attempt()).isEqualTo(2);
    }

    @Test
    void consumersKeepWhatTheyHaveWhenTheOwnerDies() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker one = new Worker("a").consumes(queue).ready(queue);
        Worker two = new Worker("c").consumes(queue);
        send("c", queue, "1");
        send("c", queue, "2");
        assertThat(one.data()).containsExactly("1");

        nodes.get("b").die();
        two.ready(queue);
        agree();

        assertThat(two.data()).as("what nobody has, at once").containsExactly("2");
        assertThat(one.data()).containsExactly("1");
        one.acknowledge();
        two.acknowledge();
        assertThat(store.kept(queue)).isEmpty();
        cluster.pass(Duration.ofSeconds(5));
        one.ready(queue);
        send("a", queue, "3");
        assertThat(one.data()).containsExactly("1", "3");
    }

    @Test
    void whatWasEndedWhileTheOwnerDiedIsEnded() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker one = new Worker("a").consumes(queue).ready(queue);
        send("c", queue, "1");
        send("c", queue, "2");

        nodes.get("b").die();
        one.acknowledge();
        one.ready(queue);
        agree();

        assertThat(one.data()).containsExactly("1", "2");
        assertThat(store.kept(queue)).extracting(WorkMessage::data).containsExactly("2");
    }

    @Test
    void anOwnerThatFollowsWaitsForAnswersAsLong() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker one = new Worker("a").consumes(queue).ready(queue);
        send("c", queue, "1");
        die("b");
        Worker two = new Worker("c").consumes(queue).ready(queue);
        time.advance(ANSWER.minusSeconds(1));
        cluster.pass(MOMENT);
        assertThat(two.data()).isEmpty();

        cluster.pass(Duration.ofSeconds(2));

        assertThat(one.timedOut).isEqualTo(one.given);
        assertThat(two.data()).containsExactly("1");
        assertThat(two.given.getLast().attempt()).isEqualTo(2);
    }

    @Test
    void nothingIsGivenTwiceWhenAnotherReplicaJoins() {
        start("a", "b");
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String queue = "jobs" + i;
            Worker worker = new Worker(i % 2 == 0 ? "a" : "b").consumes(queue).ready(queue);
            send("a", queue, "1");
            send("b", queue, "2");
            workers.add(worker);
        }

        start("c");

        assertThat(IntStream.range(0, 12).mapToObj(i -> cluster.ownerOf("jobs" + i)))
                .contains("c");
        for (int i = 0; i < 12; i++) {
            Worker other = new Worker("c").consumes("jobs" + i).ready("jobs" + i);
            assertThat(workers.get(i).data()).containsExactly("1");
            assertThat(other.data()).containsExactly("2");
            workers.get(i).acknowledge();
            other.acknowledge();
            assertThat(store.kept("jobs" + i)).isEmpty();
        }
        assertThat(nodes.values().stream().mapToInt(node -> node.consumers).sum())
                .isEqualTo(24);
    }

    @Test
    void aReplicaThatWasCutOffHasNothingAnyMore() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker cutOff = new Worker("a").consumes(queue).ready(queue);
        send("c", queue, "1");
        Worker other = new Worker("c").consumes(queue).ready(queue);
        nodes.get("a").replica.cutOff();
        agree();
        assertThat(other.data()).containsExactly("1");

        nodes.get("a").replica.reconnect();
        agree();
        cluster.pass(Duration.ofSeconds(3));

        assertThat(cutOff.timedOut).isEqualTo(cutOff.given);
        cutOff.acknowledge();
        assertThat(store.kept(queue)).hasSize(1);
        send("c", queue, "2");
        cutOff.ready(queue);
        assertThat(cutOff.data()).containsExactly("1", "2");
    }

    @Test
    void anOwnerThatDoesNotActGivesNothing() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("b").consumes(queue).ready(queue);

        nodes.get("b").replica.cutOff();
        CompletionStage<QueueStore.Sent> _ = store.send(List.of(queue), message("1"));
        cluster.pass(Duration.ofSeconds(5));

        assertThat(worker.data()).isEmpty();
        assertThat(nodes.get("b").consumers).isZero();
        CompletableFuture<QueueReply> answer = nodes.get("b")
                .queues
                .consume(new Worker("b"), "bob", Optional.of(queue), false)
                .toCompletableFuture();
        cluster.pass(PATIENCE.plus(MOMENT));
        assertThat(answer.join()).isInstanceOf(QueueReply.Refused.class);
    }

    // Exchanges

    @Test
    void whatIsPublishedReachesTheQueuesOfAnExchange() {
        start("a", "b", "c");
        List<Worker> workers = new ArrayList<>();
        List<String> queues = new ArrayList<>();
        for (String node : List.of("a", "b", "c")) {
            Worker worker = new Worker(node);
            QueueReply reply = reply(worker.node.queues.bind(worker, "bob", "News", Algorithm.FANOUT, "", true));
            assertThat(reply).isInstanceOf(QueueReply.Bound.class);
            queues.add(((QueueReply.Bound) reply).queue());
            workers.add(worker.ready(queues.getLast()));
        }

        assertThat(reply(nodes.get("c").queues.publish("news", message("1")))).isEqualTo(new QueueReply.Done());
        workers.forEach(worker -> assertThat(worker.data()).containsExactly("1"));
        die("b");
        workers.get(0).ready(queues.get(0));
        assertThat(reply(nodes.get("a").queues.publish("news", message("2")))).isEqualTo(new QueueReply.Done());
        assertThat(workers.get(0).data()).containsExactly("1", "2");

        CompletableFuture<Boolean> deleted =
                nodes.get("a").queues.deleteExchange("news").toCompletableFuture();
        cluster.pass(MOMENT);
        assertThat(deleted).isCompletedWithValue(true);
        assertThat(workers.get(2).closed).containsExactly("news>" + queues.get(2));
    }

    @Test
    void whoConsumesAQueueThatIsDeletedIsTold() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker worker = new Worker("a").consumes(queue);
        send("a", queue, "1");

        CompletableFuture<Boolean> deleted =
                nodes.get("c").queues.deleteQueue(queue).toCompletableFuture();
        cluster.pass(MOMENT);

        assertThat(deleted).isCompletedWithValue(true);
        assertThat(worker.closed).containsExactly(queue);
        assertThat(worker.node.queues.size()).isZero();
        assertThat(reply(nodes.get("a").queues.send(queue, message("2")))).isInstanceOf(QueueReply.Refused.class);
        CompletableFuture<Optional<Integer>> purged =
                nodes.get("c").queues.purge(queue, false).toCompletableFuture();
        cluster.pass(MOMENT);
        assertThat(purged).isCompletedWithValue(Optional.empty());
    }

    @Test
    void aPurgeLeavesWhatSomebodyHas() {
        start("a", "b", "c");
        String queue = cluster.keyOf("b", 0);
        Worker _ = new Worker("a").consumes(queue).ready(queue);
        send("a", queue, "1");
        send("a", queue, "2");
        die("b");

        CompletableFuture<Optional<Integer>> purged =
                nodes.get("c").queues.purge(queue, false).toCompletableFuture();
        cluster.pass(MOMENT);

        assertThat(purged).isCompletedWithValue(Optional.of(1));
        assertThat(store.kept(queue)).extracting(WorkMessage::data).containsExactly("1");
    }

    // What is over

    @Test
    void whoeverStartsDoesNotMakeTheQueuesOfOthersUnused() {
        start("a", "b");
        Worker worker = new Worker("a");
        QueueReply reply = reply(worker.node.queues.consume(worker, "bob", Optional.empty(), false));
        String queue = ((QueueReply.Consuming) reply).queue();

        start("c");
        die("b");
        cluster.pass(Duration.ofMinutes(2));

        assertThat(unused()).isEmpty();
        die("a");
        assertThat(unused()).containsExactly(queue);
    }

    @Test
    void theQueuesOfAClusterThatIsGoneAreUnused() {
        start("a");
        Worker worker = new Worker("a");
        assertThat(reply(worker.node.queues.consume(worker, "bob", Optional.empty(), false)))
                .isInstanceOf(QueueReply.Consuming.class);
        nodes.get("a").die();
        assertThat(unused()).isEmpty();

        start("b");

        assertThat(unused()).hasSize(1);
    }

    private List<String> unused() {
        return store.unusedQueues(time.clock().millis()).toCompletableFuture().join();
    }

    @Test
    void oneReplicaKeepsHouse() {
        start("a", "b", "c");
        cluster.pass(Duration.ofMinutes(1));
        nodes.values().forEach(node -> node.sweeps = 0);

        cluster.pass(Duration.ofMinutes(3));

        String keeper = cluster.ownerOf("");
        assertThat(nodes.get(keeper).sweeps).isBetween(2, 4);
        nodes.forEach((id, node) -> assertThat(node.sweeps > 0).isEqualTo(id.equals(keeper)));
        nodes.values().forEach(node -> node.sweeps = 0);
        die(keeper);
        cluster.pass(Duration.ofMinutes(2));
        assertThat(nodes.get(cluster.ownerOf("")).sweeps).isPositive();
    }

    // Whatever happens

    static IntStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? IntStream.rangeClosed(1, 60) : IntStream.of(Integer.parseInt(one));
    }

    /** A consumer that holds on to what it has until the test lets it go. */
    private final class Holder implements Consumer {
        private final UUID id = UUID.randomUUID();
        private final Node node;
        private final List<Delivery> has = new ArrayList<>();
        private boolean gone;

        private Holder(Node node) {
            this.node = node;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            UUID message = delivery.message().id();
            if (node.dead) {
                return new CompletableFuture<>();
            }
            if (gone) {
                return CompletableFuture.completedFuture(Taken.GONE);
            }
            assertThat(node.cutOff)
                    .as("a replica that is cut off gives nothing")
                    .isFalse();
            Holder other = holders.get(message);
            assertThat(other).as("seed %d: %s has it", seed, other).isNull();
            Holder before = done.get(message);
            assertThat(before == null || before.gone || before.node.dead)
                    .as("seed %d: what is done is given again", seed)
                    .isTrue();
            holders.put(message, this);
            has.add(delivery);
            return CompletableFuture.completedFuture(Taken.TAKEN);
        }

        @Override
        public void timedOut(Delivery delivery) {
            if (has.remove(delivery)) {
                holders.remove(delivery.message().id(), this);
            }
        }

        @Override
        public void closed(String queue) {
            throw new AssertionError("nobody deletes it");
        }

        private void end(boolean acknowledges) {
            if (has.isEmpty()) {
                return;
            }
            Delivery delivery = has.removeFirst();
            UUID message = delivery.message().id();
            boolean mine = holders.remove(message, this);
            if (acknowledges) {
                if (mine) {
                    done.put(message, this);
                }
                node.queues.acknowledge(id, delivery);
            } else {
                node.queues.reject(id, delivery);
            }
        }

        private void drop() {
            has.forEach(delivery -> holders.remove(delivery.message().id(), this));
        }
    }

    private final Map<UUID, Holder> holders = new HashMap<>();
    private final Map<UUID, Holder> done = new HashMap<>();
    private int seed;

    /**
     * While replicas come and go, are cut off and come back: nobody is given what somebody has, what is done is not given again unless
     * whoever did it is gone, and in the end everything that was accepted is done.
     */
    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void nothingIsLostOrGivenToTwo(int number) {
        seed = number;
        Random random = new Random(number);
        start("r0", "r1", "r2");
        List<String> alive = new ArrayList<>(List.of("r0", "r1", "r2"));
        List<String> queues = List.of("jobs", "work", "tasks");
        List<Holder> open = new ArrayList<>();
        Set<UUID> accepted = new HashSet<>();
        for (int step = 0; step < 200; step++) {
            Node node = nodes.get(alive.get(random.nextInt(alive.size())));
            String queue = queues.get(random.nextInt(queues.size()));
            Optional<Holder> some =
                    open.isEmpty() ? Optional.empty() : Optional.of(open.get(random.nextInt(open.size())));
            switch (random.nextInt(24)) {
                case 0 -> {
                    String fresh = "r" + nodes.size();
                    nodes.put(fresh, new Node(fresh));
                    alive.add(fresh);
                    cluster.agree();
                }
                case 1 -> {
                    if (alive.size() > 2) {
                        node.die();
                        alive.remove(node.id);
                        open.stream().filter(one -> one.node == node).forEach(Holder::drop);
                        open.removeIf(one -> one.node == node);
                        cluster.agree();
                    }
                }
                case 2 -> {
                    if (alive.size() > 2) {
                        node.replica.cutOff();
                        node.cutOff = true;
                        // others may be given what they have
                        open.stream().filter(one -> one.node == node).forEach(Holder::drop);
                        done.values().removeIf(one -> one.node == node);
                        cluster.agree();
                        cluster.pass(Duration.ofMillis(random.nextInt(100)));
                        node.replica.reconnect();
                        node.cutOff = false;
                        cluster.agree();
                        cluster.pass(Duration.ofSeconds(2));
                    }
                }
                case 3, 4 -> {
                    if (open.size() < 8) {
                        Holder holder = new Holder(node);
                        open.add(holder);
                        for (String each : queues) {
                            CompletionStage<QueueReply> _ =
                                    node.queues.consume(holder, "bob", Optional.of(each), false);
                        }
                    }
                }
                case 5 ->
                    some.ifPresent(one -> {
                        one.gone = true;
                        one.drop();
                        open.remove(one);
                        one.node.queues.gone(one.id);
                    });
                case 6, 7, 8, 9, 10 -> {
                    WorkMessage message = message("x");
                    CompletionStage<Void> _ = node.queues.send(queue, message).thenAccept(reply -> {
                        if (reply instanceof QueueReply.Done) {
                            accepted.add(message.id());
                        }
                    });
                }
                case 11, 12, 13, 14, 15, 16 -> some.ifPresent(one -> one.node.queues.ready(one.id, queue));
                case 17 -> some.ifPresent(one -> one.end(false));
                default -> some.ifPresent(one -> one.end(true));
            }
            cluster.pass(Duration.ofMillis(random.nextInt(30)));
        }
        cluster.pass(Duration.ofSeconds(15));
        open.forEach(one -> {
            one.gone = true;
            one.drop();
            one.node.queues.gone(one.id);
        });
        cluster.pass(Duration.ofSeconds(3));
        Node node = nodes.get(alive.getFirst());
        Holder last = new Holder(node);
        for (String queue : queues) {
            CompletionStage<QueueReply> _ = node.queues.consume(last, "bob", Optional.of(queue), false);
        }
        cluster.pass(Duration.ofSeconds(2));
        for (int i = 0; i < 300; i++) {
            queues.forEach(queue -> node.queues.ready(last.id, queue));
            cluster.pass(Duration.ofMillis(20));
            while (!last.has.isEmpty()) {
                last.end(true);
            }
        }
        cluster.pass(Duration.ofSeconds(3));

        assertThat(accepted).as("seed %d", seed).isNotEmpty();
        for (String queue : queues) {
            assertThat(store.kept(queue)).as("seed %d %s", seed, queue).isEmpty();
        }
    }
}
