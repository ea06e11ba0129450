package io.switchboard.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;

/** The writer's connection, and what it may change. The writer's thread; all methods block. */
final class WriteConnection implements AutoCloseable {
    private final Statements statements;
    private final RoomWriter rooms;
    private final MailWriter mail;
    private final QueueWriter queues;

    WriteConnection(Connection connection, Clock clock) {
        this.statements = new Statements(connection);
        this.rooms = new RoomWriter(statements, clock);
        this.mail = new MailWriter(statements, clock);
        this.queues = new QueueWriter(statements, clock);
    }

    Connection connection() {
        return statements.connection();
    }

    RoomWriter rooms() {
        return rooms;
    }

    MailWriter mail() {
        return mail;
    }

    QueueWriter queues() {
        return queues;
    }

    void commit() throws SQLException {
        connection().commit();
    }

    void rollback() throws SQLException {
        connection().rollback();
    }

    /** What was not committed is rolled back. */
    @Override
    public void close() {
        statements.close();
    }
}
