package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Subscription;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Crowd;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.HeldTimers;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that misbehave, and what the others notice of it: nothing. */
@QuarkusTest
@TestProfile(FaultsTest.ImpatientSignIn.class)
class FaultsTest {
    private static final int CROWD = 10_000;

    /** Whoever does not sign in is closed soon, and nothing else keeps clients from doing their worst. */
    public static class ImpatientSignIn implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.auth.timeout", "5s",
                    "switchboard.limits.connections-unauthenticated", "0",
                    "switchboard.limits.messages-per-second", "0",
                    "switchboard.liveness.ping-interval", "0s");
        }

        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(HeldTimers.class);
        }
    }

    @Inject
    HeldTimers timers;

    @Inject
    Gateway gateway;

    @Inject
    ConnectionLimits limits;

    @Inject
    Hub hub;

    @Inject
    Vertx vertx;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        gateway.awaitSignedIn(0);
        assertThat(gateway.figure("switchboard.outbound.bytes")).isZero();
    }

    private void assertServed(RawWebSocket client, String name) throws IOException {
        gateway.publish("tree", Gateway.created(name, "ws"));
        assertThat(Gateway.path(client.readText())).isEqualTo("ws/" + name);
    }

    @Test
    void tenThousandConnectionsThatNeverSignInAreClosedAndNobodyWaits() throws Exception {
        double before = gateway.figure("switchboard.closes", "reason", "sign_in_timeout");
        Process crowd = Crowd.start(gateway.port(), CROWD);
        timers.hold();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                BufferedReader output = crowd.inputReader()) {
            CompletableFuture<List<String>> lines =
                    CompletableFuture.supplyAsync(() -> output.lines().toList());
            alice.patience(Duration.ofSeconds(5));
            // However long it takes them to come, all are there before the first has to go.
            for (int i = 0; limits.connections() <= CROWD; i++) {
                assertThat(lines).isNotDone();
                assertServed(alice, "arriving-" + i);
            }
            timers.release();
            for (int i = 0; !lines.isDone(); i++) {
                assertServed(alice, "event-" + i);
            }
            assertThat(lines.join()).containsExactly("opened " + CROWD, "closed " + CROWD);
            assertThat(crowd.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(crowd.exitValue()).isZero();
            await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 1);
            gateway.awaitOpen(1);
            assertThat(gateway.figure("switchboard.closes", "reason", "sign_in_timeout") - before)
                    .isEqualTo(CROWD);
            assertServed(alice, "after");
        } finally {
            timers.release();
            crowd.destroyForcibly();
        }
    }

    @Test
    void aReaderThatStopsReadingIsClosedAndTheOthersGetEverythingInOrder() throws Exception {
        int events = 200;
        String filling = "x".repeat(100_000);
        double slow = gateway.figure("switchboard.closes", "reason", "slow_consumer");
        AtomicLong mostWaiting = new AtomicLong();
        AtomicInteger published = new AtomicInteger();
        ScheduledExecutorService publisher = Executors.newSingleThreadScheduledExecutor();
        try (RawWebSocket stuck = RawWebSocket.connect(gateway.port(), "127.0.0.1", 4096);
                RawWebSocket first = gateway.signedIn("alice", "ws");
                RawWebSocket second = gateway.signedIn("bob", "ws")) {
            assertThat(stuck.handshake("/ws/event")).isEqualTo(101);
            stuck.sendText(Gateway.subscribe(gateway.token("carol", "ws")));
            gateway.awaitSignedIn(3);
            // 10 MB in a second
            var _ = publisher.scheduleAtFixedRate(
                    () -> {
                        int number = published.getAndIncrement();
                        if (number < events) {
                            JsonObject event = Gateway.created("event-" + number, "ws");
                            event.getJsonObject("Target")
                                    .put("MetaStore", new JsonObject().put("filling", "\"" + filling + "\""));
                            gateway.publish("tree", event);
                            mostWaiting.accumulateAndGet(
                                    (long) gateway.figure("switchboard.outbound.bytes"), Math::max);
                        }
                    },
                    0,
                    10,
                    TimeUnit.MILLISECONDS);
            CompletableFuture<Void> others = CompletableFuture.runAsync(() -> readInOrder(second, events));
            readInOrder(first, events);
            others.get(30, TimeUnit.SECONDS);
            gateway.awaitSignedIn(2);
            // no close frame gets through, so the connection is cut
            gateway.awaitOpen(2);
            stuck.awaitEnd();
        } finally {
            publisher.shutdownNow();
        }
        assertThat(gateway.figure("switchboard.closes", "reason", "slow_consumer") - slow)
                .isEqualTo(1);
        assertThat(mostWaiting.get()).isBetween(1L, 4_000_000L);
    }

    private static void readInOrder(RawWebSocket client, int events) {
        try {
            for (int i = 0; i < events; i++) {
                assertThat(Gateway.path(client.readText())).isEqualTo("ws/event-" + i);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** CVE-2026-87742: the framework queues what comes in, without a bound. */
    @Test
    void aFloodOfTinyFramesIsHandledAsItComesAndOthersAreServed() throws Exception {
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            thousand.writeBytes(RawWebSocket.text("{\"@type\":\"x\"}"));
        }
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket flooder = gateway.signedIn("mallory")) {
            long before = usedAfterCollection();
            CompletableFuture<Void> flood =
                    CompletableFuture.runAsync(() -> repeat(flooder, thousand.toByteArray(), 100));
            for (int i = 0; !flood.isDone() || i == 0; i++) {
                assertServed(alice, "event-" + i);
            }
            flood.join();
            assertThat(usedAfterCollection() - before).isLessThan(32L << 20);
            assertServed(alice, "after");
            // Behind the flood in the flooder's own order: once it counts, all of the flood was handled.
            flooder.sendText(Gateway.subscribe(gateway.token("mallory", "ws-other")));
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                gateway.publish("tree", Gateway.created("behind", "ws-other"));
                return flooder.readable();
            });
            assertThat(Gateway.path(flooder.readText())).isEqualTo("ws-other/behind");
        }
    }

    @Test
    void aFloodOfSignInsTakesTheLastAndOthersAreServed() throws Exception {
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        String mallory = gateway.token("mallory", "ws-other");
        String eve = gateway.token("eve", "ws");
        for (int i = 0; i < 2500; i++) {
            many.writeBytes(RawWebSocket.text(Gateway.subscribe(mallory)));
            many.writeBytes(RawWebSocket.text(Gateway.subscribe(eve)));
        }
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket flooder = RawWebSocket.open(gateway.port(), "/ws/event")) {
            CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> repeat(flooder, many.toByteArray(), 1));
            for (int i = 0; !flood.isDone() || i == 0; i++) {
                assertServed(alice, "event-" + i);
            }
            flood.join();
            // Behind the flood in the flooder's own order: once the answer is here, all of it was read.
            flooder.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PING, new byte[] {'e'}));
            while (flooder.read().opcode() != RawWebSocket.PONG) {
                // events that it was allowed to see in between
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                gateway.publish("job", Gateway.job("last", "eve"));
                return flooder.readable();
            });
            assertThat(flooder.readText()).isNotEmpty();
        }
    }

    /** Each ping is answered with a pong; who does not take the answers is not asked for more questions. */
    @Test
    void aFloodOfPingsFromOneWhoDoesNotReadIsNotReadAnyMore() throws Exception {
        byte[] ping = RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PING, new byte[125]);
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        for (int i = 0; i < 500; i++) {
            chunk.writeBytes(ping);
        }
        byte[] bytes = chunk.toByteArray();
        int chunks = 1500; // nearly 100 MB, far more than the system's own buffers hold
        AtomicInteger sent = new AtomicInteger();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket flooder = RawWebSocket.connect(gateway.port(), "127.0.0.1", 4096)) {
            assertThat(flooder.handshake("/ws/event")).isEqualTo(101);
            flooder.sendText(Gateway.subscribe(gateway.token("mallory")));
            gateway.awaitSignedIn(2);
            CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> {
                while (sent.get() < chunks) {
                    repeat(flooder, bytes, 1);
                    sent.incrementAndGet();
                }
            });
            AtomicInteger last = new AtomicInteger(-1);
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        assertServed(alice, "event");
                        int now = sent.get();
                        return last.getAndSet(now) == now;
                    });
            assertThat(flood).isNotDone();
            assertThat(sent.get()).isLessThan(chunks / 2);
            // Reading goes on when the answers are taken.
            int stalledAt = sent.get();
            while (sent.get() == stalledAt) {
                assertThat(flooder.read().opcode()).isEqualTo(RawWebSocket.PONG);
            }
            flooder.abort();
            gateway.awaitOpen(1);
            assertServed(alice, "after");
        }
    }

    @Test
    void aSubscriberThatThrowsDoesNotStopTheOthers() throws Exception {
        Map<io.switchboard.hub.Shard, Subscription> throwing = new ConcurrentHashMap<>();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            long shards = hub.shardsOf(Pace.MERGED.topicOf("ws"));
            CompletableFuture<Void> subscribed = new CompletableFuture<>();
            hub.post(
                    shards,
                    shard -> {
                        List<HeldView> views = new ArrayList<>();
                        shard.forWorkspace("ws", Pace.MERGED, views::add);
                        HeldView view = views.getFirst();
                        throwing.put(shard, shard.subscribe(view.topic(), view.guard(), _ -> {
                            throw new IllegalStateException("as a test does");
                        }));
                    },
                    () -> subscribed.complete(null));
            subscribed.get(10, TimeUnit.SECONDS);
            try (RawWebSocket bob = gateway.signedIn("bob", "ws")) {
                for (int i = 0; i < 3; i++) {
                    assertServed(alice, "event-" + i);
                    assertThat(Gateway.path(bob.readText())).isEqualTo("ws/event-" + i);
                }
            }
            throwing.forEach((shard, subscription) -> shard.loop().execute(() -> shard.unsubscribe(subscription)));
        }
    }

    @Test
    void aConsumerOfTheEventBusThatThrowsDoesNotStopTheOthers() throws Exception {
        var consumer = vertx.eventBus().localConsumer("tree", _ -> {
            throw new IllegalStateException("as a test does");
        });
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            for (int i = 0; i < 3; i++) {
                vertx.eventBus().publish("tree", Gateway.created("event-" + i, "ws"));
                assertThat(Gateway.path(alice.readText())).isEqualTo("ws/event-" + i);
            }
        } finally {
            consumer.unregister().toCompletionStage().toCompletableFuture().join();
        }
    }

    @Test
    void garbageOnTheEventBusDoesNotStopTheOthers() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            for (Object garbage : new Object[] {"", "{", 1, new JsonObject(), "[".repeat(100_000)}) {
                vertx.eventBus().publish("tree", garbage);
                vertx.eventBus().publish("job", garbage);
            }
            assertServed(alice, "x");
        }
    }

    private static void repeat(RawWebSocket client, byte[] bytes, int times) {
        try {
            for (int i = 0; i < times; i++) {
                client.send(bytes);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long usedAfterCollection() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
