package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The members of rooms in this process alone, or in those about which it decides. Any thread; the work is done on one loop. */
public final class LocalMembers implements Members {
    /** Protocol page of Cells, chat, JOIN: how long a lost connection counts after its last heartbeat. */
    public static final Duration GRACE = Duration.ofSeconds(20);

    /** Bytes a second that the announcements of one room may take, roughly: a name, for everybody in it. */
    private static final long BYTES_PER_SECOND = 8 * 1024 * 1024;

    private static final int BYTES_OF_A_NAME = 20;

    /** How long what is to be told waits while nobody may decide. */
    private static final Duration RETRY = Duration.ofMillis(100);

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
        /** What everybody was told last. */
        private List<String> told = List.of();

        private Occupied(Room room) {
            this.room = room;
        }
    }

    private final Map<UUID, Occupied> rooms = new HashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Loop loop;
    private final int listed;
    private final Consumer<RoomChange.Gathered> announce;
    private final BooleanSupplier acting;

    /** Those of this process alone. */
    public LocalMembers(Loop loop, int listed, Consumer<RoomChange.Gathered> announce) {
        this(loop, listed, announce, () -> true);
    }

    /**
     * @param loop does the work
     * @param listed how many users of a room are named at most
     * @param announce tells everybody in a room; called on the loop
     * @param acting whether it may decide at this instant; while it may not, nobody is told anything. Any thread
     */
    public LocalMembers(Loop loop, int listed, Consumer<RoomChange.Gathered> announce, BooleanSupplier acting) {
        this.loop = requireNonNull(loop, "loop");
        this.listed = listed;
        this.announce = requireNonNull(announce, "announce");
        this.acting = requireNonNull(acting, "acting");
    }

    @Override
    public CompletionStage<Gathering> join(Room room, UUID session, String username) {
        return join(room, session, username, false);
    }

    /**
     * A connection is in the room, or is there still.
     *
     * @param told whether the others were told of it already
     */
    public CompletionStage<Gathering> join(Room room, UUID session, String username, boolean told) {
        CompletableFuture<Gathering> gathering = new CompletableFuture<>();
        loop.execute(() -> {
            if (isOfAnother(room.uuid(), session, username)) {
                remove(room.uuid(), session);
            }
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
            boolean announced = changed && !told && announce(occupied);
            gathering.complete(new Gathering(named(occupied), announced));
        });
        return gathering;
    }

    /** Whether the connection was another user's, whose leaving was not heard of. */
    private boolean isOfAnother(UUID room, UUID session, String username) {
        Occupied occupied = rooms.get(room);
        Presence presence = occupied == null ? null : occupied.presences.get(session);
        return presence != null && !presence.username.equals(username);
    }

    @Override
    public void leave(Room room, UUID session) {
        loop.execute(() -> remove(room.uuid(), session));
    }

    @Override
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

    @Override
    public void close(Room room) {
        loop.execute(() -> {
            rooms.remove(room.uuid());
            count.set(rooms.size());
        });
    }

    @Override
    public CompletionStage<List<String>> of(Room room) {
        CompletableFuture<List<String>> users = new CompletableFuture<>();
        loop.execute(() -> {
            Occupied occupied = rooms.get(room.uuid());
            users.complete(occupied == null ? List.of() : named(occupied));
        });
        return users;
    }

    @Override
    public int rooms() {
        return count.get();
    }

    // Where somebody else decided before, or will

    /** Somebody else decides about these rooms now, as far as they were said before this: nobody is told anything. */
    public void forget(Predicate<UUID> which) {
        loop.execute(() -> {
            rooms.keySet().removeIf(which);
            count.set(rooms.size());
        });
    }

    /** What was told last in these rooms; called on the loop. */
    public void told(Predicate<UUID> which, BiConsumer<UUID, List<String>> each) {
        loop.execute(() -> rooms.forEach((uuid, occupied) -> {
            if (which.test(uuid)) {
                each.accept(uuid, occupied.told);
            }
        }));
    }

    /** All who are in these rooms are known: tells where that is not what was told before. */
    public void settle(Map<UUID, List<String>> told) {
        loop.execute(() -> told.forEach((uuid, before) -> {
            Occupied occupied = rooms.get(uuid);
            if (occupied != null) {
                // something may have been told here by now, before all were known
                List<String> last = occupied.told.isEmpty() ? before : occupied.told;
                if (!Set.copyOf(named(occupied)).equals(Set.copyOf(last))) {
                    boolean _ = announce(occupied);
                }
            }
        }));
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
        boolean paced = occupied.due == null || now - occupied.due >= 0;
        if (paced && acting.getAsBoolean()) {
            occupied.due = now + pauseNanos(occupied);
            occupied.told = named(occupied);
            announce.accept(new RoomChange.Gathered(occupied.room, occupied.told));
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
                paced ? RETRY.toNanos() : occupied.due - now);
        return false;
    }

    private long pauseNanos(Occupied occupied) {
        long bytes = (long) BYTES_OF_A_NAME * Math.min(listed, occupied.users.size()) * occupied.presences.size();
        return bytes * Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND;
    }
}
