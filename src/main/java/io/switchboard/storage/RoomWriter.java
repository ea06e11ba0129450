package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore.Draft;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** Changes of rooms, inside of the transaction that the writer begins and ends. The writer's thread; all methods block. */
final class RoomWriter {
    private final Statements statements;
    private final Clock clock;

    RoomWriter(Statements statements, Clock clock) {
        this.statements = requireNonNull(statements, "statements");
        this.clock = requireNonNull(clock, "clock");
    }

    Outcome<Room> open(RoomName name) throws SQLException {
        Optional<Room> found = RoomReader.room(statements, name);
        if (found.isPresent()) {
            return Outcome.unchanged(found.get());
        }
        Room room = new Room(UUID.randomUUID(), name);
        int added = statements
                .with(Sql.NEW_ROOM, room.uuid().toString(), name.type().name(), name.object(), now())
                .executeUpdate();
        if (added == 0) {
            // another process was first
            return Outcome.unchanged(
                    RoomReader.room(statements, name).orElseThrow(() -> new SQLException("a room came and went")));
        }
        return Outcome.written(room);
    }

    Outcome<Optional<Message>> append(Room room, Draft draft) throws SQLException {
        String id = room.uuid().toString();
        Optional<Kept> kept = kept(id, draft.uuid());
        if (kept.isPresent()) {
            return Outcome.unchanged(Optional.of(kept.get().message()));
        }
        long seq;
        try (ResultSet row = statements.with(Sql.NEXT_SEQ, now(), id).executeQuery()) {
            if (!row.next()) {
                return Outcome.unchanged(Optional.empty());
            }
            seq = row.getLong(1);
        }
        Message message = new Message(seq, draft.uuid(), draft.author(), draft.timestamp(), draft.json());
        int _ = statements
                .with(Sql.NEW_MESSAGE, id, seq, message.uuid(), message.author(), message.timestamp(), message.json())
                .executeUpdate();
        return Outcome.changed(Optional.of(message), new RoomChange.Said(room, message));
    }

    Outcome<Optional<Message>> edit(Room room, String message, Optional<String> author, UnaryOperator<String> change)
            throws SQLException {
        Optional<Message> found = said(room, message, author);
        if (found.isEmpty()) {
            return Outcome.unchanged(found);
        }
        Message before = found.get();
        Message after = new Message(
                before.seq(), before.uuid(), before.author(), before.timestamp(), change.apply(before.json()));
        int _ = statements
                .with(Sql.EDIT, after.json(), room.uuid().toString(), after.seq())
                .executeUpdate();
        touch(room);
        return Outcome.changed(Optional.of(after), new RoomChange.Edited(room, after));
    }

    Outcome<Optional<Message>> delete(Room room, String message, Optional<String> author) throws SQLException {
        Optional<Message> found = said(room, message, author);
        if (found.isEmpty()) {
            return Outcome.unchanged(found);
        }
        int _ = statements
                .with(Sql.UNSAY, room.uuid().toString(), found.get().seq())
                .executeUpdate();
        touch(room);
        return Outcome.changed(found, new RoomChange.Unsaid(room, found.get()));
    }

    Outcome<Boolean> delete(UUID id) throws SQLException {
        Optional<Room> room = RoomReader.room(statements, id);
        if (room.isEmpty()) {
            return Outcome.unchanged(false);
        }
        int _ = statements.with(Sql.DELETE_MESSAGES, id.toString()).executeUpdate();
        int _ = statements.with(Sql.DELETE_ROOM, id.toString()).executeUpdate();
        return Outcome.changed(true, new RoomChange.Closed(room.get()));
    }

    /** The room behind that id for which something is to be swept next, and the number of its newest message. */
    Optional<Swept> nextRoom(String after) throws SQLException {
        try (ResultSet row = statements.with(Sql.NEXT_ROOM, after).executeQuery()) {
            return row.next() ? Optional.of(new Swept(row.getString(1), row.getLong(2))) : Optional.empty();
        }
    }

    /**
     * Deletes the oldest messages of a room, of which there is to be nothing left but what is new enough: those below a number,
     * and those that are too old, up to the first that is neither.
     *
     * @param upTo the highest number that is not to be kept
     * @param keepAge zero: for ever
     * @param most how many at most
     * @return how many were deleted
     */
    int deleteOldest(String room, long upTo, Duration keepAge, int most) throws SQLException {
        long oldest = keepAge.isZero() ? Long.MIN_VALUE : now() - keepAge.toSeconds();
        long last = 0;
        int count = 0;
        try (ResultSet row = statements.with(Sql.OLDEST, room, most).executeQuery()) {
            while (row.next() && (row.getLong(1) <= upTo || row.getLong(2) < oldest)) {
                last = row.getLong(1);
                count++;
            }
        }
        if (count > 0) {
            int _ = statements.with(Sql.DELETE_OLDEST, room, last).executeUpdate();
        }
        return count;
    }

    private Optional<Message> said(Room room, String message, Optional<String> author) throws SQLException {
        return kept(room.uuid().toString(), message)
                .filter(kept -> !kept.deleted())
                .map(Kept::message)
                .filter(kept -> author.isEmpty() || kept.author().equals(author.get()));
    }

    private Optional<Kept> kept(String room, String message) throws SQLException {
        try (ResultSet row = statements.with(Sql.MESSAGE, room, message).executeQuery()) {
            return row.next() ? Optional.of(new Kept(RoomReader.message(row), row.getInt(6) == 1)) : Optional.empty();
        }
    }

    private void touch(Room room) throws SQLException {
        int _ = statements.with(Sql.TOUCH, now(), room.uuid().toString()).executeUpdate();
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** A row of a message. */
    private record Kept(Message message, boolean deleted) {}

    /** A room as the sweep sees it. */
    record Swept(String id, long lastSeq) {}
}
