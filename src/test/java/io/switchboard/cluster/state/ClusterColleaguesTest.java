package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterColleaguesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final LocalCluster cluster = new LocalCluster(new SimulatedTime());
    private final Map<String, ClusterColleagues> nodes = new HashMap<>();
    private final Map<String, LocalCluster.Replica> replicas = new HashMap<>();

    private void start(String... ids) {
        for (String id : ids) {
            LocalCluster.Replica replica = cluster.replica(id);
            replicas.put(id, replica);
            nodes.put(id, new ClusterColleagues(replica, replica, cluster.loop(), PATIENCE));
        }
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private static Claims claims(String user, String... workspaces) {
        return new Claims(
                user,
                user,
                "standard",
                Set.of(),
                Stream.of(workspaces)
                        .map(uuid -> new View(uuid, Optional.empty(), List.of(), View.Permission.READ))
                        .toList(),
                Instant.MAX);
    }

    private boolean ask(String node, Claims claims, String other) {
        var answer = nodes.get(node).ask(claims, other).toCompletableFuture();
        cluster.pass(MOMENT);
        return answer.resultNow();
    }

    private void present(String node, UUID session, Claims claims) {
        nodes.get(node).present(session, claims);
        cluster.pass(MOMENT);
    }

    @Test
    void colleaguesAreFoundOnOtherReplicas() {
        start("a", "b", "c");
        String bob = cluster.keyOf("b", 0);
        Claims alice = claims("alice", "w1", "w2");
        present("a", UUID.randomUUID(), alice);
        present("c", UUID.randomUUID(), claims(bob, "w2"));
        present("c", UUID.randomUUID(), claims("carol", "w3"));

        assertThat(nodes.get("a").share(alice, bob)).as("not known yet").isFalse();
        cluster.pass(MOMENT);
        assertThat(nodes.get("a").share(alice, bob)).isTrue();
        assertThat(ask("a", alice, "carol")).isFalse();
        assertThat(ask("a", alice, "nobody")).isFalse();
        assertThat(ask("c", claims(bob, "w2"), "alice")).isTrue();
        assertThat(nodes.get("b").size()
                        + nodes.get("a").size()
                        + nodes.get("c").size())
                .isEqualTo(3);
    }

    @Test
    void whoIsHereIsKnownAtOnce() {
        start("a", "b");
        Claims alice = claims("alice", "w1");
        nodes.get("a").present(UUID.randomUUID(), claims("bob", "w1"));
        assertThat(nodes.get("a").share(alice, "bob")).isTrue();
        assertThat(nodes.get("a").share(alice, "carol")).isFalse();
    }

    @Test
    void itStaysKnownAsLongAsWhoAskedIsThereAndFollowsWhatChanges() {
        start("a", "b", "c");
        String bob = cluster.keyOf("b", 0);
        Claims alice = claims("alice", "w1");
        UUID here = UUID.randomUUID();
        UUID there = UUID.randomUUID();
        present("a", here, alice);
        present("c", there, claims(bob, "w1"));
        assertThat(ask("a", alice, bob)).isTrue();
        cluster.pass(Duration.ofMinutes(5));
        assertThat(nodes.get("a").share(alice, bob)).isTrue();

        present("c", there, claims(bob, "w2"));
        cluster.pass(ClusterColleagues.FRESH);
        assertThat(nodes.get("a").share(alice, bob)).isFalse();
        present("c", there, claims(bob, "w1"));
        cluster.pass(ClusterColleagues.FRESH);
        assertThat(nodes.get("a").share(alice, bob)).isTrue();
        nodes.get("c").absent(there, bob);
        cluster.pass(ClusterColleagues.FRESH);
        assertThat(nodes.get("a").share(alice, bob)).isFalse();
    }

    @Test
    void ofWhatNobodyCanSayNobodyIsAColleague() {
        start("a", "b", "c");
        String bob = cluster.keyOf("b", 0);
        Claims alice = claims("alice", "w1");
        present("a", UUID.randomUUID(), alice);
        present("c", UUID.randomUUID(), claims(bob, "w1"));
        assertThat(ask("a", alice, bob)).isTrue();

        replicas.get("b").kill();
        cluster.pass(Duration.ofSeconds(1));
        assertThat(nodes.get("a").share(alice, bob)).as("for a while").isTrue();
        cluster.pass(ClusterColleagues.FRESH);
        assertThat(nodes.get("a").share(alice, bob)).isFalse();
        var answer = nodes.get("a").ask(alice, bob).toCompletableFuture();
        cluster.pass(Duration.ofSeconds(2));
        assertThat(answer).isCompletedWithValue(false);

        cluster.agree();
        cluster.pass(Duration.ofSeconds(3));
        assertThat(nodes.get("a").share(alice, bob)).isTrue();
    }

    @Test
    void aNewOwnerThatDoesNotKnowAllSessionsSaysNothing() {
        start("a", "b", "c");
        String bob = cluster.keyOf("b", 0);
        Claims alice = claims("alice", "w1");
        present("a", UUID.randomUUID(), alice);
        present("c", UUID.randomUUID(), claims(bob, "w1"));
        assertThat(ask("a", alice, bob)).isTrue();
        replicas.get("b").kill();
        cluster.agree();
        for (int i = 0; i < 300; i++) {
            cluster.pass(Duration.ofMillis(10));
            assertThat(nodes.get("a").share(alice, bob)).as("%d", i).isTrue();
            var _ = nodes.get("a").ask(alice, bob);
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, 100);
    }

    /** Whatever happens: nobody is taken for a colleague who was none for longer than that counts, and in the end all are found. */
    @ParameterizedTest
    @MethodSource("seeds")
    void colleaguesAreThoseWhoShareAWorkspace(int seed) {
        Random random = new Random(seed);
        start("r0", "r1", "r2");
        Set<String> dead = new HashSet<>();
        Claims alice = claims("alice", "w0", "w1");
        nodes.get("r0").present(UUID.randomUUID(), alice);
        Map<String, Map<UUID, Claims>> wanted = new HashMap<>();
        Map<String, Integer> strangers = new HashMap<>();
        int now = 0;
        for (int step = 0; step < 120; step++) {
            List<String> there = nodes.keySet().stream()
                    .filter(id -> !dead.contains(id))
                    .sorted()
                    .toList();
            String id = there.get(random.nextInt(there.size()));
            String user = "u" + random.nextInt(2);
            UUID session = new UUID(user.hashCode(), id.hashCode());
            Map<UUID, Claims> mine = wanted.computeIfAbsent(id, _ -> new HashMap<>());
            switch (random.nextInt(12)) {
                case 0 -> start("r" + nodes.size());
                case 1 -> {
                    if (!id.equals("r0")) {
                        dead.add(id);
                        replicas.get(id).kill();
                        wanted.remove(id);
                        cluster.agree();
                    }
                }
                case 2, 3, 4 -> {
                    mine.remove(session);
                    nodes.get(id).absent(session, user);
                }
                default -> {
                    Claims claims = claims(user, "w" + random.nextInt(4));
                    mine.put(session, claims);
                    nodes.get(id).present(session, claims);
                }
            }
            int wait = random.nextInt(random.nextInt(4) == 0 ? 9000 : 50);
            for (int i = 0; i <= wait; i += 50) {
                cluster.pass(MOMENT);
                now += 50;
                for (String other : List.of("u0", "u1")) {
                    if (isColleague(wanted, other)) {
                        strangers.remove(other);
                    } else {
                        int since = strangers.getOrDefault(other, now - 50);
                        strangers.put(other, since);
                        boolean over = now - since
                                > ClusterColleagues.FRESH.plus(MOMENT).toMillis();
                        assertThat(over && nodes.get("r0").share(alice, other))
                                .as("seed %d: %s is a stranger", seed, other)
                                .isFalse();
                    }
                }
            }
        }
        for (String other : List.of("u0", "u1")) {
            boolean _ = nodes.get("r0").share(alice, other);
        }
        cluster.pass(ClusterColleagues.FRESH);
        for (String other : List.of("u0", "u1")) {
            assertThat(nodes.get("r0").share(alice, other))
                    .as("seed %d: %s", seed, other)
                    .isEqualTo(isColleague(wanted, other));
        }
    }

    private static boolean isColleague(Map<String, Map<UUID, Claims>> wanted, String user) {
        return wanted.values().stream()
                .flatMap(sessions -> sessions.values().stream())
                .anyMatch(claims ->
                        claims.username().equals(user) && (claims.holdsWorkspace("w0") || claims.holdsWorkspace("w1")));
    }
}
