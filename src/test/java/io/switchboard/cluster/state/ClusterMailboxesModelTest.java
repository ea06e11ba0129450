package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Content;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.MailStore;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Sending;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.MemoryMailStore;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever connections, senders, the database and replicas do, and in whatever order: what was answered as delivered was given to
 * those connections, and what was answered as queued is received; each connection gets each letter once, and those that were sent
 * one after the other in their order; at last nothing is kept.
 */
class ClusterMailboxesModelTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 150;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final List<String> USERS = List.of("alice", "carol", "dave");

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final MemoryMailStore store = new MemoryMailStore().waits();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final List<Connection> open = new ArrayList<>();
    private final List<Connection> all = new ArrayList<>();
    /** What a client has for good. */
    private final Set<UUID> received = new HashSet<>();

    private Random random;
    private long moment;

    /** A letter, between which moments it was sent and answered. */
    private static final class Sent {
        private final Letter letter;
        private final long begun;
        private Sending answer;
        private long answered = Long.MAX_VALUE;

        private Sent(Letter letter, long begun) {
            this.letter = letter;
            this.begun = begun;
        }
    }

    /** A process that is gone does nothing more in the database. */
    private final class Node implements MailStore {
        private final LocalCluster.Replica replica;
        private final ClusterMailboxes mailboxes;
        private boolean dead;

        private Node(String id) {
            replica = cluster.replica(id);
            mailboxes = new ClusterMailboxes(
                    replica,
                    replica,
                    cluster.loop(),
                    PATIENCE,
                    new LocalMailboxes(this, new Owners(List.of(cluster.loop())), replica::acting),
                    Duration.ofMinutes(5),
                    1000);
        }

        @Override
        public CompletionStage<Posted> post(Letter letter) {
            return dead ? new CompletableFuture<>() : store.post(letter);
        }

        @Override
        public CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes) {
            if (!dead) {
                assertThat(replica.acting()
                                && replica.view()
                                        .ownerOf(recipient)
                                        .orElseThrow()
                                        .id()
                                        .equals(replica.self()))
                        .as("%s reads the box of %s", replica.self(), recipient)
                        .isTrue();
            }
            return dead ? new CompletableFuture<>() : store.after(recipient, number, limit, bytes);
        }

        @Override
        public CompletionStage<Void> remove(String recipient, Collection<Long> numbers) {
            return dead ? new CompletableFuture<>() : store.remove(recipient, numbers);
        }

        @Override
        public CompletionStage<Void> signedIn(String user) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private final class Connection implements Mailboxes.Receiver {
        private final UUID id = UUID.randomUUID();
        private final Node node;
        private final String user;
        private final boolean acknowledges;
        private final Queue<Runnable> hands = new ArrayDeque<>();
        private final Queue<CompletableFuture<Boolean>> pending = new ArrayDeque<>();
        private final List<UUID> given = new ArrayList<>();
        private final Queue<UUID> toAcknowledge = new ArrayDeque<>();
        private boolean broken;

        private Connection(Node node, String user, boolean acknowledges) {
            this.node = node;
            this.user = user;
            this.acknowledges = acknowledges;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public boolean acknowledges() {
            return acknowledges;
        }

        @Override
        public CompletionStage<Boolean> hand(Publication letter) {
            assertThat(letter.topic().segments()).containsExactly("user", user);
            if (broken) {
                return CompletableFuture.completedFuture(false);
            }
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            UUID message = ((Content.Direct) letter.content()).id();
            pending.add(result);
            hands.add(() -> {
                given.add(message);
                if (acknowledges) {
                    toAcknowledge.add(message);
                } else {
                    received.add(message);
                }
                pending.remove().complete(true);
            });
            return result;
        }

        void take() {
            Runnable next = hands.poll();
            if (next != null) {
                next.run();
            }
        }

        void acknowledge() {
            UUID next = toAcknowledge.poll();
            if (next != null) {
                received.add(next);
                node.mailboxes.acknowledged(user, next);
            }
        }

        void end() {
            broken = true;
            open.remove(this);
            hands.clear();
            while (!pending.isEmpty()) {
                pending.remove().complete(false);
            }
            node.mailboxes.disconnect(user, this);
        }
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private List<Node> alive() {
        return nodes.stream().filter(node -> !node.dead).toList();
    }

    private void send() {
        Letter letter = new Letter(
                UUID.randomUUID(), any(USERS), "bob", 0, Long.MAX_VALUE, "\"" + sent.size() + "\"", Optional.empty());
        Sent one = new Sent(letter, moment++);
        sent.add(one);
        any(alive()).mailboxes.send(letter, Optional.empty()).thenAccept(answer -> {
            one.answer = answer;
            one.answered = moment++;
        });
    }

    private void connect(Node node, String user, boolean acknowledges) {
        Connection connection = new Connection(node, user, acknowledges);
        open.add(connection);
        all.add(connection);
        node.mailboxes.connect(user, connection);
    }

    private void join() {
        nodes.add(new Node("r" + nodes.size()));
    }

    private void kill(Node node) {
        node.dead = true;
        node.replica.kill();
        for (Connection one : List.copyOf(open)) {
            if (one.node == node) {
                one.broken = true;
                open.remove(one);
                one.hands.clear();
                one.pending.clear();
            }
        }
        // of what it was asked itself nobody hears
        cluster.agree();
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostOrRepeated(int seed) {
        random = new Random(seed);
        boolean acknowledging = seed % 3 == 0;
        IntStream.range(0, 3).forEach(_ -> join());
        cluster.agree();
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(60)) {
                case 0 -> {
                    join();
                    cluster.agree();
                }
                case 1 -> {
                    if (alive().size() > 1) {
                        kill(any(alive()));
                    }
                }
                case 2 -> {
                    if (alive().size() > 1) {
                        Node node = any(alive());
                        node.replica.cutOff();
                        cluster.agree();
                        cluster.pass(Duration.ofMillis(random.nextInt(300)));
                        node.replica.reconnect();
                        cluster.agree();
                    }
                }
                case 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 -> send();
                case 14, 15, 16, 17, 18, 19 -> {
                    if (open.size() < 6) {
                        connect(any(alive()), any(USERS), acknowledging && random.nextBoolean());
                    }
                }
                case 20, 21, 22 -> {
                    if (!open.isEmpty()) {
                        any(open).end();
                    }
                }
                case 23, 24, 25, 26, 27, 28, 29, 30 -> {
                    if (!open.isEmpty()) {
                        any(open).acknowledge();
                    }
                }
                case 31, 32, 33, 34, 35, 36, 37, 38, 39, 40 -> {
                    boolean _ = store.next();
                }
                default -> {
                    if (!open.isEmpty()) {
                        any(open).take();
                    }
                }
            }
            cluster.pass(Duration.ofMillis(random.nextInt(20) == 0 ? random.nextInt(2000) : random.nextInt(4)));
        }
        settle();

        check(seed);
    }

    private void check(int seed) {
        for (Connection one : all) {
            assertThat(one.given).as("seed %d", seed).doesNotHaveDuplicates();
            List<Sent> order = one.given.stream()
                    .map(id -> sent.stream()
                            .filter(letter -> letter.letter.id().equals(id))
                            .findFirst()
                            .orElseThrow())
                    .toList();
            for (int i = 0; i < order.size(); i++) {
                for (int j = i + 1; j < order.size(); j++) {
                    boolean overtaken = isDone(order.get(j)) && order.get(j).answered < order.get(i).begun;
                    assertThat(overtaken)
                            .as("seed %d: %s before %s", seed, order.get(i).letter, order.get(j).letter)
                            .isFalse();
                }
            }
        }
        for (Sent one : sent) {
            if (one.answer instanceof Sending.Delivered delivered) {
                assertThat(all.stream()
                                .filter(connection -> connection.given.contains(one.letter.id()))
                                .map(Connection::id))
                        .as("seed %d", seed)
                        .containsAll(delivered.connections());
            }
            if (isDone(one) && !wasGiven(one)) {
                assertThat(received).as("seed %d: %s", seed, one.letter).contains(one.letter.id());
            }
        }
        USERS.forEach(user -> assertThat(store.kept(user)).as("seed %d", seed).isEmpty());
        assertThat(alive().stream().mapToInt(node -> node.mailboxes.size()).sum())
                .as("seed %d", seed)
                .isZero();
    }

    private static boolean isDone(Sent one) {
        return one.answer instanceof Sending.Delivered || one.answer instanceof Sending.Queued;
    }

    private boolean wasGiven(Sent one) {
        return one.answer instanceof Sending.Delivered;
    }

    /** All connections end, and for each user one comes that takes everything. */
    private void settle() {
        while (!open.isEmpty()) {
            open.getFirst().end();
        }
        calm();
        // one after the other, for what a lost owner was about to keep may be kept a moment after the first has come
        for (int round = 0; round < 2; round++) {
            USERS.forEach(user -> connect(any(alive()), user, false));
            calm();
            while (!open.isEmpty()) {
                open.getFirst().end();
            }
            calm();
        }
    }

    private void calm() {
        for (int idle = 0; idle < 8; idle++) {
            cluster.pass(Duration.ofSeconds(1));
            while (store.next()) {
                cluster.pass(Duration.ofMillis(10));
                idle = 0;
            }
            for (Connection one : List.copyOf(open)) {
                while (!one.hands.isEmpty()) {
                    one.take();
                    idle = 0;
                }
            }
        }
    }
}
