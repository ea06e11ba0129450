package io.switchboard.storage;

import java.sql.SQLException;
import java.time.Duration;

/** Deletes what is no longer to be kept, in portions between which others have their turn. The writer's thread. */
interface Sweep {
    /** When the next portion is due; zero: now. */
    Duration dueIn();

    /** One portion, inside of a transaction; whether something was deleted. */
    boolean portion(WriteConnection connection) throws SQLException;

    /** The portion failed. */
    void failed();
}
