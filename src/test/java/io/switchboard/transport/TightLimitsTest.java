package io.switchboard.transport;

import static io.switchboard.testing.RawWebSocket.CONTINUATION;
import static io.switchboard.testing.RawWebSocket.FIN;
import static io.switchboard.testing.RawWebSocket.PING;
import static io.switchboard.testing.RawWebSocket.PONG;
import static io.switchboard.testing.RawWebSocket.TEXT;
import static io.switchboard.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds on connections behind proxies, on what one client may send, on requests that never end, and on the sum that waits. */
@QuarkusTest
@TestProfile(TightLimitsTest.Tight.class)
class TightLimitsTest {
    private static final int PER_SECOND = 100;
    private static final int BURST = 50;
    private static final int FRAME = 2048;
    private static final int FRAGMENTS = 20;

    /** Everything small enough to be reached. */
    public static class Tight implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.ofEntries(
                    Map.entry("switchboard.proxy.trusted", "127.0.0.2,127.0.3.0/24"),
                    Map.entry("switchboard.limits.connections-per-address", "3"),
                    Map.entry("switchboard.limits.connections-unauthenticated", "4"),
                    Map.entry("switchboard.limits.messages-per-second", Integer.toString(PER_SECOND)),
                    Map.entry("switchboard.limits.messages-burst", Integer.toString(BURST)),
                    Map.entry("switchboard.limits.frame-size", Integer.toString(FRAME)),
                    Map.entry("switchboard.limits.fragments-per-message", Integer.toString(FRAGMENTS)),
                    Map.entry("switchboard.limits.request-timeout", "1s"),
                    Map.entry("switchboard.limits.outbound-bytes", "4M"),
                    Map.entry("switchboard.limits.outbound-bytes-total", "6M"));
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    ConnectionLimits limits;

    private final List<RawWebSocket> sockets = new ArrayList<>();

