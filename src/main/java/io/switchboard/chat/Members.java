package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Who is in which room, by live connections and nothing else. A connection that was lost counts for a while after its last
 * heartbeat, so that a reload is no coming and going. Everybody in a room is told when somebody comes or leaves; in a room
 * where many do at once, or of many, not each time. Any thread; the work is done on one loop.
 */
public final class Members {
    /** Protocol page of Cells, chat, JOIN: how long a lost connection counts after its last heartbeat. */
    static final Duration GRACE = Duration.ofSeconds(20);

    /** Bytes a second that the announcements of one room may take, roughly: a name, for everybody in it. */
    private static final long BYTES_PER_SECOND = 8 * 1024 * 1024;

    private static final int BYTES_OF_A_NAME = 20;

    /**
     * A room as it is after somebody joined.
     *
     * @param users who is there, or the first of them
     * @param announced whether everybody there is told at this moment, the one who joined included
     */
    public record Gathering(List<String> users, boolean announced) {
        public Gathering {
            users = List.copyOf(users);
        }
    }

    /** A connection in a room. */
    private static final class Presence {
        private final String username;
        private long heartbeat;
        private boolean lost;

        private Presence(String username, long heartbeat) {
            this.username = username;
            this.heartbeat = heartbeat;
        }
    }

    /** A room with somebody in it. */
    private static final class Occupied {
        private final Room room;
        private final Map<UUID, Presence> presences = new HashMap<>();
        /** How many connections each user has here, in the order of their coming. */
        private final Map<String, Integer> users = new LinkedHashMap<>();

        /** From when on the next may be told at once; null: nobody was told of anything yet. */
        private Long due;

        private boolean announcing;

        private Occupied(Room room) {
            this.room = room;
        }
    }

    private final Map<UUID, Occupied> rooms = new HashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Loop loop;
    private final int listed;
    private final Consumer<RoomChange.Gathered> announce;

    /**
     * @param loop does the work
     * @param listed how many users of a room are named at most
     * @param announce tells everybody in a room; called on the loop
     */
    public Members(Loop loop, int listed, Consumer<RoomChange.Gathered> announce) {
        this.loop = requireNonNull(loop, "loop");
        this.listed = listed;
        this.announce = requireNonNull(announce, "announce");
    }

    /** A connection is in the room, or is there still. */
    public CompletionStage<Gathering> join(Room room, UUID session, String username) {
        CompletableFuture<Gathering> gathering = new CompletableFuture<>();
        loop.execute(() -> {
            Occupied occupied = rooms.computeIfAbsent(room.uuid(), _ -> new Occupied(room));
            count.set(rooms.size());
            Presence presence = occupied.presences.get(session);
            boolean changed = false;
            if (presence == null) {
                occupied.presences.put(session, new Presence(username, loop.nanoTime()));
                changed = occupied.users.merge(username, 1, Integer::sum) == 1;
            } else {
                presence.heartbeat = loop.nanoTime();
                presence.lost = false;
            }
            boolean announced = changed && announce(occupied);
            gathering.complete(new Gathering(named(occupied), announced));
        });
        return gathering;
    }

    /** A connection left the room. */
    public void leave(Room room, UUID session) {
        loop.execute(() -> remove(room.uuid(), session));
    }

    /** A connection broke. */
    public void lost(Room room, UUID session) {
        loop.execute(() -> {
            Occupied occupied = rooms.get(room.uuid());
            Presence presence = occupied == null ? null : occupied.presences.get(session);
            if (presence != null) {
                presence.lost = true;
                awaitEnd(room.uuid(), session, presence);
            }
        });
    }

    private void awaitEnd(UUID room, UUID session, Presence presence) {
        long rest = presence.heartbeat + GRACE.toNanos() - loop.nanoTime();
        if (rest <= 0) {
            remove(room, session);
        } else {
            loop.schedule(
                    () -> {
                        Occupied occupied = rooms.get(room);
                        if (occupied != null && occupied.presences.get(session) == presence && presence.lost) {
                            awaitEnd(room, session, presence);
                        }
                    },
                    rest);
        }
    }

    /** The room is gone. */
    void close(Room room) {
        loop.execute(() -> {
            rooms.remove(room.uuid());
            count.set(rooms.size());
        });
    }

    /** Who is in a room, or the first of them. */
    CompletionStage<List<String>> of(Room room) {
        CompletableFuture<List<String>> users = new CompletableFuture<>();
        loop.execute(() -> {
            Occupied occupied = rooms.get(room.uuid());
            users.complete(occupied == null ? List.of() : named(occupied));
        });
        return users;
    }

    /** How many rooms have somebody in them. */
    public int rooms() {
        return count.get();
    }

    private void remove(UUID room, UUID session) {
        Occupied occupied = rooms.get(room);
        Presence presence = occupied == null ? null : occupied.presences.remove(session);
        if (presence == null) {
            return;
        }
        if (occupied.users.merge(presence.username, -1, Integer::sum) == 0) {
            occupied.users.remove(presence.username);
            if (occupied.users.isEmpty()) {
                rooms.remove(room);
                count.set(rooms.size());
            } else {
                boolean _ = announce(occupied);
            }
        }
    }

    private List<String> named(Occupied occupied) {
        List<String> names = new ArrayList<>(Math.min(listed, occupied.users.size()));
        for (String username : occupied.users.keySet()) {
            if (names.size() == listed) {
                break;
            }
            names.add(username);
        }
        return names;
    }

    /** Tells everybody at once where that was not done a moment ago, and otherwise later; whether it was at once. */
    private boolean announce(Occupied occupied) {
        if (occupied.announcing) {
            return false;
        }
        long now = loop.nanoTime();
        if (occupied.due == null || now - occupied.due >= 0) {
            occupied.due = now + pauseNanos(occupied);
            announce.accept(new RoomChange.Gathered(occupied.room, named(occupied)));
            return true;
        }
        occupied.announcing = true;
        loop.schedule(
                () -> {
                    occupied.announcing = false;
                    if (occupied.equals(rooms.get(occupied.room.uuid()))) {
                        boolean _ = announce(occupied);
                    }
                },
                occupied.due - now);
        return false;
    }

    private long pauseNanos(Occupied occupied) {
        long bytes = (long) BYTES_OF_A_NAME * Math.min(listed, occupied.users.size()) * occupied.presences.size();
        return bytes * Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND;
    }
}
