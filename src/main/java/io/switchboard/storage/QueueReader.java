package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.Algorithm;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bindings;
import io.switchboard.queue.QueueStore.ExchangeFacts;
import io.switchboard.queue.QueueStore.MessageFacts;
import io.switchboard.queue.QueueStore.Page;
import io.switchboard.queue.QueueStore.QueueFacts;
import io.switchboard.queue.Waiting;
import io.switchboard.queue.WorkMessage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Questions about queues, each answered from one state of the database. One thread at a time; all methods block. */
final class QueueReader {
    private final Statements statements;

    QueueReader(Statements statements) {
        this.statements = requireNonNull(statements, "statements");
    }

    /** What fits is found out first, so that nothing is read that does not. */
    Page after(String queue, long number, int limit, long bytes, long now) throws SQLException {
        long end;
        try (ResultSet row = statements.with(QueueSql.QUEUE, queue).executeQuery()) {
            if (!row.next()) {
                return new Page(List.of(), number, true);
            }
            end = Math.max(number, row.getLong(4));
        }
        long last = number;
        long size = 0;
        int count = 0;
        boolean complete = true;
        // one more than is read, to see whether there is one
        try (ResultSet row = statements
                .with(QueueSql.WORK_SIZES, queue, number, now, limit + 1)
                .executeQuery()) {
            while (row.next()) {
                size += row.getLong(2);
                if (count == limit || (count > 0 && size > bytes)) {
                    complete = false;
                    break;
                }
                last = row.getLong(1);
                count++;
            }
        }
        List<Waiting> messages = count == 0 ? List.of() : between(queue, number, last, now);
        return new Page(messages, complete ? end : last, complete);
    }

    private List<Waiting> between(String queue, long number, long last, long now) throws SQLException {
        List<Waiting> messages = new ArrayList<>();
        try (ResultSet row =
                statements.with(QueueSql.WORK_AFTER, queue, number, last, now).executeQuery()) {
            while (row.next()) {
                messages.add(new Waiting(
                        row.getLong(1),
                        row.getInt(2),
                        new WorkMessage(
                                UUID.fromString(row.getString(3)),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6),
                                row.getString(7),
                                row.getString(8),
                                row.getString(9),
                                row.getLong(10),
                                row.getLong(11))));
            }
        }
        return messages;
    }

    Optional<Bindings> bindings(String exchange) throws SQLException {
        Algorithm algorithm;
        try (ResultSet row = statements.with(QueueSql.EXCHANGE, exchange).executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            algorithm = algorithm(row.getString(1));
        }
        List<Binding> bindings = new ArrayList<>();
        try (ResultSet row = statements.with(QueueSql.BINDINGS, exchange).executeQuery()) {
            while (row.next()) {
                bindings.add(new Binding(row.getString(1), row.getString(2)));
            }
        }
        return Optional.of(new Bindings(algorithm, bindings));
    }

    private static Algorithm algorithm(String text) throws SQLException {
        return Algorithm.of(text).orElseThrow(() -> new SQLException("an algorithm of a later release"));
    }

    List<String> consumedQueues(String run, String after, int limit) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet row =
                statements.with(QueueSql.CONSUMED_QUEUES, run, after, limit).executeQuery()) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    List<String> unusedQueues(long usedAt) throws SQLException {
        return names(QueueSql.UNUSED_QUEUES, usedAt);
    }

    List<String> unusedExchanges(long usedAt) throws SQLException {
        return names(QueueSql.UNUSED_EXCHANGES, usedAt);
    }

    private List<String> names(String sql, long usedAt) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet row = statements.with(sql, usedAt, QueueWriter.PORTION).executeQuery()) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    List<QueueFacts> queues(String after, int limit) throws SQLException {
        List<QueueFacts> queues = new ArrayList<>();
        try (ResultSet row = statements.with(QueueSql.QUEUES, after, limit).executeQuery()) {
            while (row.next()) {
                long oldest = row.getLong(7);
                OptionalLong oldestSentAt = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(oldest);
                long dead = row.getLong(5);
                queues.add(new QueueFacts(
                        row.getString(1),
                        row.getString(2),
                        row.getInt(3) == 1,
                        row.getLong(4) - dead,
                        dead,
                        row.getLong(6),
                        oldestSentAt));
            }
        }
        return queues;
    }

    List<ExchangeFacts> exchanges(String after, int limit) throws SQLException {
        List<ExchangeFacts> exchanges = new ArrayList<>();
        try (ResultSet row = statements.with(QueueSql.EXCHANGES, after, limit).executeQuery()) {
            while (row.next()) {
                exchanges.add(new ExchangeFacts(
                        row.getString(1), algorithm(row.getString(2)), row.getString(3), row.getLong(4)));
            }
        }
        return exchanges;
    }

    Optional<List<MessageFacts>> peek(String queue, boolean dead, long after, int limit) throws SQLException {
        try (ResultSet row = statements.with(QueueSql.QUEUE, queue).executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
        }
        List<MessageFacts> messages = new ArrayList<>();
        try (ResultSet row = statements
                .with(QueueSql.PEEK, queue, dead ? 1 : 0, after, limit)
                .executeQuery()) {
            while (row.next()) {
                messages.add(new MessageFacts(
                        row.getLong(1),
                        UUID.fromString(row.getString(2)),
                        row.getString(3),
                        row.getInt(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getString(7),
                        row.getString(8),
                        row.getString(9),
                        row.getString(10),
                        row.getLong(11)));
            }
        }
        return Optional.of(messages);
    }
}
