package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.dev.DevelopmentKeyPair;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped, started as it is in production. */
class PackagedServerIT {
    private static final int SESSIONS = 200;

    @TempDir
    Path folder;

    private String token(String user, List<Object> workspaces) throws IOException {
        return DevelopmentToken.of(user, workspaces, List.of("publisher"), Duration.ofMinutes(5))
                .sign(PackagedServer.key(folder));
    }

    @Test
    void nothingOfTheDevProfileIsServed() throws Exception {
        try (PackagedServer server = PackagedServer.ready(folder)) {
            for (String path : List.of(
                    "/",
                    "/index.html",
                    "/dev",
                    "/dev/",
                    "/dev/info",
                    "/dev/token",
                    "/dev/page.js",
                    "/q/openapi",
                    "/q/swagger-ui",
                    "/q/swagger-ui/")) {
                assertThat(server.get(path)).as(path).isEqualTo(404);
                assertThat(server.post(path, "", "{\"user\":\"alice\"}"))
                        .as(path)
                        .isEqualTo(404);
            }
            for (String path : List.of("/q/health", "/q/health/live", "/q/health/ready", "/q/metrics")) {
                assertThat(server.get(path)).as(path).isEqualTo(200);
            }
            // however the path is written: the HTTP client of the JDK would tidy it up
            for (String path : List.of(
                    "//dev",
                    "/dev;x",
                    "/%64ev/info",
                    "/q/../dev/info",
                    "/ws/../dev/info",
                    "/dev%2finfo",
                    "/DEV/info",
                    "/q/dev",
                    "/q/dev/",
                    "/q/dev-ui",
                    "/q/dev-ui/",
                    "//q/dev-ui/",
                    "/q/%64ev-ui/",
                    "/q/health/../dev-ui/",
                    "/q/swagger-ui",
                    "/q/arc",
                    "/q/arc/beans")) {
                try (RawWebSocket socket = RawWebSocket.connect(server.port())) {
                    socket.send(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    assertThat(socket.readStatus()).as(path).isEqualTo(404);
                }
            }
            assertThat(server.post("/api/v1/events/tree", "", "{}")).isEqualTo(401);
            server.terminate();
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
        }
    }

    /** In production the log is for machines: one object a line, from the first to the last. */
    @Test
    void everyLineOfTheLogIsJson() throws Exception {
        List<String> lines;
        try (PackagedServer server = PackagedServer.ready(folder, "switchboard.origins=*")) {
            String token = token("alice", List.of("ws"));
            try (RawWebSocket socket = RawWebSocket.open(server.port(), "/ws/event")) {
                socket.sendText(Gateway.subscribe(token));
                assertThat(server.post("/api/v1/events/job", token, "{}")).isEqualTo(400);
                server.terminate();
                socket.readToClose();
            }
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
            lines = server.output().lines().toList();
            assertThat(server.output())
                    .doesNotContain(token.substring(token.lastIndexOf('.') + 1))
                    .doesNotContain("alice");
        }

        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> entries = new ArrayList<>();
        for (String line : lines) {
            JsonNode entry = mapper.readTree(line);
            assertThat(entry.path("level").asText()).as(line).isIn("INFO", "WARN");
            for (String field : List.of("timestamp", "loggerName", "message", "threadName")) {
                assertThat(entry.path(field).asText())
                        .as("%s of %s", field, line)
                        .isNotEmpty();
            }
            entries.add(entry);
        }
        assertThat(entries).anySatisfy(entry -> {
            assertThat(entry.path("level").asText()).isEqualTo("WARN");
            assertThat(entry.path("message").asText()).startsWith("settings check=every-origin");
            assertThat(entry.at("/fields/check").asText()).isEqualTo("every-origin");
        });
        assertThat(entries).anySatisfy(entry -> {
            assertThat(entry.path("message").asText()).startsWith("sessions told to go away");
            assertThat(entry.at("/fields/count").asInt()).isEqualTo(1);
        });
    }

    @Test
    void healthAndMetricsCanHaveAPortOfTheirOwn() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (PackagedServer server = PackagedServer.ready(
                folder,
                port,
                "switchboard.management.own-port=true",
                "quarkus.management.host=127.0.0.1",
                "quarkus.management.port=" + port)) {
            for (String path : List.of("/q/health", "/q/metrics", "/q/openapi", "/q/swagger-ui")) {
                assertThat(server.get(path)).as(path).isEqualTo(404);
            }
            server.terminate();
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
        }
    }

    @Test
    void withoutAKeyItDoesNotStartAndSaysWhy() throws Exception {
        try (PackagedServer server = PackagedServer.start(folder)) {
            assertThat(server.awaitExit(Duration.ofSeconds(60))).isNotIn(0, 143);
            assertThat(server.output()).contains("mp.jwt.verify.publickey.location");
        }
    }

