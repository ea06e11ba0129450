package io.switchboard.storage;

import java.sql.SQLException;

/** What may be said of a failure. Messages of databases quote rows and URLs. */
final class Failures {
    private static final int DEPTH = 8;

    private Failures() {}

    /** The type, and of what the database says its code. */
    static String kind(Throwable failure) {
        Throwable cause = failure;
        // A chain may be a ring.
        for (int depth = 0; cause != null && depth < DEPTH; depth++) {
            if (cause instanceof SQLException sql) {
                String state = sql.getSQLState();
                return sql.getClass().getSimpleName() + " " + (state == null ? sql.getErrorCode() : state);
            }
            cause = cause.getCause();
        }
        return failure.getClass().getSimpleName();
    }
}
