package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.chat.ChatStore.Draft;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import io.switchboard.mailbox.MailStore.Kept;
import io.switchboard.mailbox.MailStore.Posted;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store of letters promises, whichever database is behind it. */
abstract class MailStoreContract extends StorageContract {
    static final MailQuotas NONE = new MailQuotas(0, 0, 0, 0, 0);
    private static final Duration HOUR = Duration.ofHours(1);

    /** Nothing is swept before the test is over, beside what is swept at the start. */
    private static final Pace NEVER = new Pace(Duration.ofDays(1), Duration.ofDays(1));

    MailStore store() {
        return store(NONE);
    }

    MailStore store(MailQuotas quotas) {
        return store(quotas, USUAL, NEVER);
    }

    MailStore store(MailQuotas quotas, StorageSettings settings, Pace pace) {
        return new SqlMailStore(newStorage(settings, pace).start(), quotas, clock);
    }

    Letter letter(String recipient, String sender, String payload) {
        return letter(UUID.randomUUID(), recipient, sender, payload, HOUR);
    }

    Letter letter(UUID id, String recipient, String sender, String payload, Duration timeToLive) {
        long now = clock.millis();
        return new Letter(id, recipient, sender, now, now + timeToLive.toMillis(), payload, Optional.empty());
    }

    static List<Kept> all(MailStore store, String recipient) {
        return get(store.after(recipient, 0, 10_000, Long.MAX_VALUE));
    }

    static List<Long> numbers(List<Kept> letters) {
        return letters.stream().map(Kept::number).toList();
    }

    static List<Letter> letters(List<Kept> letters) {
        return letters.stream().map(Kept::letter).toList();
    }

    static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    static void kept(CompletionStage<Posted> answer) {
        assertThat(get(answer)).isEqualTo(Posted.KEPT);
    }

    static void full(CompletionStage<Posted> answer) {
        assertThat(get(answer)).isEqualTo(Posted.FULL);
    }

