package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.realtime.RealtimeDialect;
import io.switchboard.hub.Content;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.Position;
import io.switchboard.rule.TopicRules;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients that subscribe, unsubscribe, read slowly, are cut off and come back with the position that they know, while events
 * are placed, routed, posted and arrive, each at a time of its own and with everything else in between. Against a model of
 * what a client may believe: of each subscription it receives what was published behind its position, each once and in order,
 * over all its connections; or it is told that something is missing.
 */
class RecoveryModelTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String EPOCH = "e";
    private static final List<Topic> TOPICS =
            List.of(Topic.of("chat", "a"), Topic.of("chat", "b"), Topic.of("chat", "b", "x"), Topic.of("updates", "a"));

    /** Different patterns, though they have topics in common. */
    private static final Map<String, Pattern> PATTERNS = patterns("chat.a", "chat.b", "chat.**", "*.a", "updates.**");

    private static Map<String, Pattern> patterns(String... texts) {
        Map<String, Pattern> patterns = new LinkedHashMap<>();
        for (String text : texts) {
            try {
                patterns.put(text, TopicSyntax.DOTTED.pattern(text));
            } catch (InvalidTopicException e) {
                throw new AssertionError(e);
            }
        }
        return patterns;
    }

    static LongStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? LongStream.rangeClosed(1, 1000) : LongStream.of(Long.parseLong(one));
    }

    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void shouldReceiveWhatWasPublishedBehindThePosition(long seed) {
        World world = new World(new Random(seed));
        for (int step = 0; step < 400; step++) {
            world.step();
        }
        world.settle();
        world.assertNothingIsMissing();
        world.assertNothingIsLeft();
    }

    /** A model in which nothing happens would be right as well. */
    @Test
    void shouldExerciseEveryKindOfStep() {
        Map<String, Integer> counts = new HashMap<>();
        for (long seed = 1; seed <= 300; seed++) {
            World world = new World(new Random(seed));
            for (int step = 0; step < 400; step++) {
                world.step();
            }
            world.settle();
            world.counts.forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
        }
        assertThat(counts.get("received")).isGreaterThan(5_000);
        assertThat(counts.get("recovered")).isGreaterThan(300);
        assertThat(counts.get("received while it recovers")).isGreaterThan(300);
        assertThat(counts.get("not recovered")).isGreaterThan(50);
        assertThat(counts.get("let go while it was read")).isGreaterThan(5);
        assertThat(counts.get("let go beside what was read")).isGreaterThan(5);
        assertThat(counts.get("subscribed while an event was being placed")).isGreaterThan(100);
        assertThat(counts.get("unsubscribed")).isGreaterThan(100);
        assertThat(counts.get("told of the end")).isGreaterThan(300);
        assertThat(counts.get("told of the end without a position")).isGreaterThan(10);
        assertThat(counts.get("cut")).isGreaterThan(300);
    }

    /** What a client believes of one subscription on one connection. */
    private static final class Belief {
        private final String text;
        private final Pattern pattern;
        private final int request;
        /** With which it asked; empty: from now on. */
        private final OptionalLong cursor;

        private final boolean reachable;
        /** Everything up to here was received, or is not due. */
        private long seen;

        private boolean confirmed;
        private boolean recovering;
        /** The request that gives it up; 0: none. */
        private int givenUpBy;

        private Belief(String text, int request, OptionalLong cursor, boolean reachable) {
            this.text = text;
            this.pattern = PATTERNS.get(text);
            this.request = request;
            this.cursor = cursor;
            this.reachable = reachable;
            this.recovering = cursor.isPresent();
        }
    }

    private static final class World {
        private enum Placing {
            IDLE,
            PLACED,
            ROUTED,
            POSTED
        }

        private final Random random;
        private final SimulatedTime time = new SimulatedTime();
        private final List<SimulatedLoop> loops = List.of(time.loop(), time.loop());
        private final Hub hub = new Hub();
        private final List<Shard> shards = loops.stream().map(hub::addShard).toList();
        private final OutboundBudget budget = new OutboundBudget(0);
        private final List<Flusher> flushers = loops.stream()
                .map(loop -> new Flusher(loop, time.clock(), budget))
                .toList();
        private final TopicRules rules = TestServices.rules(List.of("**"), List.of());
        private final Past past = new LogOfTest();
        private final SessionServices services = TestServices.by(time)
                .dialect(new RealtimeDialect(MAPPER))
                .rules(rules)
                .past(past)
                .build();
        private final List<Publication> events = new ArrayList<>();
        private final List<Client> clients = new ArrayList<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private Placing placing = Placing.IDLE;
        private long targets;
        private long handed;
        private long first = 1;

        private World(Random random) {
            this.random = random;
            for (int i = 0; i < 3; i++) {
                clients.add(new Client(i == 0));
            }
        }

        private void count(String kind) {
            counts.merge(kind, 1, Integer::sum);
        }

        private void step() {
            int kind = random.nextInt(100);
            if (kind < 40) {
                place();
            } else if (kind < 65) {
                loops.get(random.nextInt(2)).runOne();
            } else if (kind < 70) {
                time.advance(Duration.ofMillis(random.nextInt(3)));
            } else if (random.nextInt(100) == 0) {
                first += random.nextLong(handed + 2 - first);
            } else {
                clients.get(random.nextInt(clients.size())).step(kind);
            }
        }

        // The log, whose writer is another thread: everything may happen between any two of its steps.

        private void place() {
            switch (placing) {
                case IDLE -> {
                    Topic topic = TOPICS.get(random.nextInt(TOPICS.size()));
                    String payload = "\"" + "x".repeat(random.nextInt(8) == 0 ? 12_000 : 10) + "\"";
                    events.add(new Publication(
                            new Position(EPOCH, events.size() + 1L),
                            topic,
                            new Guard.MayHear(topic, rules),
                            Policy.RELIABLE,
                            Optional.empty(),
                            new Content.Message(topic, payload.getBytes(StandardCharsets.UTF_8), Optional.empty())));
                    placing = Placing.PLACED;
                }
                case PLACED -> {
                    targets = hub.shardsOf(events.getLast().topic());
                    placing = Placing.ROUTED;
                }
                case ROUTED -> {
                    Publication event = events.getLast();
                    hub.post(targets, shard -> shard.publish(event), () -> {});
                    placing = Placing.POSTED;
                }
                case POSTED -> {
                    handed = events.size();
                    placing = Placing.IDLE;
                }
            }
        }

        private final class LogOfTest implements Past {
            @Override
            public Position last() {
                return new Position(EPOCH, events.size());
            }

            @Override
            public long handed() {
                return handed;
            }

            @Override
            public boolean reachesBackTo(Position position) {
                return isReachable(position.epoch(), position.offset());
            }

            @Override
            public Optional<List<Publication>> at(long offset, Claims claims) {
                return offset < first || offset > events.size()
                        ? Optional.empty()
                        : Optional.of(List.of(events.get((int) offset - 1)));
            }

            @Override
            public CompletionStage<Reply.Past> page(
                    Topic topic,
                    Claims claims,
                    Predicate<Publication> permitted,
                    int limit,
                    OptionalLong before,
                    OptionalLong since) {
                return CompletableFuture.failedFuture(new BusyException());
            }
        }

        private boolean isReachable(String epoch, long offset) {
            return epoch.equals(EPOCH) && offset >= first - 1 && offset <= events.size();
        }

        /** The first event of the pattern between two offsets, which stand outside and inside. */
        private OptionalLong between(Pattern pattern, long from, long to) {
            return LongStream.rangeClosed(from + 1, to)
                    .filter(offset ->
                            pattern.matches(events.get((int) offset - 1).topic()))
                    .findFirst();
        }

        // The clients

        private final class Client {
            private final boolean oneCursorForAll;
            private final Map<String, Long> cursors = new HashMap<>();
            private long all = -1;
            private Session session;
            private RecordingTransport transport;
            private boolean began;
            private int requests;
            private final List<Belief> beliefs = new ArrayList<>();
            /** Requests with a cursor that is reachable; they come to their end in their order. */
            private final Queue<Integer> recoveries = new ArrayDeque<>();

            /** Those without come to their end behind their answer. */
            private final Set<Integer> hopeless = new HashSet<>();

            private int hopelessNow;

            /** The oldest cursor that it was read from on this connection. */
            private long readFrom = Long.MAX_VALUE;

            /** What the server holds, when it has read all that was sent. */
            private final Map<String, Belief> held = new HashMap<>();

            private Client(boolean oneCursorForAll) {
                this.oneCursorForAll = oneCursorForAll;
            }

            private void step(int kind) {
                if (session == null) {
                    if (kind < 85) {
                        connect();
                    }
                } else if (kind < 82) {
                    subscribe();
                } else if (kind < 86) {
                    unsubscribe();
                } else if (kind < 94) {
                    transport.setWritable(true);
                    session.onWritable();
                } else if (kind < 97) {
                    transport.setWritable(false);
                } else if (kind < 98) {
                    sayThatItEnds();
                } else if (random.nextInt(2) == 0) {
                    cut();
                }
            }

            private void connect() {
                int loop = random.nextInt(loops.size());
                transport = new RecordingTransport();
                transport.onMessage(this::received);
                session = new Session(transport, shards.get(loop), flushers.get(loop), services);
                Claims claims = new Claims(
                        "alice", "alice", "", Set.of(), List.of(), time.now().plus(Duration.ofDays(1)));
                session.open(new Opening(Optional.of(DialectKind.REALTIME), Optional.of(claims), Manner.USUAL, false));
                began = false;
            }

            /** As the server does before it ends: between the position and the message, the loop has done what it had to do. */
            private void sayThatItEnds() {
                Session told = session;
                Position handedOut = new Departure(Duration.ZERO, past).handed();
                told.loop().execute(() -> told.departing(Duration.ZERO, handedOut));
            }

            private void cut() {
                count("cut");
                session.onClosed();
                session = null;
                for (Belief belief : beliefs) {
                    if (belief.confirmed && belief.givenUpBy == 0) {
                        cursors.put(belief.text, belief.seen);
                    }
                }
                beliefs.clear();
                recoveries.clear();
                hopeless.clear();
                readFrom = Long.MAX_VALUE;
                held.clear();
            }

            private void subscribe() {
                List<String> texts = new ArrayList<>(PATTERNS.keySet());
                boolean recovers = oneCursorForAll ? !began && all >= 0 : random.nextInt(4) > 0;
                texts.removeIf(text -> random.nextInt(3) > 0);
                if (recovers) {
                    // what is held already is not asked for once more with a cursor
                    texts.removeIf(held::containsKey);
                }
                if (texts.isEmpty()) {
                    return;
                }
                began = true;
                if (placing == Placing.ROUTED || placing == Placing.POSTED) {
                    count("subscribed while an event was being placed");
                }
                int id = ++requests;
                ObjectNode message =
                        MAPPER.createObjectNode().put("type", "Subscribe").put("id", id);
                ObjectNode data = message.putObject("data");
                texts.forEach(data.putArray("topics")::add);
                String epoch = random.nextInt(30) == 0 ? "another" : EPOCH;
                for (String text : texts) {
                    OptionalLong cursor = OptionalLong.empty();
                    if (recovers && oneCursorForAll) {
                        cursor = OptionalLong.of(all);
                        put(data.withObject("/recover"), "$all", all, epoch);
                    } else if (recovers && cursors.containsKey(text)) {
                        cursor = OptionalLong.of(cursors.get(text));
                        put(data.withObject("/recover"), text, cursors.get(text), epoch);
                    }
                    if (!held.containsKey(text)) {
                        Belief belief = new Belief(
                                text, id, cursor, cursor.isPresent() && isReachable(epoch, cursor.getAsLong()));
                        held.put(text, belief);
                        beliefs.add(belief);
                        if (belief.reachable) {
                            readFrom = Math.min(readFrom, cursor.getAsLong());
                        }
                    }
                }
                if (!data.path("recover").isEmpty()) {
                    boolean hope = beliefs.stream().anyMatch(belief -> belief.request == id && belief.reachable);
                    (hope ? recoveries : hopeless).add(id);
                }
                session.onText(message.toString());
            }

            private void put(ObjectNode recover, String name, long offset, String epoch) {
                recover.putObject(name).put("offset", offset).put("epoch", epoch);
            }

            private void unsubscribe() {
                List<String> texts = new ArrayList<>(PATTERNS.keySet());
                texts.removeIf(_ -> random.nextInt(4) > 0);
                if (texts.isEmpty()) {
                    return;
                }
                int id = ++requests;
                ObjectNode message =
                        MAPPER.createObjectNode().put("type", "Unsubscribe").put("id", id);
                texts.forEach(message.putObject("data").putArray("topics")::add);
                for (String text : texts) {
                    Belief belief = held.remove(text);
                    if (belief != null) {
                        count("unsubscribed");
                        belief.givenUpBy = id;
                        if (!oneCursorForAll) {
                            cursors.remove(text);
                        }
                    }
                }
                session.onText(message.toString());
            }

            private void received(String text) {
                if (random.nextInt(12) == 0) {
                    transport.setWritable(false);
                }
                JsonNode message;
                try {
                    message = MAPPER.readTree(text);
                } catch (Exception e) {
                    throw new AssertionError("not JSON: " + text, e);
                }
                JsonNode data = message.path("data");
                switch (message.path("type").asText()) {
                    case "Broadcast" -> event(data);
                    case "Status" -> {
                        JsonNode details = data.path("details");
                        int id = message.path("id").asInt();
                        switch (data.path("status").asText()) {
                            case "subscribed" -> subscribed(id, details.path("position"));
                            case "unsubscribed" -> beliefs.removeIf(belief -> belief.givenUpBy == id);
                            case "recovered" -> {
                                int request = hopelessNow == 0 ? recoveries.remove() : hopelessNow;
                                hopelessNow = 0;
                                details.path("topics")
                                        .properties()
                                        .forEach(topic -> recovered(request, topic.getKey(), topic.getValue()));
                            }
                            case "draining" -> ending(details.path("position"));
                            default -> assertThat(data.path("status").asText()).isEqualTo("connected");
                        }
                    }
                    default -> assertThat(message.path("type").asText()).isEqualTo("Ack");
                }
            }

            private void subscribed(int id, JsonNode position) {
                long offset = position.path("offset").asLong();
                assertThat(position.path("epoch").asText()).isEqualTo(EPOCH);
                if (all < 0) {
                    all = offset;
                }
                hopelessNow = hopeless.remove(id) ? id : 0;
                for (Belief belief : beliefs) {
                    if (belief.request == id) {
                        belief.confirmed = true;
                        belief.seen = belief.reachable ? belief.cursor.getAsLong() : offset;
                    }
                }
            }

            /** A client that comes back with that position, and with nothing else, misses nothing. */
            private void ending(JsonNode position) {
                if (position.isMissingNode()) {
                    count("told of the end without a position");
                    return;
                }
                count("told of the end");
                assertThat(position.path("epoch").asText()).isEqualTo(EPOCH);
                long offset = position.path("offset").asLong();
                for (Belief belief : beliefs) {
                    if (belief.confirmed) {
                        assertThat(belief.recovering)
                                .as("%s recovers", belief.text)
                                .isFalse();
                        assertThat(between(belief.pattern, belief.seen, offset))
                                .as("missing of %s up to %s at the end", belief.text, offset)
                                .isEmpty();
                        belief.seen = Math.max(belief.seen, offset);
                    }
                }
                all = Math.max(all, offset);
            }

            private void event(JsonNode data) {
                long offset = data.path("metadata").path("offset").asLong();
                Topic topic = events.get((int) offset - 1).topic();
                assertThat(data.path("topic").asText()).isEqualTo(topic.toString());
                boolean due = false;
                for (Belief belief : beliefs) {
                    if (belief.confirmed && belief.pattern.matches(topic) && belief.seen < offset) {
                        assertThat(between(belief.pattern, belief.seen, offset - 1))
                                .as("missing of %s when %s came", belief.text, offset)
                                .isEmpty();
                        belief.seen = offset;
                        due = true;
                        if (belief.recovering) {
                            count("received while it recovers");
                        }
                    }
                }
                assertThat(due).as("%s of %s is not due", offset, topic).isTrue();
                all = Math.max(all, offset);
                count("received");
            }

            private void recovered(int request, String text, JsonNode result) {
                long offset = result.path("offset").asLong();
                boolean complete = result.path("recovered").asBoolean();
                assertThat(result.path("epoch").asText()).isEqualTo(EPOCH);
                for (Belief belief : beliefs) {
                    if (!belief.text.equals(text) || !belief.confirmed) {
                        continue;
                    }
                    // then the rest is left out for all, and all are named
                    boolean letGo = readFrom < first - 1;
                    if (belief.request != request) {
                        // it lives while another one is read
                        if (!complete && letGo) {
                            count("let go beside what was read");
                            belief.seen = Math.max(belief.seen, offset);
                        }
                        continue;
                    }
                    if (complete) {
                        assertThat(belief.reachable).isTrue();
                        count("recovered");
                    } else {
                        assertThat(letGo || (belief.recovering && !belief.reachable))
                                .as("something is missing of %s", text)
                                .isTrue();
                        count(letGo ? "let go while it was read" : "not recovered");
                    }
                    if (complete || !letGo) {
                        assertThat(between(belief.pattern, belief.seen, offset))
                                .as("missing of %s up to %s", text, offset)
                                .isEmpty();
                    }
                    belief.recovering = false;
                    belief.seen = Math.max(belief.seen, offset);
                }
                all = Math.max(all, offset);
            }

            private void assertNothingIsMissing() {
                assertThat(transport.closedWith()).isEmpty();
                for (Belief belief : beliefs) {
                    assertThat(belief.confirmed).as("%s confirmed", belief.text).isTrue();
                    assertThat(belief.recovering).as("%s recovers", belief.text).isFalse();
                    assertThat(belief.givenUpBy).isZero();
                    assertThat(between(belief.pattern, belief.seen, events.size()))
                            .as("missing of %s", belief.text)
                            .isEmpty();
                }
            }
        }

        // The end

        private void settle() {
            while (placing != Placing.IDLE) {
                place();
            }
            for (int i = 0; i < 1_000; i++) {
                boolean ran = false;
                for (Client client : clients) {
                    if (client.session != null) {
                        client.transport.setWritable(true);
                        client.session.onWritable();
                    }
                }
                for (SimulatedLoop loop : loops) {
                    while (loop.runOne()) {
                        ran = true;
                    }
                }
                time.advance(Duration.ofMillis(1));
                if (!ran && i > 20) {
                    return;
                }
                if (i > 50 && isCaughtUp()) {
                    return;
                }
            }
        }

        private boolean isCaughtUp() {
            return clients.stream()
                    .filter(client -> client.session != null)
                    .flatMap(client -> client.beliefs.stream())
                    .allMatch(belief -> belief.confirmed && !belief.recovering);
        }

        private void assertNothingIsMissing() {
            for (Client client : clients) {
                if (client.session != null) {
                    client.assertNothingIsMissing();
                }
            }
        }

        private void assertNothingIsLeft() {
            for (Client client : clients) {
                if (client.session != null) {
                    client.cut();
                }
            }
            loops.forEach(SimulatedLoop::runAll);
            assertThat(hub.entries()).isZero();
            shards.forEach(shard -> assertThat(shard.entries()).isZero());
            assertThat(budget.total()).isZero();
        }
    }
}