    @AfterEach
    void everybodyIsGone() {
        sockets.forEach(RawWebSocket::close);
        gateway.awaitOpen(0);
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 0);
        assertThat(limits.unauthenticated()).isZero();
        assertThat(limits.addresses()).isZero();
    }

    private int upgrade(String from, String... headers) throws Exception {
        RawWebSocket socket = RawWebSocket.connect(gateway.port(), from, 0);
        sockets.add(socket);
        return socket.handshake("/ws/event", headers);
    }

    private RawWebSocket signedIn(String from, String user) throws Exception {
        int before = limits.unauthenticated();
        assertThat(upgrade(from)).isEqualTo(101);
        RawWebSocket socket = sockets.getLast();
        socket.sendText(Gateway.subscribe(gateway.token(user, "ws")));
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.unauthenticated() == before);
        return socket;
    }

    // Who asks

    @Test
    void addressesBehindATrustedProxyAreCountedApart() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(upgrade("127.0.0.2", "X-Forwarded-For: 6.6.6." + i + ", 1.2.3.4"))
                    .isEqualTo(101);
        }
        assertThat(upgrade("127.0.3.9", "Forwarded: for=\"1.2.3.4:99\"")).isEqualTo(429);
        assertThat(upgrade("127.0.0.2", "X-Forwarded-For: 1.2.3.5")).isEqualTo(101);
    }

    @Test
    void whatOthersSayOfThemselvesCountsNothing() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(upgrade("127.0.0.4", "X-Forwarded-For: 1.2.3." + i)).isEqualTo(101);
        }
        assertThat(upgrade("127.0.0.4", "X-Forwarded-For: 1.2.3.9", "Forwarded: for=1.2.3.10"))
                .isEqualTo(429);
    }

    @Test
    void aProxyThatCannotBeUnderstoodIsRefused() throws Exception {
        double before = gateway.figure("switchboard.upgrades.refused", "reason", "forwarded");
        assertThat(upgrade("127.0.0.2", "X-Forwarded-For: nonsense")).isEqualTo(400);
        assertThat(upgrade("127.0.0.2", "Forwarded: for=1.2.3.4", "X-Forwarded-For: 5.6.7.8"))
                .isEqualTo(400);
        assertThat(gateway.figure("switchboard.upgrades.refused", "reason", "forwarded") - before)
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.2,https://a.example,a.example,https,101",
        "127.0.0.2,http://a.example,a.example,https,403",
        "127.0.0.2,https://evil.example,a.example,https,403",
        "127.0.0.2,http://127.0.0.1,a.example,http,403",
        "127.0.0.4,https://a.example,a.example,https,403",
        "127.0.0.4,http://127.0.0.1,a.example,https,101",
    })
    void theHostOfATrustedProxyCountsForOrigins(String from, String origin, String host, String scheme, int status)
            throws Exception {
        assertThat(upgrade(
                        from,
                        "Origin: " + origin,
                        "X-Forwarded-For: 1.2.3.4",
                        "X-Forwarded-Host: " + host,
                        "X-Forwarded-Proto: " + scheme))
                .isEqualTo(status);
    }

    // Connections that are not signed in

    @Test
    void aCrowdThatNeverSignsInLeavesThePlacesOfThoseWhoDo() throws Exception {
        RawWebSocket alice = signedIn("127.0.1.1", "alice");
        RawWebSocket bob = signedIn("127.0.1.2", "bob");
        for (int i = 0; i < 4; i++) {
            assertThat(upgrade("127.0.2." + i)).isEqualTo(101);
        }
        RawWebSocket first = sockets.get(2);
        double before = gateway.figure("switchboard.upgrades.refused", "reason", "connections_unauthenticated");
        assertThat(upgrade("127.0.1.3")).isEqualTo(503);
        assertThat(gateway.figure("switchboard.upgrades.refused", "reason", "connections_unauthenticated") - before)
                .isEqualTo(1);
        gateway.publish("tree", Gateway.created("x", "ws"));
        assertThat(Gateway.path(alice.readText())).isEqualTo("ws/x");
        assertThat(Gateway.path(bob.readText())).isEqualTo("ws/x");
        // Who signs out needs such a place again.
        bob.sendText("{\"@type\":\"unsubscribe\"}");
        List<RawWebSocket.Frame> frames = bob.readToClose();
        assertThat(frames.getFirst().text()).contains("too many connections wait");
        assertThat(frames.getLast().closeCode()).isEqualTo(1013);
        // Who signs in gives one back.
        first.sendText(Gateway.subscribe(gateway.token("carol", "ws")));
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.unauthenticated() == 3);
        alice.sendText("{\"@type\":\"unsubscribe\"}");
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.unauthenticated() == 4);
        assertThat(upgrade("127.0.1.3")).isEqualTo(503);
        alice.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.unauthenticated() == 3);
        assertThat(upgrade("127.0.1.3")).isEqualTo(101);
    }

    // What one client may send

    @Test
    void aMessageMayComeInSoManyPiecesAndNoMore() throws Exception {
        RawWebSocket socket = signedIn("127.0.1.1", "alice");
        socket.send(frame(TEXT, "{}".getBytes(StandardCharsets.US_ASCII)));
        for (int i = 2; i < FRAGMENTS; i++) {
            socket.send(frame(CONTINUATION, new byte[0]));
        }
        socket.send(frame(FIN | CONTINUATION, new byte[0]));
        socket.send(frame(TEXT, new byte[0]));
        for (int i = 2; i <= FRAGMENTS; i++) {
            socket.send(frame(CONTINUATION, new byte[0]));
        }
        socket.send(frame(FIN | PING, new byte[0]));
        assertThat(socket.read().opcode()).as("just at the bound").isEqualTo(PONG);
        socket.send(frame(CONTINUATION, new byte[0]));
        assertThat(socket.readText()).contains("too big");
        assertThat(socket.read().closeCode()).isEqualTo(1009);
    }

    @Test
    void aFrameMayBeSoLargeThoughAMessageMayBeLarger() throws Exception {
        RawWebSocket socket = signedIn("127.0.1.1", "alice");
        byte[] blanks = " ".repeat(FRAME).getBytes(StandardCharsets.US_ASCII);
        socket.send(frame(TEXT, blanks));
        socket.send(frame(CONTINUATION, blanks));
        socket.send(frame(FIN | CONTINUATION, "{}".getBytes(StandardCharsets.US_ASCII)));
        socket.send(frame(FIN | PING, new byte[0]));
        assertThat(socket.read().opcode()).isEqualTo(PONG);
        socket.send(RawWebSocket.headOnly(FIN | TEXT, FRAME + 1));
        assertThat(socket.readText()).contains("too big");
        assertThat(socket.read().closeCode()).isEqualTo(1009);
    }

    /** They are all taken, in their time: the others do not wait, and the client is not closed. */
    @Test
    void whoSendsTooFastIsReadFromMoreSlowly() throws Exception {
        RawWebSocket alice = signedIn("127.0.1.1", "alice");
        RawWebSocket flooder = signedIn("127.0.1.2", "mallory");
        byte[] ignored = ("{\"@type\":\"unknown\"" + " ".repeat(1_000) + "}").getBytes(StandardCharsets.US_ASCII);
        int frames = 300;
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int i = 0; i < frames; i++) {
            flood.writeBytes(frame(FIN | TEXT, ignored));
        }
        flood.writeBytes(frame(FIN | PING, new byte[] {7}));
        long began = System.nanoTime();
        flooder.send(flood.toByteArray());
        for (int i = 0; i < 20; i++) {
            gateway.publish("tree", Gateway.created("event-" + i, "ws"));
            assertThat(Gateway.path(alice.readText())).isEqualTo("ws/event-" + i);
        }
        RawWebSocket.Frame frame = flooder.read();
        while (frame.opcode() != PONG) {
            frame = flooder.read();
        }
        assertThat(frame.payload()).containsExactly(7);
        // The last read of at most 64 KiB is handled at once.
        long least = 1000L * (frames - BURST - 65) / PER_SECOND;
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(least));
        gateway.publish("tree", Gateway.created("after", "ws"));
        assertThat(Gateway.path(alice.readText())).isEqualTo("ws/after");
        String text = flooder.readText();
        while (!Gateway.path(text).equals("ws/after")) {
            text = flooder.readText();
        }
    }

    /** CVE-2026-87742: whatever somebody sends, it waits in the system's own buffers and with the sender. */
    @Test
    void aFloodIsNotTakenIn() throws Exception {
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            thousand.writeBytes(RawWebSocket.text("{\"@type\":\"x\"}" + " ".repeat(100)));
        }
        byte[] bytes = thousand.toByteArray();
        int chunks = 500; // 60 MB
        AtomicInteger sent = new AtomicInteger();
        RawWebSocket alice = signedIn("127.0.1.1", "alice");
        RawWebSocket flooder = signedIn("127.0.1.2", "mallory");
        CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> {
            try {
                while (sent.get() < chunks) {
                    flooder.send(bytes);
                    sent.incrementAndGet();
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        AtomicInteger last = new AtomicInteger(-1);
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    gateway.publish("tree", Gateway.created("event", "ws"));
                    assertThat(Gateway.path(alice.readText())).isEqualTo("ws/event");
                    int now = sent.get();
                    return last.getAndSet(now) == now;
                });
        assertThat(flood).isNotDone();
        assertThat(sent.get()).isLessThan(chunks / 2);
        gateway.awaitSignedIn(2);
    }

    // Requests that never end

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /ws/event HTTP/1.1|Host: 127.0.0.1|",
                "GET /q/health/live HTTP/1.1|Host: 127.0.0.1||GET /",
                "POST /api/v1/events/tree HTTP/1.1|Host: 127.0.0.1|Content-Type: application/json|Content-Length: 9999||",
                "POST /api/v1/events/tree HTTP/1.1|Host: 127.0.0.1|Transfer-Encoding: chunked||fff|",
            })
    void aRequestThatDripsInIsCutThoughItIsNeverSilent(String begin) throws Exception {
        double before = gateway.figure("switchboard.requests.cut");
        ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
        try (RawWebSocket slow = RawWebSocket.connect(gateway.port())) {
            slow.send(begin.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
            if (!begin.isEmpty()) {
                var _ = drip.scheduleAtFixedRate(() -> sendQuietly(slow), 50, 50, TimeUnit.MILLISECONDS);
            }
            slow.awaitEnd();
        } finally {
            drip.shutdownNow();
        }
        assertThat(gateway.figure("switchboard.requests.cut") - before).isEqualTo(1);
    }

    private static void sendQuietly(RawWebSocket client) {
        try {
            client.send(new byte[] {'x'});
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whoSendsWholeRequestsOrHasASocketIsNotCut() throws Exception {
        double before = gateway.figure("switchboard.requests.cut");
        RawWebSocket alice = signedIn("127.0.1.1", "alice");
        byte[] request = "GET /q/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RawWebSocket keptAlive = RawWebSocket.connect(gateway.port());
                RawWebSocket slow = RawWebSocket.connect(gateway.port())) {
            keptAlive.send(request);
            assertThat(keptAlive.readStatus()).isEqualTo(200);
            keptAlive.skipBody();
            // One that is cut, and another: longer than anybody else may take.
            slow.awaitEnd();
            try (RawWebSocket next = RawWebSocket.connect(gateway.port())) {
                next.awaitEnd();
            }
            keptAlive.send(request);
            assertThat(keptAlive.readStatus()).isEqualTo(200);
        }
        gateway.publish("tree", Gateway.created("x", "ws"));
        assertThat(Gateway.path(alice.readText())).isEqualTo("ws/x");
        assertThat(gateway.figure("switchboard.requests.cut") - before).isEqualTo(2);
    }

    // The sum of what waits

    @Test
    void theFullestIsClosedWhenTooMuchWaitsForAllTogether() throws Exception {
        double before = gateway.figure("switchboard.closes", "reason", "slow_consumer");
        String filling = "x".repeat(100_000);
        RawWebSocket alice = signedIn("127.0.1.1", "alice");
        for (int i = 0; i < 3; i++) {
            RawWebSocket stuck = RawWebSocket.connect(gateway.port(), "127.0.2." + i, 4096);
            sockets.add(stuck);
            assertThat(stuck.handshake("/ws/event")).isEqualTo(101);
            stuck.sendText(Gateway.subscribe(
                    gateway.token("stuck-" + i, i == 0 ? new String[] {"ws", "ws-2"} : new String[] {"ws"})));
            gateway.awaitSignedIn(i + 2);
        }
        double most = 0;
        int events = 0;
        JsonObject event = Gateway.created("x", "ws", "ws-2");
        event.getJsonObject("Target").put("MetaStore", new JsonObject().put("filling", "\"" + filling + "\""));
        while (gateway.figure("switchboard.closes", "reason", "slow_consumer") == before) {
            assertThat(events++).as("the bound is never reached").isLessThan(500);
            gateway.publish("tree", event);
            assertThat(Gateway.path(alice.readText())).isEqualTo("ws/x");
            most = Math.max(most, gateway.figure("switchboard.outbound.bytes"));
        }
        assertThat(most).isBetween(4e6, 8e6);
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.figure("switchboard.outbound.bytes") < 6 << 20);
        // On one loop it is the fullest; others with more than their share may act in the same instant.
        assertThat(gateway.figure("switchboard.closes", "reason", "slow_consumer") - before)
                .isBetween(1.0, 2.0);
        gateway.publish("tree", Gateway.created("after", "ws"));
        assertThat(Gateway.path(alice.readText())).isEqualTo("ws/after");
    }
}
