package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
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
import io.switchboard.limit.CommandLimits;
import io.switchboard.limit.CommandLimits.Rate;
import io.switchboard.log.Position;
import io.switchboard.rule.TopicRules;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that does not read, under each policy, beside one that does; and one that asks too much. */
class SlowReaderTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long BYTES = 40_000;
    private static final List<String> SYMBOLS = List.of("a", "b", "c", "d", "e");

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0));
    private final CountingListener listener = new CountingListener();
    private final TopicRules rules = TestServices.rules(List.of("**"), List.of());
    private final MessageFamily messages = new MessageFamily(
            rules,
            new DeliveryPolicies(Map.of(
                    "quotes", new DeliveryPolicies.Entry(List.of("quotes.**"), Policy.LATEST, Optional.of("/symbol")),
                    "ticks", new DeliveryPolicies.Entry(List.of("ticks.**"), Policy.VOLATILE, Optional.empty()))));
    private CommandRates rates = CommandRates.UNBOUNDED;
    private int offset;

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session;

        private Client() {
            session = new Session(
                    transport,
                    shard,
                    flusher,
                    TestServices.by(time)
                            .dialect(new RealtimeDialect(MAPPER))
                            .rules(rules)
                            .rates(rates)
                            .listener(listener)
                            .limits(new SessionLimits(
                                    Duration.ZERO, Duration.ZERO, BYTES, 0, 3, 0, 0, ChatSettings.USUAL))
                            .build());
            session.open(new Opening(
                    Optional.of(DialectKind.REALTIME),
                    Optional.of(new Claims(
                            "alice",
                            "alice",
                            "",
                            Set.of(),
                            List.of(),
                            time.now().plus(Duration.ofDays(1)))),
                    Manner.USUAL,
                    false));
            subscribe("quotes.**", "ticks.**", "chat.**");
        }

        private void subscribe(String... topics) {
            session.onText("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"" + String.join("\",\"", topics) + "\"]}}");
            loop.runAll();
        }

        private void drain() {
            transport.setWritable(true);
            session.onWritable();
            loop.runAll();
        }

        private List<JsonNode> received() {
            List<JsonNode> received = new ArrayList<>();
            for (String text : transport.messages()) {
                try {
                    received.add(MAPPER.readTree(text));
                } catch (Exception e) {
                    throw new AssertionError("not JSON: " + text, e);
                }
            }
            return received;
        }

        /** The numbers of what was said, in the order of its arrival. */
        private List<Integer> numbers() {
            return received().stream()
                    .filter(message -> message.path("type").asText().equals("Broadcast"))
                    .map(message -> message.at("/data/payload/n").asInt())
                    .toList();
        }

        private List<String> gaps() {
            return received().stream()
                    .filter(message -> message.at("/data/status").asText().equals("gap"))
                    .map(message -> message.at("/data/details/topic").asText() + " "
                            + message.at("/data/details/missed").asLong())
                    .toList();
        }
    }

    private void post(Topic topic, String symbol, boolean urgent) {
        String payload =
                "{\"symbol\":\"" + symbol + "\",\"n\":" + ++offset + ",\"filler\":\"" + "x".repeat(100) + "\"}";
        Publication publication = messages.publication(
                new Position("e", offset),
                new MessageEvent(
                        new Audience.Subscribers(topic),
                        new Content.Message(topic, payload.getBytes(StandardCharsets.UTF_8), Optional.empty()),
                        Optional.empty(),
                        urgent,
                        Optional.empty()));
        hub.post(hub.shardsOf(topic), s -> s.publish(publication), () -> {});
    }

    private void publish(Topic topic, String symbol) {
        post(topic, symbol, false);
        loop.runAll();
        time.advance(Duration.ofMillis(5));
        loop.runAll();
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void whatIsReliableClosesWhoDoesNotRead() {
        Client slow = new Client();
        Client fast = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 500; i++) {
            publish(Topic.of("chat", "general"), "");
        }

        assertThat(slow.transport.closedWith()).contains(CloseCode.SLOW_CONSUMER);
        assertThat(fast.numbers()).isEqualTo(upTo(500));
        assertThat(fast.transport.closedWith()).isEmpty();
    }

    @Test
    void ofWhatIsLatestTheNewestOfEachKeyComesOnce() {
        Client slow = new Client();
        Client fast = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 1_000; i++) {
            publish(Topic.of("quotes", "fx"), SYMBOLS.get(i % SYMBOLS.size()));
        }
        assertThat(slow.transport.closedWith()).isEmpty();
        assertThat(slow.numbers()).isEmpty();
        slow.drain();

        assertThat(slow.numbers()).containsExactly(996, 997, 998, 999, 1000);
        assertThat(fast.numbers()).isEqualTo(upTo(1_000));
        assertThat(listener.thinned).hasSize(995).containsOnly(Thinning.CONFLATED);

        publish(Topic.of("quotes", "fx"), "a");
        assertThat(slow.numbers()).endsWith(1000, 1001);
    }

    /** As long as the turns of the loop last, everything waits for everybody: that is no reason to leave something out. */
    @ParameterizedTest
    @ValueSource(strings = {"quotes", "ticks"})
    void whoReadsGetsEverythingHoweverMuchComesAtOnce(String first) {
        Client fast = new Client();
        for (int i = 0; i < 2_000; i++) {
            post(Topic.of(first, "x"), "a", false);
        }
        loop.runAll();

        assertThat(fast.numbers()).isEqualTo(upTo(2_000));
        assertThat(listener.thinned).isEmpty();
        assertThat(fast.gaps()).isEmpty();
    }

    @Test
    void whatIsLatestClosesNobodyHoweverMuchComesAtOnce() {
        Client slow = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 2_000; i++) {
            post(Topic.of("quotes", "x"), "a", false);
        }
        loop.runAll();
        slow.drain();

        assertThat(slow.transport.closedWith()).isEmpty();
        assertThat(slow.numbers()).containsExactly(2_000);
    }

    @Test
    void ofWhatIsVolatileTheClientIsToldHowMuchItMissed() {
        Client slow = new Client();
        Client fast = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 500; i++) {
            publish(Topic.of("ticks", "a"), "");
        }
        assertThat(slow.transport.closedWith()).isEmpty();
        slow.drain();

        int got = slow.numbers().size();
        assertThat(got).isBetween(20, 60);
        assertThat(slow.numbers()).isEqualTo(upTo(got));
        assertThat(slow.gaps()).containsExactly("ticks.a " + (500 - got));
        assertThat(fast.numbers()).isEqualTo(upTo(500));
        assertThat(fast.gaps()).isEmpty();
        assertThat(listener.thinned).hasSize(500 - got).containsOnly(Thinning.MISSED);

        publish(Topic.of("ticks", "a"), "");
        assertThat(slow.numbers()).endsWith(got, 501);
        assertThat(slow.gaps()).hasSize(1);
    }

    /** The notice stands where the gap is: nothing of what came behind it comes before it. */
    @Test
    void whoHasMissedSomethingGoesWithoutUntilItHasCaughtUp() {
        Client slow = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 200; i++) {
            publish(Topic.of("ticks", "a"), "");
        }
        int[] read = {0};
        slow.transport.onMessage(_ -> {
            if (++read[0] == 10) {
                slow.transport.setWritable(false);
            }
        });
        slow.drain();
        assertThat(slow.numbers()).hasSize(10);
        publish(Topic.of("ticks", "a"), "");
        assertThat(slow.gaps()).isEmpty();
        slow.drain();

        int got = slow.numbers().size();
        assertThat(slow.numbers()).isEqualTo(upTo(got));
        assertThat(slow.gaps()).containsExactly("ticks.a " + (201 - got));
    }

    @Test
    void ofVeryManyTopicsTheLastAreCountedTogether() {
        Client slow = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 100; i++) {
            publish(Topic.of("ticks", "first"), "");
        }
        for (int i = 0; i < 150; i++) {
            publish(Topic.of("ticks", Integer.toString(i)), "");
        }
        slow.drain();

        assertThat(slow.gaps()).hasSize(Missed.MOST_TOPICS + 1);
        assertThat(slow.gaps().getFirst()).startsWith("ticks.first ");
        assertThat(slow.gaps().get(1)).isEqualTo("ticks.0 1");
        assertThat(slow.gaps().getLast()).isEqualTo("* 51");
    }

    @Test
    void whatIsUrgentIsNeitherConflatedNorThinned() {
        Client slow = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 100; i++) {
            publish(Topic.of("quotes", "fx"), "a");
            publish(Topic.of("ticks", "a"), "");
        }
        List<Integer> urgent = new ArrayList<>();
        for (String first : List.of("quotes", "ticks", "quotes")) {
            post(Topic.of(first, "fx"), "a", true);
            urgent.add(offset);
            loop.runAll();
        }
        publish(Topic.of("quotes", "fx"), "a");
        slow.drain();

        assertThat(slow.numbers()).containsAll(urgent).endsWith(offset);
        List<Integer> sorted = new ArrayList<>(slow.numbers());
        Collections.sort(sorted);
        assertThat(slow.numbers()).isEqualTo(sorted);
    }

    @Test
    void whatWasMissedUnderOtherClaimsIsNotTold() {
        Client slow = new Client();
        slow.transport.setWritable(false);
        for (int i = 0; i < 200; i++) {
            publish(Topic.of("ticks", "a"), "");
        }
        slow.session.onClosed();
        slow.drain();

        assertThat(slow.gaps()).isEmpty();
        assertThat(flusher.frames().size()).isZero();
    }

    // Rates

    private static int code(JsonNode message) {
        return message.at("/data/code").asInt();
    }

    @Test
    void whoAsksTooMuchIsToldWhenToComeBackAndStays() {
        rates = new CommandLimits(Map.of(CommandKind.SUBSCRIBE, new Rate(4, 0, 2)));
        Client alice = new Client();
        alice.subscribe("chat.a");
        // more than there may be errors in a row
        for (int i = 0; i < 20; i++) {
            alice.subscribe("chat.b");
            JsonNode refusal = alice.received().getLast();
            assertThat(code(refusal)).isEqualTo(429);
            assertThat(refusal.at("/data/details/retry_after_ms").asLong()).isEqualTo(250);
        }
        assertThat(alice.transport.closedWith()).isEmpty();

        time.advance(Duration.ofMillis(249));
        alice.subscribe("chat.b");
        assertThat(alice.received().getLast().at("/data/details/retry_after_ms").asLong())
                .isEqualTo(1);
        time.advance(Duration.ofMillis(1));
        alice.subscribe("chat.b");
        assertThat(alice.received().getLast().at("/data/status").asText()).isEqualTo("subscribed");
    }

    @Test
    void theRateOfAUserIsSharedByTheirConnections() {
        rates = new CommandLimits(Map.of(CommandKind.SUBSCRIBE, new Rate(0, 2, 3)));
        Client one = new Client();
        Client two = new Client();
        one.subscribe("chat.a");
        two.subscribe("chat.a");

        assertThat(one.received().getLast().at("/data/status").asText()).isEqualTo("subscribed");
        assertThat(code(two.received().getLast())).isEqualTo(429);
        assertThat(two.received().getLast().at("/data/details/retry_after_ms").asLong())
                .isEqualTo(500);
        time.advance(Duration.ofMillis(500));
        two.subscribe("chat.a");
        one.subscribe("chat.a");
        assertThat(two.received().getLast().at("/data/status").asText()).isEqualTo("subscribed");
        assertThat(code(one.received().getLast())).isEqualTo(429);
    }
}
