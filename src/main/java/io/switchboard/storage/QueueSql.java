package io.switchboard.storage;

/** The statements of queues; the same for both databases. */
final class QueueSql {
    private QueueSql() {}

    static final String QUEUE = "SELECT owner, temporary, consumed_in, last_number FROM queue WHERE name = ?";

    /** Changes nothing: whoever else wants to make or delete a queue waits until this is over. */
    static final String LOCK_TOTAL = "UPDATE queue_total SET one = one WHERE one = 1";

    /** The same for one queue, and those who send to it. */
    static final String LOCK_QUEUE = "UPDATE queue SET name = name WHERE name = ?";

    /** The same for one exchange. */
    static final String LOCK_EXCHANGE = "UPDATE queue_exchange SET name = name WHERE name = ?";

    static final String CONSUMED = "UPDATE queue SET consumed_in = ? WHERE name = ?";

    static final String RELEASED = "UPDATE queue SET consumed_in = '', used_at = ? WHERE name = ? AND consumed_in = ?";

    static final String NOT_CONSUMED =
            "UPDATE queue SET consumed_in = '', used_at = ? WHERE consumed_in <> '' AND consumed_in <> ?";

    /** What counts before a queue is made. */
    static final String QUEUE_STANDING = """
            SELECT t.queues, t.exchanges,
                (SELECT COUNT(*) FROM (SELECT 1 FROM queue q WHERE q.owner = ? LIMIT ?) AS owned)
            FROM queue_total t WHERE t.one = 1""";

    static final String NEW_QUEUE = """
            INSERT INTO queue (name, owner, temporary, last_number, messages, bytes, dead, consumed_in, used_at)
            SELECT ?, ?, ?, floor, 0, 0, 0, ?, ? FROM queue_total WHERE one = 1""";

    static final String MORE_QUEUES = "UPDATE queue_total SET queues = queues + 1 WHERE one = 1";

    static final String NEXT_NUMBER = "UPDATE queue SET last_number = last_number + 1, messages = messages + 1,"
            + " bytes = bytes + ? WHERE name = ? RETURNING last_number";

    /** The same where there is room. */
    static final String NEXT_NUMBER_IF_ROOM = "UPDATE queue SET last_number = last_number + 1, messages = messages + 1,"
            + " bytes = bytes + ? WHERE name = ? AND messages < ? AND bytes <= ? RETURNING last_number";

    static final String QUEUE_SIZE = "SELECT messages, bytes FROM queue WHERE name = ?";

    static final String NEW_WORK = """
            INSERT INTO queue_message (queue, dead, number, id, sender, reply_to, correlation_id, exchange, routing_key,
                sent_at, expires_at, bytes, returns, died_at, data)
            VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)""";

    static final String REMOVE_WORK =
            "DELETE FROM queue_message WHERE queue = ? AND dead = ? AND number = ? RETURNING bytes";

    static final String FEWER_IN_QUEUE = "UPDATE queue SET messages = messages - ?, bytes = bytes - ?, dead = dead - ?,"
            + " used_at = ? WHERE name = ?";

    static final String RETURNED = "UPDATE queue_message SET returns = returns + 1"
            + " WHERE queue = ? AND dead = 0 AND number = ? RETURNING returns, expires_at";

    static final String DIED =
            "UPDATE queue_message SET dead = 1, died_at = ?" + " WHERE queue = ? AND dead = 0 AND number = ?";

    static final String MORE_DEAD = "UPDATE queue SET dead = dead + ? WHERE name = ?";

    static final String REVIVED = """
            UPDATE queue_message SET dead = 0, died_at = 0, returns = 0,
                expires_at = CASE WHEN expires_at <= ? THEN ? + expires_at - sent_at ELSE expires_at END
            WHERE queue = ? AND dead = 1 AND number = ?""";

    static final String EXPIRED_WORK = "SELECT queue, dead, number, bytes FROM queue_message"
            + " WHERE dead = 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    static final String EXPIRED_IN_QUEUE = "SELECT queue, dead, number, bytes FROM queue_message"
            + " WHERE queue = ? AND dead = 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    static final String OLD_DEAD = "SELECT queue, dead, number, bytes FROM queue_message"
            + " WHERE dead = 1 AND died_at <= ? ORDER BY died_at LIMIT ?";

    /** Dead letters last. */
    static final String ALL_IN_QUEUE =
            "SELECT queue, dead, number, bytes FROM queue_message" + " WHERE queue = ? ORDER BY dead, number LIMIT ?";

