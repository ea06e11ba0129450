package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.event.MergingWorld.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Drives the merger with random changes of a few nodes, in simulated time, against a second, naive reading of the rules
 * that keeps every event whole and looks at all of them each tick. Compares what each of two workspaces is told of each
 * node, in which order, and at which tick.
 */
class TreeMergerRandomTest {
    private static final int TICK_MILLIS = 10;
    private static final int QUIET_TICKS = 5;
    private static final int MOST_TICKS = 12;
    private static final List<String> NODES = List.of("n1", "n2", "n3", "n4");
    private static final List<String> WORKSPACES = List.of("w1", "w2");

    static LongStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? LongStream.rangeClosed(1, 400) : LongStream.of(Long.parseLong(one));
    }

    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void shouldDoWhatANaiveReadingOfTheRulesDoes(long seed) {
        run(new Random(seed)).compare();
    }

    @ParameterizedTest
    @ValueSource(longs = 7)
    void shouldExerciseEveryRule(long seed) {
        Map<String, Integer> counts = new TreeMap<>();
        for (long s = seed; s < seed + 40; s++) {
            run(new Random(s)).counts.forEach((rule, count) -> counts.merge(rule, count, Integer::sum));
        }
        // A model in which nothing happens would be right as well.
        assertThat(counts.keySet())
                .contains("quiet", "maximum", "room", "passed behind", "leading", "no place", "moved", "temporary");
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isGreaterThan(20));
    }

    private static Run run(Random random) {
        Run run = new Run(random);
        for (int i = 0; i < 300; i++) {
            run.step();
        }
        for (int i = 0; i < MOST_TICKS + QUIET_TICKS; i++) {
            run.tick();
        }
        return run;
    }

    /** An event with everything that counts; a place that is null is left out. */
    private record Change(
            String type,
            boolean optimistic,
            String node,
            String path,
            String workspace,
            String etag,
            Map<String, String> meta) {
        boolean hasPlace() {
            return path != null || workspace != null;
        }

        boolean waits() {
            return !optimistic && !type.equals("DELETE") && !type.equals("UPDATE_PATH");
        }

        String json() {
            StringBuilder fields = new StringBuilder("'Uuid':'" + node + "','Type':'LEAF'");
            if (path != null) {
                fields.append(",'Path':'").append(path).append("'");
            }
            if (workspace != null) {
                fields.append(",'AppearsIn':[{'WsUuid':'")
                        .append(workspace)
                        .append("','Path':'in/")
                        .append(node)
                        .append("'}]");
            }
            if (etag != null) {
                fields.append(",'Etag':'").append(etag).append("'");
            }
            fields.append(",'MetaStore':{");
            String separator = "";
            for (Map.Entry<String, String> entry : meta.entrySet()) {
                fields.append(separator)
                        .append("'")
                        .append(entry.getKey())
                        .append("':'")
                        .append(entry.getValue())
                        .append("'");
                separator = ",";
            }
            fields.append('}');
            String end = type.equals("DELETE") || type.equals("UPDATE_PATH") ? "Source" : "Target";
            return "{'Type':'" + type + "','Optimistic':" + optimistic + ",'" + end + "':{" + fields + "}}";
        }
    }

    /** What the model remembers of a node. */
    private static final class Memory {
        final List<Change> delivered = new ArrayList<>();
        final List<Change> waiting = new ArrayList<>();
        int firstTick;
        int lastTick;
    }

    private static final class Run {
        private final Random random;
        private final boolean leadingEdge;
        private final int room;
        private final MergingWorld world;
        private final Map<String, Member> members = new HashMap<>();
        private final Map<String, Integer> read = new HashMap<>();
        private final Map<String, Memory> memories = new HashMap<>();
        /** In the order in which they began to wait, and in that of their last event. */
        private final LinkedHashMap<String, Memory> began = new LinkedHashMap<>();

        private final LinkedHashMap<String, Memory> touched = new LinkedHashMap<>();
        private final Map<String, List<String>> expected = new TreeMap<>();
        private final Map<String, List<String>> actual = new TreeMap<>();
        final Map<String, Integer> counts = new HashMap<>();
        private int tick;
        private int number;

        Run(Random random) {
            this.random = random;
            leadingEdge = random.nextInt(3) == 0;
            room = random.nextInt(3) == 0 ? 2 : 0;
            world = new MergingWorld(
                    new TreeSettings(
                            Duration.ofMillis(QUIET_TICKS * TICK_MILLIS),
                            Duration.ofMillis(MOST_TICKS * TICK_MILLIS),
                            leadingEdge,
                            room,
                            0,
                            0,
                            Duration.ZERO),
                    Optional.empty());
            for (String workspace : WORKSPACES) {
                members.put(workspace, world.join(MergingWorld.view(workspace, "ds/" + workspace)));
                read.put(workspace, 0);
            }
        }

        private void count(String rule) {
            counts.merge(rule, 1, Integer::sum);
        }

        void step() {
            if (random.nextInt(3) == 0) {
                tick();
                return;
            }
            Change change = change();
            world.publish(change.json());
            publish(change);
            observe();
        }

        private Change change() {
            String node = NODES.get(random.nextInt(NODES.size()));
            String type = switch (random.nextInt(12)) {
                case 0 -> "DELETE";
                case 1 -> "UPDATE_PATH";
                case 2, 3, 4 -> "CREATE";
                case 5, 6, 7 -> "UPDATE_CONTENT";
                default -> "UPDATE_META";
            };
            String path = random.nextInt(3) == 0 ? null : "ds/" + WORKSPACES.get(random.nextInt(2)) + "/" + node;
            String workspace = random.nextInt(3) == 0 ? WORKSPACES.get(random.nextInt(2)) : null;
            String etag = List.of("temporary", "e" + number, "").get(random.nextInt(3));
            Map<String, String> meta = new TreeMap<>();
            meta.put("number", Integer.toString(++number));
            for (String key : List.of("a", "b")) {
                if (random.nextInt(3) == 0) {
                    meta.put(key, key + number);
                }
            }
            return new Change(type, random.nextInt(10) == 0, node, path, workspace, etag.isEmpty() ? null : etag, meta);
        }

        void tick() {
            tick++;
            world.advance(Duration.ofMillis(TICK_MILLIS));
            for (String node : List.copyOf(touched.keySet())) {
                Memory memory = memories.get(node);
                if (tick - memory.lastTick >= QUIET_TICKS) {
                    count("quiet");
                    emit(node);
                    forget(node);
                }
            }
            for (String node : List.copyOf(began.keySet())) {
                Memory memory = memories.get(node);
                if (tick - memory.firstTick >= MOST_TICKS) {
                    count("maximum");
                    emit(node);
                    if (!leadingEdge || merged(memory).stream().noneMatch(Change::hasPlace)) {
                        forget(node);
                    }
                }
            }
            observe();
        }

        private void publish(Change change) {
            String node = change.node();
            if (!change.waits()) {
                Memory memory = memories.get(node);
                if (memory != null && !memory.waiting.isEmpty()) {
                    count("passed behind");
                    emit(node, change.type().equals("DELETE") || change.type().equals("UPDATE_PATH") ? change : null);
                }
                forget(node);
                tell(change, change.type(), List.of(change));
                return;
            }
            Memory memory = memories.get(node);
            if (memory == null) {
                memory = new Memory();
                memories.put(node, memory);
                if (leadingEdge && change.hasPlace()) {
                    count("leading");
                    memory.delivered.add(change);
                    touch(node, memory);
                    tell(change, change.type(), List.of(change));
                    makeRoom();
                    return;
                }
            }
            if (memory.waiting.isEmpty()) {
                memory.firstTick = tick;
                began.put(node, memory);
            }
            memory.waiting.add(change);
            touch(node, memory);
            makeRoom();
        }

        private void touch(String node, Memory memory) {
            memory.lastTick = tick;
            touched.remove(node);
            touched.put(node, memory);
        }

        private void makeRoom() {
            while (room > 0 && memories.size() > room) {
                String oldest = (began.isEmpty() ? touched : began).firstEntry().getKey();
                count("room");
                emit(oldest);
                forget(oldest);
            }
        }

        private void forget(String node) {
            memories.remove(node);
            began.remove(node);
            touched.remove(node);
        }

        private static List<Change> merged(Memory memory) {
            List<Change> all = new ArrayList<>(memory.delivered);
            all.addAll(memory.waiting);
            return all;
        }

        private void emit(String node) {
            emit(node, null);
        }

        /** What waited of a node leaves as one; {@code last} says where it was, if nothing else does. */
        private void emit(String node, Change last) {
            Memory memory = memories.get(node);
            if (memory.waiting.isEmpty()) {
                return;
            }
            String type = memory.waiting.getLast().type();
            for (String strong : List.of("UPDATE_CONTENT", "CREATE")) {
                if (memory.waiting.stream().anyMatch(change -> change.type().equals(strong))) {
                    type = strong;
                }
            }
            List<Change> all = merged(memory);
            boolean placed = all.stream().anyMatch(Change::hasPlace);
            if (!placed && (last == null || !last.hasPlace())) {
                count("no place");
            } else {
                List<Change> told = new ArrayList<>(all);
                if (!placed) {
                    told.add(new Change(type, false, node, last.path(), last.workspace(), null, Map.of()));
                    // The product takes an Etag from there, too, where the event has none.
                    if (all.stream().allMatch(change -> change.etag() == null) && last.etag() != null) {
                        told.add(new Change(type, false, node, null, null, last.etag(), Map.of()));
                    }
                }
                tell(memory.waiting.getLast(), type, told);
            }
            memory.delivered.addAll(memory.waiting);
            memory.waiting.clear();
            began.remove(node);
        }

        /** Says what each workspace is told of these changes as one. */
        private void tell(Change last, String type, List<Change> changes) {
            String path = null;
            String workspace = null;
            String etag = null;
            Map<String, String> meta = new TreeMap<>();
            for (Change change : changes) {
                if (change.path() != null && change.workspace() != null) {
                    path = change.path();
                    workspace = change.workspace();
                } else if (change.path() != null) {
                    if (!change.path().equals(path)) {
                        count("moved");
                        workspace = null;
                    }
                    path = change.path();
                } else if (change.workspace() != null) {
                    if (!change.workspace().equals(workspace)) {
                        count("moved");
                        path = null;
                    }
                    workspace = change.workspace();
                }
                if (change.etag() != null) {
                    if (change.etag().equals("temporary") && etag != null) {
                        count("temporary");
                    } else {
                        etag = change.etag();
                    }
                }
                meta.putAll(change.meta());
            }
            for (String view : WORKSPACES) {
                String inside = null;
                if (view.equals(workspace)) {
                    inside = "in/" + last.node();
                } else if (path != null && path.startsWith("ds/" + view + "/")) {
                    inside = path.substring(("ds/" + view + "/").length());
                }
                if (inside != null) {
                    // Only the former place of a node that moves: it disappears.
                    String shown = type.equals("UPDATE_PATH") ? "DELETE" : type;
                    StringBuilder text = new StringBuilder(tick + ": " + shown + " " + view + "/" + inside);
                    if (etag != null) {
                        text.append(" etag=").append(etag);
                    }
                    meta.forEach((key, value) ->
                            text.append(' ').append(key).append('=').append(value));
                    expected.computeIfAbsent(view + " " + last.node(), _ -> new ArrayList<>())
                            .add(text.toString());
                }
            }
        }

        /** What has come since the last look. */
        private void observe() {
            members.forEach((workspace, member) -> {
                List<String> received = member.received;
                for (int i = read.get(workspace); i < received.size(); i++) {
                    String text = received.get(i);
                    String path = text.split(" ", -1)[1];
                    String node = path.substring(path.lastIndexOf('/') + 1);
                    actual.computeIfAbsent(workspace + " " + node, _ -> new ArrayList<>())
                            .add(tick + ": " + text);
                }
                read.put(workspace, received.size());
            });
        }

        void compare() {
            assertThat(actual).isEqualTo(expected);
            assertThat(world.inFlight).isZero();
            assertThat(world.merger.nodes()).isZero();
            assertThat(world.merger.bytes()).isZero();
            assertThat(memories).isEmpty();
        }
    }
}
