package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.queue.QueueStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** The same in a database. */
abstract class SqlQueueStoreContract extends QueueStoreContract {
    /** Nothing is swept before the test is over. */
    private static final Pace NEVER = new Pace(Duration.ofDays(1), Duration.ofDays(1));

    private boolean open;

    /** The one before is closed. */
    @Override
    QueueStore store(QueueQuotas quotas) {
        if (open) {
            storage().close();
        }
        open = true;
        return new SqlQueueStore(newStorage(USUAL, NEVER).start(), quotas, clock);
    }

    @Override
    void assertCounted() {
        // from one state
        try (Connection connection = database().openForReading();
                Statement statement = connection.createStatement()) {
            for (String wrong : List.of(
                    """
                    SELECT COUNT(*) FROM queue q
                    WHERE messages <> (SELECT COUNT(*) FROM queue_message m WHERE m.queue = q.name)
                        OR dead <> (SELECT COUNT(*) FROM queue_message m WHERE m.queue = q.name AND m.dead = 1)
                        OR bytes <> (SELECT COALESCE(SUM(m.bytes), 0) FROM queue_message m WHERE m.queue = q.name)
                        OR last_number < (SELECT COALESCE(MAX(m.number), 0) FROM queue_message m WHERE m.queue = q.name)""",
                    "SELECT COUNT(*) FROM queue_message WHERE queue NOT IN (SELECT name FROM queue)",
                    "SELECT COUNT(*) FROM queue_message WHERE (dead = 1) <> (died_at > 0)",
                    "SELECT COUNT(*) FROM queue_binding WHERE queue NOT IN (SELECT name FROM queue)",
                    "SELECT COUNT(*) FROM queue_binding WHERE exchange NOT IN (SELECT name FROM queue_exchange)",
                    """
                    SELECT COUNT(*) FROM queue_exchange e
                    WHERE bindings <> (SELECT COUNT(*) FROM queue_binding b WHERE b.exchange = e.name)""",
                    "SELECT queues - (SELECT COUNT(*) FROM queue) FROM queue_total",
                    "SELECT exchanges - (SELECT COUNT(*) FROM queue_exchange) FROM queue_total")) {
                try (ResultSet row = statement.executeQuery(wrong)) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getLong(1)).as(wrong).isZero();
                }
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
