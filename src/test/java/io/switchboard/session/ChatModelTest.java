package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.Colleagues;
import io.switchboard.chat.LocalColleagues;
import io.switchboard.chat.Right;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomRights;
import io.switchboard.chat.RoomType;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.cells.ChatDialect;
import io.switchboard.event.EventRouter;
import io.switchboard.event.RoomEvent;
import io.switchboard.event.RoomFamily;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.testing.MemoryChatStore;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.Routers;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRooms;
import io.switchboard.testing.TestServices;
import io.switchboard.testing.WireJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Users that sign in with ever other workspaces, join and leave rooms, write, sign out and are cut off, while the service
 * changes its mind. Against a model of who may be where: no message ever reaches a session that may not be in its room at that
 * instant or has not joined it; and whoever is there, and may be, gets all of them, each once and in order.
 */
class ChatModelTest {
    private static final List<String> USERS = List.of("alice", "bob", "carol");
    private static final List<String> WORKSPACES = List.of("w1", "w2");

    static LongStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? LongStream.rangeClosed(1, 500) : LongStream.of(Long.parseLong(one));
    }

    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void whatIsSaidReachesThoseWhoMayBeThereAndNobodyElse(long seed) {
        World world = new World(new Random(seed));
        for (int step = 0; step < 150; step++) {
            world.step();
        }
        world.assertEverybodyHearsEverything();
    }

    /** A model in which nothing happens would be right as well. */
    @Test
    void everyKindOfThingHappens() {
        Map<String, Integer> counts = new HashMap<>();
        for (long seed = 1; seed <= 200; seed++) {
            World world = new World(new Random(seed));
            for (int step = 0; step < 150; step++) {
                world.step();
            }
            world.assertEverybodyHearsEverything();
            world.counts.forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
        }
        for (String kind : List.of(
                "joined GLOBAL",
                "joined WORKSPACE",
                "joined USER",
                "joined NODE",
                "refused WORKSPACE",
                "refused USER",
                "refused NODE",
                "heard GLOBAL",
                "heard WORKSPACE",
                "heard USER",
                "heard NODE",
                "left",
                "signed out",
                "cut")) {
            assertThat(counts.getOrDefault(kind, 0)).as(kind).isGreaterThan(50);
        }
    }

    private static final class World {
        private final Random random;
        private final SimulatedTime time = new SimulatedTime();
        private final List<SimulatedLoop> loops = List.of(time.loop(), time.loop());
        private final SimulatedLoop others = time.loop();
        private final Hub hub = new Hub();
        private final List<Shard> shards = loops.stream().map(hub::addShard).toList();
        private final OutboundBudget budget = new OutboundBudget(0);
        private final List<Flusher> flushers = loops.stream()
                .map(loop -> new Flusher(loop, time.clock(), budget))
                .toList();
        private final Colleagues colleagues = new LocalColleagues();
        private final Set<String> letIn = new HashSet<>();
        /** Whom the service has ever let in: its decisions count for a while. */
        private final Set<String> everLetIn = new HashSet<>();

        private final RoomRights rights = new RoomRights(Set.of(RoomType.NODE), colleagues, (_, claims, room) -> {
            CompletableFuture<Right> answer = new CompletableFuture<>();
            boolean allowed = room.type() == RoomType.NODE && World.this.letIn.contains(claims.username());
            World.this.others.execute(() -> answer.complete(allowed ? Right.WRITE : Right.NONE));
            return answer;
        });
        private final EventRouter router = Routers.immediate(hub, new RoomFamily(rights), List.of(), _ -> {});
        private final MemoryChatStore store = new MemoryChatStore();
        private final ChatRooms rooms = TestRooms.of(
                store,
                rights,
                colleagues,
                others,
                change -> {
                    router.deliver(new Position("e", ++World.this.offset, 0), new RoomEvent(change), () -> {});
                    return CompletableFuture.completedFuture(null);
                },
                time.clock());
        private final Map<String, Claims> tokens = new HashMap<>();
        private final SessionServices services = TestServices.by(time)
                .dialect(new ChatDialect(WireJson.MAPPER))
                .rooms(rooms)
                .verifier(token -> {
                    CompletableFuture<Claims> verified = new CompletableFuture<>();
                    World.this.others.execute(() -> verified.complete(World.this.tokens.get(token)));
                    return verified;
                })
                .build();
        private final List<Client> clients = new ArrayList<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private long offset;
        private int numbers;

        private World(Random random) {
            this.random = random;
            for (int i = 0; i < 5; i++) {
                clients.add(new Client(i % 2));
            }
        }

        private void count(String what) {
            counts.merge(what, 1, Integer::sum);
        }

        private void step() {
            Client client = clients.get(random.nextInt(clients.size()));
            switch (random.nextInt(12)) {
                case 0, 1 -> client.signIn(USERS.get(random.nextInt(USERS.size())));
                case 2 -> client.signInAgain();
                case 3 -> client.signOut();
                case 4, 5, 6 -> client.join(room(), random.nextBoolean());
                case 7 -> client.leave(room());
                case 8, 9 -> client.post();
                case 10 -> {
                    String user = USERS.get(random.nextInt(USERS.size()));
                    if (!letIn.remove(user)) {
                        letIn.add(user);
                        everLetIn.add(user);
                    }
                }
                default -> {
                    if (random.nextInt(3) == 0) {
                        clients.set(clients.indexOf(client), client.cut());
                    } else {
                        time.advance(Duration.ofSeconds(random.nextInt(30)));
                    }
                }
            }
            for (int i = random.nextInt(6); i > 0; i--) {
                boolean _ = anyLoop().runOne();
            }
        }

        private SimulatedLoop anyLoop() {
            int which = random.nextInt(3);
            return which == 2 ? others : loops.get(which);
        }

        private void settle() {
            boolean ran = true;
            while (ran) {
                ran = others.runOne();
                for (SimulatedLoop loop : loops) {
                    ran |= loop.runOne();
                }
                if (!ran) {
                    // flushes are gathered for some milliseconds
                    time.advance(Duration.ofMillis(10));
                    for (SimulatedLoop loop : loops) {
                        ran |= loop.runOne();
                    }
                }
            }
        }

        private String[] room() {
            return switch (random.nextInt(5)) {
                case 0 -> new String[] {"GLOBAL", "lobby"};
                case 1 -> new String[] {"WORKSPACE", WORKSPACES.get(random.nextInt(WORKSPACES.size()))};
                case 2, 3 -> new String[] {"USER", USERS.get(random.nextInt(USERS.size()))};
                default -> new String[] {"NODE", "n1"};
            };
        }

        /** What the protocol says, in other words than the code. */
        private boolean mayBeIn(Client client, RoomName room) {
            Optional<Claims> claims = client.session.claims();
            if (claims.isEmpty()) {
                return false;
            }
            return switch (room.type()) {
                case GLOBAL -> true;
                case WORKSPACE -> holds(claims.get(), room.object());
                case NODE -> everLetIn.contains(claims.get().username());
                case USER ->
                    room.users().contains(claims.get().username())
                            && clients.stream()
                                    .flatMap(other -> other.session.claims().stream())
                                    .filter(theirs -> theirs.username()
                                            .equals(room.objectFor(claims.get().username())))
                                    .anyMatch(theirs -> WORKSPACES.stream()
                                            .anyMatch(workspace ->
                                                    holds(theirs, workspace) && holds(claims.get(), workspace)));
            };
        }

        private static boolean holds(Claims claims, String workspace) {
            return claims.views().stream().anyMatch(view -> view.uuid().equals(workspace));
        }

        private void assertEverybodyHearsEverything() {
            settle();
            // the service may have changed its mind since: a heartbeat tells who is where
            for (Client client : clients) {
                for (RoomName room : Set.copyOf(client.joined.values())) {
                    client.join(new String[] {room.type().name(), room.objectFor(client.user)}, true);
                }
            }
            for (Client writer : List.copyOf(clients)) {
                for (RoomName room : Set.copyOf(writer.joined.values())) {
                    if (!mayBeIn(writer, room) || !writer.isStillIn(room)) {
                        continue;
                    }
                    String text = "probe " + ++numbers;
                    writer.send(
                            "POST",
                            "\"Message\":{\"RoomUuid\":\"" + writer.uuidOf(room) + "\",\"Message\":\"" + text + "\"}");
                    settle();
                    for (Client client : clients) {
                        boolean due = client.isStillIn(room) && mayBeIn(client, room);
                        assertThat(client.texts.stream().filter(text::equals).count())
                                .as("%s of %s in %s", text, client.session.claims(), room)
                                .isEqualTo(due ? 1 : 0);
                    }
                }
            }
        }

        private final class Client {
            private final RecordingTransport transport = new RecordingTransport();
            private final int loop;
            private final Session session;
            /** Rooms that it was let into and has not left, by their ids. */
            private final Map<String, RoomName> joined = new HashMap<>();

            private final List<String> texts = new ArrayList<>();
            private final Map<String, Long> last = new HashMap<>();
            private int errors;
            private String user = "";

            private Client(int loop) {
                this.loop = loop;
                this.session = new Session(transport, shards.get(loop), flushers.get(loop), services);
                transport.onMessage(this::hears);
                session.open(Opening.of(DialectKind.CHAT));
            }

            private void hears(String text) {
                JsonNode message = WireJson.read(text);
                if (message.path("@type").asText("").equals("error")) {
                    errors++;
                }
                if (message.has("@type")) {
                    JsonNode room = message.path("Room");
                    if (room.path("Type").asText("").equals("USER")) {
                        assertThat(room.path("RoomTypeObject").asText())
                                .as("the other")
                                .isNotEqualTo(session.claims().orElseThrow().username());
                    }
                    return;
                }
                String uuid = message.path("RoomUuid").asText();
                RoomName room = name(uuid);
                assertThat(mayBeIn(this, room))
                        .as("%s in %s", session.claims(), room)
                        .isTrue();
                assertThat(joined).as("joined").containsKey(uuid);
                String said = message.path("Message").asText();
                texts.add(said);
                long seq = seq(uuid, message.path("Uuid").asText());
                assertThat(seq).as("in order").isGreaterThan(last.getOrDefault(uuid, 0L));
                last.put(uuid, seq);
                count("heard " + room.type());
            }

            private RoomName name(String uuid) {
                return store.find(UUID.fromString(uuid))
                        .toCompletableFuture()
                        .resultNow()
                        .orElseThrow()
                        .name();
            }

            private long seq(String room, String message) {
                return store
                        .find(UUID.fromString(room))
                        .thenCompose(found -> store.after(found.orElseThrow(), 0, Integer.MAX_VALUE))
                        .toCompletableFuture()
                        .resultNow()
                        .messages()
                        .stream()
                        .filter(one -> one.uuid().equals(message))
                        .findFirst()
                        .orElseThrow()
                        .seq();
            }

            private String uuidOf(RoomName room) {
                return store.find(room)
                        .toCompletableFuture()
                        .resultNow()
                        .orElseThrow()
                        .uuid()
                        .toString();
            }

            /** By what the server itself knows: claims that changed may have ended it. */
            private boolean isStillIn(RoomName room) {
                return joined.containsValue(room)
                        && session.facts().subscriptions() > 0
                        && mayBeIn(this, room)
                        && !gone.contains(room);
            }

            /** Rooms that a change of claims may have ended. */
            private final Set<RoomName> gone = new HashSet<>();

            private void send(String type, String fields) {
                session.onText("{\"@type\":\"" + type + "\"" + (fields.isEmpty() ? "" : "," + fields) + "}");
            }

            private void signIn(String name) {
                settle();
                user = name;
                List<View> views = WORKSPACES.stream()
                        .filter(_ -> random.nextInt(4) > 0)
                        .map(uuid -> new View(uuid, Optional.empty(), List.of(), View.Permission.WRITE))
                        .toList();
                String token = "t" + tokens.size();
                tokens.put(
                        token,
                        new Claims(
                                "subject of " + name,
                                name,
                                "standard",
                                Set.of(),
                                views,
                                time.now().plus(Duration.ofDays(1))));
                boolean other = session.claims()
                        .filter(claims -> claims.username().equals(name))
                        .isEmpty();
                send("subscribe", "\"jwt\":\"" + token + "\"");
                settle();
                if (other) {
                    joined.clear();
                    gone.clear();
                } else {
                    // left for good where the claims do not allow it, whatever they allow later
                    gone.addAll(joined.values());
                    joined.clear();
                    rejoin();
                }
            }

            /** Asks to be where it was, and so knows where it is. */
            private void rejoin() {
                Set<RoomName> before = Set.copyOf(gone);
                gone.clear();
                for (RoomName room : before) {
                    join(new String[] {room.type().name(), room.objectFor(user)}, true);
                }
            }

            private void signInAgain() {
                if (!user.isEmpty()) {
                    signIn(user);
                }
            }

            private void signOut() {
                settle();
                if (session.claims().isPresent()) {
                    count("signed out");
                }
                send("unsubscribe", "");
                settle();
                joined.clear();
                gone.clear();
            }

            private void join(String[] room, boolean ping) {
                settle();
                if (session.claims().isEmpty()) {
                    return;
                }
                int before = errors;
                Optional<RoomName> name = RoomName.of(
                        RoomType.valueOf(room[0]),
                        room[1],
                        session.claims().get().username());
                // what it hears from here on may be of that room already
                Optional<String> known = name.flatMap(
                                one -> store.find(one).toCompletableFuture().resultNow())
                        .map(one -> one.uuid().toString());
                known.ifPresent(uuid -> joined.put(uuid, name.get()));
                send(
                        "JOIN",
                        "\"Room\":{\"Type\":\"" + room[0] + "\",\"RoomTypeObject\":\"" + room[1] + "\"}"
                                + (ping ? ",\"Message\":{\"Message\":\"PING\"}" : ""));
                settle();
                if (errors > before) {
                    known.ifPresent(joined::remove);
                    count("refused " + room[0]);
                } else {
                    joined.put(uuidOf(name.orElseThrow()), name.get());
                    count("joined " + room[0]);
                }
            }

            private void leave(String[] room) {
                settle();
                if (session.claims().isEmpty()) {
                    return;
                }
                send("LEAVE", "\"Room\":{\"Type\":\"" + room[0] + "\",\"RoomTypeObject\":\"" + room[1] + "\"}");
                settle();
                RoomName.of(
                                RoomType.valueOf(room[0]),
                                room[1],
                                session.claims().get().username())
                        .ifPresent(name -> {
                            if (joined.values().remove(name)) {
                                count("left");
                            }
                        });
            }

            private void post() {
                if (joined.isEmpty() || session.claims().isEmpty()) {
                    return;
                }
                List<String> uuids = List.copyOf(joined.keySet());
                // others are at work meanwhile
                send(
                        "POST",
                        "\"Message\":{\"RoomUuid\":\"" + uuids.get(random.nextInt(uuids.size())) + "\",\"Message\":\"m "
                                + ++numbers + "\"}");
            }

            private Client cut() {
                settle();
                session.onClosed();
                count("cut");
                joined.clear();
                return new Client(loop);
            }
        }
    }
}
