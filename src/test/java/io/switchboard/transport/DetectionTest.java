package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which dialect a connection speaks, and who may connect at all, over raw sockets. */
@QuarkusTest
class DetectionTest {
    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private static void assertErrorThen(int code, String text, RawWebSocket socket) throws Exception {
        List<RawWebSocket.Frame> frames = socket.readToClose();
        assertThat(frames).hasSize(2);
        assertThat(frames.getFirst().text()).contains("\"error\":\"").contains(text);
        assertThat(frames.getLast().closeCode()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/ws?protocol=cells", "/ws/event", "/event"})
    void cellsIsSpokenAt(String path) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), path)) {
            socket.sendText(Gateway.subscribe(gateway.token("alice", "ws")));
            gateway.awaitSignedIn(1);
            gateway.publish("tree", Gateway.created("x", "ws"));
            assertThat(Gateway.path(socket.readText())).isEqualTo("ws/x");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/ws?protocol=openflow"})
    void aFirstFrameOfOpenFlowIsAnsweredInOpenFlow(String path) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), path)) {
            socket.sendText("{\"id\":\"1\",\"command\":\"ping\"}");
            assertThat(socket.readText()).contains("\"command\":\"pong\"").contains("\"replyto\":\"1\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT\naccept-version:1.2\n\n\0", "STOMP\r\naccept-version:1.2\r\n\r\n\0"})
    void aFirstFrameOfStompIsAnsweredInStomp(String first) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws")) {
            socket.sendText(first);
            assertThat(socket.readText()).startsWith("CONNECTED\nversion:1.2\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "{}", "1", "null", "{\"@type\":", "SEND\n\n\0", "{} {\"@type\":1}"})
    void aFirstFrameOfNoDialectIsRefused(String first) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws")) {
            socket.sendText(first);
            assertErrorThen(1008, "no protocol", socket);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "1", "null", "{\"@type\":", "{} {}", "{\"@type\":1,\"@type\":2}"})
    void whatIsNotCellsAtACellsAddressBreaksTheProtocol(String first) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws/event")) {
            socket.sendText(first);
            assertErrorThen(4400, "JSON", socket);
        }
    }

    @Test
    void realtimeHasNoMessageToSignIn() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws")) {
            socket.sendText("{\"type\":\"Ping\",\"data\":{}}");
            List<RawWebSocket.Frame> frames = socket.readToClose();
            assertThat(frames).hasSize(2);
            assertThat(frames.getFirst().text()).contains("\"type\":\"Error\"").contains("\"code\":401");
            assertThat(frames.getLast().closeCode()).isEqualTo(4401);
        }
    }

    @ParameterizedTest
    @CsvSource({"/ws?token={}, ''", "/ws, Authorization: Bearer {}", "/ws, 'Sec-WebSocket-Protocol: x, access_token.{}'"
    })
    void aTokenInTheRequestMeansRealtime(String path, String header) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(handshake(socket, path, header, "abc")).isEqualTo(401);
            assertThat(socket.header("Sec-WebSocket-Protocol")).isEmpty();
        }
        String token = gateway.token("alice", "ws");
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(handshake(socket, path, header, token)).isEqualTo(101);
            assertThat(socket.header("Sec-WebSocket-Protocol").orElse(""))
                    .isEqualTo(header.startsWith("Sec") ? "access_token." + token : "");
            assertThat(socket.readText()).contains("\"status\":\"connected\"");
        }
    }

    private static int handshake(RawWebSocket socket, String path, String header, String token) throws Exception {
        return header.isEmpty()
                ? socket.handshake(path.replace("{}", token))
                : socket.handshake(path, header.replace("{}", token));
    }

    @ParameterizedTest
    @CsvSource({"protocol=realtime,401", "protocol=nope,400", "protocol=,400", "protocol=CELLS,400"})
    void anUpgradeThatCannotWorkIsRefused(String query, int status) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws?" + query)).isEqualTo(status);
        }
    }

    /** A browser breaks off where the answer does not repeat a subprotocol. */
    @ParameterizedTest
    @CsvSource({"'v12.stomp',v12.stomp", "'v10.stomp, v11.stomp',v10.stomp", "'foo, v11.stomp',v11.stomp"})
    void aStompSubprotocolIsRepeated(String offered, String chosen) throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws", "Sec-WebSocket-Protocol: " + offered)) {
            assertThat(socket.header("Sec-WebSocket-Protocol")).contains(chosen);
            socket.sendText("CONNECT\naccept-version:1.1\n\n\0");
            assertThat(socket.readText()).startsWith("CONNECTED\nversion:1.1\n");
        }
    }

    @Test
    void framesThatCameWithTheHandshakeAreNotLost() throws Exception {
        for (String path : List.of("/ws", "/ws/event")) {
            try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
                ByteArrayOutputStream segment = new ByteArrayOutputStream();
                segment.writeBytes(RawWebSocket.request(path).getBytes(StandardCharsets.US_ASCII));
                segment.writeBytes(RawWebSocket.text("{\"@type\":\"unknown\"}"));
                segment.writeBytes(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PING, new byte[] {'p'}));
                segment.writeBytes(RawWebSocket.text(Gateway.subscribe(gateway.token("alice", "ws"))));
                socket.send(segment.toByteArray());
                assertThat(socket.readStatus()).isEqualTo(101);
                assertThat(socket.read().opcode()).isEqualTo(RawWebSocket.PONG);
                gateway.awaitSignedIn(1);
                gateway.publish("tree", Gateway.created("x", "ws"));
                assertThat(Gateway.path(socket.readText())).isEqualTo("ws/x");
            }
            gateway.awaitSignedIn(0);
        }
    }

    @Test
    void aViolationThatCameWithTheHandshakeIsToldLikeAnyOther() throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            ByteArrayOutputStream segment = new ByteArrayOutputStream();
            segment.writeBytes(RawWebSocket.request("/ws").getBytes(StandardCharsets.US_ASCII));
            segment.writeBytes(RawWebSocket.unmasked(RawWebSocket.FIN | RawWebSocket.TEXT, new byte[] {'x'}));
            socket.send(segment.toByteArray());
            assertThat(socket.readStatus()).isEqualTo(101);
            assertThat(socket.readText()).contains("\"error\"");
            assertThat(socket.read().closeCode()).isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/ws,http://evil.example,403",
        "/ws/event,http://evil.example,403",
        "/event,http://evil.example,403",
        "/ws/event,null,403",
        "/ws/event,http://127.0.0.1:1,403",
        "/ws/event,http://127.0.0.1.evil.example,403",
        "/ws/event,http://user@127.0.0.1,403",
        "/ws/event,file://127.0.0.1,403",
        "/ws/event,http://127.0.0.1,101",
        "/ws/event,HTTP://127.0.0.1:80,101",
    })
    void onlyThePagesOfTheSameOriginMayConnect(String path, String origin, int status) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake(path, "Origin: " + origin)).isEqualTo(status);
        }
    }

    @Test
    void theSameOriginIncludesThePort() throws Exception {
        String host = "127.0.0.1:" + gateway.port();
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws/event", "Host: " + host, "Origin: http://" + host))
                    .isEqualTo(101);
        }
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws/event", "Host: " + host, "Origin: http://127.0.0.1"))
                    .isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"permessage-deflate; client_max_window_bits", "deflate-frame", "x-webkit-deflate-frame"})
    void compressionIsNotNegotiated(String extension) throws Exception {
        try (RawWebSocket socket =
                RawWebSocket.open(gateway.port(), "/ws/event", "Sec-WebSocket-Extensions: " + extension)) {
            assertThat(socket.header("Sec-WebSocket-Extensions")).isEmpty();
        }
    }
}
