package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.Waiting;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteDataSource;

class SqliteQueueStoreTest extends SqlQueueStoreContract {
    @TempDir
    Path folder;

    @Override
    Database database() {
        String url = StorageKind.SQLITE.scheme() + file();
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url);
        return new Database(StorageKind.SQLITE, source, url);
    }

    private Path file() {
        return folder.resolve("switchboard.db");
    }

    /** Every answer that went out before the process was killed is a message that is there afterwards. */
    @Test
    void whatWasAnsweredSurvivesAKill() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        Map<Long, String> answered = new TreeMap<>();
        for (int run = 1; run <= 8; run++) {
            int before = answered.size();
            answered.putAll(killedAfter(Duration.ofMillis(50 + random.nextInt(400))));
            QueueStore store = store();
            Map<Long, String> kept = get(store.after("jobs", 0, 1_000_000, Long.MAX_VALUE)).messages().stream()
                    .collect(Collectors.toMap(
                            Waiting::number, waiting -> waiting.message().id().toString()));
            assertThat(kept).as("run %d seed %d", run, seed).containsAllEntriesOf(answered);
            assertThat(answered.size()).as("run %d seed %d", run, seed).isGreaterThan(before);
            assertCounted();
            storage().close();
        }
    }

    private Map<Long, String> killedAfter(Duration time) throws Exception {
        Path output = folder.resolve("output.txt");
        Path errors = folder.resolve("errors.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SendingProcess.class.getName(),
                        file().toString())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        // from when it sends, not from when it starts
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !process.isAlive() || Files.size(output) > 0);
        assertThat(process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS))
                .as(Files.readString(errors))
                .isFalse();
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 9);
        return Files.readAllLines(output, StandardCharsets.US_ASCII).stream()
                .map(line -> List.of(line.split(" ", -1)))
                // one that was cut off has no end
                .filter(words -> words.size() == 3 && words.getLast().equals("."))
                .collect(Collectors.toMap(words -> Long.valueOf(words.getFirst()), words -> words.get(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                QueueSql.QUEUE,
                QueueSql.CONSUMED,
                QueueSql.RELEASED,
                QueueSql.NEXT_NUMBER,
                QueueSql.NEXT_NUMBER_IF_ROOM,
                QueueSql.QUEUE_SIZE,
                QueueSql.REMOVE_WORK,
                QueueSql.FEWER_IN_QUEUE,
                QueueSql.RETURNED,
                QueueSql.DIED,
                QueueSql.REVIVED,
                QueueSql.EXPIRED_WORK,
                QueueSql.EXPIRED_IN_QUEUE,
                QueueSql.OLD_DEAD,
                QueueSql.ALL_IN_QUEUE,
                QueueSql.SOME_IN_QUEUE,
                QueueSql.WORK_SIZES,
                QueueSql.WORK_AFTER,
                QueueSql.PEEK,
                QueueSql.UNUSED_QUEUES,
                QueueSql.QUEUE_UNUSED,
                QueueSql.EXCHANGES_OF,
                QueueSql.UNBIND_QUEUE,
                QueueSql.DELETE_QUEUE,
                QueueSql.EXCHANGE,
                QueueSql.BINDINGS,
                QueueSql.UNUSED_EXCHANGES,
                QueueSql.EXCHANGE_UNUSED,
                QueueSql.UNBIND_EXCHANGE,
                QueueSql.QUEUES,
                QueueSql.EXCHANGES
            })
    void everyStatementHasItsIndex(String sql) throws SQLException {
        store();
        await().atMost(PATIENCE).until(() -> storage().up());
        try (Connection connection = database().openForReading();
                PreparedStatement plan = connection.prepareStatement("EXPLAIN QUERY PLAN " + sql);
                ResultSet row = plan.executeQuery()) {
            while (row.next()) {
                assertThat(row.getString("detail")).doesNotContain("TEMP").doesNotContain("SCAN");
            }
        }
    }
}
