package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.realtime.RealtimeDialect;
import io.switchboard.event.Audience;
import io.switchboard.event.DeliveryPolicies;
import io.switchboard.event.Event;
import io.switchboard.event.JobEvent;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.MessageFamily;
import io.switchboard.event.Replay;
import io.switchboard.event.TreeRouter;
import io.switchboard.hub.Content;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.Sequencer;
import io.switchboard.log.Tail;
import io.switchboard.rule.TopicRules;
import io.switchboard.session.Flusher;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.Session;
import io.switchboard.session.SessionLimits;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRooms;
import io.switchboard.testing.TestServices;
import io.switchboard.trace.Arrival;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What one who subscribes is shown at once of topics that have newest values. */
class NewestValuesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long BYTES = 400_000;

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0));
    private final TopicRules rules = TestServices.rules(List.of("quotes.**", "chat.**"), List.of());
    private final DeliveryPolicies deliveries = new DeliveryPolicies(Map.of(
            "quotes", new DeliveryPolicies.Entry(List.of("quotes.**"), Policy.LATEST, Optional.of("/k")),
            "jobs", new DeliveryPolicies.Entry(List.of("job.**"), Policy.LATEST, Optional.empty())));
    private final MessageFamily messages = new MessageFamily(rules, deliveries);
    private final Replay replay =
            new Replay(new TreeRouter(hub, deliveries), messages, TestRooms.family(), time.clock());
    private final Kept<Arrival> kept = new Kept<>(
            new Kept.Bounds(5_000, 0, Duration.ZERO),
            Arrival::weight,
            arrival -> Replay.topicOf(arrival.event()),
            channel -> channel instanceof Topic topic && deliveries.isLatest(topic));
    /** What the log hands on, as the event router does. */
    private final Tail<Arrival> tail = (position, arrival, delivered) -> {
        List<Publication> publications = replay.of(position, arrival.event(), List.of());
        hub.post(
                publications.isEmpty()
                        ? 0
                        : hub.shardsOf(publications.getFirst().topic()),
                s -> publications.forEach(s::publish),
                delivered);
    };

    private final Sequencer<Arrival> log =
            new Sequencer<>("e", new InFlight.Bounds(0, 0), Arrival::weight, kept, tail, time.clock(), Runnable::run);
    private final LogPast past = new LogPast(log, replay, deliveries, BYTES, Runnable::run);

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session = new Session(
                transport,
                shard,
                flusher,
                TestServices.by(time)
                        .dialect(new RealtimeDialect(MAPPER))
                        .rules(rules)
                        .past(past)
                        .limits(SessionLimits.ofBytes(BYTES))
                        .build());
        private int read;

        private Client() {
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
            loop.runAll();
            news();
        }

        /** What came since it was asked last: the status, or topic, text and offset. */
        private List<String> news() {
            List<String> news = new ArrayList<>();
            List<String> all = transport.messages();
            for (String text : all.subList(read, all.size())) {
                JsonNode message;
                try {
                    message = MAPPER.readTree(text).path("data");
                } catch (Exception e) {
                    throw new AssertionError("not JSON: " + text, e);
                }
                news.add(
                        message.has("status")
                                ? message.path("status").asText()
                                : message.path("topic").asText() + " " + name(message.path("payload")) + " "
                                        + message.at("/metadata/offset").asLong());
            }
            read = all.size();
            return news;
        }

        private static String name(JsonNode payload) {
            return payload.has("k")
                    ? payload.path("k").asText()
                    : payload.at("/TaskUpdated/ID").asText();
        }

        private List<String> subscribe(String recover, String... topics) {
            session.onText("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"" + String.join("\",\"", topics) + "\"]"
                    + (recover.isEmpty() ? "" : ",\"recover\":" + recover) + "}}");
            loop.runAll();
            return news();
        }
    }

    private void append(Event event) {
        log.append(List.of(new Arrival(event, SpanContext.getInvalid(), 0)));
    }

    private void say(String topic, String key) {
        say(topic, key, event -> event);
    }

    private void say(String topic, String key, Function<MessageEvent, MessageEvent> change) {
        append(change.apply(new MessageEvent(
                new Audience.Subscribers(Topic.of(topic.split("\\."))),
                content(topic, key, ""),
                Optional.empty(),
                false,
                Optional.empty())));
    }

    private static Content.Message content(String topic, String key, String filler) {
        return new Content.Message(
                Topic.of(topic.split("\\.")),
                ("{\"k\":\"" + key + "\",\"filler\":\"" + filler + "\"}").getBytes(StandardCharsets.UTF_8),
                Optional.empty());
    }

    private void settle() {
        loop.runAll();
    }

    @Test
    void theNewestOfEachKeyComesBehindTheAnswerInTheOrderOfTheLog() {
        say("quotes.a", "x"); // 1
        say("quotes.a", "y");
        say("quotes.a", "x");
        say("quotes.b", "x");
        say("chat.a", "x");
        say("quotes.a", "z"); // 6
        settle();
        Client alice = new Client();

        assertThat(alice.subscribe("", "quotes.a"))
                .containsExactly("subscribed", "quotes.a y 2", "quotes.a x 3", "quotes.a z 6");
        assertThat(alice.subscribe("", "quotes.b", "chat.a")).containsExactly("subscribed", "quotes.b x 4");
        say("quotes.a", "x");
        settle();
        assertThat(alice.news()).containsExactly("quotes.a x 7");
    }

    @Test
    void aPatternFindsItsTopicsAndWhatAnotherOneMatchesDoesNotComeTwice() {
        for (String topic : List.of("quotes.a", "quotes.b.c", "chat.a", "quotes.d")) {
            say(topic, "x");
        }
        settle();
        Client alice = new Client();

        assertThat(alice.subscribe("", "quotes.b.*")).containsExactly("subscribed", "quotes.b.c x 2");
        assertThat(alice.subscribe("", "quotes.a", "chat.**")).containsExactly("subscribed", "quotes.a x 1");
        assertThat(alice.subscribe("", "quotes.a")).as("held already").containsExactly("subscribed");
        assertThat(alice.subscribe("", "quotes.**")).containsExactly("subscribed", "quotes.d x 4");
    }

    /** What is on its way to the loop when the client asks comes once, with the values or behind them. */
    @Test
    void whatIsOnItsWayComesOnce() {
        Client alice = new Client();
        Client bob = new Client();
        assertThat(bob.subscribe("", "quotes.a")).containsExactly("subscribed");
        say("quotes.a", "x");
        alice.session.onText("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"quotes.*\"]}}");
        say("quotes.a", "y");
        settle();

        assertThat(alice.news()).containsExactly("subscribed", "quotes.a x 1", "quotes.a y 2");
        assertThat(bob.news()).containsExactly("quotes.a x 1", "quotes.a y 2");
    }

    @Test
    void whatIsReadFromACursorIsNotShownBeside() {
        say("quotes.a", "x");
        say("quotes.a", "x");
        say("quotes.b", "x");
        settle();

        assertThat(new Client().subscribe("{\"quotes.a\":{\"offset\":0,\"epoch\":\"e\"}}", "quotes.a", "quotes.*"))
                .containsExactly("subscribed", "quotes.b x 3", "quotes.a x 1", "quotes.a x 2", "recovered");
        assertThat(new Client().subscribe("{\"quotes.a\":{\"offset\":0,\"epoch\":\"other\"}}", "quotes.a"))
                .as("nothing is read")
                .containsExactly("subscribed", "quotes.a x 2", "recovered");
    }

    /** A reading begins when the loop comes to it: what was published meanwhile is not shown, but read. */
    @Test
    void whatComesBeforeTheReadingBeginsComesOnce() {
        say("quotes.a", "x");
        say("quotes.b", "x");
        settle();
        Client alice = new Client();
        alice.session.onText("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"quotes.a\",\"quotes.b\"],"
                + "\"recover\":{\"quotes.a\":{\"offset\":0,\"epoch\":\"e\"}}}}");
        say("quotes.b", "x");
        settle();

        assertThat(alice.news())
                .containsExactly("subscribed", "quotes.b x 2", "quotes.a x 1", "quotes.b x 3", "recovered");
    }

    @Test
    void whatTheClaimsDoNotAllowOrWentToAnAudienceIsNotShown() {
        say("quotes.a", "x");
        say(
                "quotes.a",
                "x",
                event -> new MessageEvent(
                        new Audience.User("bob"), event.content(), event.key(), false, event.timeToLive()));
        say(
                "quotes.a",
                "x",
                event -> new MessageEvent(
                        new Audience.User("alice"), event.content(), event.key(), false, event.timeToLive()));
        settle();

        assertThat(new Client().subscribe("", "quotes.a")).containsExactly("subscribed", "quotes.a x 1");
    }

    /** An urgent value is a value: nobody is shown an older one. */
    @Test
    void anUrgentValueIsTheNewestToo() {
        say("quotes.a", "x");
        say(
                "quotes.a",
                "x",
                event -> new MessageEvent(event.audience(), event.content(), event.key(), true, event.timeToLive()));
        settle();

        assertThat(new Client().subscribe("", "quotes.a")).containsExactly("subscribed", "quotes.a x 2");
    }

    @Test
    void jobsShowTheirTasks() {
        for (String task : List.of("one", "two", "one")) {
            append(new JobEvent("alice", "{\"Job\":{\"ID\":\"j\"},\"TaskUpdated\":{\"ID\":\"" + task + "\"}}"));
            append(new JobEvent("bob", "{\"Job\":{\"ID\":\"j\"},\"TaskUpdated\":{\"ID\":\"" + task + "\"}}"));
        }
        settle();

        assertThat(new Client().subscribe("", "job.alice"))
                .containsExactly("subscribed", "job.alice two 3", "job.alice one 5");
        assertThat(new Client().subscribe("", "job.**", "job.bob"))
                .containsExactly("subscribed", "job.alice two 3", "job.alice one 5");
    }

    @Test
    void itIsBounded() {
        for (int i = 0; i < 1_200; i++) {
            say("quotes.t" + i, "x");
        }
        settle();
        assertThat(new Client().subscribe("", "quotes.**")).hasSize(1 + 1_000);

        for (int i = 0; i < 300; i++) {
            say("quotes.keys", "key " + i);
        }
        settle();
        assertThat(new Client().subscribe("", "quotes.keys")).hasSize(1 + 256);

        String filler = "x".repeat(10_000);
        for (int i = 0; i < 100; i++) {
            String key = "key " + i;
            say(
                    "quotes.large",
                    key,
                    event -> new MessageEvent(
                            event.audience(),
                            content("quotes.large", key, filler),
                            event.key(),
                            false,
                            event.timeToLive()));
        }
        settle();
        Client alice = new Client();
        List<String> shown = alice.subscribe("", "quotes.large");
        assertThat(shown).hasSizeBetween(1 + 8, 1 + 10).last().asString().startsWith("quotes.large key 99");
        assertThat(alice.transport.closedWith()).isEmpty();
    }

    @Test
    void whatTheLogHasLetGoIsNotListed() {
        say("quotes.a", "x");
        assertThat(kept.channels()).containsExactly(Topic.of("quotes", "a"));
        for (int i = 0; i < 5_000; i++) {
            say("chat.a", "x");
        }
        settle();

        assertThat(kept.channels()).isEmpty();
        assertThat(new Client().subscribe("", "quotes.**", "quotes.a")).isNotEmpty();
    }
}
