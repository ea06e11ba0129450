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

    /** What counts before a letter is kept, and whether it is kept already. */
    static final String MAIL_STANDING = """
            SELECT b.messages, b.bytes, b.known, s.messages, t.strangers,
                (SELECT COUNT(*) FROM
                    (SELECT 1 FROM mail m WHERE m.owner = ? AND m.sender = ? LIMIT ?) AS pair),
                (SELECT COUNT(*) FROM mail m WHERE m.owner = ? AND m.sender = ? AND m.id = ?)
            FROM mail_total t
            LEFT JOIN mail_box b ON b.owner = ?
            LEFT JOIN mail_sender s ON s.sender = ?
            WHERE t.one = 1""";

    static final String MAIL_NEXT_NUMBER = """
            INSERT INTO mail_box (owner, last_number, messages, bytes, known)
            SELECT ?, floor + 1, 1, ?, 0 FROM mail_total WHERE one = 1
            ON CONFLICT (owner) DO UPDATE SET last_number = mail_box.last_number + 1,
                messages = mail_box.messages + 1, bytes = mail_box.bytes + excluded.bytes
            RETURNING last_number, known""";

    static final String MAIL_ONE_MORE_OF = "INSERT INTO mail_sender (sender, messages) VALUES (?, 1)"
            + " ON CONFLICT (sender) DO UPDATE SET messages = mail_sender.messages + 1";

    static final String MAIL_ONE_STRANGER_MORE = "UPDATE mail_total SET strangers = strangers + 1 WHERE one = 1";

    static final String NEW_LETTER = """
            INSERT INTO mail (owner, number, id, sender, sent_at, expires_at, bytes, stranger, metadata, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    static final String REMOVE_LETTER = "DELETE FROM mail WHERE owner = ? AND number = ? RETURNING sender, bytes";

    static final String MAIL_FEWER_IN = "UPDATE mail_box SET messages = messages - ?, bytes = bytes - ?"
            + " WHERE owner = ? RETURNING messages, known, last_number";

    static final String MAIL_FEWER_OF =
            "UPDATE mail_sender SET messages = messages - ? WHERE sender = ? RETURNING messages";

    static final String MAIL_FEWER_STRANGERS = "UPDATE mail_total SET strangers = strangers - ?,"
            + " floor = CASE WHEN floor < ? THEN ? ELSE floor END WHERE one = 1";

    static final String DELETE_BOX = "DELETE FROM mail_box WHERE owner = ?";

    static final String DELETE_SENDER = "DELETE FROM mail_sender WHERE sender = ?";

    static final String MAIL_BOX = "SELECT messages, known FROM mail_box WHERE owner = ?";

    static final String MAIL_KNOWN = """
            INSERT INTO mail_box (owner, last_number, messages, bytes, known)
            SELECT ?, floor, 0, 0, 1 FROM mail_total WHERE one = 1
            ON CONFLICT (owner) DO UPDATE SET known = 1""";

    static final String MAIL_NO_STRANGERS = "UPDATE mail SET stranger = 0 WHERE owner = ?";

    static final String EXPIRED =
            "SELECT owner, number, bytes FROM mail WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";

    static final String EXPIRED_OF_OWNER = "SELECT owner, number, bytes FROM mail"
            + " WHERE owner = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    static final String EXPIRED_OF_SENDER = "SELECT owner, number, bytes FROM mail"
            + " WHERE sender = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    /** What is joined to it keeps it to what is over, of which there is little: another index holds all of the pair. */
    static final String EXPIRED_OF_PAIR = "SELECT owner, number, bytes FROM mail"
            + " WHERE owner = ? AND sender || '' = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    static final String EXPIRED_OF_STRANGERS = "SELECT owner, number, bytes FROM mail"
            + " WHERE stranger = 1 AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    /** The sign keeps it to the order of the numbers: another index would have to be sorted. */
    static final String MAIL_SIZES =
            "SELECT number, bytes FROM mail WHERE owner = ? AND number > ? AND +expires_at > ? ORDER BY number LIMIT ?";

    static final String MAIL_AFTER = "SELECT number, id, sender, sent_at, expires_at, payload, metadata FROM mail"
            + " WHERE owner = ? AND number > ? AND number <= ? AND +expires_at > ? ORDER BY number";
}
