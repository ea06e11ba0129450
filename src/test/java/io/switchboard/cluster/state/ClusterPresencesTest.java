package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Owners;
import io.switchboard.hub.Topic;
import io.switchboard.presence.Gatherings.Crowd;
import io.switchboard.presence.LocalGatherings;
import io.switchboard.presence.LocalPresences;
import io.switchboard.presence.Presence;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterPresencesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration MOMENT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(5);
    private static final int FEW = 4;

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final Map<String, Node> nodes = new HashMap<>();

    private final class Node {
        private final LocalCluster.Replica replica;
        private final ClusterPresences presences;
        private final ClusterGatherings gatherings;
        private final List<Presence> told = new ArrayList<>();
        private final List<String> shared = new ArrayList<>();

        private Node(String id) {
            replica = cluster.replica(id);
            Owners owners = new Owners(List.of(cluster.loop()));
            presences = new ClusterPresences(
                    replica,
                    replica,
                    cluster.loop(),
                    PATIENCE,
                    time.clock(),
                    announce -> new LocalPresences(owners, time.clock(), GRACE, announce, replica::acting),
                    told::add);
            gatherings = new ClusterGatherings(
                    replica,
                    replica,
                    cluster.loop(),
                    PATIENCE,
                    presences,
                    listener -> new LocalGatherings(owners, _ -> true, FEW, GRACE, listener, replica::acting),
                    (topic, presence, came) ->
                            shared.add((came ? "+" : "-") + presence.user() + " " + presence.status()));
        }

        private List<String> told(String user) {
            return told.stream()
                    .filter(one -> one.user().equals(user))
                    .map(Presence::status)
                    .toList();
        }
    }

    private void start(String... ids) {
        for (String id : ids) {
            nodes.put(id, new Node(id));
        }
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private Node node(String id) {
        return nodes.get(id);
    }

    private void lose(String... ids) {
        for (String id : ids) {
            node(id).replica.kill();
        }
        cluster.agree();
        cluster.pass(LONG);
    }

    private Presence ask(String node, String user) {
        var answer = node(node).presences.of(List.of(user)).toCompletableFuture();
        cluster.pass(MOMENT);
        return answer.resultNow().getFirst();
    }

    @Test
    void allReplicasHearOfAUserOnceOverAllConnections() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("a").presences.arrive(user);
        node("c").presences.arrive(user);
        node("c").presences.arrive(user);
        cluster.pass(LONG);
        node("a").presences.leave(user);
        node("c").presences.leave(user);
        cluster.pass(LONG);
        nodes.values().forEach(node -> assertThat(node.told(user)).containsExactly("online"));
        assertThat(ask("a", user).status()).isEqualTo("online");

        node("c").presences.leave(user);
        cluster.pass(LONG);
        nodes.values().forEach(node -> assertThat(node.told(user)).containsExactly("online", "offline"));
        assertThat(ask("a", user).lastSeen()).isPresent();
        assertThat(node("b").presences.size()).isZero();
    }

    @Test
    void whoSetsAStatusSeesItAtOnce() {
        start("a", "b");
        String user = cluster.keyOf("b", 0);
        node("a").presences.arrive(user);
        node("a").presences.set(user, "busy", Optional.of("{\"m\":1}"));
        assertThat(ask("a", user).status()).isEqualTo("busy");
        assertThat(ask("b", user).metadata()).contains("{\"m\":1}");
    }

    @Test
    void aStatusOutlivesItsOwnerAndTheReplicaWhereItWasSet() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("a").presences.arrive(user);
        node("a").presences.set(user, "busy", Optional.of("{}"));
        cluster.pass(LONG);
        node("c").presences.arrive(user);
        cluster.pass(MOMENT);
        lose("a", "b");

        assertThat(ask("c", user).status()).isEqualTo("busy");
        assertThat(node("c").told(user).getLast()).isEqualTo("busy");
    }

    @Test
    void whatIsSaidLaterCountsWhateverTheClocks() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("a").presences.arrive(user);
        node("c").presences.arrive(user);
        node("a").presences.set(user, "1", Optional.empty());
        node("a").presences.set(user, "2", Optional.empty());
        cluster.pass(MOMENT);
        node("c").presences.set(user, "3", Optional.empty());
        cluster.pass(LONG);
        node("a").presences.set(user, "4", Optional.empty());
        cluster.pass(LONG);
        nodes.values().forEach(node -> assertThat(node.told(user).getLast()).isEqualTo("4"));
        lose("b");
        assertThat(ask("c", user).status()).isEqualTo("4");
        assertThat(node("c").told(user).getLast()).isEqualTo("4");
    }

    @Test
    void aNewOwnerAnnouncesNobodyAgain() {
        start("a", "b", "c");
        for (int i = 0; i < 30; i++) {
            node(i % 2 == 0 ? "a" : "c").presences.arrive("u" + i);
            if (i % 3 == 0) {
                node(i % 2 == 0 ? "a" : "c").presences.set("u" + i, "busy", Optional.empty());
            }
        }
        cluster.pass(LONG);
        int before = node("a").told.size();
        lose("b");
        start("d");
        cluster.pass(LONG);
        assertThat(node("a").told).hasSize(before);
        assertThat(ask("d", "u3").status()).isEqualTo("busy");
        assertThat(ask("d", "u4").status()).isEqualTo("online");
    }

    @Test
    void whoIsGoneWithAReplicaIsAwayAfterTheGrace() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("a").presences.arrive(user);
        cluster.pass(LONG);
        lose("a");
        assertThat(node("b").told(user)).containsExactly("online", "offline");
        assertThat(node("c").told(user)).containsExactly("online", "offline");
    }

    @Test
    void whoIsGoneTogetherWithTheOwnerIsAnnouncedByTheHeir() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("b").presences.arrive(user);
        cluster.pass(LONG);
        lose("b");
        assertThat(node("a").told(user)).containsExactly("online", "offline");
        assertThat(node("c").told(user)).containsExactly("online", "offline");
    }

    /** The heir of then is gone as well; another one was told. */
    @Test
    void whoeverBecomesTheHeirIsToldWhoIsThere() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("b").presences.arrive(user);
        cluster.pass(LONG);
        String heir = node("b").replica.view().heirOf(user).orElseThrow().id();
        String other = heir.equals("a") ? "c" : "a";
        lose(heir);
        lose("b");
        assertThat(node(other).told(user)).containsExactly("online", "offline");
    }

    @Test
    void whoComesBackElsewhereWithinTheGraceWasNeverAway() {
        start("a", "b", "c");
        String user = cluster.keyOf("b", 0);
        node("b").presences.arrive(user);
        cluster.pass(LONG);
        node("b").replica.kill();
        cluster.agree();
        cluster.pass(MOMENT);
        node("a").presences.arrive(user);
        cluster.pass(LONG);
        assertThat(node("a").told(user)).containsExactly("online");
    }

    /** It could not keep its lease for a moment, and nobody else decided meanwhile. */
    @Test
    void whoDecidesAgainAnnouncesNobodyAgain() {
        start("a", "b", "c");
        Topic topic = Topic.of(cluster.keyOf("b", 2));
        String user = cluster.keyOf("b", 0);
        String gone = cluster.keyOf("b", 1);
        node("a").presences.arrive(user);
        node("c").presences.arrive(gone);
        for (String id : List.of("a", "b", "c")) {
            node(id).gatherings.join(topic, "alice");
        }
        cluster.pass(LONG);
        int shared = node("a").shared.size();
        node("b").replica.cutOff();
        node("b").replica.reconnect();
        node("c").replica.kill();
        cluster.agree();
        cluster.pass(LONG);
        assertThat(node("a").told(user)).containsExactly("online");
        assertThat(node("a").told(gone)).containsExactly("online", "offline");
        assertThat(node("a").shared).hasSize(shared);
    }

    /** The grace runs while the user gets another owner. */
    @Test
    void whoHasLeftIsAnnouncedByTheNewOwner() {
        start("a", "b");
        for (int i = 0; i < 20; i++) {
            node("a").presences.arrive("u" + i);
        }
        cluster.pass(LONG);
        for (int i = 0; i < 20; i++) {
            node("a").presences.leave("u" + i);
        }
        cluster.pass(MOMENT);
        start("c");
        cluster.pass(LONG);
        for (int i = 0; i < 20; i++) {
            assertThat(node("a").told("u" + i))
                    .as("u%d of %s", i, cluster.ownerOf("u" + i))
                    .containsExactly("online", "offline");
        }
    }

    @Test
    void aQuestionIsAnsweredAlsoWhereAnOwnerCannotBeReached() {
        start("a", "b");
        String here = cluster.keyOf("a", 0);
        String there = cluster.keyOf("b", 0);
        node("a").presences.arrive(here);
        node("a").presences.arrive(there);
        cluster.pass(LONG);
        node("b").replica.kill();
        var answer = node("a").presences.of(List.of(there, here)).toCompletableFuture();
        cluster.pass(ClusterPresences.ANSWER.plus(MOMENT));
        assertThat(answer.resultNow()).extracting(Presence::status).containsExactly("offline", "online");
    }

    @Test
    void thoseWhoShareATopicHearOfEachOther() {
        start("a", "b", "c");
        Topic topic = Topic.of("chat", cluster.keyOf("b", 0), "x.y");
        node("a").gatherings.join(topic, "alice");
        node("c").gatherings.join(topic, "alice");
        node("a").presences.arrive("alice");
        cluster.pass(LONG);
        node("c").gatherings.join(topic, "bob");
        cluster.pass(LONG);
        node("c").gatherings.leave(topic, "alice");
        cluster.pass(LONG);
        nodes.values().forEach(node -> assertThat(node.shared).containsExactly("+alice online", "+bob offline"));
        assertThat(crowd("a", topic)).isEqualTo(new Crowd(2, List.of("alice", "bob")));

        node("a").gatherings.leave(topic, "alice");
        cluster.pass(LONG);
        nodes.values().forEach(node -> assertThat(node.shared).endsWith("-alice online"));
        assertThat(nodes.values().stream()
                        .mapToInt(node -> node.gatherings.size())
                        .sum())
                .isEqualTo(1);
    }

    private Crowd crowd(String node, Topic topic) {
        var answer = node(node).gatherings.of(topic).toCompletableFuture();
        cluster.pass(MOMENT);
        return answer.resultNow();
    }

    @Test
    void aTopicOutlivesItsOwner() {
        start("a", "b", "c");
        List<Topic> topics =
                IntStream.range(0, 12).mapToObj(i -> Topic.of("chat", "t" + i)).toList();
        for (Topic topic : topics) {
            node("a").gatherings.join(topic, "alice");
            node("b").gatherings.join(topic, "bob");
        }
        cluster.pass(LONG);
        assertThat(node("a").shared).hasSize(24);
        lose("b");
        assertThat(node("a").shared).hasSize(36);
        assertThat(node("a").shared.subList(24, 36)).containsOnly("-bob offline");
        start("d");
        cluster.pass(LONG);
        assertThat(node("a").shared).hasSize(36);
        topics.forEach(topic -> assertThat(crowd("d", topic)).isEqualTo(new Crowd(1, List.of("alice"))));
    }

    @Test
    void ofACrowdNobodyIsToldAlsoByANewOwner() {
        start("a", "b", "c");
        Topic topic = Topic.of("chat", "crowd");
        for (int i = 0; i <= FEW; i++) {
            node("a").gatherings.join(topic, "u" + i);
        }
        cluster.pass(LONG);
        int told = node("a").shared.size();
        String owner = cluster.ownerOf(topic.toString());
        if (!owner.equals("a")) {
            lose(owner);
        }
        assertThat(node("a").shared).hasSize(told);
        assertThat(crowd("a", topic)).isEqualTo(new Crowd(FEW + 1, List.of()));
    }

    static IntStream seeds() {
        return IntStream.range(0, 100);
    }

    /**
     * Whatever happens to users and, one at a time, to replicas: who was there all the time hears nothing twice, and in the end
     * knows who is there.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void allAreToldHowThingsAreInTheEnd(int seed) {
        Random random = new Random(seed);
        start("r0", "r1", "r2");
        Set<String> alive = new HashSet<>(nodes.keySet());
        Map<String, Map<String, Integer>> wanted = new HashMap<>();
        Topic topic = Topic.of("chat", "all");
        for (int step = 0; step < 100; step++) {
            List<String> there = alive.stream().sorted().toList();
            String id = there.get(random.nextInt(there.size()));
            String user = "u" + random.nextInt(3);
            Map<String, Integer> connections = wanted.computeIfAbsent(id, _ -> new HashMap<>());
            switch (random.nextInt(14)) {
                case 0 -> {
                    String fresh = "r" + nodes.size();
                    start(fresh);
                    alive.add(fresh);
                    cluster.pass(LONG);
                }
                case 1 -> {
                    if (!id.equals("r0")) {
                        alive.remove(id);
                        wanted.remove(id);
                        node(id).replica.kill();
                        cluster.agree();
                        cluster.pass(random.nextBoolean() ? LONG : Duration.ofSeconds(1));
                    }
                }
                case 2, 3, 4, 5 -> {
                    if (connections.getOrDefault(user, 0) > 0) {
                        connections.merge(user, -1, Integer::sum);
                        node(id).presences.leave(user);
                        node(id).gatherings.leave(topic, user);
                    }
                }
                default -> {
                    connections.merge(user, 1, Integer::sum);
                    node(id).presences.arrive(user);
                    node(id).gatherings.join(topic, user);
                }
            }
            cluster.pass(Duration.ofMillis(random.nextInt(random.nextInt(5) == 0 ? 4000 : 10)));
        }
        cluster.pass(LONG.multipliedBy(2));

        Node witness = node("r0");
        Set<String> present = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            String user = "u" + i;
            boolean online = wanted.values().stream().anyMatch(one -> one.getOrDefault(user, 0) > 0);
            if (online) {
                present.add(user);
            }
            List<String> told = witness.told(user);
            for (int j = 0; j < told.size(); j++) {
                assertThat(told.get(j)).as("seed %d: %s", seed, told).isEqualTo(j % 2 == 0 ? "online" : "offline");
            }
            assertThat(!told.isEmpty() && told.getLast().equals("online"))
                    .as("seed %d: %s", seed, user)
                    .isEqualTo(online);
            assertThat(ask("r0", user).status()).isEqualTo(online ? "online" : "offline");
        }
        Set<String> sharing = new HashSet<>();
        for (String news : witness.shared) {
            String user = news.substring(1, 3);
            assertThat(news.startsWith("+") ? sharing.add(user) : sharing.remove(user))
                    .as("seed %d: %s", seed, witness.shared)
                    .isTrue();
        }
        assertThat(sharing).as("seed %d", seed).isEqualTo(present);
        assertThat(Set.copyOf(crowd("r0", topic).users())).isEqualTo(present);
        assertThat(nodes.entrySet().stream()
                        .filter(one -> alive.contains(one.getKey()))
                        .mapToInt(one -> one.getValue().presences.size())
                        .sum())
                .isEqualTo(present.size());
    }
}
