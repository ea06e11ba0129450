package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

class SqliteChatStoreTest extends ChatStoreContract {
    @TempDir
    Path folder;

    private final LimitedFile source = new LimitedFile();

    /** A file that can be kept from growing, as a full disk does. */
    private static final class LimitedFile extends SQLiteDataSource {
        private static final long serialVersionUID = 1L;

        /** Of 4 KiB; 0: as many as it likes. */
        private volatile int pages;

        @Override
        public SQLiteConnection getConnection(String username, String password) throws SQLException {
            SQLiteConnection connection = super.getConnection(username, password);
            if (pages > 0) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("PRAGMA max_page_count = " + pages);
                }
            }
            return connection;
        }
    }

    @Override
    Database database() {
        return database(folder.resolve("switchboard.db"));
    }

    private Database database(Path file) {
        String url = StorageKind.SQLITE.scheme() + file;
        source.setUrl(url);
        return new Database(StorageKind.SQLITE, source, url);
    }

    private static List<Message> history(ChatStore store, Room room) {
        List<Message> history = new ArrayList<>();
        for (List<Message> page = get(store.after(room, 0, 1_000)).messages();
                !page.isEmpty();
                page = get(store.after(room, page.getLast().seq(), 1_000)).messages()) {
            history.addAll(page);
        }
        return history;
    }

    @Test
    void diskFull() {
        source.pages = 90;
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        Map<String, Long> acknowledged = new HashMap<>();
        int refused = 0;
        for (int i = 1; refused < 3 && i < 1_000; i++) {
            CompletionStage<Optional<Message>> answer = store.append(room, draft("m" + i, "alice", "x".repeat(2_000)));
            try {
                acknowledged.put("m" + i, get(answer).orElseThrow().seq());
            } catch (CompletionException e) {
                assertThat(((StoreException) e.getCause()).reason()).isEqualTo(StoreException.Reason.DOWN);
                refused++;
            }
        }
        assertThat(refused).isEqualTo(3);
        assertThat(acknowledged).hasSizeGreaterThan(20);
        assertThat(history(store, room)).hasSize(acknowledged.size());
        assertThat(changes).hasSize(acknowledged.size());

        source.pages = 0;
        // it looks at the file anew after a failure
        await().atMost(PATIENCE)
                .until(() -> store.append(room, draft("again", "alice", "x".repeat(2_000)))
                        .handle((_, failure) -> failure == null)
                        .toCompletableFuture()
                        .get());

        List<Message> history = history(store, room);
        assertThat(history).extracting(Message::seq).containsExactlyElementsOf(upTo(acknowledged.size() + 1));
        assertThat(history.getLast().uuid()).isEqualTo("again");
        assertThat(history)
                .allSatisfy(message -> assertThat(acknowledged.getOrDefault(message.uuid(), message.seq()))
                        .isEqualTo(message.seq()));
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void aFolderThatCannotBeMadeAtTheStartIsWaitedFor() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("data"), "a file");
        Storage storage = new Storage(
                database(inTheWay.resolve("switchboard.db")),
                USUAL,
                java.time.Clock.systemUTC(),
                new io.switchboard.metric.GatewayMetrics(registry));
        SqlChatStore store = new SqlChatStore(storage);
        try (storage) {
            CompletionStage<Room> early = store.open(GENERAL);
            storage.start();
            assertThat(failure(early)).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.open(GENERAL))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.find(GENERAL))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(storage.up()).isFalse();
            assertThat(storage.trouble()).startsWith("SQLException").doesNotContain(folder.toString());

            Files.delete(inTheWay);
            await().atMost(PATIENCE).until(storage::up);
            Room room = get(store.open(GENERAL));
            assertThat(get(store.find(GENERAL))).contains(room);
            assertThat(storage.trouble()).isEmpty();
        }
    }

    /** What is acknowledged is kept, whenever the process is killed; what was told is what happened first. */
    @Test
    void killNineWhilePosting() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        List<String> all = new ArrayList<>();
        for (int run = 1; run <= 20; run++) {
            RoomName name = new RoomName(RoomType.GLOBAL, "run " + run);
            Posted posted = killedAfter(Duration.ofMillis(50 + random.nextInt(400)), name);

            SqlChatStore store = store();
            Room room = get(store.find(name)).orElseThrow();
            List<Message> history = history(store, room);
            String as = "run %d seed %d".formatted(run, seed);
            assertThat(history).extracting(Message::seq).as(as).containsExactlyElementsOf(upTo(history.size()));
            posted.acknowledged()
                    .forEach((uuid, seq) -> assertThat(
                                    history.get((int) (seq - 1)).uuid())
                            .as(as)
                            .isEqualTo(uuid));
            assertThat(posted.told())
                    .as(as)
                    .hasSizeGreaterThanOrEqualTo(posted.acknowledged().size())
                    .hasSizeLessThanOrEqualTo(history.size())
                    .containsExactlyElementsOf(upTo(posted.told().size()));
            storage().close();
            all.addAll(posted.acknowledged().keySet());
        }
        assertThat(all).as("seed %d", seed).hasSizeGreaterThan(100);
    }

    /** What a process said before it was killed. */
    private record Posted(Map<String, Long> acknowledged, List<Long> told) {}

    private Posted killedAfter(Duration time, RoomName name) throws Exception {
        Path output = folder.resolve("output.txt");
        Path errors = folder.resolve("errors.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        PostingProcess.class.getName(),
                        folder.resolve("switchboard.db").toString(),
                        name.object())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        // from when it posts, not from when it starts
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !process.isAlive() || Files.size(output) > 0);
        assertThat(process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS))
                .as(Files.readString(errors))
                .isFalse();
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 9);
        Map<String, Long> acknowledged = new HashMap<>();
        List<Long> told = new ArrayList<>();
        for (String line : Files.readAllLines(output, StandardCharsets.US_ASCII)) {
            List<String> words = List.of(line.split(" ", -1));
            if (!words.getLast().equals(".")) {
                continue; // cut off
            }
            if (words.getFirst().equals("told")) {
                told.add(Long.valueOf(words.get(1)));
            } else {
                acknowledged.put(words.get(2), Long.valueOf(words.get(1)));
            }
        }
        return new Posted(acknowledged, told);
    }

    /** The work of SQLite's machine for one page is the same in a room of any size. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPageCostsTheSameInALargeRoom(boolean deleted) throws Exception {
        SqlChatStore store = store();
        Room small = get(store.open(GENERAL));
        Room large = get(store.open(new RoomName(RoomType.GLOBAL, "large")));
        storage().close();
        int much = 300_000;
        fillBySql(small, 1_000, deleted);
        fillBySql(large, much, deleted);
        try (SQLiteConnection connection = source.getConnection(null, null);
                ReadConnection reader = new ReadConnection(connection)) {
            connection.setAutoCommit(false);
            long atTheEnd = steps(connection, reader, small, 0);
            assertThat(atTheEnd).isPositive();
            assertThat(steps(connection, reader, large, 0)).isLessThanOrEqualTo(2 * atTheEnd);
            for (int offset : List.of(500, 990)) {
                long few = steps(connection, reader, small, offset);
                assertThat(steps(connection, reader, large, offset)).isLessThanOrEqualTo(2 * few);
            }
            assertThat(steps(connection, reader, large, much - 100)).isLessThanOrEqualTo(20 * atTheEnd);
        }
    }

    /** Without what it is to be compared with: a few are deleted near the end, where each page has to count them. */
    private void fillBySql(Room room, int count, boolean deleted) throws SQLException {
        try (Connection connection = source.getConnection(null, null);
                PreparedStatement messages = connection.prepareStatement("""
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                        INSERT INTO chat_message SELECT ?, i, 'm' || i, 'alice', 1, '{}', ? AND i > ? - 50 FROM n""");
                PreparedStatement last =
                        connection.prepareStatement("UPDATE chat_room SET last_seq = ? WHERE uuid = ?")) {
            messages.setInt(1, count);
            messages.setString(2, room.uuid().toString());
            messages.setBoolean(3, deleted);
            messages.setInt(4, count);
            messages.executeUpdate();
            last.setInt(1, count);
            last.setString(2, room.uuid().toString());
            last.executeUpdate();
        }
    }

    private static long steps(SQLiteConnection connection, ReadConnection reader, Room room, long offset)
            throws SQLException {
        long[] steps = new long[1];
        ProgressHandler.setHandler(connection, 1, new ProgressHandler() {
            @Override
            protected int progress() {
                steps[0]++;
                return 0;
            }
        });
        reader.rooms().page(room, offset, 10);
        reader.end();
        ProgressHandler.clearHandler(connection);
        return steps[0];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Sql.ROOM_BY_NAME,
                Sql.ROOM_BY_ID,
                Sql.LAST_SEQ,
                Sql.ROOMS,
                Sql.DELETED_ABOVE,
                Sql.DELETED_DOWNWARDS,
                Sql.PAGE,
                Sql.AFTER,
                Sql.MESSAGE,
                Sql.NEXT_ROOM,
                Sql.OLDEST,
                Sql.DELETE_OLDEST,
                Sql.DELETE_MESSAGES
            })
    void everyQuestionHasItsIndex(String sql) throws SQLException {
        store();
        storage().close();
        try (Connection connection = source.getConnection(null, null);
                PreparedStatement plan = connection.prepareStatement("EXPLAIN QUERY PLAN " + sql);
                ResultSet row = plan.executeQuery()) {
            while (row.next()) {
                assertThat(row.getString("detail")).doesNotContain("SCAN").doesNotContain("TEMP");
            }
        }
    }

    @Test
    void theFileIsWrittenAsItMustBe() throws SQLException {
        Connection connection = database().openForWriting();
        try (WriteConnection _ = new WriteConnection(connection, java.time.Clock.systemUTC())) {
            assertThat(pragma(connection, "journal_mode")).isEqualTo("wal");
            // 2: FULL
            assertThat(pragma(connection, "synchronous")).isEqualTo("2");
            assertThat(pragma(connection, "foreign_keys")).isEqualTo("1");
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    /** A reader cannot write, whatever the statement. */
    @Test
    void readersOnlyRead() throws Exception {
        SqlChatStore store = store();
        get(store.open(GENERAL));
        try (Connection connection = database().openForReading();
                Statement statement = connection.createStatement()) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> statement.executeUpdate("DELETE FROM chat_room")))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(get(store.find(GENERAL))).isPresent();
        assertThat(get(store.find(UUID.randomUUID()))).isEmpty();
    }
}
