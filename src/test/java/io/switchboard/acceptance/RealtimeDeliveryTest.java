package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that do not read, that come later, and that ask too much, over real sockets and with real settings. */
@QuarkusTest
@TestProfile(RealtimeDeliveryTest.Deliveries.class)
class RealtimeDeliveryTest {
    /** More than the buffers of both systems take, in messages of 16 KiB. */
    private static final int MANY = 1_000;

    private static final String FILLER = "x".repeat(16 * 1024);
    private static final int SYMBOLS = 7;

    /** Newest values, volatile ones, and hardly a question for history. */
    public static class Deliveries implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.ofEntries(
                    Map.entry("switchboard.delivery.quotes.topics", "updates.quotes.**"),
                    Map.entry("switchboard.delivery.quotes.policy", "latest"),
                    Map.entry("switchboard.delivery.quotes.key", "/symbol"),
                    Map.entry("switchboard.delivery.ticks.topics", "updates.ticks.**"),
                    Map.entry("switchboard.delivery.ticks.policy", "volatile"),
                    Map.entry("switchboard.delivery.jobs.topics", "job.**"),
                    Map.entry("switchboard.delivery.jobs.policy", "latest"),
                    Map.entry("switchboard.rules.priority", "updates.ticks.loud"),
                    Map.entry("switchboard.limits.outbound-bytes", "512K"),
                    Map.entry("switchboard.limits.rates.history.per-session", "1"),
                    Map.entry("switchboard.limits.rates.history.burst", "2"));
        }
    }

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    /** One whose system takes little for it. */
    private RealtimeClient slow(String user, String topic) throws IOException {
        RawWebSocket socket = RawWebSocket.connect(gateway.port(), "127.0.0.1", 16 * 1024);
        assertThat(socket.handshake("/ws?token=" + gateway.token(user))).isEqualTo(101);
        RealtimeClient slow = RealtimeClient.of(socket, _ -> {});
        slow.subscribe(topic, "updates.end");
        return slow;
    }

    private static JsonObject payload(int n) {
        return new JsonObject().put("n", n).put("symbol", "s" + n % SYMBOLS).put("filler", FILLER);
    }

    private void publish(String topic, Object payload) {
        gateway.publish("publish", new JsonObject().put("topic", topic).put("payload", payload));
    }

    private static List<Integer> upTo(int last) {
        return IntStream.range(0, last).boxed().toList();
    }

    /** What a client was told until the end came: numbers, and how many it missed before which of them. */
    private static final class Heard {
        private final List<Integer> numbers = new ArrayList<>();
        private int next;
        private int missed;
        private boolean whole = true;

        private void number(int n) {
            numbers.add(n);
            whole &= n == next;
            next = n + 1;
        }

        private void gap(int count) {
            missed += count;
            next += count;
        }
    }

    /**
     * Reads to the message that says so.
     *
     * @param pace hears of each number
     */
    private static Heard toEnd(RealtimeClient client, Runnable pace) {
        Heard heard = new Heard();
        try {
            while (true) {
                JsonObject data = client.next().getJsonObject("data");
                if ("gap".equals(data.getString("status"))) {
                    heard.gap(data.getJsonObject("details").getInteger("missed"));
                } else if (data.getValue("payload") instanceof JsonObject payload) {
                    heard.number(payload.getInteger("n"));
                    pace.run();
                } else {
                    return heard;
                }
            }
        } catch (IOException e) {
            throw new AssertionError("after " + heard.numbers.size(), e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"quotes", "ticks", "all"})
    void aClientThatDoesNotRead(String kind) throws Exception {
        String topic = "updates." + kind + ".x";
        // as many as the other one has not read yet
        Semaphore ahead = new Semaphore(3);
        try (RealtimeClient slow = slow("alice", topic);
                RealtimeClient fast = client("bob")) {
            fast.subscribe(topic, "updates.end");
            CompletableFuture<Heard> reading = CompletableFuture.supplyAsync(
                    () -> toEnd(fast, ahead::release),
                    task -> Thread.ofPlatform().start(task));
            for (int n = 0; n < MANY; n++) {
                assertThat(ahead.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
                publish(topic, payload(n));
            }
            publish("updates.end", "end");
            assertThat(reading.get().numbers).isEqualTo(upTo(MANY));
            assertThat(reading.get().missed).isZero();

            switch (kind) {
                case "quotes" -> {
                    List<Integer> numbers = toEnd(slow, () -> {}).numbers;
                    assertThat(numbers).isSorted().doesNotHaveDuplicates().hasSizeLessThan(MANY);
                    Map<Integer, Integer> newest = new LinkedHashMap<>();
                    numbers.forEach(n -> newest.put(n % SYMBOLS, n));
                    assertThat(newest.values())
                            .containsExactlyInAnyOrderElementsOf(IntStream.range(MANY - SYMBOLS, MANY)
                                    .boxed()
                                    .toList());
                    slow.assertQuiet();
                }
                case "ticks" -> {
                    Heard heard = toEnd(slow, () -> {});
                    if (heard.next < MANY) {
                        // the last notice comes behind everything that waited
                        heard.gap(slow.status("gap").getInteger("missed"));
                    }
                    assertThat(heard.whole).isTrue();
                    assertThat(heard.missed).isPositive().isEqualTo(MANY - heard.numbers.size());
                    publish(topic, payload(MANY));
                    assertThat(((JsonObject) slow.heard()).getInteger("n")).isEqualTo(MANY);
                    slow.assertQuiet();
                }
                default -> assertThat(slow.toClose().getLast()).isEqualTo("4508");
            }
        }
    }

    @Test
    void theNewestValuesComeAtOnce() throws Exception {
        for (int n = 0; n < 10; n++) {
            publish("updates.quotes.late", payload(n));
        }
        gateway.publish("job", Gateway.job("copy", "carol"));
        gateway.publish("job", Gateway.job("move", "carol"));
        try (RealtimeClient carol = client("carol")) {
            carol.subscribe("updates.quotes.*");
            for (int n = 10 - SYMBOLS; n < 10; n++) {
                assertThat(((JsonObject) carol.heard()).getInteger("n")).isEqualTo(n);
            }
            carol.assertQuiet();
            carol.subscribe("job.**");
            assertThat(carol.next("Broadcast").encode()).contains("move");
            carol.assertQuiet();
            publish("updates.quotes.late", payload(10));
            assertThat(((JsonObject) carol.heard()).getInteger("n")).isEqualTo(10);
        }
    }

    /** A service's word that it is urgent counts; a client's only where a rule says so. */
    @ParameterizedTest
    @ValueSource(strings = {"loud", "quiet"})
    void whatIsUrgentReachesWhoLags(String name) throws Exception {
        String topic = "updates.ticks." + name;
        try (RealtimeClient slow = slow("alice", topic);
                RealtimeClient bob = client("bob")) {
            for (int n = 0; n < MANY; n++) {
                publish(topic, payload(n));
            }
            JsonObject high = new JsonObject().put("priority", "high");
            gateway.publish(
                    "publish",
                    new JsonObject()
                            .put("topic", topic)
                            .put("payload", payload(-1))
                            .put("metadata", high));
            bob.socket()
                    .sendText(new JsonObject()
                            .put("type", "Broadcast")
                            .put("data", RealtimeClient.said(topic, new JsonObject().put("n", -2)))
                            .put("metadata", high)
                            .encode());
            bob.assertQuiet();
            publish("updates.end", "end");

            List<Integer> numbers = toEnd(slow, () -> {}).numbers;
            assertThat(numbers).hasSizeLessThan(MANY);
            assertThat(numbers.stream().filter(n -> n < 0))
                    .isEqualTo(name.equals("loud") ? List.of(-1, -2) : List.of(-1));
        }
    }

    @Test
    void whoAsksTooMuchIsToldWhenToComeBack() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            JsonObject history = new JsonObject().put("topic", "updates.none");
            for (int i = 0; i < 2; i++) {
                alice.send("History", history);
                alice.status("history");
            }
            long retryAfter = 0;
            // more than there may be errors in a row
            for (int i = 0; i < 15; i++) {
                alice.send("History", i, history);
                JsonObject error = alice.next("Error");
                assertThat(error.getInteger("code")).isEqualTo(429);
                assertThat(error.getJsonObject("details").getInteger("message_id"))
                        .isEqualTo(i);
                retryAfter = error.getJsonObject("details").getLong("retry_after_ms");
                assertThat(retryAfter).isBetween(1L, 1_000L);
                assertThat(alice.next("Ack").getString("status")).isEqualTo("failed");
            }
            await().pollDelay(Duration.ofMillis(retryAfter)).until(() -> true);
            alice.send("History", history);
            alice.status("history");
        }
    }
}