    @Test
    void aSettingThatDoesNotExistFailsTheStartAndIsNamed() throws Exception {
        try (PackagedServer server = PackagedServer.start(folder, "switchboard.foo=1")) {
            assertThat(server.awaitExit(Duration.ofSeconds(60))).isNotIn(0, 143);
            assertThat(server.output()).contains("switchboard.foo");
        }
    }

    @Test
    void noTokenIsLoggedAtTheLevelsThatAnOperatorCanSet() throws Exception {
        try (PackagedServer server = PackagedServer.ready(
                folder,
                "quarkus.log.level=TRACE",
                "quarkus.log.console.level=TRACE",
                "quarkus.log.category.\"io.vertx.core.http.impl\".level=TRACE",
                "quarkus.log.category.\"io.vertx.ext.web.impl\".level=TRACE")) {
            String token = token("alice", List.of("ws"));
            try (RawWebSocket socket = RawWebSocket.connect(server.port())) {
                assertThat(socket.handshake("/ws", "Bad Header " + token + ": x"))
                        .isEqualTo(400);
            }
            try (RawWebSocket socket = RawWebSocket.open(server.port(), "/ws?token=" + token)) {
                assertThat(socket.readText()).contains("connected");
            }
            try (RawWebSocket socket =
                    RawWebSocket.open(server.port(), "/ws", "Sec-WebSocket-Protocol: access_token." + token)) {
                assertThat(socket.readText()).contains("connected");
            }
            try (RawWebSocket socket = RawWebSocket.open(server.port(), "/ws/event")) {
                socket.sendText(Gateway.subscribe(token));
                socket.sendText("no JSON");
                socket.readToClose();
            }
            assertThat(server.post("/api/v1/events/job", token, "{}")).isEqualTo(400);
            assertThat(server.output())
                    .contains("DEBUG")
                    .doesNotContain(token.substring(token.lastIndexOf('.') + 1))
                    .doesNotContain(token.split("\\.", -1)[1]);
        }
    }

