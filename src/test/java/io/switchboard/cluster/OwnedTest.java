package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final Map<String, Node> nodes = new HashMap<>();

    /** A replica, and what its host was told. */
    private final class Node implements Host {
        private final LocalCluster.Replica replica;
        private final Owned owned;
        private final Map<String, Set<String>> attending = new HashMap<>();
        private final List<String> heard = new ArrayList<>();
        private int settled;

        private Node(String id) {
            replica = cluster.replica(id);
            owned = new Owned(replica, replica, cluster.loop(), "test", PATIENCE, this);
        }

        private void mustOwn(String key) {
            assertThat(replica.acting()).isTrue();
            assertThat(replica.view().ownerOf(key).orElseThrow().id()).isEqualTo(replica.self());
        }

        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            mustOwn(key);
            String what = new String(fact, UTF_8);
            heard.add((again ? "again " : "attended ") + from + " " + key + " " + id + " " + what);
            if (what.equals("refuse")) {
                return CompletableFuture.failedFuture(new IllegalStateException());
            }
            attending.computeIfAbsent(key, _ -> new HashSet<>()).add(from + "/" + id);
            return CompletableFuture.completedFuture(("yes " + what).getBytes(UTF_8));
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            heard.add("left " + from + " " + key + " " + id + " "
                    + how.map(bytes -> new String(bytes, UTF_8)).orElse("gone"));
            assertThat(attending.get(key).remove(from + "/" + id)).isTrue();
        }

        @Override
        public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
            mustOwn(key);
            return CompletableFuture.completedFuture(
                    (replica.self() + " answers " + new String(question, UTF_8)).getBytes(UTF_8));
        }

        @Override
        public void told(String from, String key, byte[] news) {
            heard.add("told " + from + " " + key + " " + new String(news, UTF_8));
        }

        @Override
        public void disowned(Predicate<String> keys) {
            attending.keySet().removeIf(keys);
        }

        @Override
        public void settled() {
            settled++;
        }
    }

    private void start(String... ids) {
        for (String id : ids) {
            nodes.put(id, new Node(id));
        }
        cluster.agree();
        cluster.pass(Duration.ofMillis(20));
    }

    private String text(CompletionStage<byte[]> stage) {
        CompletableFuture<byte[]> future = stage.toCompletableFuture();
        assertThat(future).isCompleted();
        return new String(future.join(), UTF_8);
    }

    private CompletionStage<byte[]> attend(String node, String key, String id, String fact) {
        CompletionStage<byte[]> answer = nodes.get(node).owned.attend(key, id, fact.getBytes(UTF_8));
        cluster.pass(Duration.ofMillis(20));
        return answer;
    }

    @Test
    void theOwnerIsToldOfWhatIsThereAndLeaves() {
        start("a", "b");
        String key = cluster.keyOf("b", 0);

        assertThat(text(attend("a", key, "s1", "f"))).isEqualTo("yes f");
        assertThat(text(attend("a", key, "s1", "g"))).isEqualTo("yes g");
        nodes.get("a").owned.leave(key, "s1", "bye".getBytes(UTF_8));
        nodes.get("a").owned.leave(key, "s2", "never".getBytes(UTF_8));
        nodes.get("a").owned.tell(key, "news".getBytes(UTF_8));
        cluster.pass(Duration.ofMillis(20));

        assertThat(nodes.get("b").heard)
                .containsExactly(
                        "attended a " + key + " s1 f",
                        "attended a " + key + " s1 g",
                        "left a " + key + " s1 bye",
                        "told a " + key + " news");
        assertThat(nodes.get("a").heard).isEmpty();
    }

    @Test
    void whatIsOwnedHereTakesNoWay() {
        start("a", "b");
        String key = cluster.keyOf("a", 0);

        assertThat(text(attend("a", key, "s1", "f"))).isEqualTo("yes f");
        assertThat(nodes.get("a").heard).containsExactly("attended a " + key + " s1 f");
    }

    @Test
    void whoIsRefusedDoesNotAttend() {
        start("a", "b", "c");
        String key = cluster.keyOf("b", 0);

        assertThat(attend("a", key, "s1", "refuse").toCompletableFuture()).isCompletedExceptionally();
        nodes.get("b").replica.kill();
        cluster.agree();
        cluster.pass(Duration.ofMillis(100));

        assertThat(nodes.get(cluster.ownerOf(key)).heard).isEmpty();
    }

    @Test
    void aQuestionFindsItsOwnerAlsoWhereThatChanges() {
        start("a", "b");
        String key = cluster.keyOf("b", 0);
        assertThat(text(ask("a", key))).isEqualTo("b answers ?");

        nodes.get("b").replica.kill();
        CompletionStage<byte[]> lost = ask("a", key);
        cluster.agree();
        assertThat(text(ask("a", key))).isEqualTo("a answers ?");
        cluster.pass(PATIENCE);
        assertThat(lost.toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void aQuestionWaitsForAnOwner() {
        Node node = new Node("a");
        nodes.put("a", node);
        CompletionStage<byte[]> answer = ask("a", "k");
        CompletionStage<byte[]> attended = attend("a", "k", "s1", "f");
        assertThat(answer.toCompletableFuture()).isNotDone();

        cluster.agree();
        cluster.pass(Duration.ofMillis(100));

        assertThat(text(answer)).isEqualTo("a answers ?");
        assertThat(text(attended)).isEqualTo("yes f");
    }

    @Test
    void nobodyWaitsForEver() {
        nodes.put("a", new Node("a"));
        CompletionStage<byte[]> answer = ask("a", "k");
        CompletionStage<byte[]> attended = attend("a", "k", "s1", "f");

        cluster.pass(PATIENCE.plusMillis(100));

        assertThat(answer.toCompletableFuture()).isCompletedExceptionally();
        assertThat(attended.toCompletableFuture()).isCompletedExceptionally();
        cluster.agree();
        cluster.pass(Duration.ofMillis(100));
        assertThat(nodes.get("a").heard).isEmpty();
    }

    private CompletionStage<byte[]> ask(String node, String key) {
        CompletionStage<byte[]> answer = nodes.get(node).owned.ask(key, "?".getBytes(UTF_8));
        cluster.pass(Duration.ofMillis(20));
        return answer;
    }

    @Test
    void anOwnerThatFollowsIsToldAgain() {
        start("a", "b", "c");
        String key = cluster.keyOf("b", 0);
        CompletionStage<byte[]> _ = attend("a", key, "s1", "f");
        CompletionStage<byte[]> _ = attend("b", key, "s2", "f");

        nodes.get("b").replica.kill();
        cluster.agree();
        cluster.pass(Duration.ofMillis(20));

        Node owner = nodes.get(cluster.ownerOf(key));
        assertThat(owner.heard).containsExactly("again a " + key + " s1 f");
        assertThat(owner.settled).isEqualTo(2);
    }

    @Test
    void whatAReplicaHadIsGoneWithIt() {
        start("a", "b", "c");
        String key = cluster.keyOf("b", 0);
        CompletionStage<byte[]> _ = attend("a", key, "s1", "f");

        nodes.get("a").replica.kill();
        cluster.agree();

        assertThat(nodes.get("b").heard).containsExactly("attended a " + key + " s1 f", "left a " + key + " s1 gone");
    }

    @Test
    void whoWasCutOffComesBackAsIfItWereNew() {
        start("a", "b", "c");
        String key = cluster.keyOf("b", 0);
        CompletionStage<byte[]> _ = attend("a", key, "s1", "f");
        CompletionStage<byte[]> _ = attend("c", key, "s3", "f");

        nodes.get("b").replica.cutOff();
        nodes.get("b").replica.reconnect();
        cluster.agree();
        cluster.pass(Duration.ofMillis(100));

        assertThat(nodes.get("b").heard)
                .containsExactlyInAnyOrder(
                        "attended a " + key + " s1 f",
                        "attended c " + key + " s3 f",
                        "again a " + key + " s1 f",
                        "again c " + key + " s3 f");
        assertThat(nodes.get("b").attending.get(key)).containsExactlyInAnyOrder("a/s1", "c/s3");
    }

    /** Whatever happens, in the end each owner knows exactly what attends, and nobody else knows anything. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void inTheEndOwnersKnowWhatAttends(int seed) {
        Random random = new Random(seed);
        start("r0", "r1", "r2");
        Map<String, Map<String, Set<String>>> wanted = new HashMap<>();
        Set<String> alive = new HashSet<>(nodes.keySet());
        for (int step = 0; step < 300; step++) {
            List<String> there = alive.stream().sorted().toList();
            String node = there.get(random.nextInt(there.size()));
            String key = "k" + random.nextInt(10);
            String id = node + "-" + random.nextInt(3);
            switch (random.nextInt(20)) {
                case 0 -> {
                    String fresh = "r" + nodes.size();
                    nodes.put(fresh, new Node(fresh));
                    alive.add(fresh);
                    cluster.agree();
                }
                case 1 -> {
                    if (there.size() > 1) {
                        nodes.get(node).replica.kill();
                        alive.remove(node);
                        wanted.remove(node);
                        cluster.agree();
                    }
                }
                case 2 -> {
                    if (there.size() > 1) {
                        nodes.get(node).replica.cutOff();
                        cluster.agree();
                        nodes.get(node).replica.reconnect();
                        cluster.agree();
                    }
                }
                case 3, 4, 5, 6, 7 -> {
                    nodes.get(node).owned.leave(key, id, new byte[0]);
                    wanted.getOrDefault(node, Map.of())
                            .getOrDefault(key, new HashSet<>())
                            .remove(id);
                }
                default -> {
                    CompletionStage<byte[]> _ = nodes.get(node).owned.attend(key, id, "f".getBytes(UTF_8));
                    wanted.computeIfAbsent(node, _ -> new HashMap<>())
                            .computeIfAbsent(key, _ -> new HashSet<>())
                            .add(id);
                }
            }
            cluster.pass(Duration.ofMillis(random.nextInt(4)));
        }
        cluster.pass(Duration.ofSeconds(3));

        Map<String, Set<String>> expected = new HashMap<>();
        wanted.forEach((node, keys) -> keys.forEach((key, ids) -> ids.forEach(
                id -> expected.computeIfAbsent(key, _ -> new HashSet<>()).add(node + "/" + id))));
        Map<String, Set<String>> known = new HashMap<>();
        alive.forEach(node -> nodes.get(node).attending.forEach((key, ids) -> {
            if (!ids.isEmpty()) {
                assertThat(known.put(key, ids)).as("a second owner of %s", key).isNull();
            }
        }));
        assertThat(known).as("seed %d", seed).isEqualTo(expected);
    }
}
