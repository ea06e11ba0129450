package io.switchboard.storage;

import java.sql.Connection;
import java.sql.SQLException;

/** A connection that reads, and what it may be asked. One thread at a time; all methods block. */
final class ReadConnection implements AutoCloseable {
    private final Statements statements;
    private final RoomReader rooms;
    private final MailReader mail;
    private final QueueReader queues;

    ReadConnection(Connection connection) {
        this.statements = new Statements(connection);
        this.rooms = new RoomReader(statements);
        this.mail = new MailReader(statements);
        this.queues = new QueueReader(statements);
    }

    RoomReader rooms() {
        return rooms;
    }

    MailReader mail() {
        return mail;
    }

    QueueReader queues() {
        return queues;
    }

    /** Lets go of the state that the last question was answered from. */
    void end() throws SQLException {
        statements.connection().rollback();
    }

    @Override
    public void close() {
        statements.close();
    }
}