    @Test
    void stoppedUnderLoadItTellsEveryClientToGoAwayAndLosesNothingInBetween() throws Exception {
        AtomicInteger published = new AtomicInteger();
        try (PackagedServer server = PackagedServer.ready(folder);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String reader = token("reader", List.of("ws"));
            String publisher = token("publisher", List.of());
            List<RawWebSocket> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                RawWebSocket client = RawWebSocket.open(server.port(), "/ws/event");
                client.sendText(Gateway.subscribe(reader));
                clients.add(client);
            }
            // Does not answer the close frame before publishing was refused, so that the server is still there to
            // refuse it.
            RawWebSocket hesitant = RawWebSocket.open(server.port(), "/ws/event");
            hesitant.sendText(Gateway.subscribe(reader));
            CompletableFuture<Integer> load = CompletableFuture.supplyAsync(
                    () -> {
                        while (true) {
                            String event = Gateway.created("event-" + published.get(), "ws")
                                    .encode();
                            int status = server.post("/api/v1/events/tree", publisher, event);
                            if (status != 202) {
                                return status;
                            }
                            published.incrementAndGet();
                        }
                    },
                    threads);
            CompletableFuture<Void> allReceive = new CompletableFuture<>();
            AtomicInteger receiving = new AtomicInteger();
            List<CompletableFuture<Received>> received = new ArrayList<>();
            for (RawWebSocket client : clients) {
                received.add(CompletableFuture.supplyAsync(
                        () -> receive(client, () -> {
                            if (receiving.incrementAndGet() == SESSIONS) {
                                allReceive.complete(null);
                            }
                        }),
                        threads));
            }
            allReceive.get(60, TimeUnit.SECONDS);
            server.terminate();
            assertThat(load.get(20, TimeUnit.SECONDS)).isEqualTo(503);
            hesitant.close();
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
            int least = Integer.MAX_VALUE;
            int most = 0;
            for (CompletableFuture<Received> one : received) {
                Received client = one.get(20, TimeUnit.SECONDS);
                assertThat(client.inOrder()).isTrue();
                assertThat(client.closeCode()).isEqualTo(1001);
                least = Math.min(least, client.last());
                most = Math.max(most, client.last());
            }
            // What was accepted before the end reached everybody; the very last may have met closing sockets.
            assertThat(most).isGreaterThanOrEqualTo(1);
            assertThat(least).as("of %d published", published.get()).isGreaterThanOrEqualTo(most - 5);
            clients.forEach(RawWebSocket::close);
        }
    }

    /** What Kubernetes does to one of several. */
    @Test
    void overAWindowEachLeavesAtTheMomentThatItWasToldAndTheProcessEndsInTime() throws Exception {
        int window = 3;
        List<RealtimeClient> clients = new ArrayList<>();
        try (PackagedServer server = PackagedServer.ready(
                        folder, "switchboard.drain.window=" + window + "s", "switchboard.drain.grace-period=23s");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(RealtimeClient.of(
                        RawWebSocket.open(server.port(), "/ws?token=" + token("user-" + i, List.of())), _ -> {}));
            }
            List<CompletableFuture<long[]>> ends = clients.stream()
                    .map(client -> CompletableFuture.supplyAsync(() -> moments(client), threads))
                    .toList();
            server.terminate();
            int early = 0;
            for (CompletableFuture<long[]> end : ends) {
                long[] moments = end.get(30, TimeUnit.SECONDS);
                assertThat(moments[0]).isBetween(0L, window * 1_000L);
                assertThat(moments[1]).isBetween(moments[0] - 1_000, moments[0] + 1_000);
                early += moments[0] < window * 500L ? 1 : 0;
            }
            assertThat(early).isBetween(SESSIONS / 2 - 10, SESSIONS / 2 + 10);
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
            assertThat(server.output()).contains("sessions leave count=" + SESSIONS);
        } finally {
            clients.forEach(RealtimeClient::close);
        }
    }

    /** After how many milliseconds it was to be closed, and was. */
    private static long[] moments(RealtimeClient client) {
        try {
            long told = client.status("draining").getLong("reconnect_after_ms");
            long begun = System.nanoTime();
            assertThat(client.toClose()).containsExactly("1001");
            return new long[] {told, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aWindowThatWouldBeCutOffFailsTheStart() throws Exception {
        DevelopmentKeyPair.create(folder);
        try (PackagedServer server = PackagedServer.start(
                folder,
                "mp.jwt.verify.publickey.location="
                        + folder.resolve(DevelopmentKeyPair.PUBLIC_FILE).toUri(),
                "switchboard.drain.window=20s",
                "switchboard.drain.grace-period=40s",
                "quarkus.shutdown.timeout=5s")) {
            assertThat(server.awaitExit(Duration.ofSeconds(60))).isNotIn(0, 143);
            assertThat(server.output()).contains("switchboard.drain.grace-period must be 45 s or longer");
        }
    }

    @Test
    void whatIsHeldForMergingIsDeliveredBeforeTheEnd() throws Exception {
        try (PackagedServer server = PackagedServer.ready(
                        folder, "switchboard.tree.quiet-window=1h", "switchboard.tree.max-hold=1h");
                RawWebSocket client = RawWebSocket.open(server.port(), "/ws/event")) {
            client.sendText(Gateway.subscribe(token("reader", List.of("ws"))));
            String publisher = token("publisher", List.of());
            // A deletion passes at once, so when one arrives the reader is signed in.
            JsonObject gone = new JsonObject()
                    .put("Type", "DELETE")
                    .put("Source", Gateway.created("gone", "ws").getJsonObject("Target"));
            CompletableFuture<String> signedIn = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.readText();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            while (!signedIn.isDone()) {
                assertThat(server.post("/api/v1/events/tree", publisher, gone.encode()))
                        .isEqualTo(202);
            }
            assertThat(server.post(
                            "/api/v1/events/tree",
                            publisher,
                            Gateway.created("held", "ws").encode()))
                    .isEqualTo(202);
            server.terminate();

            RawWebSocket.Frame frame = client.read();
            while (frame.opcode() != RawWebSocket.CLOSE && frame.text().contains("DELETE")) {
                frame = client.read();
            }
            assertThat(Gateway.path(frame.text())).isEqualTo("ws/held");
            frame = client.read();
            assertThat(frame.opcode()).isEqualTo(RawWebSocket.CLOSE);
            assertThat(frame.closeCode()).isEqualTo(1001);
            client.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, frame.payload()));
            assertThat(server.awaitExit(Duration.ofSeconds(10))).isIn(0, 143);
        }
    }

    private record Received(int last, boolean inOrder, int closeCode) {}

    private static Received receive(RawWebSocket client, Runnable first) {
        int last = -1;
        boolean inOrder = true;
        try {
            while (true) {
                RawWebSocket.Frame frame = client.read();
                if (frame.opcode() == RawWebSocket.PING) {
                    client.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PONG, frame.payload()));
                    continue;
                }
                if (frame.opcode() == RawWebSocket.CLOSE) {
                    client.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, frame.payload()));
                    return new Received(last, inOrder, frame.closeCode());
                }
                String path = Gateway.path(frame.text());
                int number = Integer.parseInt(path.substring(path.lastIndexOf('-') + 1));
                if (last < 0) {
                    first.run();
                } else {
                    inOrder &= number == last + 1;
                }
                last = number;
            }
        } catch (IOException e) {
            return new Received(last, inOrder, -1);
        }
    }
}