    long count(String sql) {
        try (Connection connection = database().openForReading()) {
            return count(connection, sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static long count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** What is counted is what there is, and there is no row that holds nothing. */
    void assertCounted(String as) {
        // from one state: the sweep may go on
        try (Connection connection = database().openForReading()) {
            for (String wrong : List.of(
                    """
                    SELECT COUNT(*) FROM mail_box b
                    WHERE messages <> (SELECT COUNT(*) FROM mail m WHERE m.owner = b.owner)
                        OR bytes <> (SELECT COALESCE(SUM(m.bytes), 0) FROM mail m WHERE m.owner = b.owner)
                        OR last_number < (SELECT COALESCE(MAX(m.number), 0) FROM mail m WHERE m.owner = b.owner)
                        OR (messages = 0 AND known = 0)""",
                    "SELECT COUNT(*) FROM mail WHERE owner NOT IN (SELECT owner FROM mail_box)",
                    """
                    SELECT COUNT(*) FROM mail_sender s
                    WHERE messages = 0 OR messages <> (SELECT COUNT(*) FROM mail m WHERE m.sender = s.sender)""",
                    "SELECT COUNT(*) FROM mail WHERE sender NOT IN (SELECT sender FROM mail_sender)",
                    "SELECT COUNT(*) FROM mail m JOIN mail_box b ON b.owner = m.owner WHERE stranger = known",
                    "SELECT strangers - (SELECT COUNT(*) FROM mail WHERE stranger = 1) FROM mail_total")) {
                assertThat(count(connection, wrong)).as("%s %s", as, wrong).isZero();
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void lettersComeInTheOrderInWhichTheyWereKept() {
        MailStore store = store();
        Letter first = letter("bob", "alice", "{\"n\":1}");
        Letter second = new Letter(
                UUID.randomUUID(), "bob", "carol", 7, clock.millis() + 1, "[2]", Optional.of("{\"kind\":\"note\"}"));
        Letter third = letter("bob", "bob", "3");
        for (Letter letter : List.of(first, second, letter("alice", "bob", "0"), third)) {
            kept(store.post(letter));
        }

        assertThat(all(store, "bob")).containsExactly(new Kept(1, first), new Kept(2, second), new Kept(3, third));
        assertThat(letters(get(store.after("bob", 1, 10, 1_000)))).containsExactly(second, third);
        assertThat(get(store.after("bob", 3, 10, 1_000))).isEmpty();
        assertThat(numbers(all(store, "alice"))).containsExactly(1L);
        assertThat(all(store, "nobody")).isEmpty();
        assertCounted("");
    }

    @Test
    void aPageHoldsWhatFitsAndOneAtLeast() {
        MailStore store = store();
        for (int i = 1; i <= 5; i++) {
            kept(store.post(letter("bob", "alice", "\"" + "x".repeat(98) + "\"")));
        }

        assertThat(numbers(get(store.after("bob", 0, 3, 10_000)))).containsExactly(1L, 2L, 3L);
        assertThat(numbers(get(store.after("bob", 0, 10, 200)))).containsExactly(1L, 2L);
        assertThat(numbers(get(store.after("bob", 0, 10, 299)))).containsExactly(1L, 2L);
        assertThat(numbers(get(store.after("bob", 2, 10, 1)))).containsExactly(3L);
        assertThat(numbers(get(store.after("bob", 4, 10, 0)))).containsExactly(5L);
        assertThatThrownBy(() -> store.after("bob", 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsKeptIsThereAfterARestart() {
        MailStore first = store();
        for (int i = 1; i <= 50; i++) {
            kept(first.post(letter("bob", "alice", Integer.toString(i))));
        }
        get(first.remove("bob", List.of(7L)));
        List<Kept> before = all(first, "bob");
        storage().close();

        MailStore second = store();
        assertThat(all(second, "bob")).isEqualTo(before).hasSize(49);
        kept(second.post(letter("bob", "alice", "51")));
        assertThat(numbers(get(second.after("bob", 50, 10, 1_000)))).containsExactly(51L);
        assertCounted("");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noNumberIsUsedTwiceThoughTheBoxWasEmpty(boolean signedIn) {
        MailStore first = store();
        if (signedIn) {
            get(first.signedIn("bob"));
        }
        for (int i = 1; i <= 3; i++) {
            kept(first.post(letter("bob", "alice", "1")));
        }
        get(first.remove("bob", upTo(3)));
        assertThat(all(first, "bob")).isEmpty();
        assertThat(count("SELECT COUNT(*) FROM mail_box")).isEqualTo(signedIn ? 1 : 0);
        storage().close();

        MailStore second = store();
        kept(second.post(letter("bob", "alice", "1")));
        kept(second.post(letter("bob", "alice", "1")));
        assertThat(numbers(all(second, "bob"))).containsExactly(4L, 5L);
        get(second.remove("bob", List.of(5L)));
        kept(second.post(letter("bob", "alice", "1")));
        assertThat(numbers(all(second, "bob"))).containsExactly(4L, 6L);
        assertCounted("");
    }

    /** A quota for ten letters, and letters that count against it alone. */
    record Limited(String name, MailQuotas quotas, IntFunction<List<String>> recipientAndSender, boolean signedIn) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Limited> quotas() {
        return Stream.of(
                new Limited(
                        "messages per user", new MailQuotas(10, 0, 0, 0, 0), i -> List.of("bob", "sender " + i), true),
                new Limited(
                        "bytes per user", new MailQuotas(0, 109, 0, 0, 0), i -> List.of("bob", "sender " + i), true),
                new Limited(
                        "messages per sender and user",
                        new MailQuotas(0, 0, 10, 0, 0),
                        _ -> List.of("bob", "alice"),
                        true),
                new Limited(
                        "messages per sender",
                        new MailQuotas(0, 0, 0, 10, 0),
                        i -> List.of("user " + i, "alice"),
                        true),
                new Limited(
                        "messages of strangers",
                        new MailQuotas(0, 0, 0, 0, 10),
                        i -> List.of("user " + i, "sender " + i),
                        false));
    }

    private Letter letter(Limited limited, int number, Duration timeToLive) {
        List<String> names = limited.recipientAndSender().apply(number);
        return letter(UUID.randomUUID(), names.getFirst(), names.getLast(), "\"12345678\"", timeToLive);
    }

    private MailStore filled(Limited limited, Duration timeToLive) {
        MailStore store = store(limited.quotas());
        for (int i = 1; limited.signedIn() && i <= 13; i++) {
            get(store.signedIn(letter(limited, i, HOUR).recipient()));
        }
        for (int i = 1; i <= 10; i++) {
            kept(store.post(letter(limited, i, timeToLive)));
        }
        return store;
    }

    @ParameterizedTest
    @MethodSource("quotas")
    void whatIsOverAQuotaIsNotKept(Limited limited) {
        MailStore store = filled(limited, HOUR);
        double before = commits();
        full(store.post(letter(limited, 11, HOUR)));

        assertThat(commits()).isEqualTo(before);
        assertThat(count("SELECT COUNT(*) FROM mail")).isEqualTo(10);
        get(store.signedIn("zoe"));
        kept(store.post(letter("zoe", "zoe", "\"12345678\"")));
        assertCounted("");
    }

    @ParameterizedTest
    @MethodSource("quotas")
    void whatIsRemovedGivesItsRoomBack(Limited limited) {
        MailStore store = filled(limited, HOUR);
        full(store.post(letter(limited, 11, HOUR)));
        get(store.remove(letter(limited, 3, HOUR).recipient(), List.of(1L)));

        kept(store.post(letter(limited, 11, HOUR)));
        full(store.post(letter(limited, 12, HOUR)));
        assertCounted("");
    }

    /** Nobody sweeps in this test but the one who finds no room. */
    @ParameterizedTest
    @MethodSource("quotas")
    void whatIsTooOldGivesItsRoomBackAtOnce(Limited limited) {
        MailStore store = filled(limited, Duration.ofMinutes(1));
        pass(Duration.ofMillis(59_999));
        full(store.post(letter(limited, 11, HOUR)));
        pass(Duration.ofMillis(1));

        kept(store.post(letter(limited, 11, HOUR)));
        kept(store.post(letter(limited, 12, HOUR)));
        assertThat(count("SELECT COUNT(*) FROM mail")).isEqualTo(2);
        assertCounted("");
    }

    /** It would not even fit alone. */
    @Test
    void whatGoesForALetterThatHasNoRoomThenIsGoneAllTheSame() {
        MailStore store = store(new MailQuotas(0, 20, 0, 0, 0));
        kept(store.post(letter(UUID.randomUUID(), "bob", "alice", "\"12345678\"", Duration.ofMinutes(1))));
        pass(Duration.ofMinutes(2));

        full(store.post(letter("bob", "alice", "\"" + "x".repeat(20) + "\"")));
        assertThat(count("SELECT COUNT(*) FROM mail")).isZero();
        assertCounted("");
    }

    @Test
    void metadataCountsAgainstTheBytes() {
        MailStore store = store(new MailQuotas(0, 20, 0, 0, 0));
        Letter fits = new Letter(
                UUID.randomUUID(), "bob", "alice", 0, clock.millis() + 1, "\"12345678\"", Optional.of("{\"a\":1234}"));
        full(store.post(new Letter(
                UUID.randomUUID(),
                "bob",
                "alice",
                0,
                clock.millis() + 1,
                "\"12345678\"",
                Optional.of("{\"a\":12345}"))));
        kept(store.post(fits));
        full(store.post(letter("bob", "alice", "1")));
        assertThat(letters(all(store, "bob"))).containsExactly(fits);
    }

    @Test
    void whoSignsInIsNoStrangerAnyMore() {
        MailStore store = store(new MailQuotas(0, 0, 0, 0, 3));
        kept(store.post(letter("bob", "alice", "1")));
        kept(store.post(letter("bob", "alice", "2")));
        kept(store.post(letter("invented", "alice", "3")));
        full(store.post(letter("bob", "alice", "4")));

        get(store.signedIn("bob"));
        get(store.signedIn("bob"));
        assertThat(count("SELECT strangers FROM mail_total")).isEqualTo(1);
        assertThat(numbers(all(store, "bob"))).containsExactly(1L, 2L);
        for (int i = 0; i < 10; i++) {
            kept(store.post(letter("bob", "alice", "5")));
        }
        kept(store.post(letter("invented", "alice", "6")));
        kept(store.post(letter("another", "alice", "7")));
        full(store.post(letter("invented", "alice", "8")));
        assertCounted("");
        get(store.remove("bob", upTo(12)));
        assertCounted("");
        storage().close();

        // for good
        MailStore again = store(new MailQuotas(0, 0, 0, 0, 3));
        kept(again.post(letter("bob", "alice", "9")));
        full(again.post(letter("invented", "alice", "10")));
    }

    @Test
    void aNameIsMadeKnownOnce() {
        MailStore first = store();
        List<String> users =
                IntStream.range(0, 1_000).mapToObj(i -> "user " + i).toList();
        users.stream().map(first::signedIn).toList().forEach(StorageContract::get);
        double before = commits();
        users.stream().map(first::signedIn).toList().forEach(StorageContract::get);
        assertThat(commits()).isEqualTo(before);
        storage().close();
        // at once, without the database
        get(first.signedIn("user 7"));

        MailStore second = store();
        users.stream().map(second::signedIn).toList().forEach(StorageContract::get);
        assertThat(commits()).isEqualTo(before);
        assertThat(count("SELECT COUNT(*) FROM mail_box WHERE known = 1")).isEqualTo(1_000);
    }

    @Test
    void inventedNamesLeaveNothingBehind() {
        MailStore store = store(new MailQuotas(0, 0, 0, 0, 100), USUAL, HASTE);
        get(store.signedIn("bob"));
        kept(store.post(letter("bob", "alice", "1")));
        int kept = 0;
        for (int i = 0; i < 300; i++) {
            Letter letter = letter("invented " + i, "mallory", "1");
            kept += get(store.post(letter)) == Posted.KEPT ? 1 : 0;
        }
        assertThat(kept).isEqualTo(100);
        assertThat(count("SELECT COUNT(*) FROM mail_box")).isEqualTo(101);
        kept(store.post(letter(UUID.randomUUID(), "bob", "alice", "2", Duration.ofDays(1))));

        pass(HOUR);
        await().atMost(PATIENCE).until(() -> count("SELECT COUNT(*) FROM mail") == 1);
        assertThat(count("SELECT COUNT(*) FROM mail_box")).isEqualTo(1);
        assertThat(count("SELECT COUNT(*) FROM mail_sender")).isEqualTo(1);
        assertThat(count("SELECT strangers FROM mail_total")).isZero();
        assertThat(numbers(all(store, "bob"))).containsExactly(2L);
        kept(store.post(letter("invented 1", "mallory", "1")));
        assertCounted("");
    }

    @Test
    void theSweepTakesAsManyPortionsAsItNeeds() {
        MailStore plain = store();
        for (int i = 0; i < 1_234; i++) {
            var _ = plain.post(letter("user " + i % 7, "sender " + i % 11, "1"));
        }
        kept(plain.post(letter(UUID.randomUUID(), "bob", "alice", "2", HOUR.plusMillis(1))));
        storage().close();

        pass(HOUR);
        MailStore store = store(NONE, USUAL, HASTE);
        await().atMost(PATIENCE).until(() -> count("SELECT COUNT(*) FROM mail") <= 1);
        assertThat(letters(all(store, "bob"))).extracting(Letter::payload).containsExactly("2");
        assertCounted("");
    }

    @Test
    void aLetterThatIsKeptAlreadyIsKeptOnce() {
        MailStore store = store(new MailQuotas(2, 0, 0, 0, 0));
        Letter letter = letter("bob", "alice", "1");
        kept(store.post(letter));
        kept(store.post(letter));
        kept(store.post(letter(letter.id(), "bob", "alice", "\"other\"", HOUR)));
        assertThat(all(store, "bob")).containsExactly(new Kept(1, letter));

        // nobody can pass for the letter of somebody else
        Letter same = letter(letter.id(), "bob", "mallory", "2", HOUR);
        kept(store.post(same));
        kept(store.post(letter(letter.id(), "carol", "alice", "3", HOUR)));
        assertThat(letters(all(store, "bob"))).containsExactly(letter, same);

        // no matter that there is no room
        full(store.post(letter("bob", "alice", "4")));
        kept(store.post(letter));
        assertCounted("");
    }

    @Test
    void nobodyIsShownWhatIsTooOld() {
        MailStore store = store();
        for (int i = 1; i <= 6; i++) {
            kept(store.post(letter(
                    UUID.randomUUID(), "bob", "alice", Integer.toString(i), Duration.ofMinutes(i % 2 == 0 ? 2 : 1))));
        }
        pass(Duration.ofMinutes(1));
        assertThat(numbers(all(store, "bob"))).containsExactly(2L, 4L, 6L);
        assertThat(numbers(get(store.after("bob", 0, 2, 1_000)))).containsExactly(2L, 4L);
        assertThat(numbers(get(store.after("bob", 0, 10, 2)))).containsExactly(2L, 4L);
        pass(Duration.ofMinutes(1));
        assertThat(all(store, "bob")).isEmpty();
        assertThat(count("SELECT COUNT(*) FROM mail")).isEqualTo(6);
    }

    @Test
    void onlyWhatIsThereIsRemoved() {
        MailStore store = store();
        for (int i = 1; i <= 3; i++) {
            kept(store.post(letter("bob", "alice", "1")));
            kept(store.post(letter("carol", "alice", "1")));
        }
        get(store.remove("bob", List.of(2L, 2L, 99L, -1L)));
        get(store.remove("bob", List.of(2L)));
        get(store.remove("nobody", List.of(1L)));
        get(store.remove("bob", List.of()));

        assertThat(numbers(all(store, "bob"))).containsExactly(1L, 3L);
        assertThat(numbers(all(store, "carol"))).containsExactly(1L, 2L, 3L);
        assertCounted("");
    }

    @Test
    void textsComeBackAsTheyWere() {
        MailStore store = store();
        List<Letter> posted = new ArrayList<>();
        for (String text : List.of(
                "\"it's \\\"quoted\\\"; DROP TABLE mail; -- \\\\\"",
                "\"\\u0000 and \\u001f\"",
                "\"Grüße, 世界, 🙂\"",
                " {\"a\" : [1.0, null, true]}\n",
                "\"" + "ä".repeat(100_000) + "\"")) {
            Letter letter = new Letter(
                    UUID.randomUUID(),
                    "o'brien \"🙂\" %_",
                    "Zoë\\'",
                    -1,
                    Long.MAX_VALUE,
                    text,
                    Optional.of("{\"t\":" + text + "}"));
            posted.add(letter);
            kept(store.post(letter));
        }

        assertThat(letters(all(store, "o'brien \"🙂\" %_"))).isEqualTo(posted);
        assertThat(all(store, "o'brien")).isEmpty();
    }

    @Test
    void manyPostToOneBox() throws Exception {
        MailStore store = store();
        int threads = 4;
        int each = 250;
        List<CompletionStage<Posted>> answers = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService posters = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                String sender = "sender " + thread;
                posters.execute(() -> {
                    for (int i = 0; i < each; i++) {
                        answers.add(store.post(letter("bob", sender, Integer.toString(i))));
                    }
                });
            }
        }
        answers.forEach(MailStoreContract::kept);

        List<Kept> all = all(store, "bob");
        assertThat(numbers(all)).isEqualTo(upTo((long) threads * each));
        for (int thread = 0; thread < threads; thread++) {
            String sender = "sender " + thread;
            assertThat(letters(all).stream()
                            .filter(letter -> letter.sender().equals(sender))
                            .map(Letter::payload))
                    .isEqualTo(
                            IntStream.range(0, each).mapToObj(Integer::toString).toList());
        }
        assertCounted("");
    }

    /** A writer that waits for somebody in a room; completed, it goes on. */
    CompletableFuture<Void> held(Storage storage) throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        SqlChatStore chat = new SqlChatStore(storage);
        chat.listen(_ -> {
            entered.countDown();
            return release;
        });
        Room room = get(chat.open(new RoomName(RoomType.GLOBAL, "general")));
        var _ = chat.append(room, new Draft(UUID.randomUUID().toString(), "alice", 1, "{}"));
        assertThat(entered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return release;
    }

    @Test
    void lettersAndMessagesShareTheirCommit() throws Exception {
        MailStore store = store();
        CompletableFuture<Void> release = held(storage());
        double before = commits();
        SqlChatStore chat = new SqlChatStore(storage());
        List<CompletionStage<?>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(store.post(letter("bob", "alice", "1")));
            answers.add(chat.open(new RoomName(RoomType.GLOBAL, "room " + i)));
        }
        release.complete(null);
        answers.forEach(StorageContract::get);

        assertThat(commits() - before).isEqualTo(1);
        assertThat(all(store, "bob")).hasSize(100);
    }

    @Test
    void tooMuchIsRefusedAtOnce() throws Exception {
        MailStore store =
                store(NONE, new StorageSettings(5, 20_000, 1, Duration.ofSeconds(30), 0, Duration.ZERO), NEVER);
        CompletableFuture<Void> release = held(storage());
        List<CompletionStage<Posted>> accepted = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            accepted.add(store.post(letter("bob", "alice", Integer.toString(i))));
        }
        assertThat(store.post(letter("bob", "alice", "5")).toCompletableFuture())
                .isCompletedExceptionally();
        for (CompletionStage<?> refused : List.of(
                store.post(letter("bob", "alice", "5")), store.remove("bob", List.of(1L)), store.signedIn("bob"))) {
            assertThat(unwrapped(refused)).isInstanceOf(StoreException.class);
            assertThat(failure(refused)).isEqualTo(StoreException.Reason.BUSY);
        }
        release.complete(null);
        accepted.forEach(MailStoreContract::kept);
        await().atMost(PATIENCE)
                .until(() -> registry.get("switchboard.storage.waiting.commands")
                                .gauge()
                                .value()
                        == 0);

        CompletableFuture<Void> again = held(storage());
        CompletionStage<Posted> large = store.post(letter("bob", "alice", "\"" + "x".repeat(9_000) + "\""));
        assertThat(failure(store.post(letter("bob", "alice", "\"" + "x".repeat(1_000) + "\""))))
                .isEqualTo(StoreException.Reason.BUSY);
        again.complete(null);
        kept(large);

        assertThat(numbers(all(store, "bob"))).containsExactly(1L, 2L, 3L, 4L, 5L);
        // what was refused is not remembered as done
        get(store.signedIn("bob"));
        assertThat(count("SELECT known FROM mail_box")).isEqualTo(1);
        assertCounted("");
    }

    /** As a listener gets it. */
    static Throwable unwrapped(CompletionStage<?> stage) {
        AtomicReference<Throwable> failed = new AtomicReference<>();
        var _ = stage.whenComplete((_, failure) -> failed.set(failure));
        return failed.get();
    }

    @Test
    void closingCarriesOutWhatWaits() {
        MailStore store = store();
        List<CompletionStage<Posted>> answers = IntStream.rangeClosed(1, 2_000)
                .mapToObj(i -> store.post(letter("bob", "alice", Integer.toString(i))))
                .toList();
        storage().close();

        answers.forEach(MailStoreContract::kept);
        assertThat(failure(store.post(letter("bob", "alice", "1")))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.remove("bob", List.of(1L)))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.signedIn("bob"))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.after("bob", 0, 1, 1))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(all(store(), "bob")).hasSize(2_000);
    }

    /** Whatever happens, what is counted is what there is. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theCountsAreRight(long seed) {
        Random random = new Random(seed);
        MailQuotas quotas = new MailQuotas(12, 150, 6, 20, 15);
        MailStore store = store(quotas, USUAL, seed % 2 == 0 ? HASTE : NEVER);
        List<Letter> posted = new ArrayList<>();
        int full = 0;
        for (int step = 1; step <= 600; step++) {
            String user = "user " + random.nextInt(8);
            switch (random.nextInt(10)) {
                case 0, 1 -> {
                    List<Kept> page = get(store.after(user, 0, 1 + random.nextInt(8), 1_000));
                    Collection<Long> some = numbers(page).stream()
                            .filter(_ -> random.nextBoolean())
                            .toList();
                    get(store.remove(user, some));
                }
                case 2 -> pass(Duration.ofMinutes(random.nextInt(10)));
                case 3 -> {
                    if (random.nextInt(15) == 0) {
                        get(store.signedIn(user));
                    }
                }
                case 4 -> {
                    if (!posted.isEmpty()) {
                        full += get(store.post(posted.get(random.nextInt(posted.size())))) == Posted.FULL ? 1 : 0;
                    }
                }
                default -> {
                    Letter letter = letter(
                            UUID.randomUUID(),
                            user,
                            "user " + random.nextInt(4),
                            "\"" + "x".repeat(random.nextInt(30)) + "\"",
                            Duration.ofMinutes(1 + random.nextInt(40)));
                    posted.add(letter);
                    full += get(store.post(letter)) == Posted.FULL ? 1 : 0;
                }
            }
            if (step % 50 == 0) {
                String as = "seed %d step %d".formatted(seed, step);
                assertCounted(as);
                assertThat(count("SELECT MAX(messages) FROM mail_box")).as(as).isLessThanOrEqualTo(12);
                assertThat(count("SELECT MAX(bytes) FROM mail_box")).as(as).isLessThanOrEqualTo(150);
                assertThat(count("SELECT MAX(messages) FROM mail_sender"))
                        .as(as)
                        .isLessThanOrEqualTo(20);
            }
        }
        assertThat(full).as("seed %d", seed).isBetween(10, 500);
        storage().close();
        assertCounted("seed %d at the end".formatted(seed));

        pass(Duration.ofDays(1));
        MailStore swept = store(quotas, USUAL, HASTE);
        await().atMost(PATIENCE).until(() -> count("SELECT COUNT(*) FROM mail") == 0);
        assertCounted("seed %d swept".formatted(seed));
        assertThat(count("SELECT strangers FROM mail_total")).isZero();
        assertThat(count("SELECT COUNT(*) FROM mail_box WHERE known = 0")).isZero();
        kept(swept.post(letter("user 1", "alice", "1")));
    }
}
