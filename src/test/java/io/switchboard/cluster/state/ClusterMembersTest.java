package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.chat.LocalMembers;
import io.switchboard.chat.Members.Gathering;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.failure.StoreException;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterMembersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(1);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final Map<String, ClusterMembers> nodes = new HashMap<>();
    private final Map<String, LocalCluster.Replica> replicas = new HashMap<>();
    private final List<String> announced = new ArrayList<>();
    private final Map<Room, List<String>> last = new HashMap<>();
    private final Set<String> dead = new HashSet<>();

    private void start(String... ids) {
        for (String id : ids) {
            LocalCluster.Replica replica = cluster.replica(id);
            replicas.put(id, replica);
            nodes.put(
                    id,
                    new ClusterMembers(
                            replica,
                            replica,
                            cluster.loop(),
                            PATIENCE,
                            new LocalMembers(
                                    cluster.loop(),
                                    100,
                                    change -> {
                                        if (!dead.contains(id)) {
                                            announced.add(id + " " + change.users());
                                            last.put(change.room(), change.users());
                                        }
                                    },
                                    replica::acting)));
        }
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private void lose(String id) {
        dead.add(id);
        replicas.get(id).kill();
        cluster.agree();
        cluster.pass(MOMENT);
    }

    private Room roomOf(String replica) {
        while (true) {
            UUID uuid = UUID.randomUUID();
            if (cluster.ownerOf(uuid.toString()).equals(replica)) {
                return new Room(uuid, new RoomName(RoomType.GLOBAL, "r"));
            }
        }
    }

    private Gathering join(String node, Room room, UUID session, String user) {
        var gathering = nodes.get(node).join(room, session, user).toCompletableFuture();
        cluster.pass(MOMENT);
        return gathering.resultNow();
    }

    private List<String> users(String node, Room room) {
        var users = nodes.get(node).of(room).toCompletableFuture();
        cluster.pass(MOMENT);
        return users.resultNow();
    }

    @Test
    void theOwnerAloneTellsWhoComesAndLeaves() {
        start("a", "b", "c");
        Room room = roomOf("b");
        UUID alice = UUID.randomUUID();
        assertThat(join("a", room, alice, "alice")).isEqualTo(new Gathering(List.of("alice"), true));
        assertThat(join("c", room, UUID.randomUUID(), "bob")).isEqualTo(new Gathering(List.of("alice", "bob"), true));
        assertThat(join("c", room, UUID.randomUUID(), "alice"))
                .isEqualTo(new Gathering(List.of("alice", "bob"), false));
        assertThat(users("a", room)).containsExactly("alice", "bob");
        assertThat(nodes.get("b").rooms()).isEqualTo(1);
        assertThat(nodes.get("a").rooms()).isZero();
        nodes.get("a").leave(room, alice);
        cluster.pass(MOMENT);
        assertThat(announced).containsExactly("b [alice]", "b [alice, bob]");
    }

    @Test
    void aConnectionThatIsLostCountsForAWhileAlsoWithAnotherOwner() {
        start("a", "b");
        List<Room> rooms = IntStream.range(0, 10).mapToObj(_ -> roomOf("b")).toList();
        UUID alice = UUID.randomUUID();
        for (Room room : rooms) {
            join("a", room, alice, "alice");
            join("a", room, UUID.randomUUID(), "bob");
            cluster.pass(MOMENT);
        }
        rooms.forEach(room -> nodes.get("a").lost(room, alice));
        int before = announced.size();
        start("c");
        cluster.pass(Duration.ofSeconds(15));
        assertThat(announced).hasSize(before);
        rooms.forEach(room -> assertThat(users("a", room)).containsExactlyInAnyOrder("alice", "bob"));
        assertThat(rooms)
                .anyMatch(room -> cluster.ownerOf(room.uuid().toString()).equals("c"));
        cluster.pass(Duration.ofSeconds(15));
        rooms.forEach(room -> assertThat(last.get(room)).containsExactly("bob"));
        rooms.forEach(room -> assertThat(users("c", room)).containsExactly("bob"));
    }

    @Test
    void aReplicaThatIsLostIsLikeConnectionsThatBroke() {
        start("a", "b", "c");
        Room room = roomOf("b");
        join("a", room, UUID.randomUUID(), "alice");
        join("c", room, UUID.randomUUID(), "bob");
        lose("a");
        assertThat(users("c", room)).containsExactly("alice", "bob");
        join("c", room, UUID.randomUUID(), "alice");
        cluster.pass(LocalMembers.GRACE.plusSeconds(1));
        assertThat(announced).containsExactly("b [alice]", "b [alice, bob]");
    }

    @Test
    void whoWasLostWithTheOwnerIsNotInTheRoomAnyMore() {
        start("a", "b", "c");
        Room room = roomOf("b");
        join("a", room, UUID.randomUUID(), "alice");
        join("b", room, UUID.randomUUID(), "bob");
        lose("b");
        cluster.pass(LONG);
        assertThat(announced).last().isEqualTo(cluster.ownerOf(room.uuid().toString()) + " [alice]");
        assertThat(announced).hasSize(3);
    }

    @Test
    void aRoomThatIsGoneIsEmptyEverywhere() {
        start("a", "b");
        Room room = roomOf("b");
        join("a", room, UUID.randomUUID(), "alice");
        join("b", room, UUID.randomUUID(), "bob");
        int before = announced.size();
        nodes.get("a").close(room);
        cluster.pass(MOMENT);
        assertThat(nodes.get("b").rooms()).isZero();
        nodes.get("b").close(room);
        cluster.pass(MOMENT);
        start("c");
        cluster.pass(LONG);
        assertThat(nodes.values().stream().mapToInt(ClusterMembers::rooms).sum())
                .isZero();
        assertThat(announced).hasSize(before);
    }

    @Test
    void nobodyWaitsForEver() {
        start("a", "b");
        Room room = roomOf("b");
        replicas.get("b").kill();
        var joined = nodes.get("a").join(room, UUID.randomUUID(), "alice").toCompletableFuture();
        var users = nodes.get("a").of(room).toCompletableFuture();
        cluster.pass(PATIENCE.plusSeconds(1));
        assertThat(joined.exceptionNow()).isInstanceOf(StoreException.class);
        assertThat(users).isCompletedWithValue(List.of());
    }

    static IntStream seeds() {
        return IntStream.range(0, 100);
    }

    /** Whatever happens to connections and replicas: in the end all know who is in the room. */
    @ParameterizedTest
    @MethodSource("seeds")
    void allKnowWhoIsThereInTheEnd(int seed) {
        Random random = new Random(seed);
        start("r0", "r1", "r2");
        Room room = new Room(new UUID(1, seed), new RoomName(RoomType.GLOBAL, "r"));
        Map<String, Map<UUID, String>> wanted = new HashMap<>();
        for (int step = 0; step < 80; step++) {
            List<String> there = nodes.keySet().stream()
                    .filter(id -> !dead.contains(id))
                    .sorted()
                    .toList();
            String id = there.get(random.nextInt(there.size()));
            Map<UUID, String> mine = wanted.computeIfAbsent(id, _ -> new HashMap<>());
            UUID session = new UUID(id.hashCode(), random.nextInt(3));
            switch (random.nextInt(12)) {
                case 0 -> start("r" + nodes.size());
                case 1 -> {
                    if (there.size() > 1) {
                        lose(id);
                        wanted.remove(id);
                    }
                }
                case 2 -> {
                    if (there.size() > 1) {
                        replicas.get(id).cutOff();
                        cluster.agree();
                        replicas.get(id).reconnect();
                        cluster.agree();
                    }
                }
                case 3, 4, 5 -> {
                    mine.remove(session);
                    if (random.nextBoolean()) {
                        nodes.get(id).lost(room, session);
                    } else {
                        nodes.get(id).leave(room, session);
                    }
                }
                default -> {
                    String user = mine.computeIfAbsent(session, _ -> "u" + random.nextInt(4));
                    // one session is one user's
                    nodes.get(id).leave(room, session);
                    var _ = nodes.get(id).join(room, session, user);
                }
            }
            cluster.pass(Duration.ofMillis(random.nextInt(random.nextInt(5) == 0 ? 8000 : 10)));
        }
        cluster.pass(LocalMembers.GRACE.multipliedBy(2));

        Set<String> present = new HashSet<>();
        wanted.values().forEach(users -> present.addAll(users.values()));
        for (String id : nodes.keySet()) {
            if (!dead.contains(id)) {
                assertThat(users(id, room)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(present);
            }
        }
        if (!present.isEmpty()) {
            assertThat(last.get(room)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(present);
        }
    }
}
