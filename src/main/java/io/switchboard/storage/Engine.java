package io.switchboard.storage;

import io.switchboard.config.StorageKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/** In what the two databases differ. */
enum Engine {
    SQLITE {
        @Override
        void forWriting(Connection connection) throws SQLException {
            run(
                    connection,
                    List.of(
                            "PRAGMA busy_timeout = 5000",
                            // readers and the writer do not wait for each other
                            "PRAGMA journal_mode = WAL",
                            // in WAL mode the default keeps a commit for good only some commits later
                            "PRAGMA synchronous = FULL",
                            "PRAGMA foreign_keys = ON",
                            // what was deleted is written over
                            "PRAGMA secure_delete = ON",
                            "PRAGMA journal_size_limit = 67108864"));
            connection.setAutoCommit(false);
        }

        @Override
        void forReading(Connection connection) throws SQLException {
            run(connection, List.of("PRAGMA busy_timeout = 5000", "PRAGMA query_only = ON"));
            connection.setAutoCommit(false);
        }

        // A number in the head of the file that nobody else uses; to set it writes, whatever it is.
        @Override
        void probe(Connection connection) throws SQLException {
            run(connection, List.of("PRAGMA user_version = 1"));
        }

        @Override
        Blame blame(SQLException failure) {
            return switch (failure.getErrorCode()) {
                // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH
                case 18, 19, 20 -> Blame.COMMAND;
                // SQLITE_BUSY, SQLITE_LOCKED: somebody else writes
                case 5, 6 -> Blame.OTHERS;
                default -> Blame.DATABASE;
            };
        }
    },

    POSTGRESQL {
        @Override
        void forWriting(Connection connection) throws SQLException {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            // whatever the server's default is: accepted means kept
            run(connection, List.of("SET synchronous_commit = on"));
            connection.commit();
        }

        // All statements of one question see the same state.
        @Override
        void forReading(Connection connection) throws SQLException {
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
        }

        // Fails on a server that only follows another.
        @Override
        void probe(Connection connection) throws SQLException {
            run(connection, List.of("SELECT txid_current()"));
        }

        @Override
        Blame blame(SQLException failure) {
            String state = failure.getSQLState();
            String group = state == null || state.length() < 2 ? "" : state.substring(0, 2);
            if (OF_THE_COMMAND.contains(group)) {
                return Blame.COMMAND;
            }
            return group.equals(ROLLED_BACK) ? Blame.OTHERS : Blame.DATABASE;
        }
    };

    /** Whose fault a failure is. */
    enum Blame {
        /** What was to be written cannot be written; other commands can. */
        COMMAND,
        /** Somebody else was in the way; the next try may succeed. */
        OTHERS,
        /** The database fails, or is not there. */
        DATABASE
    }

    /** Classes of SQLSTATE: data exceptions, violated constraints, too large for an index. */
    private static final Set<String> OF_THE_COMMAND = Set.of("22", "23", "54");

    /** Class of SQLSTATE: deadlocks and the like. */
    private static final String ROLLED_BACK = "40";

    static Engine of(StorageKind kind) {
        return switch (kind) {
            case SQLITE -> SQLITE;
            case POSTGRESQL -> POSTGRESQL;
        };
    }

    /** Makes a new connection the writer's: each commit is for good. Leaves it inside of no transaction. */
    abstract void forWriting(Connection connection) throws SQLException;

    /** Makes a new connection a reader's: it cannot write. */
    abstract void forReading(Connection connection) throws SQLException;

    /** Writes something that changes nothing; the caller commits. */
    abstract void probe(Connection connection) throws SQLException;

    abstract Blame blame(SQLException failure);

    private static void run(Connection connection, List<String> statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
