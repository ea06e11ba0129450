package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenFacts;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.View;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventTopic;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.InFlight;
import io.switchboard.log.Position;
import io.switchboard.log.Sequencer;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.KeptEvents;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.Routers;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRevocations;
import io.switchboard.testing.TestServices;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Drives sign-in, re-sign-in with other claims, sign-out, expiry, disconnect, withdrawal, revocation, full sockets and
 * events in any order, against a model that is too simple to be wrong: no event is handed to a session whose claims at that
 * instant do not allow it, and every one that they allowed from publication on arrives, once and in order.
 *
 * <p>The instant of a withdrawal is, on each loop, the task that brings it there; for a sign-in, the moment at which it was
 * asked for.
 */
class DeliveryModelTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> USERS = List.of("alice", "bob", "carol", "root");
    private static final List<String> WORKSPACES = List.of("w1", "w2", "w3", "personal");
    private static final List<String> ROLES = List.of("r1", "r2", "r3");
    private static final List<String> PROFILES = List.of("anon", "shared", "standard", "admin");

    /** What an event is received as that is not of a workspace. */
    private static final List<String> FAMILIES = List.of("job", "idm", "activity");

    static LongStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? LongStream.rangeClosed(1, 300) : LongStream.of(Long.parseLong(one));
    }

    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void shouldDeliverExactlyWhatClaimsAllow(long seed) throws Exception {
        World world = new World(new Random(seed));
        for (int step = 0; step < 600; step++) {
            world.step();
        }
        world.settle();
        world.assertEverythingExpectedArrived();
        world.closeAll();
        world.assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(longs = 42)
    void shouldExerciseEveryKindOfStep(long seed) throws Exception {
        Map<String, Integer> counts = new HashMap<>();
        for (long s = seed; s < seed + 50; s++) {
            World world = new World(new Random(s));
            for (int step = 0; step < 600; step++) {
                world.step();
            }
            world.settle();
            world.assertEverythingExpectedArrived();
            world.counts.forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
        }
        // A model in which nothing happens would be right as well.
        assertThat(counts.get("delivered")).isGreaterThan(1000);
        assertThat(counts.get("withdrawn before delivery")).isGreaterThan(50);
        assertThat(counts.get("expired")).isGreaterThan(20);
        assertThat(counts.get("superseded sign-in")).isGreaterThan(50);
        assertThat(counts.get("delivered idm")).isGreaterThan(200);
        assertThat(counts.get("delivered activity")).isGreaterThan(10);
        assertThat(counts.get("delivered user meta")).isGreaterThan(10);
        assertThat(counts.get("kept back by policies")).isGreaterThan(10);
        assertThat(counts.get("withdrawn from a session")).isGreaterThan(50);
        assertThat(counts.get("revoked session")).isGreaterThan(10);
        assertThat(counts.get("revoked at sign-in")).isGreaterThan(10);
        assertThat(counts.get("withdrawn at sign-in")).isGreaterThan(10);
        assertThat(counts.get("issued after the withdrawal")).isGreaterThan(10);
    }

    /** What the model believes of one session. */
    private static final class Peer {
        final RecordingTransport transport = new RecordingTransport();
        final SimulatedLoop loop;
        Session session;
        Claims claims;
        int generation;
        boolean open = true;
        int lastEvent;
        /** Event and workspace that must still arrive. */
        final Set<String> owed = new LinkedHashSet<>();

        final Set<String> received = new HashSet<>();

        Peer(SimulatedLoop loop) {
            this.loop = loop;
        }
    }

    private record Pending(Peer peer, CompletableFuture<Claims> result, Claims claims) {}

    /** What was taken away and when: a workspace of a user or of all, everything of a user, or a token. */
    private record Taken(Instant at, Optional<String> user, Optional<String> workspace, Optional<Fingerprint> token) {
        boolean endsSessionsWith(Claims claims) {
            return workspace.isEmpty()
                    && (user.isEmpty() || claims.username().equals(user.get()))
                    && (token.isEmpty() || claims.token().fingerprint().equals(token.get()));
        }

        boolean narrows(Claims claims) {
            return workspace.isPresent()
                    && (user.isEmpty() || claims.username().equals(user.get()))
                    && claims.views().stream().anyMatch(view -> view.uuid().equals(workspace.get()));
        }

        Claims narrowed(Claims claims) {
            return new Claims(
                    claims.subject(),
                    claims.username(),
                    claims.profile(),
                    claims.roles(),
                    claims.views().stream()
                            .filter(view -> !view.uuid().equals(workspace.get()))
                            .toList(),
                    claims.expiresAt(),
                    claims.token());
        }

        boolean isOlderThan(Claims claims) {
            return token.isEmpty()
                    && claims.token().issuedAt().isPresent()
                    && claims.token().issuedAt().get().isAfter(at);
        }
    }

    /** An event as the model understands it: where it is visible, said without the product's code. */
    private record Published(
            int number,
            Optional<String> family,
            Predicate<Claims> audience,
            Optional<String> path,
            Set<String> appearsIn,
            boolean userMeta) {}

    /** A policy of metadata of a user, in its simplest form. */
    private record Policy(String subject, boolean read, boolean allow) {
        boolean names(Claims claims) {
            String name = subject.substring(subject.indexOf(':') + 1);
            return switch (subject.split(":", -1)[0]) {
                case "*" -> true;
                case "user" -> claims.username().equals(name);
                case "role" -> claims.roles().contains(name);
                default -> PROFILES.indexOf(claims.profile()) >= PROFILES.indexOf(name);
            };
        }

        static boolean mayRead(List<Policy> policies, Claims claims) {
            boolean allowed = false;
            for (Policy policy : policies) {
                if (policy.read() && policy.names(claims)) {
                    if (!policy.allow()) {
                        return false;
                    }
                    allowed = true;
                }
            }
            return allowed;
        }
    }

    private static final class World {
        private final Random random;
        private final SimulatedTime time = new SimulatedTime();
        private final List<SimulatedLoop> loops = List.of(time.loop(), time.loop());
        private final List<Shard> shards = new ArrayList<>();
        private final List<Flusher> flushers = new ArrayList<>();
        private final Hub hub = new Hub();
        private final OutboundBudget budget = new OutboundBudget(0);
        private final CountingListener listener = new CountingListener();
        private final ConnectionLimits limits = new ConnectionLimits(0, 0, 1000, 0);
        private final Sequencer<Event> log = new Sequencer<>(
                "test",
                new InFlight.Bounds(0, 0),
                Event::weight,
                KeptEvents.all(Event::weight),
                Routers.immediate(hub, _ -> {}),
                time.clock(),
                Runnable::run);
        private final EventReader reader = new EventReader(MAPPER);
        private final Revocations revocations = TestRevocations.by(time.clock());
        // one at a time, so that much can happen before all have heard
        private final SessionRegistry registry = new SessionRegistry(1);
        private final Withdrawals withdrawals = new Withdrawals(registry, revocations, true);
        private final List<Taken> taken = new ArrayList<>();
        private final List<Peer> peers = new ArrayList<>();
        private final List<Pending> pending = new ArrayList<>();
        private final Map<String, Claims> tokens = new LinkedHashMap<>();
        private final Map<Integer, Published> events = new HashMap<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private int eventNumber;
        private int tokenNumber;

        World(Random random) {
            this.random = random;
            for (SimulatedLoop loop : loops) {
                shards.add(hub.addShard(loop));
                flushers.add(new Flusher(loop, time.clock(), budget));
            }
            for (int i = 0; i < 4; i++) {
                connect();
            }
        }

        private SessionServices services() {
            return TestServices.by(time)
                    .verifier(this::verify)
                    .revocations(revocations)
                    .registry(registry)
                    .userLimit(limits)
                    .listener(listener)
                    .limits(SessionLimits.ofBytes(1 << 20))
                    .build();
        }

        private void count(String kind) {
            counts.merge(kind, 1, Integer::sum);
        }

        private CompletableFuture<Claims> verify(String token) {
            CompletableFuture<Claims> result = new CompletableFuture<>();
            Peer peer = tokenOwners.get(token);
            int generation = peer.generation;
            Claims claims = tokens.get(token);
            // The model takes the result when the session does: both are tasks of its loop, one behind the other.
            CompletableFuture<Claims> _ = result.whenComplete(
                    (verified, failure) -> peer.loop.glue(() -> modelSignIn(peer, generation, verified)));
            pending.add(new Pending(peer, result, claims));
            return result;
        }

        private final Map<String, Peer> tokenOwners = new HashMap<>();

        private void modelSignIn(Peer peer, int generation, Claims verified) {
            if (!peer.open
                    || (peer.claims == null && peer.transport.closedWith().isPresent())) {
                return;
            }
            if (generation != peer.generation) {
                count("superseded sign-in");
                return;
            }
            if (verified == null || !time.now().isBefore(verified.expiresAt())) {
                modelEnd(peer);
                return;
            }
            Claims left = verified;
            for (Taken one : taken) {
                if (one.isOlderThan(verified)) {
                    count("issued after the withdrawal");
                } else if (one.endsSessionsWith(left)) {
                    count("revoked at sign-in");
                    modelEnd(peer);
                    return;
                } else if (one.narrows(left)) {
                    count("withdrawn at sign-in");
                    left = one.narrowed(left);
                }
            }
            setClaims(peer, left);
        }

        /** What the session holds, whatever its token says of when it was issued, is gone when the task has run. */
        private void modelTake(SimulatedLoop loop, Taken one) {
            for (Peer peer : peers) {
                if (peer.loop == loop && peer.open && peer.claims != null) {
                    if (one.endsSessionsWith(peer.claims)) {
                        count("revoked session");
                        modelEnd(peer);
                    } else if (one.narrows(peer.claims)) {
                        count("withdrawn from a session");
                        setClaims(peer, one.narrowed(peer.claims));
                    }
                }
            }
        }

        private void withdraw() {
            String workspace = WORKSPACES.get(random.nextInt(WORKSPACES.size()));
            if (random.nextBoolean()) {
                take(new Taken(time.now(), Optional.empty(), Optional.of(workspace), Optional.empty()));
                withdrawals.workspaceDeleted(workspace, new Position("test", 0));
            } else {
                String user = USERS.get(random.nextInt(USERS.size()));
                take(new Taken(time.now(), Optional.of(user), Optional.of(workspace), Optional.empty()));
                var _ = withdrawals.withdraw(user, Entitlement.workspace(workspace));
            }
            glueToAll();
        }

        private void revokeUser() {
            String user = USERS.get(random.nextInt(USERS.size()));
            take(new Taken(time.now(), Optional.of(user), Optional.empty(), Optional.empty()));
            var _ = withdrawals.revokeUser(user);
            glueToAll();
        }

        private void take(Taken one) {
            taken.add(one);
        }

        private void glueToAll() {
            Taken one = taken.getLast();
            loops.forEach(loop -> loop.glue(() -> modelTake(loop, one)));
        }

        /** The token is known only on the loop, and from there the others hear of it. */
        private void revokeSession(Peer peer) {
            var _ = withdrawals.revokeSession(peer.session.id());
            peer.loop.glue(() -> {
                if (!peer.open
                        || (peer.claims == null && peer.transport.closedWith().isEmpty())) {
                    return;
                }
                Claims claims = peer.claims;
                modelEnd(peer);
                if (claims != null) {
                    count("revoked session");
                    take(new Taken(
                            time.now(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(claims.token().fingerprint())));
                    glueToAll();
                }
            });
        }

        private void setClaims(Peer peer, Claims next) {
            boolean sameSubject =
                    peer.claims != null && next != null && peer.claims.subject().equals(next.subject());
            Claims former = peer.claims;
            peer.claims = next;
            int before = peer.owed.size();
            peer.owed.removeIf(owed -> {
                String[] parts = owed.split("/", 2);
                Published event = events.get(Integer.parseInt(parts[0]));
                return !sameSubject
                        || !visibleIn(event, next).contains(parts[1])
                        || (!FAMILIES.contains(parts[1]) && !sameView(former, next, parts[1]));
            });
            for (int i = peer.owed.size(); i < before; i++) {
                count("withdrawn before delivery");
            }
        }

        /** What waits was rendered for a view; another view of the same workspace does not get it. */
        private static boolean sameView(Claims former, Claims next, String workspace) {
            return former.views().stream()
                    .filter(view -> view.uuid().equals(workspace))
                    .allMatch(next::holds);
        }

        private void modelEnd(Peer peer) {
            peer.open = false;
            setClaims(peer, null);
        }

        private void connect() {
            int loop = random.nextInt(loops.size());
            Peer peer = new Peer(loops.get(loop));
            peers.add(peer);
            peer.transport.onMessage(text -> received(peer, text));
            peer.session = new Session(peer.transport, shards.get(loop), flushers.get(loop), services());
            peer.session.open(Opening.UNKNOWN);
        }

        void step() throws Exception {
            List<Peer> live = peers.stream()
                    .filter(p -> p.open && p.transport.closedWith().isEmpty())
                    .toList();
            Peer peer = live.get(random.nextInt(live.size()));
            switch (random.nextInt(42)) {
                case 0, 1 -> signIn(peer);
                case 2, 3, 4, 5 -> completeOne();
                case 6 -> {
                    if (random.nextInt(3) == 0) {
                        signOut(peer);
                    }
                }
                case 7, 8, 9, 10, 11, 12, 13, 14 -> publish();
                case 15 -> advance(Duration.ofMillis(random.nextInt(1000)));
                case 16, 17 -> advance(Duration.ofMillis(2));
                case 18 -> peer.transport.setWritable(false);
                case 19, 20 -> {
                    peer.transport.setWritable(true);
                    peer.session.onWritable();
                }
                case 21 -> {
                    if (random.nextInt(8) == 0) {
                        disconnect(peer);
                    }
                }
                case 22 -> {
                    if (random.nextInt(3) == 0) {
                        withdraw();
                    }
                }
                case 23 -> {
                    switch (random.nextInt(12)) {
                        case 0 -> revokeUser();
                        case 1 -> revokeSession(peer);
                        default -> {}
                    }
                }
                default -> loops.get(random.nextInt(loops.size())).runOne();
            }
            if (peers.stream()
                            .filter(p -> p.open && p.transport.closedWith().isEmpty())
                            .count()
                    < 4) {
                connect();
            }
        }

        private void signIn(Peer peer) {
            if (!peer.open) {
                return;
            }
            String token = "t" + ++tokenNumber;
            if (!tokens.isEmpty() && random.nextInt(10) == 0) {
                // a token that was used before, by anybody
                List<Claims> former = List.copyOf(tokens.values());
                tokens.put(token, former.get(former.size() - 1 - random.nextInt(Math.min(8, former.size()))));
            } else if (random.nextInt(12) > 0) {
                tokens.put(token, claims());
            }
            tokenOwners.put(token, peer);
            peer.generation++;
            peer.session.onText("{\"@type\":\"subscribe\",\"jwt\":\"" + token + "\"}");
        }

        private Claims claims() {
            String user = USERS.get(random.nextInt(USERS.size()));
            List<View> views = new ArrayList<>();
            for (String workspace : WORKSPACES) {
                if (random.nextInt(3) == 0) {
                    continue;
                }
                List<View.Root> roots = switch (random.nextInt(3)) {
                    case 0 -> List.of();
                    case 1 -> List.of(new View.Root("ds/" + workspace, Optional.empty(), false));
                    default -> List.of(new View.Root("ds/" + workspace + "/" + user, Optional.empty(), false));
                };
                views.add(new View(workspace, Optional.of("s-" + workspace), roots, View.Permission.WRITE));
            }
            Instant expiry = time.now().plusMillis(random.nextInt(8_000));
            String profile = user.equals("root") ? "admin" : PROFILES.get(random.nextInt(PROFILES.size()));
            return new Claims("s-" + user, user, profile, some(ROLES), views, expiry, facts());
        }

        private TokenFacts facts() {
            Optional<Instant> issuedAt = switch (random.nextInt(6)) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(time.now().minusMillis(random.nextInt(4_000)));
                default -> Optional.of(time.now());
            };
            return new TokenFacts(issuedAt, new Fingerprint(tokenNumber, 0, 0, 0), Set.of());
        }

        private Set<String> some(List<String> all) {
            Set<String> some = new HashSet<>(all);
            some.removeIf(_ -> random.nextBoolean());
            return some;
        }

        private <T> T one(List<T> all) {
            return all.get(random.nextInt(all.size()));
        }

        private void completeOne() {
            if (!pending.isEmpty()) {
                complete(pending.remove(random.nextInt(pending.size())));
            }
        }

        private void complete(Pending one) {
            if (one.claims() == null) {
                one.result().completeExceptionally(new TokenRejectedException(Reason.SIGNATURE));
            } else {
                one.result().complete(one.claims());
            }
        }

        private void signOut(Peer peer) {
            if (!peer.open) {
                return;
            }
            boolean known = peer.generation > 0;
            peer.session.onText("{\"@type\":\"unsubscribe\"}");
            peer.generation++;
            if (known || peer.claims != null) {
                setClaims(peer, null);
            }
        }

        private void disconnect(Peer peer) {
            peer.session.onClosed();
            modelEnd(peer);
        }

        private void advance(Duration duration) {
            time.advance(duration);
            for (Peer peer : peers) {
                if (peer.open && peer.claims != null && !time.now().isBefore(peer.claims.expiresAt())) {
                    count("expired");
                    // The session may be saved yet by a token that was on its way; nothing is owed in between.
                    setClaims(peer, null);
                }
            }
        }

        private void publish() throws Exception {
            int number = ++eventNumber;
            int family = random.nextInt(12);
            if (family < 2) {
                String owner = random.nextInt(4) == 0 ? "pydio.system.user" : one(USERS);
                publish(
                        EventTopic.JOB,
                        number,
                        "job",
                        claims -> owner.equals("pydio.system.user")
                                ? claims.profile().equals("admin")
                                : claims.username().equals(owner),
                        """
                        {"Job":{"ID":"%d"},"TaskUpdated":{"TriggerOwner":"%s"}}""".formatted(number, owner));
            } else if (family < 4) {
                publishIdm(number);
            } else if (family < 5) {
                String owner = one(USERS);
                String actor = one(USERS);
                publish(
                        EventTopic.ACTIVITY,
                        number,
                        "activity",
                        claims -> claims.username().equals(owner) && !owner.equals(actor),
                        """
                        {"BoxName":"inbox","OwnerType":"USER","OwnerId":"%s","Activity":{"id":"%d","actor":{"id":"%s"}}}""".formatted(owner, number, actor));
            } else if (family < 7) {
                publishUserMeta(number);
            } else {
                String workspace = WORKSPACES.get(random.nextInt(WORKSPACES.size()));
                String path = "ds/" + workspace + (random.nextBoolean() ? "2/" : "/")
                        + USERS.get(random.nextInt(USERS.size())) + "/f";
                Set<String> appearsIn =
                        random.nextInt(3) == 0 ? Set.of(WORKSPACES.get(random.nextInt(WORKSPACES.size()))) : Set.of();
                events.put(
                        number,
                        new Published(number, Optional.empty(), _ -> true, Optional.of(path), appearsIn, false));
                StringBuilder places = new StringBuilder();
                for (String uuid : appearsIn) {
                    places.append("{\"WsUuid\":\"").append(uuid).append("\",\"Path\":\"f\"}");
                }
                append(EventTopic.TREE, """
                        {"Type":"UPDATE_CONTENT","Target":{"Uuid":"%d","Path":"%s","AppearsIn":[%s]}}""".formatted(number, path, places));
            }
            owe(events.get(number));
        }

        private void owe(Published event) {
            for (Peer peer : peers) {
                if (peer.open) {
                    visibleIn(event, peer.claims).forEach(where -> peer.owed.add(event.number() + "/" + where));
                }
            }
        }

        /** An event that is for whoever claims say, wherever. */
        private void publish(EventTopic topic, int number, String family, Predicate<Claims> audience, String json)
                throws Exception {
            events.put(number, new Published(number, Optional.of(family), audience, Optional.empty(), Set.of(), false));
            append(topic, json);
        }

        private void publishIdm(int number) throws Exception {
            String role = one(ROLES);
            String user = one(USERS);
            String workspace = one(WORKSPACES);
            boolean parameter = random.nextInt(4) == 0;
            record Shape(String json, Predicate<Claims> audience) {}
            Shape shape = one(List.of(
                    new Shape(
                            "\"Acl\":{\"RoleID\":\"" + role + "\",\"Action\":{\"Name\":\""
                                    + (parameter ? "parameter:x" : "read") + "\"}}",
                            claims -> !parameter && claims.roles().contains(role)),
                    new Shape(
                            "\"Role\":{\"Uuid\":\"" + role + "\"}",
                            claims -> claims.roles().contains(role)),
                    new Shape(
                            "\"User\":{\"Login\":\"" + user + "\",\"Uuid\":\"s-alice\"}",
                            claims -> claims.username().equals(user)),
                    new Shape(
                            "\"User\":{\"Uuid\":\"s-" + user + "\"}",
                            claims -> claims.subject().equals("s-" + user)),
                    new Shape(
                            "\"Workspace\":{\"UUID\":\"" + workspace + "\"}",
                            claims -> claims.views().stream()
                                    .anyMatch(view -> view.uuid().equals(workspace)))));
            publish(
                    EventTopic.IDM,
                    number,
                    "idm",
                    shape.audience(),
                    "{\"Type\":\"UPDATE\",\"Number\":" + number + "," + shape.json() + "}");
        }

        private void publishUserMeta(int number) throws Exception {
            List<Policy> policies = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                String subject =
                        one(List.of("*", "user:" + one(USERS), "role:" + one(ROLES), "profile:" + one(PROFILES)));
                policies.add(new Policy(subject, random.nextInt(4) > 0, random.nextInt(3) > 0));
            }
            StringBuilder text = new StringBuilder();
            for (Policy policy : policies) {
                text.append(text.isEmpty() ? "" : ",")
                        .append("{\\\"Subject\\\":\\\"")
                        .append(policy.subject())
                        .append("\\\",\\\"Action\\\":")
                        .append(policy.read() ? "2" : "3")
                        .append(policy.allow() ? ",\\\"Effect\\\":1}" : "}");
            }
            String workspace = one(WORKSPACES);
            String path = "ds/" + workspace + "/" + one(USERS) + "/f";
            events.put(
                    number,
                    new Published(
                            number,
                            Optional.empty(),
                            claims -> Policy.mayRead(policies, claims),
                            Optional.of(path),
                            Set.of(),
                            true));
            append(
                    EventTopic.META,
                    "{\"Type\":\"UPDATE_USER_META\",\"Source\":{\"MetaStore\":{\"pydio:meta-policies\":\"[" + text
                            + "]\"}},\"Target\":{\"Uuid\":\"" + number + "\",\"Path\":\"" + path + "\"}}");
        }

        private void append(EventTopic topic, String json) throws Exception {
            log.append(List.of(reader.read(topic, MAPPER.readTree(json), json.length())));
        }

        /** The workspaces in which claims show the event; what is of none counts as one named after its family. */
        private static Set<String> visibleIn(Published event, Claims claims) {
            Set<String> visible = new LinkedHashSet<>();
            if (claims == null) {
                return visible;
            }
            if (!event.audience().test(claims)) {
                return visible;
            }
            if (event.family().isPresent()) {
                visible.add(event.family().get());
                return visible;
            }
            for (View view : claims.views()) {
                boolean underRoot = view.roots().stream()
                        .anyMatch(root -> (event.path().get() + "/").startsWith(root.path() + "/"));
                if (event.appearsIn().contains(view.uuid()) || underRoot) {
                    visible.add(view.uuid());
                }
            }
            return visible;
        }

        private void received(Peer peer, String text) {
            JsonNode json;
            try {
                json = MAPPER.readTree(text);
            } catch (Exception e) {
                throw new AssertionError("not JSON: " + text, e);
            }
            if (json.path("@type").asText().equals("error")) {
                return;
            }
            String key;
            int number;
            if (json.has("Job")) {
                number = json.path("Job").path("ID").asInt();
                key = number + "/job";
            } else if (json.path("@type").asText().equals("idm")) {
                number = json.path("Number").asInt();
                key = number + "/idm";
            } else if (json.path("@type").asText().equals("activity")) {
                number = json.path("Activity").path("id").asInt();
                key = number + "/activity";
            } else {
                number = json.path("Target").path("Uuid").asInt();
                String workspace = json.path("Target")
                        .path("MetaStore")
                        .path("EventWorkspaceId")
                        .asText();
                key = number + "/" + workspace.substring(1, workspace.length() - 1);
            }
            assertThat(peer.open).as("event %s to a closed session", key).isTrue();
            assertThat(peer.claims)
                    .as("event %s to a session without claims", key)
                    .isNotNull();
            assertThat(time.now()).as("event %s after expiry", key).isBefore(peer.claims.expiresAt());
            assertThat(visibleIn(events.get(number), peer.claims))
                    .as("event %s to %s", key, peer.claims)
                    .contains(key.substring(key.indexOf('/') + 1));
            assertThat(peer.received.add(key)).as("event %s twice", key).isTrue();
            assertThat(number).as("order").isGreaterThanOrEqualTo(peer.lastEvent);
            peer.lastEvent = number;
            peer.owed.remove(key);
            count("delivered");
            events.get(number).family().ifPresent(family -> count("delivered " + family));
            if (events.get(number).userMeta()) {
                count("delivered user meta");
            }
        }

        /** Lets everything happen that still can, without moving time so far that claims end. */
        void settle() {
            while (!pending.isEmpty()) {
                complete(pending.removeFirst());
                loops.forEach(SimulatedLoop::runAll);
            }
            for (Peer peer : peers) {
                peer.transport.setWritable(true);
                peer.session.onWritable();
            }
            for (int i = 0; i < 3; i++) {
                loops.forEach(SimulatedLoop::runAll);
                advance(Duration.ofMillis(2));
            }
            loops.forEach(SimulatedLoop::runAll);
        }

        void assertEverythingExpectedArrived() {
            for (Peer peer : peers) {
                assertThat(peer.owed).as("owed to %s", peer.claims).isEmpty();
                if (peer.open) {
                    assertThat(peer.session.claims()).isEqualTo(Optional.ofNullable(peer.claims));
                }
            }
            for (int i = 0; i < listener.refusedByCondition; i++) {
                count("kept back by policies");
            }
            assertThat(listener.refusedByGuard)
                    .as("offers that only the guard stopped")
                    .isZero();
        }

        void closeAll() {
            peers.forEach(peer -> peer.session.onClosed());
            loops.forEach(SimulatedLoop::runAll);
        }

        void assertNothingIsLeft() {
            assertThat(hub.entries()).isZero();
            shards.forEach(shard -> assertThat(shard.entries()).isZero());
            assertThat(log.eventsInFlight()).isZero();
            assertThat(log.bytesInFlight()).isZero();
            assertThat(budget.total()).isZero();
            flushers.forEach(flusher -> {
                flusher.frames().settle();
                assertThat(flusher.frames().size()).isZero();
            });
            assertThat(registry.size()).isZero();
            assertThat(listener.open).isZero();
            assertThat(listener.signedIn).isZero();
            time.advance(Duration.ofDays(1));
            loops.forEach(SimulatedLoop::runAll);
            assertThat(time.pendingTimers()).isZero();
        }
    }
}
