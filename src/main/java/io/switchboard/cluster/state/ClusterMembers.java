package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.LocalMembers;
import io.switchboard.chat.Members;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Who is in which room, over all replicas. The replica that owns a room decides that, and alone tells those in it. A connection
 * whose replica is lost counts as one that broke.
 *
 * <p>Nobody is told again because somebody else decides, unless the former owner was lost: then all are told once how things are.
 * Where a cluster promises less than one process: who was lost together with the owner of the room is not in it any more, without
 * the grace; and who asks while an owner cannot be reached hears of nobody.
 */
public final class ClusterMembers implements Members {
    private static final String OF = "room.of";
    private static final String TOLD = "room.told";

    /** How long somebody waits who asks who is in a room. */
    private static final Duration ANSWER = Duration.ofSeconds(1);

    /** Rooms of which it is remembered what was told in them. */
    private static final int MOST_TOLD = 100_000;

    private static final byte[] LEFT = {1};
    private static final byte[] CLOSED = {2};

    /** A connection of this replica in a room. */
    private static final class Mine {
        private final Room room;
        private final String username;
        private long heartbeat;
        private boolean lost;

        private Mine(Room room, String username) {
            this.room = room;
            this.username = username;
        }
    }

    /** A connection somewhere, by its replica and its id. */
    private record Guest(String replica, String session) {}

    /** A room that this replica owns, and those who attend. */
    private record Attended(Room room, Set<Guest> guests) {}

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final LocalMembers local;
    private final Gate gate;
    private final Owned owned;

    // on the loop of the cluster

