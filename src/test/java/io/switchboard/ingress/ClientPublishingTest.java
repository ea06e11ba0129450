package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.MessageFamily;
import io.switchboard.hub.Content;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.LogFullException;
import io.switchboard.log.Position;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Publishing.Publisher;
import io.switchboard.testing.KeptEvents;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import io.switchboard.trace.Arrival;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ClientPublishingTest {
    private static final Topic CHAT = Topic.of("chat", "general");
    private static final int RECIPIENTS = 3;

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final FakeLog log = new FakeLog();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ClientPublishing publishing = new ClientPublishing(
            log,
            new BinaryMessages(log, new MessageFamily(TestServices.NO_RULES), hub, time.clock()),
            OtherReplicas.NONE,
            new SmallRyeConfigBuilder()
                    .addDefaultInterceptors()
                    .addDiscoveredConverters()
                    .withMapping(SwitchboardConfig.class)
                    .withSources(new PropertiesConfigSource(Map.of(), "test", 100))
                    .build()
                    .getConfigMapping(SwitchboardConfig.class),
            new GatewayMetrics(meters));

    private final Publisher alice = new Publisher(UUID.randomUUID(), Optional.empty(), "alice", false);

    /** Gives a place at once, and hands over when it is told to, or at once as well. */
    private static final class FakeLog implements EventLog<Arrival> {
        private final List<MessageEvent> appended = new ArrayList<>();
        private final List<Runnable> held = new ArrayList<>();
        private boolean full;
        private boolean broken;
        private boolean hold;

        @Override
        public CompletionStage<List<Position>> append(List<Arrival> events) {
            if (full) {
                return CompletableFuture.failedFuture(new LogFullException());
            }
            if (broken) {
                return CompletableFuture.failedFuture(new IllegalStateException("a log that fails"));
            }
            Arrival arrival = events.getFirst();
            appended.add((MessageEvent) arrival.event());
            Runnable handOver = () -> arrival.recipients().orElseThrow().here(RECIPIENTS);
            if (hold) {
                held.add(handOver);
            } else {
                handOver.run();
            }
            return CompletableFuture.completedFuture(List.of(new Position("e", appended.size())));
        }

        @Override
        public String epoch() {
            return "e";
        }

        @Override
        public Kept<Arrival> kept() {
            return KeptEvents.all(Arrival::weight);
        }

        @Override
        public boolean full() {
            return full;
        }
    }

    private static Command.Publish message(String payload, String id, String key) {
        return message(CHAT, payload, id, key);
    }

    /** Empty texts stand for what is left out. */
    private static Command.Publish message(Topic topic, String payload, String id, String key) {
        return new Command.Publish(
                new Request() {},
                topic,
                new Content.Message(topic, payload.getBytes(StandardCharsets.UTF_8), Optional.empty()),
                false,
                Optional.of(Duration.ofSeconds(5)),
                Optional.of(id).filter(text -> !text.isEmpty()),
                Optional.of(key).filter(text -> !text.isEmpty()));
    }

    private Reply publish(Publisher publisher, Command.Publish message) {
        CompletableFuture<Reply> reply = publishing.publish(publisher, message).toCompletableFuture();
        assertThat(reply).isDone();
        return reply.join();
    }

    private static Publisher another(String username) {
        return new Publisher(UUID.randomUUID(), Optional.empty(), username, false);
    }

    private static Publisher after(Publisher former) {
        return new Publisher(UUID.randomUUID(), Optional.of(former.session()), former.username(), false);
    }

    private List<String> said() {
        return log.appended.stream()
                .map(event -> new String(((Content.Message) event.content()).payload(), StandardCharsets.UTF_8))
                .toList();
    }

    private static Reply fresh() {
        return new Reply.Published(RECIPIENTS, false);
    }

    private static Reply duplicate() {
        return new Reply.Published(RECIPIENTS, true);
    }

    @Test
    void whatIsSaidGoesThroughTheLog() {
        assertThat(publish(alice, message("1", "", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message("1", "", "")))
                .as("without an id each is its own")
                .isEqualTo(fresh());

        assertThat(log.appended).hasSize(2);
        assertThat(log.appended.getFirst().shown()).isEqualTo(CHAT);
        assertThat(log.appended.getFirst().audience().topic()).isEqualTo(CHAT);
        assertThat(log.appended.getFirst().timeToLive()).contains(Duration.ofSeconds(5));
    }

    @Test
    void itIsAnsweredWhenItWasHandedOver() {
        log.hold = true;
        CompletableFuture<Reply> reply =
                publishing.publish(alice, message("1", "0", "")).toCompletableFuture();
        CompletableFuture<Reply> retry =
                publishing.publish(alice, message("1", "0", "")).toCompletableFuture();
        assertThat(reply).isNotDone();
        assertThat(retry).isNotDone();
        log.held.forEach(Runnable::run);

        assertThat(reply).isCompletedWithValue(fresh());
        assertThat(retry).isCompletedWithValue(duplicate());
        assertThat(log.appended).hasSize(1);
    }

    /** The printed client counts from zero in every tab. */
    @Test
    void anIdCountsWithinItsConnection() {
        assertThat(publish(alice, message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message("1", "0", ""))).isEqualTo(duplicate());
        assertThat(publish(another("alice"), message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(another("bob"), message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message("1", "1", ""))).isEqualTo(fresh());

        assertThat(log.appended).hasSize(4);
    }

    @Test
    void anIdCountsInTheConnectionThatGoesOn() {
        assertThat(publish(alice, message("1", "0", ""))).isEqualTo(fresh());
        Publisher again = after(alice);
        assertThat(publish(again, message("1", "0", ""))).isEqualTo(duplicate());
        assertThat(publish(again, message("2", "1", ""))).isEqualTo(fresh());
        assertThat(publish(again, message("2", "1", ""))).isEqualTo(duplicate());
        assertThat(publish(after(again), message("2", "1", ""))).isEqualTo(duplicate());

        assertThat(said()).containsExactly("1", "2");
    }

    /** Or one could make others' messages count as said, and learn what they said. */
    @Test
    void nobodyGoesOnFromAnotherUsersConnection() {
        Publisher mallory = new Publisher(UUID.randomUUID(), Optional.of(alice.session()), "mallory", false);
        assertThat(publish(alice, message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(mallory, message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(mallory, message("2", "1", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message("2", "1", ""))).isEqualTo(fresh());

        assertThat(said()).containsExactly("1", "1", "2", "2");
    }

    @Test
    void anotherMessageUnderTheSameIdIsNotLost() {
        assertThat(publish(alice, message("1", "0", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message("2", "0", ""))).isEqualTo(fresh());
        assertThat(publish(alice, message(Topic.of("chat", "x"), "1", "0", "")))
                .as("the same on another topic")
                .isEqualTo(fresh());
        Publisher again = after(alice);
        assertThat(publish(again, message("3", "0", ""))).isEqualTo(fresh());
        assertThat(publish(again, message("3", "0", "")))
                .as("it is known by its own id")
                .isEqualTo(duplicate());

        assertThat(said()).containsExactly("1", "2", "1", "3");
    }

    @Test
    void aKeyCountsForItsUserAndTopic() {
        assertThat(publish(alice, message("1", "0", "k"))).isEqualTo(fresh());
        assertThat(publish(another("alice"), message("1", "7", "k"))).isEqualTo(duplicate());
        assertThat(publish(another("bob"), message("1", "0", "k"))).isEqualTo(fresh());
        assertThat(publish(alice, message(Topic.of("chat", "x"), "1", "0", "k")))
                .isEqualTo(fresh());
        assertThat(publish(alice, message("1", "0", "other"))).isEqualTo(fresh());

        assertThat(log.appended).hasSize(4);
    }

    @Test
    void aKeyIsOfOneMessage() {
        assertThat(publish(alice, message("1", "", "k"))).isEqualTo(fresh());

        assertThat(publish(alice, message("2", "", "k"))).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.status()).isEqualTo(400);
            assertThat(failed.message()).contains("key");
        });
        assertThat(said()).containsExactly("1");
        assertThat(publish(alice, message("1", "", "k"))).isEqualTo(duplicate());
    }

    @Test
    void aFullLogIsTriedAgain() {
        log.full = true;
        for (Command.Publish message : List.of(message("1", "", ""), message("1", "0", ""), message("1", "", "k"))) {
            assertThat(publish(alice, message)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
                assertThat(failed.status()).isEqualTo(503);
                assertThat(failed.retryAfterMillis()).isPresent();
            });
        }
        log.full = false;

        assertThat(publish(alice, message("1", "0", "")))
                .as("what failed is forgotten")
                .isEqualTo(fresh());
        assertThat(publish(alice, message("1", "", "k"))).isEqualTo(fresh());
        assertThat(publish(after(alice), message("1", "0", ""))).isEqualTo(duplicate());
    }

    @Test
    void whatGoesWrongIsAnsweredWithoutDetail() {
        log.broken = true;

        assertThat(publish(alice, message("1", "0", ""))).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.status()).isEqualTo(500);
            assertThat(failed.message()).doesNotContain("a log that fails");
        });
    }

    @Test
    void bytesAreHandedOverAndNotKept() throws Exception {
        List<Publication> received = new ArrayList<>();
        Subscription _ = shard.subscribe(TopicSyntax.DOTTED.pattern("chat.*"), received::add);
        Command.Publish bytes = new Command.Publish(
                new Request() {},
                CHAT,
                new Content.Binary(CHAT, new byte[] {1}, new byte[] {'{', '}'}),
                false,
                Optional.empty(),
                Optional.of("0"),
                Optional.empty());
        CompletableFuture<Reply> reply = publishing.publish(alice, bytes).toCompletableFuture();
        assertThat(reply).as("on its way").isNotDone();
        loop.runAll();

        assertThat(reply).isCompletedWithValue(new Reply.Published(1, false));
        assertThat(log.appended).isEmpty();
        assertThat(received).singleElement().satisfies(publication -> {
            assertThat(publication.position().offset()).isZero();
            assertThat(publication.content()).isEqualTo(bytes.content());
        });
    }
}
