package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.MailStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

class SqliteMailStoreTest extends MailStoreContract {
    @TempDir
    Path folder;

    @Override
    Database database() {
        String url = StorageKind.SQLITE.scheme() + folder.resolve("data").resolve("switchboard.db");
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url);
        return new Database(StorageKind.SQLITE, source, url);
    }

    @Test
    void aDatabaseThatIsAwayIsWaitedFor() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("data"), "a file");
        MailStore store = store();
        await().atMost(PATIENCE).until(() -> !storage().trouble().equals("starting"));
        assertThat(failure(store.post(letter("bob", "alice", "1")))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.after("bob", 0, 1, 1))).isEqualTo(StoreException.Reason.DOWN);
        assertThat(failure(store.signedIn("bob"))).isEqualTo(StoreException.Reason.DOWN);

        Files.delete(inTheWay);
        await().atMost(PATIENCE).until(() -> storage().up());
        get(store.signedIn("bob"));
        kept(store.post(letter("bob", "alice", "1")));
        assertThat(numbers(all(store, "bob"))).containsExactly(1L);
    }

    private void makeTables() {
        store();
        await().atMost(PATIENCE).until(() -> storage().up());
        storage().close();
    }

    /** The work of SQLite's machine for one page is the same in a box of any size, and so is that for one letter more. */
    @Test
    void aPageCostsTheSameInALargeBox() throws Exception {
        makeTables();
        fillBySql("small", 100);
        fillBySql("large", 100_000);
        try (SQLiteConnection connection = (SQLiteConnection) database().openForWriting();
                ReadConnection reader = new ReadConnection(connection)) {
            MailReader mail = reader.mail();
            for (long number : List.of(0L, 50L)) {
                long few = steps(connection, () -> mail.after("small", number, 10, 1_000, 0));
                assertThat(few).isPositive();
                assertThat(steps(connection, () -> mail.after("large", number, 10, 1_000, 0)))
                        .isLessThanOrEqualTo(few);
            }
        }
        try (SQLiteConnection connection = (SQLiteConnection) database().openForWriting();
                WriteConnection writer = new WriteConnection(connection, clock)) {
            MailWriter mail = writer.mail();
            MailQuotas quotas = new MailQuotas(1_000_000, 0, 10, 1_000_000, 0);
            long few = steps(connection, () -> mail.post(letter("small", "alice", "1"), quotas));
            assertThat(steps(connection, () -> mail.post(letter("large", "alice", "1"), quotas)))
                    .isLessThanOrEqualTo(few + 10);
            // one that has no room, though none is too old
            for (String sender : List.of("sender", "other")) {
                long full = steps(connection, () -> mail.post(letter("small", sender, "1"), quotas));
                assertThat(steps(connection, () -> mail.post(letter("large", sender, "1"), quotas)))
                        .isLessThanOrEqualTo(full + 10);
            }
        }
    }

    /** Ten of one sender, and others. */
    private void fillBySql(String owner, int count) throws SQLException {
        try (Connection connection = database().openForWriting();
                PreparedStatement letters = connection.prepareStatement("""
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                        INSERT INTO mail SELECT ?, i, '00000000-0000-0000-0000-' || i, CASE WHEN i <= 10 THEN 'sender' ELSE 'other' END,
                            1, ?, 4, 1, '', '"12"' FROM n""");
                PreparedStatement box = connection.prepareStatement("INSERT INTO mail_box VALUES (?, ?, ?, ?, 1)")) {
            letters.setInt(1, count);
            letters.setString(2, owner);
            letters.setLong(3, Long.MAX_VALUE);
            letters.executeUpdate();
            box.setString(1, owner);
            box.setInt(2, count);
            box.setInt(3, count);
            box.setInt(4, 4 * count);
            box.executeUpdate();
            connection.commit();
        }
    }

    @FunctionalInterface
    private interface Work {
        Object perform() throws SQLException;
    }

    private static long steps(SQLiteConnection connection, Work work) throws SQLException {
        long[] steps = new long[1];
        ProgressHandler.setHandler(connection, 1, new ProgressHandler() {
            @Override
            protected int progress() {
                steps[0]++;
                return 0;
            }
        });
        Object answer = work.perform();
        ProgressHandler.clearHandler(connection);
        connection.rollback();
        assertThat(answer).isNotNull();
        return steps[0];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Sql.MAIL_STANDING,
                Sql.MAIL_NEXT_NUMBER,
                Sql.REMOVE_LETTER,
                Sql.MAIL_FEWER_IN,
                Sql.MAIL_FEWER_OF,
                Sql.MAIL_FEWER_STRANGERS,
                Sql.DELETE_BOX,
                Sql.DELETE_SENDER,
                Sql.MAIL_BOX,
                Sql.MAIL_KNOWN,
                Sql.MAIL_NO_STRANGERS,
                Sql.EXPIRED,
                Sql.EXPIRED_OF_OWNER,
                Sql.EXPIRED_OF_PAIR,
                Sql.EXPIRED_OF_SENDER,
                Sql.EXPIRED_OF_STRANGERS,
                Sql.MAIL_SIZES,
                Sql.MAIL_AFTER
            })
    void everyStatementHasItsIndex(String sql) throws SQLException {
        makeTables();
        try (Connection connection = database().openForReading();
                PreparedStatement plan = connection.prepareStatement("EXPLAIN QUERY PLAN " + sql);
                ResultSet row = plan.executeQuery()) {
            while (row.next()) {
                // a count reads what a subquery has gathered by an index, up to its limit
                assertThat(row.getString("detail")).doesNotContain("TEMP").doesNotMatch("SCAN (?!pair|\\(subquery).*");
            }
        }
    }
}
