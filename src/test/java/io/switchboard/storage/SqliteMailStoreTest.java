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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
        store();
        storage().close();
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
