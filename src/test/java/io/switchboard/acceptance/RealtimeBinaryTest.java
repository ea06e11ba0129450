package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Binary frames of the Realtime dialect, both ways, good and bad. */
@QuarkusTest
class RealtimeBinaryTest {
    private static final byte[] CONTENT = {0, 1, 2, (byte) 0xff, 0x7b};

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user, String query) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user), query, _ -> {});
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** {@code [length u16][text]}. */
    private static byte[] prefixed(byte[] text) {
        return ByteBuffer.allocate(2 + text.length)
                .putShort((short) text.length)
                .put(text)
                .array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] frame(int type, byte[] payload) {
        return frame(type, payload.length, payload);
    }

    private static byte[] frame(int type, int length, byte[] payload) {
        return ByteBuffer.allocate(5 + payload.length)
                .put((byte) type)
                .putInt(length)
                .put(payload)
                .array();
    }

    private static byte[] broadcast(String topic) {
        return frame(1, join(prefixed(utf8(topic)), CONTENT));
    }

    private static byte[] file(JsonObject header) {
        return frame(3, join(prefixed(utf8(header.encode())), CONTENT));
    }

    private static String checksum(byte[] frame) throws NoSuchAlgorithmException {
        return "sha256:"
                + HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256")
                                .digest(Arrays.copyOfRange(frame, 5, frame.length)));
    }

    private static byte[] readBinary(RealtimeClient client) throws IOException {
        RawWebSocket.Frame frame = client.socket().read();
        assertThat(frame.first()).isEqualTo(RawWebSocket.FIN | RawWebSocket.BINARY);
        return frame.payload();
    }

    private static void assertReceived(RealtimeClient sender, byte[] frame, String type) throws Exception {
        assertThat(sender.status("binary_received"))
                .isEqualTo(new JsonObject()
                        .put("size", frame.length - 5)
                        .put("type", type)
                        .put("checksum", checksum(frame)));
    }

    @Test
    void bytesReachWhoTakesThemAsBytesAndTheOthersAsText() throws Exception {
        byte[] frame = broadcast("chat.bytes");
        try (RealtimeClient alice = client("alice", "");
                RealtimeClient binary = client("bob", "&binary=1");
                RealtimeClient json = client("carol", "");
                RealtimeClient other = client("dave", "&binary=1")) {
            binary.subscribe("chat.bytes");
            json.subscribe("chat.*");
            other.subscribe("chat.other");

            alice.binary(frame);

            assertReceived(alice, frame, "broadcast");
            assertThat(readBinary(binary)).isEqualTo(frame);
            JsonObject heard = json.next("Broadcast");
            assertThat(heard.getString("topic")).isEqualTo("chat.bytes");
            assertThat(heard.getJsonObject("payload"))
                    .isEqualTo(new JsonObject()
                            .put("encoding", "base64")
                            .put("mime", "application/octet-stream")
                            .put("data", Base64.getEncoder().encodeToString(CONTENT)));
            assertThat(heard.getJsonObject("metadata").fieldNames()).containsExactly("sent_at");
            other.assertQuiet();

            // who has sent one takes them
            json.binary(frame);
            assertThat(readBinary(json)).isEqualTo(frame);
            assertReceived(json, frame, "broadcast");
            assertThat(readBinary(binary)).isEqualTo(frame);
            alice.assertQuiet();

            // and text as before
            alice.say("chat.bytes", "text");
            assertThat(binary.heard()).isEqualTo("text");
            assertThat(json.heard()).isEqualTo("text");
        }
    }

    @Test
    void aStreamKeepsItsSequence() throws Exception {
        byte[] frame = frame(
                4, join(prefixed(utf8("chat.stream")), new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 1}, CONTENT));
        try (RealtimeClient alice = client("alice", "");
                RealtimeClient bob = client("bob", "&binary=1");
                RealtimeClient carol = client("carol", "")) {
            bob.subscribe("chat.stream");
            carol.subscribe("chat.stream");
            alice.binary(frame);

            assertReceived(alice, frame, "stream");
            assertThat(readBinary(bob)).isEqualTo(frame);
            assertThat(carol.next("Broadcast").getJsonObject("payload").getLong("sequence"))
                    .isEqualTo(0xffffff01L);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "plan.ods,plan.ods",
        "../../etc/passwd,passwd",
        "C:\\Users\\x\\plan.ods,plan.ods",
        "/a/b\\c,c",
        "..,",
        "a/.,",
        "a/,",
        "'a\u0000\nb.txt',ab.txt",
    })
    void theNameOfAFileIsItsLastSegment(String sent, String received) throws Exception {
        JsonObject header = new JsonObject()
                .put("topic", "chat.files")
                .put("name", sent)
                .put("mime", "text/plain")
                .put("transfer_id", "t-1")
                .put("last", true);
        byte[] frame = file(header);
        try (RealtimeClient alice = client("alice", "");
                RealtimeClient bob = client("bob", "&binary=1");
                RealtimeClient carol = client("carol", "")) {
            bob.subscribe("chat.files");
            carol.subscribe("chat.files");
            alice.binary(frame);

            assertReceived(alice, frame, "file_transfer");
            ByteBuffer got = ByteBuffer.wrap(readBinary(bob));
            assertThat(got.get()).isEqualTo((byte) 3);
            assertThat(got.getInt()).isEqualTo(got.remaining());
            byte[] text = new byte[Short.toUnsignedInt(got.getShort())];
            got.get(text);
            JsonObject expected = header.copy();
            expected.remove("name");
            if (received != null) {
                expected.put("name", received);
            }
            assertThat(new JsonObject(new String(text, StandardCharsets.UTF_8))).isEqualTo(expected);
            byte[] rest = new byte[got.remaining()];
            got.get(rest);
            assertThat(rest).isEqualTo(CONTENT);

            JsonObject payload = carol.next("Broadcast").getJsonObject("payload");
            assertThat(payload.getString("name")).isEqualTo(received);
            assertThat(payload.getString("mime")).isEqualTo("text/plain");
            assertThat(payload.getString("transfer_id")).isEqualTo("t-1");
            assertThat(payload.getBoolean("last")).isTrue();
        }
    }

    @Test
    void bytesNeedTheRightOfTheirTarget() throws Exception {
        try (RealtimeClient alice = client("alice", "")) {
            for (byte[] frame : List.of(
                    broadcast("notifications"),
                    broadcast("tree.ws"),
                    file(new JsonObject().put("topic", "secret").put("name", "x")),
                    frame(4, join(prefixed(utf8("secret")), new byte[4])))) {
                alice.binary(frame);
                assertThat(alice.error()).startsWith("403");
            }
            alice.binary(frame(2, join(prefixed(utf8("bob")), CONTENT)));
            assertThat(alice.error()).startsWith("404");
        }
    }

    private void assertRefused(RealtimeClient client, byte[] frame) throws IOException {
        client.binary(frame);
        assertThat(client.error()).as("%s", HexFormat.of().formatHex(frame)).startsWith("400");
        client.assertQuiet();
    }

    /** Every frame that is cut short, and every length that lies, is refused; the connection stays, and nobody hears. */
    @Test
    void binaryFramesWithLyingLengths() throws Exception {
        List<byte[]> good = List.of(
                broadcast("chat.lies"),
                file(new JsonObject().put("topic", "chat.lies").put("name", "x")),
                frame(4, join(prefixed(utf8("chat.lies")), new byte[4], CONTENT)));
        try (RealtimeClient alice = client("alice", "");
                RealtimeClient bob = client("bob", "&binary=1")) {
            bob.subscribe("chat.lies");
            for (byte[] frame : good) {
                byte[] payload = Arrays.copyOfRange(frame, 5, frame.length);
                for (int length = 0; length < frame.length; length++) {
                    assertRefused(alice, Arrays.copyOf(frame, length));
                }
                assertRefused(alice, Arrays.copyOf(frame, frame.length + 1));
                for (int length : new int[] {0, payload.length - 1, payload.length + 1, -1, Integer.MIN_VALUE}) {
                    assertRefused(alice, frame(frame[0], length, payload));
                }
                // the text inside claims more than there is
                byte[] longer = payload.clone();
                longer[0] = (byte) 0xff;
                assertRefused(alice, frame(frame[0], longer));
                // what is left behind an honest frame head
                for (int length = 0; length < 2; length++) {
                    assertRefused(alice, frame(frame[0], Arrays.copyOf(payload, length)));
                }
            }
            assertRefused(alice, frame(4, join(prefixed(utf8("chat.lies")), new byte[3])));
            for (int type : new int[] {0, 5, 127, 255}) {
                assertRefused(alice, frame(type, join(prefixed(utf8("chat.lies")), CONTENT)));
            }
            bob.assertQuiet();

            alice.binary(good.getFirst());
            assertReceived(alice, good.getFirst(), "broadcast");
            assertThat(readBinary(bob)).isEqualTo(good.getFirst());
        }
    }

    @Test
    void binaryFramesWithTextThatIsNone() throws Exception {
        try (RealtimeClient alice = client("alice", "")) {
            for (byte[] text : List.of(
                    new byte[0],
                    new byte[] {(byte) 0xff},
                    new byte[] {'c', (byte) 0xc0, (byte) 0x80},
                    new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                    utf8("chat..x"),
                    utf8("chat.*"),
                    utf8("@everyone"),
                    utf8("chat.%ff"))) {
                assertRefused(alice, frame(1, join(prefixed(text), CONTENT)));
                assertRefused(alice, frame(4, join(prefixed(text), new byte[4])));
                assertRefused(alice, frame(3, join(prefixed(text), CONTENT)));
            }
            for (String header : List.of(
                    "{", "[]", "null", "{}", "{\"topic\":1}", "{\"topic\":\"a..b\"}", "{\"topic\":\"chat.x\"}}")) {
                assertRefused(alice, frame(3, join(prefixed(utf8(header)), CONTENT)));
            }
        }
    }
}
