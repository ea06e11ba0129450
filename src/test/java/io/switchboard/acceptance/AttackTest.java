package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ways in that are none: paths in disguise, requests of hostile sizes, floods of upgrades.
 *
 * <p>Known weaknesses of the platform, and the tests that keep them shut: inbound frames without a bound (CVE-2026-87742) in
 * {@link FaultsTest} and TightLimitsTest; paths written in other ways (CVE-2026-87743, CVE-2026-50559) here and in
 * {@link PackagedServerIT}; decompression (CVE-2026-102467, CVE-2026-93558) in DetectionTest and FramesTest, where offers are
 * not taken up and a compressed frame is refused; keys of a load balancer (CVE-2026-81829) in ArchitectureTest.
 */
@QuarkusTest
class AttackTest {
    private static final int KIB = 1024;

    @Inject
    Gateway gateway;

    @Inject
    ConnectionLimits limits;

    @AfterEach
    void nothingIsLeft() {
        gateway.awaitOpen(0);
        await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 0);
        assertThat(limits.unauthenticated()).isZero();
    }

    private int upgrade(String target, String... headers) throws IOException {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            return socket.handshake(target, headers);
        }
    }

    private void assertServed() throws IOException {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            gateway.publish("tree", Gateway.created("x", "ws"));
            assertThat(Gateway.path(alice.readText())).isEqualTo("ws/x");
        }
    }

    // Paths (CVE-2026-87743, CVE-2026-50559)

    /** The gate stands before the endpoint, not before a path: however the path is written, it is asked. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ws",
                "/ws/",
                "//ws",
                "/ws//",
                "/ws%2f",
                "/ws%2F",
                "/ws;x",
                "/ws;a=b",
                "/ws;/event",
                "/WS",
                "/%77s",
                "/ws%00",
                "/ws%20",
                "/./ws",
                "/q/../ws",
                "/q/%2e%2e/ws",
                "/q/..%2fws",
                "/..;/ws",
                "/x/..;/ws",
                "/ws/event/",
                "/ws//event",
                "/ws/./event",
                "/ws/%2e/event",
                "/ws/../ws/event",
                "/ws/../event",
                "/ws\\event",
                "/event/",
                "//event",
                "/%65vent",
                "/ws?x=/q/health",
                "/q/health/../../ws",
                "/api/v1/events/../../../ws",
                "http://127.0.0.1/ws",
                "http://evil.example/ws",
                "/q/metrics",
                "/q/health",
            })
    void noWayOfWritingAPathLeadsPastTheGate(String target) throws Exception {
        assertThat(upgrade(target, "Origin: https://evil.example")).isNotEqualTo(101);
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            if (socket.handshake(target) == 101) {
                gateway.awaitOpen(1);
                assertThat(limits.connections()).as("it holds a place").isEqualTo(1);
                assertThat(limits.unauthenticated()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/events/tree",
                "/api/v1/events/tree/",
                "//api/v1/events/tree",
                "/api//v1/events/tree",
                "/api/v1/events/tree;x",
                "/api/v1/events;x/tree",
                "/q/../api/v1/events/tree",
                "/%61pi/v1/events/tree",
                "/ws/../api/v1/events/tree",
            })
    void nobodyPublishesWithoutAToken(String target) throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            String body = Gateway.created("forged", "ws").encode();
            socket.send(("POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.readStatus()).isBetween(400, 499);
            gateway.publish("tree", Gateway.created("genuine", "ws"));
            assertThat(Gateway.path(alice.readText())).isEqualTo("ws/genuine");
        }
    }

    // Handshakes

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /ws HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Connection: keep-alive|Upgrade: websocket|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Connection: notupgrade|Upgrade: websocket|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Upgrade: websocket|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Connection: Upgrade|Upgrade: h2c|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Connection: Upgrade|Sec-WebSocket-Version: 13",
                "GET /ws HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 8",
                "GET /ws HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 0",
                "GET /ws HTTP/1.1|Connection: Upgrade|Upgrade: websocket",
                "GET /ws HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Host: evil.example",
            })
    void aHandshakeThatIsNotOneIsRefusedAndKeepsNothing(String lines) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            List<String> all = new ArrayList<>(List.of(lines.split("\\|")));
            all.add(1, "Host: 127.0.0.1");
            all.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            socket.send((String.join("\r\n", all) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.readStatus()).isIn(400, 426);
            assertThat(limits.connections()).isZero();
            socket.awaitEnd();
        }
    }

    @Test
    void whoIsRefusedDoesNotKeepTheConnection() throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws/event", "Origin: https://evil.example"))
                    .isEqualTo(403);
            socket.awaitEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/ws/event", "/event"})
    void aRequestThatIsNoUpgradeIsToldSo(String path) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            socket.send(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.readStatus()).isEqualTo(426);
            assertThat(socket.header("Upgrade")).contains("websocket");
        }
    }

    // Sizes

    @Test
    void aTokenOfTwelveKibibytesFitsIntoTheQueryAndIntoAHeader() throws Exception {
        String[] workspaces = IntStream.range(0, 220)
                .mapToObj(i -> "workspace-" + i + "-" + "x".repeat(30))
                .toArray(String[]::new);
        String token = gateway.token("alice", workspaces);
        assertThat(token.length()).isGreaterThan(12 * KIB);
        for (RawWebSocket socket : List.of(
                RawWebSocket.open(gateway.port(), "/ws?token=" + token),
                RawWebSocket.open(gateway.port(), "/ws", "Authorization: Bearer " + token))) {
            assertThat(socket.readText()).contains("connected");
            socket.close();
        }
    }

    @Test
    void aTokenOfTwelveKibibytesFitsIntoASubscription() throws Exception {
        // long claims, and everything a front end sends beside
        String[] workspaces = IntStream.range(0, 220)
                .mapToObj(i -> "workspace-" + i + "-" + "x".repeat(30))
                .toArray(String[]::new);
        assertThat(gateway.token("alice", workspaces).length()).isGreaterThan(12 * KIB);
        try (RawWebSocket alice = gateway.signedIn("alice", workspaces)) {
            gateway.publish("tree", Gateway.created("x", workspaces[219]));
            assertThat(Gateway.path(alice.readText())).endsWith("/x");
        }
    }

    private static String headers(int count, int size) {
        return IntStream.range(0, count)
                .mapToObj(i -> "X-H" + i + ": " + "x".repeat(size))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    /** Whether it is told or cut off while it still talks: it does not get far, and it ends. */
    private void assertRefused(String request, Integer... statuses) throws IOException {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            int status = 0;
            try {
                socket.send(request.getBytes(StandardCharsets.ISO_8859_1));
                status = socket.readStatus();
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException _) {
                // The server closed before everything was written, and the answer got lost.
            }
            if (status != 0) {
                assertThat(status).isIn((Object[]) statuses);
            }
            socket.awaitEnd();
        }
        assertServed();
    }

    @Test
    void aRequestLineThatIsTooLongIsRefused() throws Exception {
        assertThat(upgrade("/ws?x=" + "x".repeat(17 * KIB))).isEqualTo(414);
        assertRefused("GET /ws?token=" + "x".repeat(16 * KIB * KIB), 414);
        assertRefused("G".repeat(KIB * KIB), 400, 414);
    }

    @Test
    void headersThatAreTooLongAreRefused() throws Exception {
        String begin = "GET /ws/event HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        assertThat(upgrade("/ws/event", "X-Long: " + "x".repeat(33 * KIB))).isEqualTo(431);
        assertRefused(begin + headers(1, 16 * KIB * KIB), 431);
        assertRefused(begin + headers(20_000, 10), 431);
        assertRefused(begin + headers(100_000, 0), 431);
    }

    @Test
    void headersAndQueriesWithinTheBoundsDoNoHarmWhateverTheyHold() throws Exception {
        String many = IntStream.range(0, 2_000).mapToObj(i -> "a" + i + "=").collect(Collectors.joining("&"));
        assertThat(upgrade("/ws?" + many)).isEqualTo(101);
        assertThat(upgrade("/ws?" + "token=&".repeat(2_000))).isEqualTo(101);
        assertThat(upgrade("/ws?" + "&".repeat(16_000))).isEqualTo(101);
        assertThat(upgrade("/ws/event", "Sec-WebSocket-Protocol: " + "a,".repeat(10_000)))
                .isEqualTo(101);
        assertThat(upgrade("/ws/event", "Sec-WebSocket-Extensions: " + "a;b=c,".repeat(4_000)))
                .isEqualTo(101);
        assertThat(upgrade("/ws/event", "Connection: " + "a,".repeat(10_000))).isEqualTo(101);
        assertThat(upgrade("/ws/event", "Forwarded: " + "for=\"".repeat(5_000))).isEqualTo(101);
        gateway.awaitOpen(0);
        assertServed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"token=%zz", "token=%", "%=1", "protocol=%e0%a", "token=%u0041"})
    void aQueryThatCannotBeDecodedIs400(String query) throws Exception {
        assertThat(upgrade("/ws?" + query)).isEqualTo(400);
    }

    @Test
    void headersWithForbiddenCharactersAreRefused() throws Exception {
        for (String header : List.of("X-A: a\0b", "X A: b", "X-A : b", "X\u00e4: b")) {
            assertThat(upgrade("/ws/event", header)).as(header).isEqualTo(400);
        }
        assertServed();
    }

    @Test
    void aChunkedBodyAboveTheMaximumIs413AndEnds() throws Exception {
        String head = "POST /api/v1/events/tree HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                + gateway.token("service") + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        byte[] chunk = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            socket.send(head.getBytes(StandardCharsets.US_ASCII));
            int sent = 0;
            try {
                while (sent < 2_000) {
                    socket.send(chunk);
                    sent++;
                    if (socket.readable()) {
                        break;
                    }
                }
            } catch (IOException _) {
                // closed already
            }
            assertThat(sent).as("chunks of 64 KiB; 10 MiB are allowed").isBetween(150, 1_000);
            if (socket.readable()) {
                assertThat(socket.readStatus()).isEqualTo(413);
            }
            socket.awaitEnd();
        }
        assertServed();
    }

    // Floods

    @Test
    void aFloodOfUpgradesLeavesNothingBehind() throws Exception {
        int threads = 4;
        int each = 750;
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        assertServed();
        gateway.awaitOpen(0);
        long files = system.getOpenFileDescriptorCount();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads);
                RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            List<Future<?>> floods = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                floods.add(executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        switch (i % 5) {
                            case 0 ->
                                assertThat(upgrade("/ws/event", "Origin: https://evil.example"))
                                        .isEqualTo(403);
                            case 1 -> assertThat(upgrade("/ws?protocol=none")).isEqualTo(400);
                            case 2 -> assertThat(upgrade("/nowhere")).isEqualTo(404);
                            case 3 -> assertThat(upgrade("/ws")).isEqualTo(101);
                            default -> {
                                // does not wait for the answer
                                try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
                                    socket.send(RawWebSocket.request("/ws").getBytes(StandardCharsets.US_ASCII));
                                }
                            }
                        }
                    }
                    return null;
                }));
            }
            int events = 0;
            while (!floods.stream().allMatch(Future::isDone)) {
                gateway.publish("tree", Gateway.created("event-" + events, "ws"));
                assertThat(Gateway.path(alice.readText())).isEqualTo("ws/event-" + events);
                events++;
            }
            for (Future<?> flood : floods) {
                flood.get(1, TimeUnit.SECONDS);
            }
            gateway.awaitOpen(1);
            await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 1);
            assertThat(limits.unauthenticated()).isZero();
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> system.getOpenFileDescriptorCount() <= files + 10);
    }
}
