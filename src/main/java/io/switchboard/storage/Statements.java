package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** The prepared statements of a connection, each prepared once. One thread at a time. */
final class Statements implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    Statements(Connection connection) {
        this.connection = requireNonNull(connection, "connection");
    }

    Connection connection() {
        return connection;
    }

    /** Belongs to this; its result is closed before it is asked for again. */
    PreparedStatement with(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        for (int i = 0; i < parameters.length; i++) {
            switch (parameters[i]) {
                case String text -> statement.setString(i + 1, text);
                case Long number -> statement.setLong(i + 1, number);
                case Integer number -> statement.setInt(i + 1, number);
                default ->
                    throw new IllegalArgumentException(
                            "no way to set a " + parameters[i].getClass().getSimpleName());
            }
        }
        return statement;
    }

    /** Closes the connection as well; what was not committed is rolled back. */
    @Override
    public void close() {
        try {
            connection.rollback();
            for (PreparedStatement statement : prepared.values()) {
                statement.close();
            }
        } catch (SQLException _) {
            // It is closed anyway.
        }
        Database.closeQuietly(connection);
    }
}
