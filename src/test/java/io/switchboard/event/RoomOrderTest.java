package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.chat.ChatStore.Draft;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.failure.StoreException;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.MemoryChatStore;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoomOrderTest {
    private static final int MOST_HELD = 20;

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final MemoryChatStore store = new MemoryChatStore();
    private final List<RoomChange> kept = new ArrayList<>();
    private final List<Told> told = new ArrayList<>();
    private final Map<Long, Integer> delivered = new HashMap<>();
    private int filled;
    private int passedOver;
    private long offset;

    /** What the next tail got. */
    private record Told(Position position, Event event) {}

    private final Tail<Event> next = (position, event, done) -> {
        told.add(new Told(position, event));
        done.run();
    };

    private RoomOrder order = order(next, MOST_HELD);

    RoomOrderTest() {
        store.listen(change -> {
            kept.add(change);
            return CompletableFuture.completedFuture(null);
        });
    }

    private RoomOrder order(Tail<Event> tail, int mostHeld) {
        return new RoomOrder(store, tail, loop, mostHeld, new RoomOrder.Listener() {
            @Override
            public void filled(int messages) {
                filled += messages;
            }

            @Override
            public void passedOver() {
                passedOver++;
            }
        });
    }

    private static <T> T get(CompletionStage<T> answer) {
        return answer.toCompletableFuture().join();
    }

    private Room room(String name) {
        return get(store.open(new RoomName(RoomType.GLOBAL, name)));
    }

    /** Keeps a message, and says what is to be told of it. */
    private RoomChange post(Room room, String id) {
        assertThat(get(store.append(room, new Draft(id, "alice", 0, "{}")))).isPresent();
        return kept.getLast();
    }

    private List<RoomChange> post(Room room, int from, int to) {
        List<RoomChange> changes = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            changes.add(post(room, "m" + i));
        }
        return changes;
    }

    private RoomChange edit(Room room, String id) {
        assertThat(get(store.edit(room, id, Optional.empty(), _ -> "{\"edited\":true}")))
                .isPresent();
        return kept.getLast();
    }

    private RoomChange delete(Room room, String id) {
        assertThat(get(store.delete(room, id, Optional.empty()))).isPresent();
        return kept.getLast();
    }

    /** Has its place in the log. */
    private void log(Event event) {
        long place = ++offset;
        order.deliver(new Position("e", place), event, () -> delivered.merge(place, 1, Integer::sum));
        loop.runAll();
    }

    private void log(RoomChange change) {
        log(new RoomEvent(change));
    }

    private void pass(Duration duration) {
        time.advance(duration);
        loop.runAll();
    }

    /** Each event of the log is reported once, and no other. */
    private void everythingIsDelivered() {
        assertThat(order.held()).isZero();
        assertThat(delivered)
                .hasSize((int) offset)
                .allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
    }

    private static String written(Event event) {
        return switch (event) {
            case RoomEvent(RoomChange.Said said) -> Long.toString(said.message().seq());
            case RoomEvent(RoomChange.Edited edited) ->
                "edit " + edited.message().seq();
            case RoomEvent(RoomChange.Unsaid unsaid) ->
                "delete " + unsaid.message().seq();
            case RoomEvent(RoomChange.Closed _) -> "closed";
            case RoomEvent(RoomChange.Gathered _) -> "gathered";
            default -> "other";
        };
    }

    private List<String> told() {
        return told.stream().map(one -> written(one.event())).toList();
    }

    private List<Long> offsets() {
        return told.stream().map(one -> one.position().offset()).toList();
    }

    @Test
    void whatComesInOrderPassesAtOnceAndAsksNobody() {
        store.silence();
        Room room = new Room(UUID.randomUUID(), new RoomName(RoomType.GLOBAL, "a"));
        for (long seq = 7; seq < 20; seq++) {
            log(new RoomChange.Said(room, new Message(seq, "m" + seq, "alice", 0, "{}")));
            log(new RoomChange.Gathered(room, List.of()));
        }
        log(new JobEvent("alice", "{}"));

        assertThat(told).hasSize(27);
        assertThat(offsets()).isSorted();
        assertThat(time.pendingTimers()).isZero();
        everythingIsDelivered();
    }

    @Test
    void theSecondWaitsForTheFirst() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 4);
        log(said.get(0));
        log(said.get(2));
        log(new RoomChange.Gathered(room, List.of()));
        log(said.get(3));
        assertThat(told()).containsExactly("1");
        assertThat(order.held()).isEqualTo(3);

        log(said.get(1));

        assertThat(told()).containsExactly("1", "2", "3", "gathered", "4");
        assertThat(offsets()).containsExactly(1L, 5L, 2L, 3L, 4L);
        pass(RoomOrder.PATIENCE);
        assertThat(filled + passedOver).isZero();
        everythingIsDelivered();
    }

    @Test
    void oneRoomWaitsAlone() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 3);
        Room other = room("b");
        log(said.get(0));
        log(said.get(2));

        log(post(other, "o"));
        log(new JobEvent("alice", "{}"));

        assertThat(told()).containsExactly("1", "1", "other");
        assertThat(order.held()).isEqualTo(1);
    }

    @Test
    void whatDoesNotComeIsReadAndNotToldAgain() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 6);
        log(said.get(0));
        log(said.get(4));
        pass(RoomOrder.PATIENCE.minusNanos(1));
        assertThat(told()).containsExactly("1");
        log(said.get(3));

        pass(Duration.ofNanos(1));

        assertThat(told()).containsExactly("1", "2", "3", "4", "5");
        assertThat(offsets()).as("at the place that showed the gap").containsExactly(1L, 2L, 2L, 3L, 2L);
        assertThat(filled).isEqualTo(2);
        log(said.get(2));
        log(said.get(1));
        log(said.get(5));
        assertThat(told()).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(passedOver).isZero();
        everythingIsDelivered();
    }

    @Test
    void aMessageThatWasDeletedIsAHoleAndStaysOne() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 4);
        RoomChange deleted = delete(room, "m2");
        log(said.get(0));
        log(deleted);
        log(said.get(3));
        pass(RoomOrder.PATIENCE);
        // one gap after the other
        pass(Duration.ZERO);

        assertThat(told()).containsExactly("1", "delete 2", "3", "4");
        log(said.get(1));
        log(said.get(2));
        assertThat(told()).as("what is deleted does not come back").hasSize(4);
        everythingIsDelivered();
    }

    @Test
    void anEditWaitsForItsMessage() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 2);
        log(said.getFirst());
        log(edit(room, "m2"));
        assertThat(told()).containsExactly("1");

        log(said.getLast());
        log(edit(room, "m1"));
        log(edit(room, "m2"));

        assertThat(told()).containsExactly("1", "2", "edit 2", "edit 1", "edit 2");
        everythingIsDelivered();
    }

    @Test
    void anEditShowsThatItsMessageIsMissing() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 2);
        log(said.getFirst());
        log(edit(room, "m2"));
        pass(RoomOrder.PATIENCE);

        assertThat(told()).containsExactly("1", "2", "edit 2");
        assertThat(filled).isEqualTo(1);
        log(said.getLast());
        assertThat(told()).hasSize(3);
        everythingIsDelivered();
    }

    /** An old message that is edited says nothing of where the room is. */
    @Test
    void aRoomThatWasNeverSeenBeginsWithAnyMessage() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 50);
        log(edit(room, "m3"));
        log(said.get(40));
        log(said.get(39));
        log(said.get(41));

        assertThat(told()).containsExactly("edit 3", "41", "40", "42");
        assertThat(time.pendingTimers()).isZero();
        everythingIsDelivered();
    }

    @Test
    void withoutTheStoreARoomGoesOn() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 4);
        store.fail(Optional.of(StoreException.Reason.DOWN));
        log(said.get(0));
        log(said.get(3));
        log(said.get(2));
        pass(RoomOrder.PATIENCE);

        assertThat(told()).containsExactly("1", "3", "4");
        assertThat(passedOver).isEqualTo(1);
        log(said.get(1));
        assertThat(told()).as("nobody had it").endsWith("2");
        everythingIsDelivered();
    }

    @Test
    void aStoreThatDoesNotAnswerIsNotWaitedForForEver() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 4);
        store.silence();
        log(said.get(0));
        log(said.get(2));
        pass(RoomOrder.PATIENCE);
        log(said.get(3));
        pass(RoomOrder.READING.minusNanos(1));
        assertThat(told()).containsExactly("1");

        pass(Duration.ofNanos(1));

        assertThat(told()).containsExactly("1", "3", "4");
        assertThat(passedOver).isEqualTo(1);
        everythingIsDelivered();
    }

    @Test
    void whatComesWhileTheStoreIsAskedIsNotReadOnceMore() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 6);
        log(said.get(0));
        log(said.get(2));
        time.advance(RoomOrder.PATIENCE);
        // the store is asked, and has answered, and nobody has looked at it
        assertThat(loop.runOne()).isTrue();
        long place = ++offset;
        order.deliver(
                new Position("e", place), new RoomEvent(said.get(1)), () -> delivered.merge(place, 1, Integer::sum));
        assertThat(told()).containsExactly("1", "2", "3");
        loop.runAll();
        log(said.get(4));
        pass(RoomOrder.PATIENCE);

        assertThat(told()).containsExactly("1", "2", "3", "4", "5");
        pass(RoomOrder.READING);
        assertThat(filled).isEqualTo(1);
        assertThat(passedOver).isZero();
        everythingIsDelivered();
    }

    @Test
    void ofAWideGapTheEndIsRead() {
        Room room = room("a");
        int last = 2 * RoomOrder.WIDEST;
        List<RoomChange> said = post(room, 1, last);
        log(said.getFirst());
        log(said.getLast());
        pass(RoomOrder.PATIENCE);

        assertThat(told()).hasSize(RoomOrder.WIDEST + 2).startsWith("1", Integer.toString(RoomOrder.WIDEST));
        assertThat(told()).endsWith(Integer.toString(last - 1), Integer.toString(last));
        assertThat(passedOver).isEqualTo(1);
        log(said.get(1));
        log(said.get(RoomOrder.WIDEST));
        assertThat(told())
                .as("only what nobody had")
                .hasSize(RoomOrder.WIDEST + 3)
                .endsWith("2");
        everythingIsDelivered();
    }

    @Test
    void tooMuchIsNotHeld() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, MOST_HELD + 3);
        log(said.getFirst());
        for (RoomChange one : said.subList(2, said.size()).reversed()) {
            log(one);
        }

        assertThat(told())
                .containsExactly(said.stream()
                        .map(one -> written(new RoomEvent(one)))
                        .filter(number -> !number.equals("2"))
                        .toArray(String[]::new));
        assertThat(passedOver).isEqualTo(1);
        everythingIsDelivered();
        pass(RoomOrder.PATIENCE);
        log(said.get(1));
        assertThat(told()).endsWith("2");
        everythingIsDelivered();
    }

    @Test
    void aRoomThatIsGoneKeepsNothing() {
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 3);
        log(said.get(0));
        log(said.get(2));
        log(new RoomChange.Closed(room));

        assertThat(told()).containsExactly("1", "3", "closed");
        everythingIsDelivered();
        pass(RoomOrder.PATIENCE);
        assertThat(told()).hasSize(3);
    }

    @Test
    void anEventThatCannotBeDeliveredStopsNoOther() {
        order = order(
                (position, event, done) -> {
                    if (written(event).equals("2")) {
                        throw new IllegalStateException("hunter2");
                    }
                    next.deliver(position, event, done);
                },
                MOST_HELD);
        Room room = room("a");
        List<RoomChange> said = post(room, 1, 3);
        try (LogRecorder log = new LogRecorder("")) {
            log(said.get(0));
            log(said.get(2));
            log(said.get(1));

            assertThat(log.texts()).isNotEmpty().noneMatch(text -> text.contains("hunter2"));
        }
        assertThat(told()).containsExactly("1", "3");
        everythingIsDelivered();
    }

    // -- against a model

    /** An event on its way from a process to the log. */
    private record Sent(RoomChange change, long atMillis) {}

    /**
     * Three processes change three rooms. What each says of a room keeps its order, but takes its time: mostly little, sometimes more
     * than anybody waits for. One dies, and what it had not placed is lost.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everybodyIsToldEachMessageOnceAndInOrder(long seed) {
        Random random = new Random(seed);
        order = order(next, Integer.MAX_VALUE);
        List<Room> rooms = List.of(room("a"), room("b"), room("c"));
        List<Sent> sent = new ArrayList<>();
        Map<Room, Set<Long>> alive = new HashMap<>();
        long death = 500L + random.nextInt(1000);
        long[][] busyUntil = new long[3][3];
        long now = 0;
        for (int i = 0; i < 600; i++) {
            now += random.nextInt(8);
            int which = random.nextInt(3);
            Room room = rooms.get(which);
            Set<Long> there = alive.computeIfAbsent(room, _ -> new HashSet<>());
            RoomChange change;
            int what = random.nextInt(10);
            if (what < 7 || there.isEmpty()) {
                change = post(room, "m" + i);
                there.add(((RoomChange.Said) change).message().seq());
            } else {
                long seq = there.stream()
                        .sorted(Comparator.reverseOrder())
                        .skip(random.nextInt(Math.min(4, there.size())))
                        .findFirst()
                        .orElseThrow();
                String id =
                        get(store.after(room, seq - 1, 1)).messages().getFirst().uuid();
                change = what < 9 ? edit(room, id) : delete(room, id);
                if (what == 9) {
                    there.remove(seq);
                }
            }
            int process = random.nextInt(now > death ? 2 : 3);
            long delay = random.nextInt(10) == 0 ? random.nextInt(400) : random.nextInt(60);
            long at = Math.max(now + delay, busyUntil[process][which] + 1);
            busyUntil[process][which] = at;
            if (process < 2 || at <= death) {
                sent.add(new Sent(change, at));
            }
        }
        // who comes last shows every gap
        long end = now + 5_000;
        for (Room room : rooms) {
            RoomChange last = post(room, "last");
            alive.get(room).add(((RoomChange.Said) last).message().seq());
            sent.add(new Sent(last, end));
        }
        sent.sort(Comparator.comparingLong(Sent::atMillis));
        long clock = 0;
        for (Sent one : sent) {
            for (; clock < one.atMillis(); clock++) {
                pass(Duration.ofMillis(1));
            }
            log(one.change());
        }
        for (int i = 0; i < 1_000; i++) {
            pass(Duration.ofMillis(1));
        }

        everythingIsDelivered();
        assertThat(passedOver).isZero();
        assertThat(filled).as("seed %d", seed).isPositive();
        for (Room room : rooms) {
            check(room, alive.get(room), seed);
        }
    }

    private void check(Room room, Set<Long> alive, long seed) {
        long first = 0;
        long last = 0;
        Set<Long> said = new HashSet<>();
        Set<Long> unsaid = new HashSet<>();
        for (Told one : told) {
            RoomChange change = ((RoomEvent) one.event()).change();
            if (!change.room().equals(room)) {
                continue;
            }
            switch (change) {
                case RoomChange.Said(Room _, Message message) -> {
                    assertThat(said.add(message.seq()))
                            .as("seed %d: %d once", seed, message.seq())
                            .isTrue();
                    assertThat(unsaid).as("seed %d: not behind its end", seed).doesNotContain(message.seq());
                    if (first == 0) {
                        first = message.seq();
                    } else if (message.seq() > first) {
                        assertThat(message.seq()).as("seed %d: in order", seed).isGreaterThan(last);
                    }
                    last = Math.max(last, message.seq());
                }
                case RoomChange.Edited(Room _, Message message) ->
                    // of one that is deleted meanwhile nobody was told
                    assertThat(first == 0
                                    || message.seq() < first
                                    || !alive.contains(message.seq())
                                    || said.contains(message.seq()))
                            .as("seed %d: an edit of %d behind it", seed, message.seq())
                            .isTrue();
                case RoomChange.Unsaid(Room _, Message message) -> unsaid.add(message.seq());
                default -> throw new AssertionError("nobody said that");
            }
        }
        long begin = first;
        assertThat(said)
                .as("seed %d: all", seed)
                .containsAll(alive.stream().filter(seq -> seq >= begin).toList());
    }
}
