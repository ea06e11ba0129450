package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** Deletes messages that are no longer to be kept, room by room. Numbers stay as they are. The writer's thread. */
final class Retention implements Sweep {
    /** Messages of one portion. */
    private static final int PORTION = 500;

    /** Rooms of one portion in which there is nothing to do. */
    private static final int ROOMS = 100;

    private final int keepMessages;
    private final Duration keepAge;
    private final Pace pace;
    private String done = "";
    private long nextNanos = System.nanoTime();

    Retention(int keepMessages, Duration keepAge, Pace pace) {
        this.keepMessages = keepMessages;
        this.keepAge = requireNonNull(keepAge, "keepAge");
        this.pace = requireNonNull(pace, "pace");
    }

    @Override
    public Duration dueIn() {
        if (keepMessages == 0 && keepAge.isZero()) {
            return Duration.ofDays(1);
        }
        return Duration.ofNanos(Math.max(0, nextNanos - System.nanoTime()));
    }

    @Override
    public boolean portion(WriteConnection connection) throws SQLException {
        RoomWriter rooms = connection.rooms();
        int left = PORTION;
        for (int i = 0; i < ROOMS && left > 0; i++) {
            Optional<RoomWriter.Swept> room = rooms.nextRoom(done);
            if (room.isEmpty()) {
                done = "";
                nextNanos = System.nanoTime() + pace.round().toNanos();
                return left < PORTION;
            }
            long upTo = keepMessages == 0 ? 0 : room.get().lastSeq() - keepMessages;
            int deleted = rooms.deleteOldest(room.get().id(), upTo, keepAge, left);
            if (deleted < left) {
                done = room.get().id();
            }
            left -= deleted;
        }
        nextNanos = System.nanoTime() + pace.portion().toNanos();
        return left < PORTION;
    }

    @Override
    public void failed() {
        nextNanos = System.nanoTime() + pace.round().toNanos();
    }
}
