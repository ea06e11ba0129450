package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.ChatStore.Draft;
import io.switchboard.chat.ChatStore.RoomFacts;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.failure.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store of chat rooms promises, whichever database is behind it. */
abstract class ChatStoreContract extends StorageContract {
    static final RoomName GENERAL = new RoomName(RoomType.GLOBAL, "general");

    final List<RoomChange> changes = Collections.synchronizedList(new ArrayList<>());

    SqlChatStore store() {
        return store(USUAL);
    }

    /** One that tells {@link #changes}. */
    SqlChatStore store(StorageSettings settings) {
        SqlChatStore store = unstarted(settings);
        store.listen(change -> {
            changes.add(change);
            return CompletableFuture.completedStage(null);
        });
        storage().start();
        return store;
    }

    SqlChatStore unstarted(StorageSettings settings) {
        return new SqlChatStore(newStorage(settings, HASTE));
    }

    static Draft draft(String uuid, String author, String text) {
        return new Draft(uuid, author, 1_000_000, "{\"Message\":\"" + text + "\"}");
    }

    static Draft draft(int number) {
        return draft("m" + number, "alice", "text " + number);
    }

    /** Appends that many, and waits for them. */
    static void fill(ChatStore store, Room room, int from, int count) {
        List<CompletionStage<Optional<Message>>> answers = IntStream.range(from, from + count)
                .mapToObj(i -> store.append(room, draft(i)))
                .toList();
        answers.forEach(answer -> assertThat(get(answer)).isPresent());
    }

    static List<Long> seqs(ChatStore.Page page) {
        return page.messages().stream().map(Message::seq).toList();
    }

    @Test
    void aRoomIsOpenedOnce() {
        SqlChatStore store = store();

        assertThat(get(store.find(GENERAL))).isEmpty();
        Room room = get(store.open(GENERAL));
        assertThat(room.name()).isEqualTo(GENERAL);
        assertThat(get(store.open(GENERAL))).isEqualTo(room);
        assertThat(get(store.find(GENERAL))).contains(room);
        assertThat(get(store.find(room.uuid()))).contains(room);
        assertThat(get(store.find(UUID.randomUUID()))).isEmpty();
        Room pair = get(store.open(RoomName.of(RoomType.USER, "bob", "alice").orElseThrow()));
        assertThat(get(store.find(pair.uuid()))).contains(pair);
        assertThat(changes).isEmpty();
    }

    @Test
    void messagesAreNumberedWithoutGaps() {
        SqlChatStore store = store();
        Room one = get(store.open(GENERAL));
        Room other = get(store.open(new RoomName(RoomType.GLOBAL, "other")));

        for (int i = 1; i <= 20; i++) {
            assertThat(get(store.append(one, draft(i))).orElseThrow().seq()).isEqualTo(i);
            assertThat(get(store.append(other, draft(i))).orElseThrow().seq()).isEqualTo(i);
        }
        Message first = get(store.after(one, 0, 1)).messages().getFirst();
        assertThat(first).isEqualTo(new Message(1, "m1", "alice", 1_000_000, draft(1).json()));
        assertThat(changes).hasSize(40);
        assertThat(changes.getFirst()).isEqualTo(new RoomChange.Said(one, first));
    }

    @Test
    void whatTheRoomHasAlreadyIsNotAdded() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        Message kept = get(store.append(room, draft("m", "alice", "first"))).orElseThrow();
        changes.clear();

        assertThat(get(store.append(room, draft("m", "bob", "second")))).contains(kept);
        assertThat(get(store.delete(room, "m", Optional.empty()))).contains(kept);
        changes.clear();
        Message tombstone = get(store.append(room, draft("m", "bob", "third"))).orElseThrow();