    static final String SOME_IN_QUEUE = "SELECT queue, dead, number, bytes FROM queue_message"
            + " WHERE queue = ? AND dead = ? AND number > ? AND number <= ? ORDER BY number LIMIT ?";

    /** The sign keeps it to the order of the numbers: another index would have to be sorted. */
    static final String WORK_SIZES = "SELECT number, bytes FROM queue_message"
            + " WHERE queue = ? AND dead = 0 AND number > ? AND +expires_at > ? ORDER BY number LIMIT ?";

    static final String WORK_AFTER = """
            SELECT number, returns, id, sender, data, reply_to, correlation_id, exchange, routing_key, sent_at, expires_at
            FROM queue_message WHERE queue = ? AND dead = 0 AND number > ? AND number <= ? AND +expires_at > ?
            ORDER BY number""";

    static final String PEEK = """
            SELECT number, id, sender, returns, sent_at, expires_at, reply_to, correlation_id, exchange, routing_key, bytes
            FROM queue_message WHERE queue = ? AND dead = ? AND number > ? ORDER BY number LIMIT ?""";

    static final String UNUSED_QUEUES = "SELECT name FROM queue"
            + " WHERE temporary = 1 AND messages = 0 AND consumed_in = '' AND used_at <= ? ORDER BY used_at LIMIT ?";

    static final String CONSUMED_QUEUES =
            "SELECT name FROM queue WHERE temporary = 1 AND consumed_in = ? AND name > ? ORDER BY name LIMIT ?";

    static final String QUEUE_UNUSED = "SELECT name FROM queue WHERE name = ?"
            + " AND temporary = 1 AND messages = 0 AND consumed_in = '' AND used_at <= ?";

    static final String EXCHANGES_OF = "SELECT exchange FROM queue_binding WHERE queue = ?";

    static final String UNBIND_QUEUE = "DELETE FROM queue_binding WHERE queue = ?";

    static final String DELETE_QUEUE = "DELETE FROM queue WHERE name = ?";

    static final String FEWER_QUEUES = "UPDATE queue_total SET queues = queues - 1,"
            + " floor = CASE WHEN floor < ? THEN ? ELSE floor END WHERE one = 1";

    static final String EXCHANGE = "SELECT algorithm, bindings FROM queue_exchange WHERE name = ?";

    static final String NEW_EXCHANGE =
            "INSERT INTO queue_exchange (name, algorithm, owner, bindings, used_at) VALUES (?, ?, ?, 0, ?)";

    static final String MORE_EXCHANGES = "UPDATE queue_total SET exchanges = exchanges + 1 WHERE one = 1";

    static final String FEWER_EXCHANGES = "UPDATE queue_total SET exchanges = exchanges - 1 WHERE one = 1";

    static final String NEW_BINDING = "INSERT INTO queue_binding (exchange, queue, routing_key) VALUES (?, ?, ?)";

    static final String MORE_BINDINGS = "UPDATE queue_exchange SET bindings = bindings + 1 WHERE name = ?";

    static final String FEWER_BINDINGS =
            "UPDATE queue_exchange SET bindings = bindings - 1, used_at = ? WHERE name = ?";

    static final String BINDINGS = "SELECT queue, routing_key FROM queue_binding WHERE exchange = ?";

    static final String UNUSED_EXCHANGES =
            "SELECT name FROM queue_exchange WHERE bindings = 0 AND used_at <= ? ORDER BY used_at LIMIT ?";

    static final String EXCHANGE_UNUSED =
            "SELECT name FROM queue_exchange WHERE name = ? AND bindings = 0 AND used_at <= ?";

    static final String UNBIND_EXCHANGE = "DELETE FROM queue_binding WHERE exchange = ?";

    static final String DELETE_EXCHANGE = "DELETE FROM queue_exchange WHERE name = ?";

    /** By an index each, so no queue is counted through. */
    static final String QUEUES = """
            SELECT name, owner, temporary, messages, dead, bytes,
                (SELECT m.sent_at FROM queue_message m WHERE m.queue = queue.name AND m.dead = 0
                    ORDER BY m.number LIMIT 1)
            FROM queue WHERE name > ? ORDER BY name LIMIT ?""";

    static final String EXCHANGES =
            "SELECT name, algorithm, owner, bindings FROM queue_exchange WHERE name > ? ORDER BY name LIMIT ?";
}
