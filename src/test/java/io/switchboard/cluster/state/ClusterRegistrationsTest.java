package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.webflow.Dropped;
import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.Registrant;
import io.switchboard.webflow.Registration;
import io.switchboard.webflow.WebFlowSettings;
import io.switchboard.webflow.WebFlowSettings.Mode;
import io.switchboard.webflow.WebSocketId;
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

class ClusterRegistrationsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PROBE = Duration.ofSeconds(2);
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final Duration ANNOUNCED = Duration.ofHours(1);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final Map<String, Node> nodes = new HashMap<>();
    private final List<Dropped> dropped = new ArrayList<>();
    private Mode mode = Mode.OPEN;

    /** A replica. */
    private final class Node {
        private final LocalCluster.Replica replica;
        private final ClusterRegistrations registrations;

        private Node(String id) {
            replica = cluster.replica(id);
            registrations = new ClusterRegistrations(
                    replica,
                    replica,
                    cluster.loop(),
                    PATIENCE,
                    new WebFlowSettings(mode, 3, PROBE, KEPT, ANNOUNCED, 100),
                    dropped::add);
        }
    }

    /** A session. */
    private final class Session implements Registrant {
        private final UUID id = UUID.randomUUID();
        private final Node node;
        private final List<String> told = new ArrayList<>();
        private final List<WebSocketId> lost = new ArrayList<>();
        private boolean alive = true;
        private int probes;

        private Session(String node) {
            this.node = nodes.get(node);
        }

        @Override
        public UUID session() {
            return id;
        }

        @Override
        public CompletionStage<Boolean> probe() {
            probes++;
            return alive ? CompletableFuture.completedFuture(true) : new CompletableFuture<>();
        }

        @Override
        public void authorized(WebSocketId operation, String result) {
            told.add(result);
        }

        @Override
        public void lost(WebSocketId operation) {
            lost.add(operation);
        }

        private CompletableFuture<Boolean> register(WebSocketId operation) {
            CompletableFuture<Boolean> answer =
                    node.registrations.register(operation, this).toCompletableFuture();
            cluster.pass(MOMENT);
            return answer;
        }

        private Session holds(WebSocketId operation) {
            assertThat(register(operation)).isCompletedWithValue(true);
            node.registrations.ready(this);
            cluster.pass(MOMENT);
            return this;
        }

        private List<Registration> release(boolean clean) {
            CompletableFuture<List<Registration>> answer =
                    node.registrations.release(this, clean).toCompletableFuture();
            cluster.pass(MOMENT);
            assertThat(answer).isCompleted();
            return answer.join();
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

    private WebSocketId ownedBy(String replica) {
        for (int i = 0; ; i++) {
            if (cluster.ownerOf("operation-" + i).equals(replica)) {
                return new WebSocketId("operation-" + i);
            }
        }
    }

    private CompletableFuture<Void> authorize(String node, WebSocketId id, String result) {
        CompletableFuture<Void> answer = nodes.get(node)
                .registrations
                .authorize(id, Optional.of("op of " + id.text()), result)
                .toCompletableFuture();
        cluster.pass(MOMENT);
        return answer;
    }

    private void die(String replica) {
        nodes.get(replica).replica.kill();
        agree();
    }

    @Test
    void authorizationsFindTheSessionWhereverItIs() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session session = new Session("a").holds(id);

        assertThat(authorize("c", id, "1")).isCompleted();
        assertThat(authorize("a", id, "2")).isCompleted();
        assertThat(authorize("b", id, "3")).isCompleted();

        assertThat(session.told).containsExactly("1", "2", "3");
        assertThat(nodes.get("b").registrations.registered()).isEqualTo(1);
        assertThat(session.release(true)).containsExactly(new Registration(id, Optional.of("op of " + id.text())));
        assertThat(nodes.get("b").registrations.registered()).isZero();
    }

    @Test
    void whatNobodyIsThereToHearIsKept() {
        start("a", "b");
        WebSocketId id = ownedBy("b");
        assertThat(authorize("a", id, "1")).isCompleted();
        Session session = new Session("a");

        assertThat(session.register(id)).isCompletedWithValue(true);
        assertThat(session.told).isEmpty();
        session.node.registrations.ready(session);
        cluster.pass(MOMENT);
        assertThat(session.told).containsExactly("1");
        session.node.registrations.unready(session);
        cluster.pass(MOMENT);
        assertThat(authorize("a", id, "2")).isCompleted();
        assertThat(session.told).containsExactly("1");
        assertThat(nodes.get("b").registrations.kept()).isEqualTo(1);
    }

    @Test
    void whoIsStillThereKeepsTheIdAndWhoIsNotLosesIt() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session first = new Session("a").holds(id);
        Session second = new Session("c");

        assertThat(second.register(id)).isCompletedWithValue(false);
        assertThat(first.probes).isEqualTo(1);
        first.alive = false;
        CompletableFuture<Boolean> answer = second.register(id);
        assertThat(answer).isNotDone();
        cluster.pass(PROBE);
        assertThat(answer).isCompletedWithValue(true);
        assertThat(first.lost).containsExactly(id);

        second.node.registrations.ready(second);
        assertThat(authorize("a", id, "1")).isCompleted();
        assertThat(first.told).isEmpty();
        assertThat(second.told).containsExactly("1");
        assertThat(first.release(true)).isEmpty();
        assertThat(second.release(true)).hasSize(1);
    }

    @Test
    void aSessionHasSoManyWhoeverDecidesAboutThem() {
        start("a", "b", "c");
        Session session = new Session("a");
        for (int i = 0; i < 3; i++) {
            assertThat(session.register(new WebSocketId("operation-" + i))).isCompletedWithValue(true);
        }
        assertThat(session.register(new WebSocketId("operation-3"))).isCompletedWithValue(false);
        assertThat(session.register(new WebSocketId("operation-1"))).isCompletedWithValue(true);
        assertThat(session.release(true)).hasSize(3);
    }

    @Test
    void whatASessionHeardThatWasLostIsHandedToTheNextOne() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session first = new Session("a").holds(id);
        assertThat(authorize("c", id, "1")).isCompleted();

        die("a");

        assertThat(first.told).containsExactly("1");
        assertThat(new Session("c").holds(id).told).containsExactly("1");
    }

    @Test
    void whatASessionHeardThatEndedIsNot() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session first = new Session("a").holds(id);
        assertThat(authorize("c", id, "1")).isCompleted();

        assertThat(first.release(true)).hasSize(1);

        assertThat(new Session("c").holds(id).told).isEmpty();
    }

    @Test
    void theHeirDoesNotBringBackWhatIsOver() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session first = new Session("a").holds(id);
        assertThat(authorize("c", id, "1")).isCompleted();
        assertThat(first.release(true)).hasSize(1);

        die("b");

        assertThat(new Session("c").holds(id).told).isEmpty();
    }

    @Test
    void anHeirTakesOverWhatIsKept() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        assertThat(authorize("c", id, "1")).isCompleted();
        assertThat(authorize("a", id, "2")).isCompleted();

        die("b");

        assertThat(new Session("a").holds(id).told).containsExactly("1", "2");
    }

    @Test
    void whatIsKeptOutlivesOneOwnerAfterTheOther() {
        start("a", "b", "c", "d");
        WebSocketId id = ownedBy("b");
        assertThat(authorize("c", id, "1")).isCompleted();

        die("b");
        die(cluster.ownerOf(id.text()));

        assertThat(new Session(cluster.ownerOf(id.text())).holds(id).told).containsExactly("1");
    }

    @Test
    void whatTheHeirHasEndsInItsTime() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        assertThat(authorize("c", id, "1")).isCompleted();
        time.advance(KEPT.minusSeconds(1));
        die("b");
        nodes.get("a").registrations.sweep();
        nodes.get("c").registrations.sweep();
        cluster.pass(MOMENT);
        assertThat(nodes.get(cluster.ownerOf(id.text())).registrations.kept()).isEqualTo(1);

        time.advance(Duration.ofSeconds(1));
        nodes.get("a").registrations.sweep();
        nodes.get("c").registrations.sweep();
        cluster.pass(MOMENT);

        assertThat(nodes.get(cluster.ownerOf(id.text())).registrations.kept()).isZero();
        assertThat(nodes.get("a").registrations.size()).isZero();
        assertThat(nodes.get("c").registrations.size()).isZero();
    }

    @Test
    void anHeirKnowsWhatIsAnnounced() {
        mode = Mode.ANNOUNCED;
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        assertThat(new Session("a").register(id)).isCompletedWithValue(false);
        assertThat(nodes.get("a")
                        .registrations
                        .announce(id, Optional.of("named"))
                        .toCompletableFuture())
                .isNotDone();
        cluster.pass(MOMENT);

        die("b");

        Session session = new Session("c").holds(id);
        assertThat(session.release(true)).containsExactly(new Registration(id, Optional.of("named")));
    }

    @Test
    void whoHeldTheIdKeepsItThoughItIsNotAnnouncedAnyMore() {
        mode = Mode.ANNOUNCED;
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        CompletionStage<Void> _ = nodes.get("a").registrations.announce(id, Optional.empty());
        cluster.pass(MOMENT);
        Session session = new Session("a").holds(id);
        time.advance(ANNOUNCED);
        cluster.pass(MOMENT);

        die("b");

        assertThat(authorize("c", id, "1")).isCompleted();
        assertThat(session.told).containsExactly("1");
    }

    @Test
    void theHolderKeepsTheIdWhenItsOwnerDies() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        Session holder = new Session("a").holds(id);
        assertThat(authorize("c", id, "1")).isCompleted();
        Session other = new Session("c");

        nodes.get("b").replica.kill();
        // what the dead one is told delays what its heir is told
        holder.node.registrations.unready(holder);
        cluster.pass(MOMENT);
        holder.node.registrations.ready(holder);
        cluster.agree();
        CompletableFuture<Boolean> race =
                other.node.registrations.register(id, other).toCompletableFuture();
        cluster.pass(MOMENT);
        assertThat(race).isNotDone();
        cluster.pass(Duration.ofSeconds(3));

        assertThat(race).isCompletedWithValue(false);
        assertThat(holder.probes).isEqualTo(1);
        assertThat(authorize("c", id, "2")).isCompleted();
        assertThat(holder.told).as("nothing twice").containsExactly("1", "2");
        assertThat(holder.release(true)).hasSize(1);
    }

    @Test
    void theHolderKeepsTheIdWhenAnotherOneJoinsAndOwnsIt() {
        start("a", "b");
        List<Session> sessions = new ArrayList<>();
        List<WebSocketId> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            WebSocketId id = new WebSocketId("operation-" + i);
            ids.add(id);
            sessions.add(new Session(i % 2 == 0 ? "a" : "b").holds(id));
            assertThat(authorize("a", id, "1")).isCompleted();
        }
        WebSocketId kept = new WebSocketId("operation-kept");
        for (int i = 0; cluster.ownerOf(kept.text()).equals("c"); i++) {
            kept = new WebSocketId("operation-kept-" + i);
        }
        assertThat(authorize("a", kept, "k")).isCompleted();

        start("c");

        assertThat(ids.stream().map(id -> cluster.ownerOf(id.text()))).contains("c");
        for (int i = 0; i < 12; i++) {
            assertThat(authorize("c", ids.get(i), "2")).isCompleted();
            assertThat(sessions.get(i).told).containsExactly("1", "2");
        }
        assertThat(nodes.values().stream()
                        .mapToInt(node -> node.registrations.registered())
                        .sum())
                .isEqualTo(12);
    }

    @Test
    void whoJoinsOwnsWhatIsKept() {
        start("a", "b");
        for (int i = 0; i < 12; i++) {
            assertThat(authorize("a", new WebSocketId("operation-" + i), "1")).isCompleted();
        }

        start("c");

        assertThat(nodes.get("c").registrations.kept()).isPositive();
        assertThat(nodes.values().stream()
                        .mapToInt(node -> node.registrations.kept())
                        .sum())
                .isEqualTo(12);
        for (int i = 0; i < 12; i++) {
            assertThat(new Session("b").holds(new WebSocketId("operation-" + i)).told)
                    .containsExactly("1");
        }
    }

    @Test
    void whoeverWasCutOffGetsItsIdsBackUnlessAnotherOneHasThem() {
        start("a", "b", "c");
        WebSocketId id = ownedBy("b");
        WebSocketId taken = new WebSocketId(id.text().equals("operation-x") ? "operation-y" : "operation-x");
        Session cutOff = new Session("a").holds(id).holds(taken);
        nodes.get("a").replica.cutOff();
        agree();
        Session other = new Session("c").holds(taken);
        assertThat(authorize("c", id, "1")).isCompleted();
        assertThat(authorize("c", taken, "2")).isCompleted();
        assertThat(cutOff.told).isEmpty();

        nodes.get("a").replica.reconnect();
        agree();
        cluster.pass(Duration.ofSeconds(3));

        assertThat(cutOff.told).containsExactly("1");
        assertThat(cutOff.lost).containsExactly(taken);
        assertThat(other.told).containsExactly("2");
        assertThat(cutOff.release(true)).extracting(Registration::id).containsExactly(id);
    }

    @Test
    void anAnswerMeansThatTheOwnerHasIt() {
        start("a", "b");
        WebSocketId id = ownedBy("b");
        nodes.get("b").replica.kill();

        CompletableFuture<Void> answer = authorize("a", id, "1");
        assertThat(answer).isNotDone();
        cluster.pass(PATIENCE);

        assertThat(answer).isCompletedExceptionally();
    }

    @Test
    void aSessionEndsThoughNobodyDecides() {
        start("a", "b");
        WebSocketId id = ownedBy("b");
        Session session = new Session("a").holds(id);
        nodes.get("b").replica.kill();

        CompletableFuture<List<Registration>> answer =
                session.node.registrations.release(session, true).toCompletableFuture();
        cluster.pass(PATIENCE);

        assertThat(answer).isCompletedWithValue(List.of(new Registration(id, Optional.empty())));
    }

    // Whatever happens

    static IntStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? IntStream.rangeClosed(1, 60) : IntStream.of(Integer.parseInt(one));
    }

    /**
     * While replicas come and go, one at a time, no authorization that was answered is lost: in the end each was heard by somebody, and
     * by no session twice; and of each id one session at most believes that it holds it.
     */
    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void nothingIsLostWhileReplicasComeAndGo(int seed) {
        Random random = new Random(seed);
        start("r0", "r1", "r2");
        List<String> alive = new ArrayList<>(List.of("r0", "r1", "r2"));
        Map<WebSocketId, Set<String>> expected = new HashMap<>();
        Map<WebSocketId, Integer> published = new HashMap<>();
        Map<WebSocketId, List<Session>> holders = new HashMap<>();
        List<Session> all = new ArrayList<>();
        for (int step = 0; step < 150; step++) {
            String node = alive.get(random.nextInt(alive.size()));
            WebSocketId id = new WebSocketId("operation-" + random.nextInt(20));
            switch (random.nextInt(16)) {
                case 0 -> {
                    String fresh = "r" + nodes.size();
                    nodes.put(fresh, new Node(fresh));
                    alive.add(fresh);
                    cluster.agree();
                }
                case 1 -> {
                    if (alive.size() > 2) {
                        nodes.get(node).replica.kill();
                        alive.remove(node);
                        cluster.agree();
                        cluster.pass(Duration.ofSeconds(1));
                    }
                }
                case 2, 3, 4, 5 -> {
                    Session session = new Session(node);
                    all.add(session);
                    session.node.registrations.ready(session);
                    CompletionStage<Void> _ = session.node
                            .registrations
                            .register(id, session)
                            .thenAccept(held -> {
                                if (held) {
                                    holders.computeIfAbsent(id, _ -> new ArrayList<>())
                                            .add(session);
                                }
                            });
                }
                case 6 -> {
                    List<Session> open = holders.getOrDefault(id, List.of());
                    if (!open.isEmpty()) {
                        // without a word, so that the next one hears again what this one may not have heard
                        Session session = open.getLast();
                        CompletionStage<List<Registration>> _ = session.node.registrations.release(session, false);
                        boolean _ = open.remove(session);
                    }
                }
                case 7 -> {
                    if (alive.size() > 2) {
                        nodes.get(node).replica.cutOff();
                        cluster.agree();
                        cluster.pass(Duration.ofMillis(random.nextInt(100)));
                        nodes.get(node).replica.reconnect();
                        cluster.agree();
                        cluster.pass(Duration.ofSeconds(1));
                    }
                }
                default -> {
                    // more of one id are not kept
                    if (published.merge(id, 1, Integer::sum) > LocalRegistrations.MOST_OF_ID) {
                        break;
                    }
                    String result = "result-" + step;
                    CompletionStage<Void> _ = nodes.get(node)
                            .registrations
                            .authorize(id, Optional.empty(), result)
                            .thenAccept(_ -> expected.computeIfAbsent(id, _ -> new HashSet<>())
                                    .add(result));
                }
            }
            cluster.pass(Duration.ofMillis(random.nextInt(30)));
        }
        cluster.pass(PATIENCE.plus(PROBE).plusSeconds(1));

        for (Session session : all) {
            assertThat(session.told).as("seed %d", seed).doesNotHaveDuplicates();
        }
        for (Map.Entry<WebSocketId, List<Session>> entry : holders.entrySet()) {
            assertThat(entry.getValue().stream()
                            .filter(session -> alive.contains(session.node.replica.self()) && session.lost.isEmpty()))
                    .as("seed %d holders", seed)
                    .hasSizeLessThanOrEqualTo(1);
        }
        // whoever comes now hears what nobody heard
        for (WebSocketId id : expected.keySet()) {
            Session last = new Session(alive.getFirst());
            all.add(last);
            holders.getOrDefault(id, List.of()).forEach(session -> {
                if (alive.contains(session.node.replica.self())) {
                    CompletionStage<List<Registration>> _ = session.node.registrations.release(session, true);
                }
            });
            cluster.pass(Duration.ofSeconds(3));
            last.node.registrations.ready(last);
            assertThat(last.register(id)).as("seed %d", seed).isCompletedWithValue(true);
        }
        cluster.pass(MOMENT);
        assertThat(dropped).as("seed %d", seed).isEmpty();
        Set<String> heard = new HashSet<>();
        all.forEach(session -> heard.addAll(session.told));
        expected.forEach(
                (id, one) -> assertThat(heard).as("seed %d %s", seed, id.text()).containsAll(one));
    }
}
