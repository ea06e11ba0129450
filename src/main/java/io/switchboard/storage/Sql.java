package io.switchboard.storage;

/** Every statement; the same for both databases. */
final class Sql {
    private Sql() {}

    static final String ROOM_BY_NAME = "SELECT uuid FROM chat_room WHERE type = ? AND object = ?";

    static final String ROOM_BY_ID = "SELECT type, object FROM chat_room WHERE uuid = ?";

    static final String LAST_SEQ = "SELECT last_seq FROM chat_room WHERE uuid = ?";

    /** By an index each, so no room is counted through. */
    static final String ROOMS = """
            SELECT uuid, type, object, last_seq, updated_at,
                (SELECT MIN(seq) FROM chat_message WHERE room = chat_room.uuid),
                (SELECT COUNT(*) FROM chat_message WHERE room = chat_room.uuid AND deleted = 1)
            FROM chat_room WHERE uuid > ? ORDER BY uuid LIMIT ?""";

    static final String DELETED_ABOVE = "SELECT COUNT(*) FROM chat_message WHERE room = ? AND deleted = 1 AND seq > ?";

    static final String DELETED_DOWNWARDS =
            "SELECT seq FROM chat_message WHERE room = ? AND deleted = 1 AND seq <= ? ORDER BY seq DESC";

    static final String PAGE = "SELECT seq, uuid, author, posted_at, json FROM chat_message"
            + " WHERE room = ? AND seq <= ? AND deleted = 0 ORDER BY seq DESC LIMIT ?";

    static final String AFTER = "SELECT seq, uuid, author, posted_at, json FROM chat_message"
            + " WHERE room = ? AND seq > ? AND deleted = 0 ORDER BY seq LIMIT ?";

    static final String MESSAGE =
            "SELECT seq, uuid, author, posted_at, json, deleted FROM chat_message WHERE room = ? AND uuid = ?";

    static final String NEW_ROOM = "INSERT INTO chat_room (uuid, type, object, last_seq, updated_at)"
            + " VALUES (?, ?, ?, 0, ?) ON CONFLICT (type, object) DO NOTHING";

    static final String NEXT_SEQ =
            "UPDATE chat_room SET last_seq = last_seq + 1, updated_at = ? WHERE uuid = ? RETURNING last_seq";

    static final String NEW_MESSAGE = "INSERT INTO chat_message (room, seq, uuid, author, posted_at, json, deleted)"
            + " VALUES (?, ?, ?, ?, ?, ?, 0)";

    static final String EDIT = "UPDATE chat_message SET json = ? WHERE room = ? AND seq = ?";

    /** Its number, its id and its author stay. */
    static final String UNSAY = "UPDATE chat_message SET json = '{}', deleted = 1 WHERE room = ? AND seq = ?";

    static final String TOUCH = "UPDATE chat_room SET updated_at = ? WHERE uuid = ?";

    static final String DELETE_MESSAGES = "DELETE FROM chat_message WHERE room = ?";

    static final String DELETE_ROOM = "DELETE FROM chat_room WHERE uuid = ?";

    static final String NEXT_ROOM = "SELECT uuid, last_seq FROM chat_room WHERE uuid > ? ORDER BY uuid LIMIT 1";

    static final String OLDEST = "SELECT seq, posted_at FROM chat_message WHERE room = ? ORDER BY seq LIMIT ?";

    static final String DELETE_OLDEST = "DELETE FROM chat_message WHERE room = ? AND seq <= ?";
}
