package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Postmark;
import io.switchboard.mailbox.Sending;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.MemoryMailStore;
import io.switchboard.testing.SimulatedTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ClusterMailboxesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final MemoryMailStore store = new MemoryMailStore();
    private final Map<String, Node> nodes = new HashMap<>();

    private final class Node {
        private final LocalCluster.Replica replica;
        private final LocalMailboxes local;
        private final ClusterMailboxes mailboxes;

        private Node(String id) {
            replica = cluster.replica(id);
            local = new LocalMailboxes(store, new Owners(List.of(cluster.loop())), replica::acting);
            mailboxes = new ClusterMailboxes(
                    replica, replica, cluster.loop(), PATIENCE, local, Duration.ofMinutes(5), 1000);
        }
    }

    /** Takes everything at once, unless it is told to wait. */
    private static final class Connection implements Mailboxes.Receiver {
        private final UUID id = UUID.randomUUID();
        private final boolean acknowledges;
        private final List<String> payloads = new ArrayList<>();
        private final List<UUID> letters = new ArrayList<>();
        private final List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
        private boolean waits;

        private Connection(boolean acknowledges) {
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
            Content.Direct content = (Content.Direct) letter.content();
            payloads.add(new String(content.payload(), StandardCharsets.UTF_8));
            letters.add(content.id());
            CompletableFuture<Boolean> given = new CompletableFuture<>();
            if (waits) {
                waiting.add(given);
            } else {
                given.complete(true);
            }
            return given;
        }
    }

    private void start(String... ids) {
        for (String id : ids) {
            nodes.put(id, new Node(id));
        }
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private Connection connect(String node, String user, boolean acknowledges) {
        Connection connection = new Connection(acknowledges);
        nodes.get(node).mailboxes.connect(user, connection);
        cluster.pass(MOMENT);
        return connection;
    }

    private void disconnect(String node, String user, Connection connection) {
        nodes.get(node).mailboxes.disconnect(user, connection);
        cluster.pass(MOMENT);
    }

    private static Letter letter(String user, String payload) {
        return new Letter(UUID.randomUUID(), user, "bob", 3, Long.MAX_VALUE, payload, Optional.of("{\"m\":1}"));
    }

    private CompletableFuture<Sending> sending(String node, String user, String payload, Optional<Postmark> postmark) {
        CompletableFuture<Sending> answer = nodes.get(node)
                .mailboxes
                .send(letter(user, payload), Optional.empty(), postmark)
                .toCompletableFuture();
        cluster.pass(MOMENT);
        return answer;
    }

    private Sending send(String node, String user, String payload) {
        CompletableFuture<Sending> answer = sending(node, user, payload, Optional.empty());
        assertThat(answer).isCompleted();
        return answer.join();
    }

    @Test
    void allConnectionsGetALetterWhereverTheyAre() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection onA = connect("a", user, false);
        Connection onB = connect("b", user, false);
        Connection onC = connect("c", user, false);

        assertThat(send("a", user, "1"))
                .isInstanceOfSatisfying(
                        Sending.Delivered.class,
                        delivered -> assertThat(delivered.connections())
                                .containsExactlyInAnyOrder(onA.id(), onB.id(), onC.id()));
        assertThat(send("c", user, "2")).isInstanceOf(Sending.Delivered.class);
        assertThat(List.of(onA.payloads, onB.payloads, onC.payloads)).containsOnly(List.of("1", "2"));
        assertThat(nodes.get("b").mailboxes.size()).isEqualTo(1);
        assertThat(nodes.get("a").mailboxes.size()).isZero();
    }

    @Test
    void aLetterArrivesAsItWasSent() {
        start("a", "b");
        String user = cluster.keyOf("b", 0);
        List<Publication> got = new ArrayList<>();
        Mailboxes.Receiver receiver = new Mailboxes.Receiver() {
            @Override
            public UUID id() {
                return new UUID(1, 2);
            }

            @Override
            public boolean acknowledges() {
                return false;
            }

            @Override
            public CompletionStage<Boolean> hand(Publication letter) {
                got.add(letter);
                return CompletableFuture.completedFuture(true);
            }
        };
        nodes.get("a").mailboxes.connect(user, receiver);
        Letter letter = letter(user, "\"grüße\"");
        CompletableFuture<Sending> answer = nodes.get("a")
                .mailboxes
                .send(letter, Optional.of(new byte[] {1, 2}))
                .toCompletableFuture();
        cluster.pass(MOMENT);

        assertThat(answer).isCompletedWithValue(new Sending.Delivered(List.of(receiver.id())));
        Publication expected = Mailboxes.publication(letter, Optional.of(new byte[] {1, 2}));
        assertThat(got).singleElement().satisfies(publication -> {
            assertThat(publication)
                    .usingRecursiveComparison()
                    .comparingOnlyFields("position", "topic", "policy", "key", "content")
                    .isEqualTo(expected);
            assertThat(publication.guard()).isEqualTo(expected.guard());
        });
    }

    @Test
    void whatIsKeptIsGivenToWhoComesOnAnyReplica() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        assertThat(send("a", user, "1")).isEqualTo(new Sending.Queued());

        Connection connection = connect("c", user, false);
        assertThat(connection.payloads).containsExactly("1");
        assertThat(store.kept(user)).isEmpty();
        disconnect("c", user, connection);
        assertThat(nodes.get("b").mailboxes.size()).isZero();
    }

    @Test
    void whoReconnectsElsewhereAtThatVeryMomentGetsEachLetterOnce() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection before = connect("a", user, false);
        for (int i = 0; i < 20; i++) {
            CompletionStage<Sending> _ = nodes.get("c").mailboxes.send(letter(user, "" + i), Optional.empty());
            cluster.pass(Duration.ofMillis(i % 3));
            if (i == 10) {
                nodes.get("a").mailboxes.disconnect(user, before);
            }
        }
        Connection after = connect("c", user, false);

        List<String> all = new ArrayList<>(before.payloads);
        all.addAll(after.payloads);
        assertThat(all).hasSize(20).doesNotHaveDuplicates();
        assertThat(before.payloads).isNotEmpty();
        assertThat(after.payloads).isNotEmpty();
    }

    @Test
    void afterTheOwnerIsLostAnotherGoesOn() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection onA = connect("a", user, false);
        Connection onC = connect("c", user, false);
        assertThat(send("a", user, "1")).isInstanceOf(Sending.Delivered.class);

        nodes.get("b").replica.kill();
        CompletableFuture<Sending> lost = sending("a", user, "2", Optional.empty());
        cluster.agree();
        assertThat(send("a", user, "3"))
                .isInstanceOfSatisfying(
                        Sending.Delivered.class,
                        delivered -> assertThat(delivered.connections()).hasSize(2));
        cluster.pass(PATIENCE);
        assertThat(lost).isCompletedWithValue(new Sending.Failed(StoreException.Reason.DOWN));
        assertThat(List.of(onA.payloads, onC.payloads)).containsOnly(List.of("1", "3"));
    }

    /** The moment at which a new owner knows of some connections only must not be a letter's. */
    @Test
    void aLetterThatComesWithTheNewOwnerReachesAllConnections() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection onA = connect("a", user, false);
        Connection onC = connect("c", user, false);

        nodes.get("b").replica.kill();
        List<CompletableFuture<Sending>> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String payload = "" + i;
            String sender = i % 2 == 0 ? "a" : "c";
            cluster.loop()
                    .schedule(
                            () -> answers.add(nodes.get(sender)
                                    .mailboxes
                                    .send(letter(user, payload), Optional.empty())
                                    .toCompletableFuture()),
                            Duration.ofMillis(i).toNanos());
        }
        cluster.agree();
        cluster.pass(PATIENCE.plusSeconds(1));

        assertThat(answers).hasSize(30).allMatch(CompletableFuture::isDone);
        long delivered = answers.stream()
                .filter(answer -> answer.join() instanceof Sending.Delivered)
                .peek(answer -> assertThat(((Sending.Delivered) answer.join()).connections())
                        .hasSize(2))
                .count();
        assertThat(delivered).isPositive();
        assertThat(onA.payloads)
                .isEqualTo(onC.payloads)
                .hasSize((int) delivered)
                .doesNotHaveDuplicates();
    }

    @Test
    void aLetterThatWasHandedWhenItsOwnerWasLostIsNotHandedToThatConnectionAgain() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        assertThat(send("a", user, "1")).isEqualTo(new Sending.Queued());
        Connection connection = new Connection(false);
        connection.waits = true;
        nodes.get("a").mailboxes.connect(user, connection);
        cluster.pass(MOMENT);
        assertThat(connection.payloads).containsExactly("1");

        nodes.get("b").replica.kill();
        cluster.agree();
        cluster.pass(MOMENT);
        assertThat(store.kept(user)).hasSize(1);
        connection.waiting.forEach(given -> given.complete(true));
        cluster.pass(Duration.ofSeconds(3));

        assertThat(connection.payloads).containsExactly("1");
        assertThat(store.kept(user)).isEmpty();
    }

    @Test
    void whatAClientAcknowledgedIsGoneAlsoWhereTheOwnerIsLost() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection connection = connect("a", user, true);
        assertThat(send("c", user, "1")).isInstanceOf(Sending.Delivered.class);
        assertThat(store.kept(user)).hasSize(1);

        nodes.get("b").replica.kill();
        nodes.get("a").mailboxes.acknowledged(user, connection.letters.getFirst());
        cluster.pass(MOMENT);
        cluster.agree();
        cluster.pass(Duration.ofSeconds(3));

        assertThat(connection.payloads).containsExactly("1");
        assertThat(store.kept(user)).isEmpty();
    }

    @Test
    void whatAClientAcknowledgesOfItsOwnReplicaIsRemoved() {
        start("a", "b");
        String user = cluster.keyOf("b", 0);
        Connection connection = connect("a", user, true);
        assertThat(send("a", user, "1")).isInstanceOf(Sending.Delivered.class);
        assertThat(store.kept(user)).hasSize(1);
        nodes.get("a").mailboxes.acknowledged(user, connection.letters.getFirst());
        cluster.pass(MOMENT);
        assertThat(store.kept(user)).isEmpty();
    }

    @Test
    void whatIsOnItsWayToAReplicaThatIsLostIsKept() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection connection = connect("a", user, false);
        nodes.get("a").replica.kill();
        CompletableFuture<Sending> answer = sending("c", user, "1", Optional.empty());
        assertThat(answer).isNotDone();

        cluster.agree();
        cluster.pass(MOMENT);
        assertThat(answer).isCompletedWithValue(new Sending.Queued());
        assertThat(connection.payloads).isEmpty();
        assertThat(connect("c", user, false).payloads).containsExactly("1");
    }

    @Test
    void whoWasCutOffIsGivenWhatCameMeanwhile() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection connection = connect("a", user, false);
        nodes.get("a").replica.cutOff();
        cluster.agree();
        assertThat(send("c", user, "1")).isEqualTo(new Sending.Queued());
        nodes.get("a").replica.reconnect();
        cluster.agree();
        cluster.pass(Duration.ofSeconds(3));

        assertThat(connection.payloads).containsExactly("1");
        assertThat(send("c", user, "2")).isInstanceOf(Sending.Delivered.class);
        assertThat(connection.payloads).containsExactly("1", "2");
    }

    @Test
    void anOwnerThatIsCutOffReadsAndRemovesNothing() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Connection onB = connect("b", user, true);
        assertThat(send("b", user, "1")).isInstanceOf(Sending.Delivered.class);
        nodes.get("b").replica.cutOff();
        cluster.agree();
        nodes.get("b").mailboxes.acknowledged(user, onB.letters.getFirst());
        cluster.pass(MOMENT);
        assertThat(store.kept(user)).hasSize(1);

        nodes.get("b").replica.reconnect();
        cluster.agree();
        cluster.pass(Duration.ofSeconds(3));
        assertThat(onB.payloads).containsExactly("1");
        assertThat(store.kept(user)).isEmpty();
    }

    @Test
    void aReplicaThatJoinsTakesOver() {
        start("a", "b");
        List<String> users = new ArrayList<>();
        Map<String, Connection> connections = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            users.add("user" + i);
            connections.put("user" + i, connect(i % 2 == 0 ? "a" : "b", "user" + i, false));
        }
        start("c");
        cluster.pass(Duration.ofSeconds(3));

        assertThat(users).anyMatch(user -> cluster.ownerOf(user).equals("c"));
        for (String user : users) {
            assertThat(send("a", user, "1")).isInstanceOf(Sending.Delivered.class);
            assertThat(connections.get(user).payloads).containsExactly("1");
        }
        assertThat(nodes.values().stream()
                        .mapToInt(node -> node.mailboxes.size())
                        .sum())
                .isEqualTo(20);
    }

    @Test
    void aRetryThroughAnotherReplicaIsTheSameLetter() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        Optional<Postmark> postmark = Optional.of(new Postmark(List.of("k"), true, "d"));
        assertThat(sending("a", user, "1", postmark)).isCompletedWithValue(new Sending.Queued());
        assertThat(sending("c", user, "1", postmark)).isCompletedWithValue(new Sending.Repeated(new Sending.Queued()));
        assertThat(sending("c", user, "2", Optional.of(new Postmark(List.of("k"), true, "e"))))
                .isCompletedWithValue(new Sending.Misused());
        assertThat(sending("c", user, "3", Optional.of(new Postmark(List.of("k"), false, "e"))))
                .isCompletedWithValue(new Sending.Queued());
        assertThat(store.kept(user)).extracting(Letter::payload).containsExactly("1", "3");

        cluster.pass(Duration.ofMinutes(5));
        assertThat(sending("c", user, "1", postmark)).isCompletedWithValue(new Sending.Queued());
    }

    @Test
    void whatWasNotKeptIsSentOnceMoreByARetry() {
        start("a", "b");
        String user = cluster.keyOf("b", 0);
        Optional<Postmark> postmark = Optional.of(new Postmark(List.of("before", "k"), false, "d"));
        store.full(true);
        assertThat(sending("a", user, "1", postmark)).isCompletedWithValue(new Sending.Refused());
        store.full(false);
        assertThat(sending("a", user, "1", postmark)).isCompletedWithValue(new Sending.Queued());
        assertThat(sending("b", user, "1", Optional.of(new Postmark(List.of("k", "later"), false, "d"))))
                .isCompletedWithValue(new Sending.Repeated(new Sending.Queued()));
        assertThat(store.kept(user)).hasSize(1);
    }

    @Test
    void whatIsNotUnderstoodIsRefused() {
        start("a", "b");
        String user = cluster.keyOf("b", 0);
        Connection connection = connect("b", user, false);
        for (byte[] bytes : List.of(new byte[0], new byte[] {9}, new byte[] {1, 0, 0, 0, 99}, new byte[] {1})) {
            CompletableFuture<byte[]> hand = nodes.get("a")
                    .replica
                    .ask("b", "mail.hand", bytes, Duration.ofSeconds(1))
                    .toCompletableFuture();
            cluster.pass(MOMENT);
            assertThat(hand).isCompletedExceptionally();
        }
        assertThat(connection.payloads).isEmpty();
        assertThat(send("a", user, "1")).isInstanceOf(Sending.Delivered.class);
    }
}
