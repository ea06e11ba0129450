package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.realtime.RealtimeDialect;
import io.switchboard.event.Audience;
import io.switchboard.event.DeliveryPolicies;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.MessageFamily;
import io.switchboard.hub.Content;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.rule.TopicRules;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.TestServices;
import io.switchboard.trace.Fate;
import io.switchboard.trace.FatesProbe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Why an event did, or did not, reach a session, one reason at a time; and what was counted of it. */
class VerdictTest {
    private static final long BYTES = 20_000;
    private static final Topic CHAT = Topic.of("chat", "general");
    private static final Topic QUOTES = Topic.of("quotes", "a");
    private static final Topic TICKS = Topic.of("ticks", "a");

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final FatesProbe fates = new FatesProbe(1000, time.clock());
    private final Hub hub = new Hub(_ -> {}, fates.ledger());
    private final Shard shard = hub.addShard(loop);
    private final Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0), fates.ledger());
    private final SessionRegistry registry = new SessionRegistry();
    private final Chronicle chronicle = new Chronicle();
    private final RealtimeDialect dialect = new RealtimeDialect(new ObjectMapper());
    private final TopicRules rules = TestServices.rules(List.of("**"), List.of());
    private final Map<Long, Publication> published = new HashMap<>();
    private final MessageFamily messages = new MessageFamily(
            rules,
            new DeliveryPolicies(Map.of(
                    "quotes", new DeliveryPolicies.Entry(List.of("quotes.**"), Policy.LATEST, Optional.empty()),
                    "ticks", new DeliveryPolicies.Entry(List.of("ticks.**"), Policy.VOLATILE, Optional.empty()))));
    private long offset;

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session;

        private Client(String user, Duration lifetime) {
            session = new Session(
                    transport,
                    shard,
                    flusher,
                    TestServices.by(time)
                            .dialect(dialect)
                            .rules(rules)
                            .registry(registry)
                            .chronicle(chronicle)
                            .past(past())
                            .listener(new CountingListener())
                            .limits(new SessionLimits(
                                    Duration.ZERO, Duration.ZERO, BYTES, 0, 3, 0, 0, ChatSettings.USUAL))
                            .build());
            session.open(new Opening(
                    Optional.of(DialectKind.REALTIME),
                    Optional.of(new Claims(
                            user, user, "", Set.of(), List.of(), time.now().plus(lifetime))),
                    Manner.USUAL,
                    false));
            loop.runAll();
        }

        private void send(String type, String... topics) {
            session.onText(
                    "{\"type\":\"" + type + "\",\"data\":{\"topics\":[\"" + String.join("\",\"", topics) + "\"]}}");
            loop.runAll();
        }

        private void drain() {
            transport.setWritable(true);
            session.onWritable();
            loop.runAll();
        }
    }

    private Client client(String user, String... topics) {
        Client client = new Client(user, Duration.ofDays(1));
        client.send("Subscribe", topics);
        return client;
    }

    private Past past() {
        return new Past() {
            @Override
            public Position last() {
                return new Position("e", offset);
            }

            @Override
            public long handed() {
                return offset;
            }

            @Override
            public boolean reachesBackTo(Position position) {
                return false;
            }

            @Override
            public Optional<List<Publication>> at(long place, Claims claims) {
                return Optional.empty();
            }

            @Override
            public CompletionStage<Reply.Past> page(
                    Topic topic,
                    Claims claims,
                    Predicate<Publication> permitted,
                    int limit,
                    OptionalLong before,
                    OptionalLong since) {
                throw new AssertionError("nobody asks");
            }
        };
    }

    private long publish(Topic topic) {
        Position position = new Position("e", ++offset, time.clock().millis());
        Publication publication = messages.publication(
                position,
                new MessageEvent(
                        new Audience.Subscribers(topic),
                        new Content.Message(
                                topic,
                                ("\"" + "x".repeat(1000) + "\"").getBytes(StandardCharsets.UTF_8),
                                Optional.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty()));
        published.put(offset, publication);
        fates.begin(position);
        hub.post(hub.shardsOf(topic), s -> s.publish(publication), () -> {});
        loop.runAll();
        time.advance(Duration.ofMillis(5));
        loop.runAll();
        return offset;
    }

    private String verdict(long event, String user) {
        Publication publication = published.get(event);
        var found = registry.verdicts(
                        Optional.of(user),
                        Optional.empty(),
                        new Trial(event, publication.position().placedAt(), _ -> List.of(publication)),
                        chronicle,
                        new Dialects(List.of(dialect)))
                .toCompletableFuture();
        loop.runAll();
        return String.join(
                ",",
                found.join().stream()
                        .map(one -> one.outcome().wireName())
                        .sorted()
                        .toList());
    }

    private void assertCounts(long event, String counts) {
        Fate fate = fates.of(event);
        assertThat("visited " + fate.visited() + " refused " + fate.refused() + " left " + fate.leftOut() + " queued "
                        + fate.queued() + " given " + fate.handedOver() + " replaced " + fate.replaced() + " dropped "
                        + fate.dropped() + " waiting " + fate.waiting())
                .isEqualTo(counts);
    }

    @Test
    void whatASocketWasGivenIsHandedOver() {
        client("alice", "chat.**");
        client("bob", "other.**");
        long event = publish(CHAT);

        assertThat(verdict(event, "alice")).isEqualTo("handed_over");
        assertThat(verdict(event, "bob")).isEqualTo("not_subscribed");
        assertThat(verdict(event, "carol")).isEmpty();
        assertCounts(event, "visited 1 refused 0 left 0 queued 1 given 1 replaced 0 dropped 0 waiting 0");
    }

    @Test
    void whatASocketDoesNotTakeWaitsAndGoesWithItsConnection() {
        Client slow = client("alice", "chat.**");
        slow.transport.setWritable(false);
        long event = publish(CHAT);
        assertThat(verdict(event, "alice")).isEqualTo("waiting");
        assertCounts(event, "visited 1 refused 0 left 0 queued 1 given 0 replaced 0 dropped 0 waiting 1");

        slow.drain();
        assertThat(verdict(event, "alice")).isEqualTo("handed_over");
        slow.transport.setWritable(false);
        long lost = publish(CHAT);
        slow.session.onClosed();
        loop.runAll();
        assertThat(verdict(event, "alice")).isEqualTo("handed_over");
        assertThat(verdict(lost, "alice")).isEqualTo("gone");
        assertCounts(lost, "visited 1 refused 0 left 0 queued 1 given 0 replaced 0 dropped 1 waiting 0");
    }

    @Test
    void whoIsClosedAsSlowIsSaidToBe() {
        Client slow = client("alice", "chat.**");
        long given = publish(CHAT);
        slow.transport.setWritable(false);
        long first = publish(CHAT);
        while (slow.transport.closedWith().isEmpty()) {
            publish(CHAT);
        }

        assertThat(verdict(given, "alice")).isEqualTo("handed_over");
        assertThat(verdict(first, "alice")).isEqualTo("slow");
        assertThat(verdict(publish(CHAT), "alice")).as("nobody was there").isEmpty();
    }

    @Test
    void whatIsVolatileIsLeftOutOfWhoLags() {
        Client slow = client("alice", "ticks.**");
        slow.transport.setWritable(false);
        long first = publish(TICKS);
        long last = first;
        for (int i = 0; i < 15; i++) {
            last = publish(TICKS);
        }

        assertThat(verdict(first, "alice")).isEqualTo("waiting");
        assertThat(verdict(last, "alice")).isEqualTo("left_out");
        assertCounts(last, "visited 1 refused 0 left 1 queued 0 given 0 replaced 0 dropped 0 waiting 0");
    }

    @Test
    void whatIsLatestMayHaveBeenReplaced() {
        Client slow = client("alice", "quotes.**");
        long early = publish(QUOTES);
        slow.transport.setWritable(false);
        long old = publish(QUOTES);
        long last = old;
        for (int i = 0; i < 40; i++) {
            last = publish(QUOTES);
        }

        assertThat(verdict(last, "alice")).isEqualTo("waiting");
        assertThat(verdict(old, "alice")).isEqualTo("handed_over_or_replaced");
        assertCounts(old, "visited 1 refused 0 left 0 queued 1 given 0 replaced 1 dropped 0 waiting 0");
        slow.drain();
        assertThat(verdict(last, "alice")).isEqualTo("handed_over");
        assertCounts(early, "visited 1 refused 0 left 0 queued 1 given 1 replaced 0 dropped 0 waiting 0");
        long later = publish(QUOTES);
        assertThat(verdict(later, "alice")).as("it has caught up").isEqualTo("handed_over");
    }

    /** The clock is past its end, and the timer has not run. */
    @Test
    void whoseTokenHasEndedIsSaidToBe() {
        Client client = new Client("alice", Duration.ofSeconds(10));
        client.send("Subscribe", "chat.**");
        long event = publish(CHAT);
        Publication late = messages.publication(
                new Position("e", event, time.clock().millis() + 60_000),
                new MessageEvent(
                        new Audience.Subscribers(CHAT),
                        new Content.Message(CHAT, new byte[] {'1'}, Optional.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty()));
        published.put(event, late);
        assertThat(verdict(event, "alice")).isEqualTo("expired");
    }

    @Test
    void whatASessionHoldsLaterDoesNotCount() {
        Client client = client("alice", "other");
        long before = publish(CHAT);
        client.send("Subscribe", "chat.**");
        long during = publish(CHAT);
        client.send("Unsubscribe", "chat.**");
        long after = publish(CHAT);

        for (int i = 0; i < 2; i++) {
            assertThat(verdict(before, "alice")).isEqualTo("not_subscribed");
            assertThat(verdict(during, "alice")).isEqualTo("handed_over");
            assertThat(verdict(after, "alice")).isEqualTo("not_subscribed");
            client.session.onClosed();
        }
        client("alice", "chat.**");
        assertThat(verdict(after, "alice")).as("another session").isEqualTo("not_subscribed");
    }

    private List<Verdict> verdictsOf(long event) {
        return chronicle.verdicts(
                Optional.empty(),
                Optional.empty(),
                new Trial(event, 0, _ -> List.of()),
                new Dialects(List.of(dialect)));
    }

    @Test
    void whatIsRememberedIsBounded() {
        for (int i = 0; i < 10_500; i++) {
            chronicle.add(new Stood(
                    UUID.randomUUID(),
                    DialectKind.REALTIME,
                    new Claims("alice", "alice", "", Set.of(), List.of(), time.now()),
                    List.of(),
                    i,
                    i + 1L,
                    Optional.empty(),
                    0));
        }
        assertThat(chronicle.size()).isEqualTo(10_000);
        assertThat(verdictsOf(400)).isEmpty();
        assertThat(verdictsOf(501)).hasSize(1);
    }
}