    private final Map<UUID, Map<UUID, Mine>> mine = new HashMap<>();
    private final Map<UUID, List<String>> told = new HashMap<>();

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long somebody waits while nobody can decide
     * @param local decides about rooms that this replica owns, as long as the membership acts
     */
    public ClusterMembers(Membership membership, Wire wire, Loop loop, Duration patience, LocalMembers local) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.local = requireNonNull(local, "local");
        this.gate = new Gate(membership, loop, patience);
        this.owned = new Owned(membership, wire, loop, "room", patience, new Owner());
        Reception.at(wire, OF, this::asked);
        Reception.at(wire, TOLD, this::told);
    }

    // What this replica's sessions have to do with rooms

    @Override
    public CompletionStage<Gathering> join(Room room, UUID session, String username) {
        CompletableFuture<Gathering> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Mine one = mine.computeIfAbsent(room.uuid(), _ -> new HashMap<>())
                    .computeIfAbsent(session, _ -> new Mine(room, username));
            one.heartbeat = loop.nanoTime();
            one.lost = false;
            CompletionStage<byte[]> _ = attend(session, one).whenComplete((bytes, failure) -> {
                if (failure == null) {
                    Unpacker in = new Unpacker(bytes);
                    answer.complete(new Gathering(in.texts(), in.flag()));
                } else {
                    answer.completeExceptionally(new StoreException(StoreException.Reason.DOWN));
                }
            });
        });
        return answer;
    }

    private CompletionStage<byte[]> attend(UUID session, Mine one) {
        Packer packer = new Packer();
        packer.text(one.room.name().type().name());
        packer.text(one.room.name().object());
        packer.text(one.username);
        packer.flag(one.lost);
        return owned.attend(one.room.uuid().toString(), session.toString(), packer.done());
    }

    @Override
    public void leave(Room room, UUID session) {
        loop.execute(() -> leave(room, session, LEFT));
    }

    private void leave(Room room, UUID session, byte[] how) {
        Map<UUID, Mine> ofRoom = mine.getOrDefault(room.uuid(), Map.of());
        if (ofRoom.containsKey(session)) {
            ofRoom.remove(session);
            if (ofRoom.isEmpty()) {
                mine.remove(room.uuid());
            }
            owned.leave(room.uuid().toString(), session.toString(), how);
        }
    }

    /** It attends until its grace is over, for there may be another owner by then. */
    @Override
    public void lost(Room room, UUID session) {
        loop.execute(() -> {
            Mine one = mine.getOrDefault(room.uuid(), Map.of()).get(session);
            if (one == null) {
                return;
            }
            one.lost = true;
            long rest = one.heartbeat + LocalMembers.GRACE.toNanos() - loop.nanoTime();
            if (rest <= 0) {
                leave(room, session, LEFT);
                return;
            }
            CompletionStage<byte[]> _ = attend(session, one);
            loop.schedule(() -> graceOver(session, one), rest);
        });
    }

    private void graceOver(UUID session, Mine one) {
        Mine now = mine.getOrDefault(one.room.uuid(), Map.of()).get(session);
        boolean over = loop.nanoTime() - one.heartbeat >= LocalMembers.GRACE.toNanos();
        if (one.equals(now) && one.lost && over) {
            leave(one.room, session, LEFT);
        }
    }

    /** To be called on each replica: those in the room are not in it any more. */
    @Override
    public void close(Room room) {
        loop.execute(() -> {
            List.copyOf(mine.getOrDefault(room.uuid(), Map.of()).keySet())
                    .forEach(session -> leave(room, session, CLOSED));
            Packer packer = new Packer();
            writeRoom(packer, room);
            owned.tell(room.uuid().toString(), packer.done());
        });
    }

    @Override
    public CompletionStage<List<String>> of(Room room) {
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Optional<String> owner =
                    membership.view().ownerOf(room.uuid().toString()).map(Member::id);
            CompletionStage<List<String>> asked =
                    owner.isEmpty() ? CompletableFuture.completedFuture(List.of()) : ask(owner.get(), room);
            CompletionStage<List<String>> _ =
                    asked.whenComplete((users, failure) -> answer.complete(failure == null ? users : List.of()));
        });
        return answer;
    }

    private CompletionStage<List<String>> ask(String owner, Room room) {
        if (owner.equals(membership.self())) {
            return local.of(room);
        }
        Packer packer = new Packer();
        writeRoom(packer, room);
        return wire.ask(owner, OF, packer.done(), ANSWER).thenApply(bytes -> new Unpacker(bytes).texts());
    }

    private static void writeRoom(Packer packer, Room room) {
        packer.uuid(room.uuid());
        packer.text(room.name().type().name());
        packer.text(room.name().object());
    }

    /** Rooms about which this replica decides. */
    @Override
    public int rooms() {
        return local.rooms();
    }

    // What this replica decides about

    private static RoomName name(Unpacker in) {
        String type = in.text();
        for (RoomType one : RoomType.values()) {
            if (one.name().equals(type)) {
                return new RoomName(one, in.text());
            }
        }
        throw new UnreadableException();
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw new UnreadableException();
        }
    }

    private CompletionStage<byte[]> asked(String from, Unpacker in) {
        Room room = new Room(in.uuid(), name(in));
        in.end();
        return local.of(room).thenApply(users -> {
            Packer packer = new Packer();
            packer.texts(users);
            return packer.done();
        });
    }

    private final class Owner implements Host {
        private final Map<String, Attended> rooms = new HashMap<>();

        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            Unpacker in = new Unpacker(fact);
            Room room = new Room(uuid(key), name(in));
            String username = in.text();
            boolean lost = in.flag();
            in.end();
            UUID session = uuid(id);
            boolean _ = rooms.computeIfAbsent(key, _ -> new Attended(room, new HashSet<>()))
                    .guests()
                    .add(new Guest(from, id));
            CompletionStage<Gathering> joined = local.join(room, session, username, again);
            if (lost) {
                local.lost(room, session);
            }
            return joined.thenApply(gathering -> {
                Packer packer = new Packer();
                packer.texts(gathering.users());
                packer.flag(gathering.announced());
                return packer.done();
            });
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            Attended attended = rooms.get(key);
            if (attended == null || !attended.guests().remove(new Guest(from, id))) {
                return;
            }
            Room room = attended.room();
            if (attended.guests().isEmpty()) {
                rooms.remove(key);
            }
            if (how.isEmpty()) {
                local.lost(room, uuid(id));
            } else if (how.get().length == 1 && how.get()[0] == CLOSED[0]) {
                local.close(room);
            } else {
                local.leave(room, uuid(id));
            }
        }

        @Override
        public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
            throw new UnreadableException();
        }

        /** The room is gone. */
        @Override
        public void told(String from, String key, byte[] news) {
            Unpacker in = new Unpacker(news);
            Room room = new Room(in.uuid(), name(in));
            in.end();
            rooms.remove(key);
            local.close(room);
        }

        @Override
        public void disowned(Predicate<String> keys) {
            if (membership.view().member(membership.self()).isPresent()) {
                handOver(keys);
            }
            rooms.keySet().removeIf(keys);
            local.forget(uuid -> keys.test(uuid.toString()));
        }

        @Override
        public void settled() {
            Map<UUID, List<String>> gained = new HashMap<>();
            rooms.forEach((key, attended) -> {
                if (!gate.isOpen(key)) {
                    UUID room = attended.room().uuid();
                    gained.put(room, told.getOrDefault(room, List.of()));
                }
            });
            gate.open();
            told.clear();
            local.settle(gained);
        }
    }

    /** Tells new owners what was told in their rooms. */
    private void handOver(Predicate<String> keys) {
        local.told(
                uuid -> keys.test(uuid.toString()),
                (uuid, users) -> loop.execute(() -> {
                    View view = membership.view();
                    view.ownerOf(uuid.toString())
                            .filter(owner -> !owner.id().equals(membership.self()))
                            .ifPresent(owner -> {
                                Packer packer = new Packer();
                                packer.uuid(uuid);
                                packer.texts(users);
                                wire.tell(owner.id(), TOLD, packer.done());
                            });
                }));
    }

    private CompletionStage<byte[]> told(String from, Unpacker in) {
        UUID room = in.uuid();
        List<String> users = in.texts();
        in.end();
        if (told.size() < MOST_TOLD) {
            told.put(room, users);
        }
        return Reception.nothing();
    }
}
