package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore.Page;
import io.switchboard.chat.ChatStore.RoomFacts;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Questions about rooms, each answered from one state of the database. One thread at a time; all methods block. */
final class RoomReader {
    /** Rows that PostgreSQL sends at a time where few may be enough. */
    private static final int ROWS_AT_A_TIME = 500;

    private final Statements statements;

    RoomReader(Statements statements) {
        this.statements = requireNonNull(statements, "statements");
    }

    Optional<Room> find(RoomName name) throws SQLException {
        return room(statements, name);
    }

    Optional<Room> find(UUID id) throws SQLException {
        return room(statements, id);
    }

    static Optional<Room> room(Statements statements, RoomName name) throws SQLException {
        PreparedStatement query = statements.with(Sql.ROOM_BY_NAME, name.type().name(), name.object());
        try (ResultSet row = query.executeQuery()) {
            return row.next() ? Optional.of(new Room(UUID.fromString(row.getString(1)), name)) : Optional.empty();
        }
    }

    static Optional<Room> room(Statements statements, UUID id) throws SQLException {
        try (ResultSet row = statements.with(Sql.ROOM_BY_ID, id.toString()).executeQuery()) {
            return row.next() ? Optional.of(new Room(id, name(row, 1))) : Optional.empty();
        }
    }

    private static RoomName name(ResultSet row, int column) throws SQLException {
        return new RoomName(RoomType.valueOf(row.getString(column)), row.getString(column + 1));
    }

    Page page(Room room, long offset, int limit) throws SQLException {
        long upper = upper(room.uuid().toString(), offset);
        if (upper < 1) {
            return new Page(List.of());
        }
        return new Page(messages(statements.with(Sql.PAGE, room.uuid().toString(), upper, limit))
                .reversed());
    }

    /**
     * The number above which there are just as many messages as are to be left out. Numbers have no gaps, so it is as many below
     * the last one as are left out, and one more for each that was deleted above it; only these are looked at. What is no longer
     * kept is below all others.
     */
    private long upper(String room, long offset) throws SQLException {
        long last = lastSeq(room);
        if (offset >= last) {
            return 0;
        }
        long counted = last - offset;
        long upper = counted - count(statements.with(Sql.DELETED_ABOVE, room, counted));
        PreparedStatement deleted = statements.with(Sql.DELETED_DOWNWARDS, room, counted);
        deleted.setFetchSize(ROWS_AT_A_TIME);
        try (ResultSet row = deleted.executeQuery()) {
            // each one more makes room for one more
            while (row.next() && row.getLong(1) > upper) {
                upper--;
            }
        }
        return upper;
    }

    /** 0: there is no such room, or nothing in it. */
    private long lastSeq(String room) throws SQLException {
        try (ResultSet row = statements.with(Sql.LAST_SEQ, room).executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private static long count(PreparedStatement query) throws SQLException {
        try (ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    Page after(Room room, long seq, int limit) throws SQLException {
        return new Page(messages(statements.with(Sql.AFTER, room.uuid().toString(), seq, limit)));
    }

    private static List<Message> messages(PreparedStatement query) throws SQLException {
        List<Message> messages = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                messages.add(message(row));
            }
        }
        return messages;
    }

    static Message message(ResultSet row) throws SQLException {
        return new Message(row.getLong(1), row.getString(2), row.getString(3), row.getLong(4), row.getString(5));
    }

    List<RoomFacts> rooms(Optional<UUID> after, int limit) throws SQLException {
        List<RoomFacts> rooms = new ArrayList<>();
        PreparedStatement query =
                statements.with(Sql.ROOMS, after.map(UUID::toString).orElse(""), limit);
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                Room room = new Room(UUID.fromString(row.getString(1)), name(row, 2));
                long last = row.getLong(4);
                long updatedAt = row.getLong(5);
                long first = row.getLong(6);
                // 0: there is none
                long messages = first == 0 ? 0 : last - first + 1 - row.getLong(7);
                rooms.add(new RoomFacts(room, last, messages, updatedAt));
            }
        }
        return rooms;
    }
}
