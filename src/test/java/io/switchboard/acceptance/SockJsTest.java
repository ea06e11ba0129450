package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.RawHttp;
import io.switchboard.testing.RawHttp.Answer;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** STOMP inside SockJS, over every transport, against the started service. */
@QuarkusTest
@TestProfile(SockJsTest.Impatient.class)
class SockJsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String LISTED = "https://files.example.org";
    private static final int OUTBOUND = 128 * 1024;

    /** HTTP connections end soon, unless something is said on them. */
    public static class Impatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.origins", LISTED,
                    "switchboard.sockjs.disconnect-delay", "1s",
                    "switchboard.sockjs.heartbeat", "400ms",
                    "switchboard.limits.request-timeout", "1s",
                    "switchboard.limits.outbound-bytes", Integer.toString(OUTBOUND),
                    "quarkus.http.idle-timeout", "1S");
        }
    }

    enum Kind {
        WEBSOCKET,
        XHR,
        XHR_STREAMING,
        EVENTSOURCE;

        private String path() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    ConnectionLimits limits;

    private final String own = UUID.randomUUID().toString();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void everybodyIsGone() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        gateway.awaitOpen(0);
        await().atMost(PATIENCE).until(() -> limits.connections() == 0);
        assertThat(limits.unauthenticated()).isZero();
    }

    private RawHttp http() throws IOException {
        RawHttp connection = RawHttp.connect(gateway.port());
        open.add(connection);
        return connection;
    }

    /** A client of one transport, which reads one frame of SockJS after the other. */
    private final class Client {
        private final Kind kind;
        private final String session = UUID.randomUUID().toString().replace("-", "");
        private final Queue<String> frames = new ArrayDeque<>();
        private RawWebSocket socket;
        private RawHttp stream;
        private String rest = "";

        private Client(Kind kind) throws IOException {
            this.kind = kind;
            switch (kind) {
                case WEBSOCKET -> {
                    socket = RawWebSocket.open(gateway.port(), path("websocket"));
                    open.add(socket);
                }
                case XHR -> {
                    // begins with the first read
                }
                case XHR_STREAMING, EVENTSOURCE -> stream();
            }
        }

        private String path(String transport) {
            return "/websocket/000/" + session + "/" + transport;
        }

        private void stream() throws IOException {
            stream = http();
            stream.send(kind == Kind.EVENTSOURCE ? "GET" : "POST", path(kind.path()), "");
            assertThat(stream.readHead()).isEqualTo(200);
            rest = "";
        }

        private void say(String... messages) throws IOException {
            String text = MAPPER.writeValueAsString(messages);
            if (kind == Kind.WEBSOCKET) {
                socket.sendText(text);
            } else {
                assertThat(http().ask("POST", path("xhr_send"), text).status()).isEqualTo(204);
            }
        }

        /** The next frame that is no heart-beat. */
        private String frame() throws IOException {
            while (frames.isEmpty()) {
                switch (kind) {
                    case WEBSOCKET -> frames.add(socket.readText());
                    case XHR -> {
                        Answer answer = http().ask("POST", path("xhr"), "");
                        assertThat(answer.status()).isEqualTo(200);
                        answer.body().lines().forEach(frames::add);
                    }
                    case XHR_STREAMING, EVENTSOURCE -> readStream();
                }
                frames.removeIf(frame -> frame.startsWith("h") || frame.isEmpty());
            }
            return frames.remove();
        }

        private void readStream() throws IOException {
            var chunk = stream.readChunk();
            if (chunk.isEmpty()) {
                stream();
                return;
            }
            rest += chunk.get();
            int end = rest.lastIndexOf('\n') + 1;
            rest.substring(0, end)
                    .lines()
                    .map(line -> line.startsWith("data: ") ? line.substring(6).replace("%25", "%") : line)
                    .forEach(frames::add);
            rest = rest.substring(end);
        }

        /** The next message. */
        private String message() throws IOException {
            String frame = frame();
            assertThat(frame).startsWith("a[");
            JsonNode messages = MAPPER.readTree(frame.substring(1));
            assertThat(messages).hasSize(1);
            return messages.get(0).textValue();
        }

        private Client connect(String user) throws IOException {
            assertThat(frame()).isEqualTo("o");
            say("CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer " + gateway.token(user) + "\n\n\0");
            assertThat(message()).startsWith("CONNECTED\n").contains("user-name:" + user);
            return this;
        }

        private Client subscribe(String topic) throws IOException {
            say("SUBSCRIBE\nid:s\ndestination:/topic/" + topic + "\nreceipt:r\n\n\0");
            assertThat(message()).startsWith("RECEIPT\n");
            return this;
        }

        private void publish(String topic, String text) throws IOException {
            say("SEND\ndestination:/topic/" + topic + "\ncontent-type:text/plain\n\n" + text + "\0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSaidArrives(Kind kind) throws Exception {
        String topic = "chat." + own;
        Client alice = new Client(kind).connect("alice").subscribe(topic);
        Client bob = new Client(Kind.WEBSOCKET).connect("bob").subscribe(topic);
        for (String text : List.of("one", "100% ü \u2028 😀", "a\nb")) {
            bob.publish(topic, text);
            assertThat(bob.message()).endsWith("\n\n" + text + "\0");
            assertThat(alice.message()).endsWith("\n\n" + text + "\0");
            alice.publish(topic, text);
            assertThat(alice.message()).endsWith("\n\n" + text + "\0");
            assertThat(bob.message()).endsWith("\n\n" + text + "\0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessageMayHoldAPartOfAFrameOrSeveral(Kind kind) throws Exception {
        String topic = "chat." + own;
        Client alice = new Client(kind);
        assertThat(alice.frame()).isEqualTo("o");
        alice.say("CONNECT\naccept-version:1.2\n", "host:x\npasscode:" + gateway.token("alice"));
        alice.say("\n\n\0SUBSCRIBE\nid:s\ndestination:/topic/" + topic + "\n\n\0SEND\ndestination:/topic/" + topic
                + "\n\n\"on");
        alice.say("e\"\0");
        assertThat(alice.message()).startsWith("CONNECTED\n");
        assertThat(alice.message()).startsWith("MESSAGE\n").endsWith("\n\n\"one\"\0");
    }

    @ParameterizedTest
    @EnumSource
    void anErrorIsFollowedByTheReason(Kind kind) throws Exception {
        Client alice = new Client(kind).connect("alice");
        alice.say("SUBSCRIBE\nid:s\ndestination:/nowhere\n\n\0");

        assertThat(alice.message()).startsWith("ERROR\n");
        if (kind == Kind.WEBSOCKET) {
            // the close frame says it as well, and a client takes what comes first
            List<RawWebSocket.Frame> last = alice.socket.readToClose();
            assertThat(last.getLast().closeCode()).isEqualTo(4400);
        } else {
            assertThat(alice.frame()).startsWith("c[4400,\"");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoLeavesHasTheReceipt(Kind kind) throws Exception {
        Client alice = new Client(kind).connect("alice");
        alice.say("DISCONNECT\nreceipt:bye\n\n\0");

        assertThat(alice.message()).startsWith("RECEIPT\n").contains("receipt-id:bye");
    }

    @Test
    void brokenJsonOnAWebSocketBreaksTheProtocol() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/websocket/000/abc/websocket")) {
            assertThat(socket.readText()).isEqualTo("o");
            socket.sendText("");
            socket.sendText("[]");
            socket.sendText("[\"a");
            assertThat(socket.readText()).startsWith("a[\"ERROR\\n");
            assertThat(socket.readToClose().getLast().closeCode()).isEqualTo(4400);
        }
    }

    @Test
    void binaryMessagesAreNotOfSockJs() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/websocket/000/abc/websocket")) {
            assertThat(socket.readText()).isEqualTo("o");
            socket.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, new byte[] {1}));
            assertThat(socket.readToClose().getLast().closeCode()).isEqualTo(1003);
        }
    }

    @Test
    void theRawWebSocketHasNoFramesOfSockJs() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/websocket/websocket")) {
            socket.sendText("CONNECT\naccept-version:1.2\nhost:x\n\n\0");
            assertThat(socket.readText()).startsWith("CONNECTED\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/websocket/000/a.b/websocket",
        "/websocket/0.0/ab/websocket",
        "/websocket/000/ab/websocket/",
        "/websocket/000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/websocket",
        "/websocket/ab/websocket",
    })
    void aWebSocketIsOpenedAtItsPathsOnly(String path) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake(path)).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/websocket/000/a/websocket", "/websocket/websocket"})
    void aForeignPageOpensNoWebSocket(String path) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake(path, "Origin: https://evil.example")).isEqualTo(403);
        }
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake(path, "Origin: " + LISTED)).isEqualTo(101);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,info",
        "POST,000/a/xhr",
        "OPTIONS,000/a/xhr",
        "POST,000/a/xhr_streaming",
        "GET,000/a/eventsource",
        "POST,000/a/xhr_send",
        "GET,000/a/jsonp",
        "GET,000/a/htmlfile"
    })
    void aForeignPageGetsNothing(String method, String path) throws Exception {
        double before = gateway.figure("switchboard.upgrades.refused", "reason", "origin");
        Answer answer = http().ask(method, "/websocket/" + path, "", "Origin: https://evil.example");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(gateway.figure("switchboard.upgrades.refused", "reason", "origin"))
                .isEqualTo(before + 1);
    }

    @Test
    void aListedPageMayReadTheAnswers() throws Exception {
        Answer answer = http().ask("GET", "/websocket/info", "", "Origin: " + LISTED);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).startsWith("{\"websocket\":true,");
        assertThat(answer.header("access-control-allow-origin")).contains(LISTED);
        assertThat(answer.header("access-control-allow-credentials")).contains("true");
    }

    @ParameterizedTest
    @CsvSource({"GET,000/a/jsonp", "POST,000/a/jsonp_send", "GET,000/a/htmlfile", "GET,iframe.html"})
    void oldWaysAreNotThere(String method, String path) throws Exception {
        assertThat(http().ask(method, "/websocket/" + path, "").status()).isEqualTo(404);
    }

    /** Neither as a slow request, nor as a silent connection; and the client shows itself now and then. */
    @ParameterizedTest
    @EnumSource
    void aSilentClientStays(Kind kind) throws Exception {
        String topic = "chat." + own;
        Client alice = new Client(kind).connect("alice").subscribe(topic);
        CompletableFuture<String> next = CompletableFuture.supplyAsync(() -> {
            try {
                return alice.message();
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
        Client bob = new Client(Kind.WEBSOCKET).connect("bob");
        await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
        assertThat(next).isNotDone();
        bob.publish(topic, "late");
        assertThat(next.orTimeout(20, TimeUnit.SECONDS).join()).endsWith("late\0");
    }

    @ParameterizedTest
    @EnumSource(names = "WEBSOCKET", mode = EnumSource.Mode.EXCLUDE)
    void aClientThatIsGoneIsForgotten(Kind kind) throws Exception {
        Client alice = new Client(kind).connect("alice");
        gateway.awaitOpen(1);
        if (alice.stream != null) {
            alice.stream.close();
        }
        gateway.awaitOpen(0);
    }

    @Test
    void whoStopsReadingIsClosed() throws Exception {
        String topic = "chat." + own;
        double before = gateway.figure("switchboard.closes", "reason", "slow_consumer");
        new Client(Kind.XHR_STREAMING).connect("alice").subscribe(topic);
        Client bob = new Client(Kind.WEBSOCKET).connect("bob");
        String text = "x".repeat(30_000);
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> {
            bob.publish(topic, text);
            return gateway.figure("switchboard.closes", "reason", "slow_consumer") > before;
        });
    }

    /** It is as good as a key to the session. */
    @Test
    void theIdOfASessionIsInNoLog() throws Exception {
        try (LogRecorder log = new LogRecorder("io.switchboard");
                LogRecorder platform = new LogRecorder("io.quarkus.vertx.http")) {
            List<Client> clients = new ArrayList<>();
            for (Kind kind : Kind.values()) {
                clients.add(new Client(kind).connect("alice"));
            }
            for (Client client : clients) {
                client.say("SUBSCRIBE\nid:s\ndestination:/nowhere\n\n\0");
                client.message();
                http().ask("POST", client.path("xhr_send"), "[\"a");
                http().ask("GET", client.path("jsonp"), "");
            }
            for (Client client : clients) {
                assertThat(log.texts()).noneMatch(text -> text.contains(client.session));
                assertThat(platform.texts()).noneMatch(text -> text.contains(client.session));
            }
        }
    }
}