        assertThat(tombstone.seq()).isEqualTo(1);
        assertThat(tombstone.json()).isEqualTo("{}");
        assertThat(changes).isEmpty();
        assertThat(get(store.append(room, draft(2))).orElseThrow().seq()).isEqualTo(2);
    }

    @Test
    void aRoomThatIsGoneTakesNothing() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        fill(store, room, 1, 3);
        changes.clear();

        assertThat(get(store.delete(room.uuid()))).isTrue();
        assertThat(get(store.delete(room.uuid()))).isFalse();
        assertThat(changes).containsExactly(new RoomChange.Closed(room));
        assertThat(get(store.append(room, draft(4)))).isEmpty();
        assertThat(get(store.edit(room, "m1", Optional.empty(), json -> json))).isEmpty();
        assertThat(get(store.delete(room, "m1", Optional.empty()))).isEmpty();
        assertThat(get(store.find(GENERAL))).isEmpty();
        assertThat(get(store.find(room.uuid()))).isEmpty();
        assertThat(get(store.page(room, 0, 10)).messages()).isEmpty();
        assertThat(get(store.rooms(Optional.empty(), 10))).isEmpty();

        Room again = get(store.open(GENERAL));
        assertThat(again.uuid()).isNotEqualTo(room.uuid());
        assertThat(get(store.append(again, draft(1))).orElseThrow().seq()).isEqualTo(1);
    }

    @Test
    void whoWroteAMessageMayEditAndDeleteIt() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        fill(store, room, 1, 2);
        changes.clear();

        assertThat(get(store.edit(room, "m1", Optional.of("bob"), _ -> "{}"))).isEmpty();
        assertThat(get(store.delete(room, "m1", Optional.of("bob")))).isEmpty();
        assertThat(get(store.edit(room, "nothing", Optional.empty(), _ -> "{}")))
                .isEmpty();
        assertThat(changes).isEmpty();

        Message edited = get(store.edit(room, "m1", Optional.of("alice"), json -> json.replace("text", "other")))
                .orElseThrow();
        assertThat(edited).isEqualTo(new Message(1, "m1", "alice", 1_000_000, "{\"Message\":\"other 1\"}"));
        assertThat(get(store.page(room, 1, 1)).messages()).containsExactly(edited);
        assertThat(get(store.delete(room, "m1", Optional.empty()))).contains(edited);
        assertThat(get(store.delete(room, "m1", Optional.empty()))).isEmpty();
        assertThat(get(store.edit(room, "m1", Optional.empty(), json -> json))).isEmpty();
        assertThat(changes).containsExactly(new RoomChange.Edited(room, edited), new RoomChange.Unsaid(room, edited));
        assertThat(seqs(get(store.after(room, 0, 10)))).containsExactly(2L);
    }

    @Test
    void aChangeThatThrowsFailsAlone() throws Exception {
        SqlChatStore store = unstarted(USUAL);
        store.listen(_ -> CompletableFuture.completedStage(null));
        CompletionStage<Room> opened = store.open(GENERAL);
        CompletionStage<Boolean> nothing = store.delete(UUID.randomUUID());
        storage().start();
        Room room = get(opened);
        assertThat(get(nothing)).isFalse();
        get(store.append(room, draft(1)));

        CompletionStage<?> before = store.append(room, draft(2));
        CompletionStage<?> bad = store.edit(room, "m1", Optional.empty(), _ -> {
            throw new IllegalStateException();
        });
        CompletionStage<?> after = store.append(room, draft(3));

        get(before);
        assertThat(failure(bad)).isEqualTo(StoreException.Reason.DOWN);
        get(after);
        assertThat(seqs(get(store.page(room, 0, 10)))).containsExactly(1L, 2L, 3L);
        assertThat(storage().up()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void pagesLeaveOutWhatWasDeleted(long seed) {
        Random random = new Random(seed);
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        int count = 120;
        fill(store, room, 1, count);
        List<Long> left =
                new ArrayList<>(LongStream.rangeClosed(1, count).boxed().toList());
        for (int i = 1; i <= count; i++) {
            boolean run = (i > 40 && i < 70) || i > count - seed;
            if (run || random.nextInt(4) == 0) {
                assertThat(get(store.delete(room, "m" + i, Optional.empty()))).isPresent();
                left.remove((Long) (long) i);
            }
        }

        for (int offset = 0; offset <= count + 1; offset++) {
            int limit = 1 + random.nextInt(20);
            int to = Math.max(0, left.size() - offset);
            int from = Math.max(0, to - limit);
            assertThat(seqs(get(store.page(room, offset, limit))))
                    .as("seed %d offset %d limit %d", seed, offset, limit)
                    .isEqualTo(left.subList(from, to));
        }
        List<Long> read = new ArrayList<>();
        for (List<Long> page = seqs(get(store.after(room, 0, 7)));
                !page.isEmpty();
                page = seqs(get(store.after(room, page.getLast(), 7)))) {
            read.addAll(page);
        }
        assertThat(read).isEqualTo(left);
    }

    @Test
    void anOperatorSeesTheRoomsByTheirIds() {
        SqlChatStore store = store();
        List<Room> rooms = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            rooms.add(get(store.open(new RoomName(RoomType.WORKSPACE, "w" + i))));
        }
        rooms.sort((a, b) -> a.uuid().toString().compareTo(b.uuid().toString()));
        fill(store, rooms.get(1), 1, 10);
        pass(Duration.ofSeconds(5));
        get(store.delete(rooms.get(1), "m10", Optional.empty()));
        get(store.delete(rooms.get(1), "m4", Optional.empty()));

        List<RoomFacts> first = get(store.rooms(Optional.empty(), 2));
        List<RoomFacts> rest =
                get(store.rooms(Optional.of(first.getLast().room().uuid()), 10));

        assertThat(first)
                .containsExactly(
                        new RoomFacts(rooms.get(0), 0, 0, 1_000_000), new RoomFacts(rooms.get(1), 10, 8, 1_000_005));
        assertThat(rest).extracting(RoomFacts::room).isEqualTo(rooms.subList(2, 5));
    }

    @Test
    void whatIsKeptIsThereAfterARestart() {
        SqlChatStore first = store();
        Room room = get(first.open(GENERAL));
        fill(first, room, 1, 50);
        get(first.delete(room, "m7", Optional.empty()));
        storage().close();

        SqlChatStore second = store();
        assertThat(get(second.find(GENERAL))).contains(room);
        assertThat(get(second.page(room, 0, 100)).messages()).hasSize(49);
        assertThat(get(second.append(room, draft(51))).orElseThrow().seq()).isEqualTo(51);
    }

    @Test
    void theListenerHearsInTheOrderOfTheNumbersAndBeforeTheCaller() throws Exception {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        int threads = 4;
        int each = 250;
        long all = 1_000;
        AtomicInteger early = new AtomicInteger();
        List<CompletableFuture<?>> answers = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService posters = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                int first = thread * each;
                posters.execute(() -> {
                    for (int i = first; i < first + each; i++) {
                        answers.add(store.append(room, draft(i))
                                .thenAccept(message -> {
                                    if (changes.size() < message.orElseThrow().seq()) {
                                        early.incrementAndGet();
                                    }
                                })
                                .toCompletableFuture());
                    }
                });
            }
        }
        answers.forEach(ChatStoreContract::get);

        assertThat(early).hasValue(0);
        assertThat(changes)
                .extracting(change -> seq(change))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, all).boxed().toList());
    }

    @Test
    void whatWaitsIsCommittedTogether() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        SqlChatStore store = unstarted(USUAL);
        store.listen(_ -> {
            entered.countDown();
            return release;
        });
        storage().start();
        Room room = get(store.open(GENERAL));
        List<CompletionStage<Optional<Message>>> answers = new ArrayList<>();
        answers.add(store.append(room, draft(0)));
        assertThat(entered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        double before = commits();
        for (int i = 1; i <= 400; i++) {
            answers.add(store.append(room, draft(i)));
        }
        release.complete(null);
        answers.forEach(ChatStoreContract::get);

        assertThat(commits() - before).isEqualTo(1);
        assertThat(registry.get("switchboard.storage.commit").timer().count()).isEqualTo((long) commits());
        assertThat(registry.get("switchboard.storage.waiting.bytes").gauge().value())
                .isZero();
    }

    @Test
    void aListenerThatFailsIsAskedAgainInOrder() {
        List<Long> told = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger asked = new AtomicInteger();
        SqlChatStore store = unstarted(USUAL);
        store.listen(change -> switch (asked.incrementAndGet() % 3) {
            case 1 -> CompletableFuture.failedStage(new IllegalStateException());
            case 2 -> throw new IllegalStateException();
            default -> {
                told.add(seq(change));
                yield CompletableFuture.completedStage(null);
            }
        });
        storage().start();
        Room room = get(store.open(GENERAL));
        fill(store, room, 1, 20);

        assertThat(told)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 20).boxed().toList());
        assertThat(asked).hasValue(60);
    }

    @Test
    void nobodyWaitsForLongerThanTheTimeoutWhateverHolds() {
        StorageSettings impatient = new StorageSettings(0, 0, 1, Duration.ofMillis(400), 0, Duration.ZERO);
        SqlChatStore store = unstarted(impatient);
        CompletableFuture<Void> release = new CompletableFuture<>();
        store.listen(_ -> release);
        storage().start();
        // the first schema may take longer
        await().atMost(PATIENCE).until(() -> storage().up());
        Room room = get(store.open(GENERAL));

        CompletionStage<?> told = store.append(room, draft(1));
        await().atMost(PATIENCE).until(() -> commits() == 2);
        CompletionStage<?> waiting = store.append(room, draft(2));

        long begun = System.nanoTime();
        assertThat(failure(told)).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(waiting)).isEqualTo(StoreException.Reason.DOWN);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        await().atMost(PATIENCE).until(() -> !storage().up());
        assertThat(storage().trouble()).isEqualTo("slow");

        release.complete(null);
        await().atMost(PATIENCE).until(() -> storage().up());
        // the first was kept, the second was not begun any more
        assertThat(seqs(get(store.page(room, 0, 10)))).containsExactly(1L);
    }

    @Test
    void tooMuchIsRefusedAtOnce() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        SqlChatStore store = unstarted(new StorageSettings(5, 20_000, 1, Duration.ofSeconds(30), 0, Duration.ZERO));
        store.listen(_ -> {
            entered.countDown();
            return release;
        });
        storage().start();
        Room room = get(store.open(GENERAL));
        List<CompletionStage<?>> accepted = new ArrayList<>();
        accepted.add(store.append(room, draft(0)));
        assertThat(entered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        for (int i = 1; i < 5; i++) {
            accepted.add(store.append(room, draft(i)));
        }
        assertThat(store.append(room, draft(5)).toCompletableFuture()).isCompletedExceptionally();
        assertThat(failure(store.append(room, draft(5)))).isEqualTo(StoreException.Reason.BUSY);
        release.complete(null);
        accepted.forEach(ChatStoreContract::get);

        CompletableFuture<Void> again = new CompletableFuture<>();
        store.listen(_ -> again);
        accepted.add(store.append(room, draft("large", "alice", "x".repeat(10_000))));
        assertThat(failure(store.append(room, draft(6)))).isEqualTo(StoreException.Reason.BUSY);
        again.complete(null);
        accepted.forEach(ChatStoreContract::get);

        assertThat(seqs(get(store.page(room, 0, 10)))).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(registry.get("switchboard.storage.refused")
                        .tag("reason", "busy")
                        .counter()
                        .count())
                .isEqualTo(3);
        get(store.append(room, draft(7)));
    }

    @Test
    void onlySoManyMessagesAreKept() {
        SqlChatStore plain = store();
        Room room = get(plain.open(GENERAL));
        Room small = get(plain.open(new RoomName(RoomType.GLOBAL, "small")));
        fill(plain, room, 1, 1_234);
        fill(plain, small, 1, 5);
        get(plain.delete(room, "m1230", Optional.empty()));
        storage().close();
        changes.clear();

        SqlChatStore store = store(new StorageSettings(10_000, 0, 2, Duration.ofSeconds(30), 10, Duration.ZERO));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(seqs(get(store.after(room, 0, 100))))
                        .containsExactly(1225L, 1226L, 1227L, 1228L, 1229L, 1231L, 1232L, 1233L, 1234L));

        assertThat(seqs(get(store.page(room, 2, 3)))).containsExactly(1229L, 1231L, 1232L);
        assertThat(get(store.page(room, 9, 3)).messages()).isEmpty();
        assertThat(get(store.page(small, 0, 10)).messages()).hasSize(5);
        assertThat(get(store.append(room, draft(1_235))).orElseThrow().seq()).isEqualTo(1_235);
        assertThat(get(store.rooms(Optional.empty(), 10)))
                .filteredOn(facts -> facts.room().equals(room))
                .singleElement()
                .satisfies(facts -> {
                    assertThat(facts.lastSeq()).isEqualTo(1_235);
                    assertThat(facts.messages()).isBetween(9L, 10L);
                });
        assertThat(changes).hasSize(1);
    }

    @Test
    void messagesAreKeptForSoLong() {
        SqlChatStore store = store(new StorageSettings(10_000, 0, 2, Duration.ofSeconds(30), 0, Duration.ofHours(1)));
        Room room = get(store.open(GENERAL));
        fill(store, room, 1, 5);
        get(store.append(room, new Draft("late", "alice", 1_000_000 + 1_800, "{}")));
        // older than its neighbour, and behind it: it goes when that goes
        get(store.append(room, new Draft("odd", "alice", 1_000_000, "{}")));

        pass(Duration.ofSeconds(3_601));
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(seqs(get(store.page(room, 0, 100)))).containsExactly(6L, 7L));
        pass(Duration.ofSeconds(3_601));
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(get(store.page(room, 0, 100)).messages()).isEmpty());
        assertThat(get(store.rooms(Optional.empty(), 1)).getFirst().messages()).isZero();
        assertThat(get(store.append(
                                room, new Draft("new", "alice", clock.instant().getEpochSecond(), "{}")))
                        .orElseThrow()
                        .seq())
                .isEqualTo(8);
        assertThat(seqs(get(store.page(room, 0, 100)))).containsExactly(8L);
    }

    @Test
    void closingCarriesOutWhatWaits() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        List<CompletionStage<Optional<Message>>> answers = IntStream.rangeClosed(1, 300)
                .mapToObj(i -> store.append(room, draft(i)))
                .toList();
        storage().close();

        answers.forEach(
                answer -> assertThat(answer.toCompletableFuture().join()).isPresent());
        assertThat(failure(store.append(room, draft(301)))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.page(room, 0, 1))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(get(store().page(room, 0, 1)).messages().getFirst().seq()).isEqualTo(300);
    }

    @Test
    void nothingPrintsWhatIsSaid() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        Draft secret = draft("m", "alice", "geheim");
        Message message = get(store.append(room, secret)).orElseThrow();
        RoomChange change = new RoomChange.Said(room, message);

        assertThat(List.of(secret, message, changes, get(store.page(room, 0, 1)), Outcome.changed(message, change))
                        .toString())
                .doesNotContain("geheim");
    }

    @Test
    void nonsenseIsRefusedBeforeItWaits() {
        SqlChatStore store = store();
        Room room = new Room(UUID.randomUUID(), GENERAL);

        assertThatThrownBy(() -> store.page(room, -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.page(room, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.after(room, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.rooms(Optional.empty(), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** The number of the message that a change is about. */
    static long seq(RoomChange change) {
        return switch (change) {
            case RoomChange.Said said -> said.message().seq();
            case RoomChange.Edited edited -> edited.message().seq();
            case RoomChange.Unsaid unsaid -> unsaid.message().seq();
            default -> throw new AssertionError("about no message: " + change);
        };
    }
}
