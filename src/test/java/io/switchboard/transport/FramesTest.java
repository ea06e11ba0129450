package io.switchboard.transport;

import static io.switchboard.testing.RawWebSocket.BINARY;
import static io.switchboard.testing.RawWebSocket.CONTINUATION;
import static io.switchboard.testing.RawWebSocket.FIN;
import static io.switchboard.testing.RawWebSocket.PING;
import static io.switchboard.testing.RawWebSocket.PONG;
import static io.switchboard.testing.RawWebSocket.TEXT;
import static io.switchboard.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames as RFC 6455 allows and forbids them, byte by byte. */
@QuarkusTest
class FramesTest {
    private static final int LARGEST = 64 * 1024;
    private static final byte[] NOTHING = {};

    @Inject
    Gateway gateway;

    private RawWebSocket socket;

    @BeforeEach
    void connect() throws Exception {
        socket = RawWebSocket.open(gateway.port(), "/ws/event");
    }

    @AfterEach
    void disconnect() {
        socket.close();
        gateway.awaitOpen(0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void assertSignedIn() throws Exception {
        gateway.awaitSignedIn(1);
        gateway.publish("tree", Gateway.created("x", "ws"));
        assertThat(Gateway.path(socket.readText())).isEqualTo("ws/x");
    }

    private void assertClosed(int code) throws Exception {
        assertThat(socket.readText()).startsWith("{\"@type\":\"error\"");
        assertThat(socket.read().closeCode()).isEqualTo(code);
    }

    @Test
    void aMessageMayComeInPiecesWithPingsInBetween() throws Exception {
        byte[] message = bytes(Gateway.subscribe(gateway.token("alice", "ws")));
        socket.send(frame(TEXT, Arrays.copyOf(message, 10)));
        socket.send(frame(FIN | PING, bytes("between")));
        socket.send(frame(CONTINUATION, NOTHING));
        socket.send(frame(CONTINUATION, Arrays.copyOfRange(message, 10, 50)));
        socket.send(frame(FIN | PONG, bytes("nobody asked")));
        socket.send(frame(FIN | CONTINUATION, Arrays.copyOfRange(message, 50, message.length)));
        RawWebSocket.Frame pong = socket.read();
        assertThat(pong.first()).isEqualTo(FIN | PONG);
        assertThat(pong.text()).isEqualTo("between");
        assertSignedIn();
    }

    @Test
    void emptyFragmentsAreFragments() throws Exception {
        byte[] message = bytes(Gateway.subscribe(gateway.token("alice", "ws")));
        socket.send(frame(TEXT, NOTHING));
        socket.send(frame(CONTINUATION, message));
        socket.send(frame(CONTINUATION, NOTHING));
        socket.send(frame(FIN | CONTINUATION, NOTHING));
        assertSignedIn();
    }

    @Test
    void aCharacterMayBeSplitBetweenFragments() throws Exception {
        byte[] message = bytes(Gateway.subscribe(gateway.token("zoë", "ws")).replace("{\"@", "{\"é€😀\":\"é€😀\",\"@"));
        for (int i = 0; i < message.length; i++) {
            int first = (i == 0 ? TEXT : CONTINUATION) | (i == message.length - 1 ? FIN : 0);
            socket.send(frame(first, new byte[] {message[i]}));
        }
        assertSignedIn();
    }

    @Test
    void aFrameMayComeByteByByte() throws Exception {
        for (byte b : RawWebSocket.text(Gateway.subscribe(gateway.token("alice", "ws")))) {
            socket.send(new byte[] {b});
        }
        assertSignedIn();
    }

    static Stream<byte[]> notUtf8() {
        return Stream.of(
                new byte[] {(byte) 0xC3},
                new byte[] {(byte) 0xFF},
                new byte[] {'{', '}', (byte) 0x80},
                new byte[] {(byte) 0xC0, (byte) 0xAF},
                new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80});
    }

    @ParameterizedTest
    @MethodSource("notUtf8")
    void textThatIsNotUtf8Is1007(byte[] text) throws Exception {
        socket.send(frame(FIN | TEXT, text));
        assertClosed(1007);
    }

    @Test
    void fragmentsThatAreTogetherNotUtf8Are1007() throws Exception {
        socket.send(frame(TEXT, new byte[] {'{', (byte) 0xC3}));
        socket.send(frame(FIN | CONTINUATION, new byte[] {'}'}));
        assertClosed(1007);
    }

    @Test
    void theLargestMessageIsTaken() throws Exception {
        String subscribe = Gateway.subscribe(gateway.token("alice", "ws"));
        socket.sendText(subscribe + " ".repeat(LARGEST - subscribe.length()));
        assertSignedIn();
        byte[] half = bytes(" ".repeat(LARGEST / 2 - 1));
        socket.send(frame(TEXT, bytes("{}")));
        socket.send(frame(CONTINUATION, half));
        socket.send(frame(FIN | CONTINUATION, half));
        assertSignedIn();
    }

    @Test
    void aFrameThatIsTooBigIs1009BeforeItCame() throws Exception {
        socket.send(RawWebSocket.headOnly(FIN | TEXT, LARGEST + 1));
        assertClosed(1009);
    }

    @Test
    void aFrameOfExabytesIsClosed() throws Exception {
        socket.send(RawWebSocket.headOnly(FIN | TEXT, Long.MAX_VALUE));
        assertClosed(1009);
    }

    @Test
    void fragmentsThatAreTogetherTooBigAre1009() throws Exception {
        byte[] piece = bytes(" ".repeat(LARGEST / 2));
        socket.send(frame(TEXT, bytes("{}")));
        socket.send(frame(CONTINUATION, piece));
        socket.send(frame(CONTINUATION, piece));
        assertClosed(1009);
    }

    @Test
    void binaryIs1003() throws Exception {
        socket.send(frame(FIN | BINARY, NOTHING));
        assertClosed(1003);
    }

    @Test
    void binaryInPiecesIs1003() throws Exception {
        socket.send(frame(BINARY, bytes("{\"@type\":")));
        socket.send(frame(FIN | CONTINUATION, bytes("\"unsubscribe\"}")));
        assertClosed(1003);
    }

    static Stream<byte[]> forbidden() {
        byte[] message = bytes("{\"@type\":\"unknown\"}");
        return Stream.of(
                RawWebSocket.unmasked(FIN | TEXT, message),
                frame(FIN | 0x40 | TEXT, message),
                frame(FIN | 0x20 | TEXT, message),
                frame(FIN | 0x10 | TEXT, message),
                frame(FIN | 0x3, message),
                frame(FIN | 0xB, message),
                frame(FIN | CONTINUATION, message),
                frame(PING, message),
                frame(FIN | PING, new byte[126]),
                frame(FIN | RawWebSocket.CLOSE, new byte[] {3}));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void whatTheFramingForbidsIs1002(byte[] bytes) throws Exception {
        socket.send(bytes);
        assertClosed(1002);
    }

    @Test
    void aSecondMessageInsideAFirstIs1002() throws Exception {
        socket.send(frame(TEXT, bytes("{")));
        socket.send(frame(FIN | TEXT, bytes("{}")));
        assertClosed(1002);
    }

    @Test
    void aCloseIsAnsweredAndEndsTheConnection() throws Exception {
        socket.send(frame(FIN | RawWebSocket.CLOSE, new byte[] {3, (byte) 0xE8}));
        assertThat(socket.read().closeCode()).isEqualTo(1000);
        socket.awaitEnd();
    }

    @Test
    void garbageBeforeSignInHurtsNobodyElse() throws Exception {
        byte[] garbage = new byte[4096];
        new java.util.Random(7).nextBytes(garbage);
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            for (int length : new int[] {1, 2, 7, 126, 4096}) {
                try (RawWebSocket hostile = RawWebSocket.open(gateway.port(), "/ws")) {
                    hostile.send(Arrays.copyOf(garbage, length));
                }
                try (RawWebSocket hostile = RawWebSocket.connect(gateway.port())) {
                    hostile.send(Arrays.copyOf(garbage, length));
                }
            }
            gateway.publish("tree", Gateway.created("x", "ws"));
            assertThat(Gateway.path(alice.readText())).isEqualTo("ws/x");
        }
        gateway.awaitOpen(1);
    }
}
