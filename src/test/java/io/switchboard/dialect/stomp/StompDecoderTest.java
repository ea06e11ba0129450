package io.switchboard.dialect.stomp;

import static io.switchboard.dialect.stomp.ClientCommand.CONNECT;
import static io.switchboard.dialect.stomp.ClientCommand.DISCONNECT;
import static io.switchboard.dialect.stomp.ClientCommand.SEND;
import static io.switchboard.dialect.stomp.ClientCommand.STOMP;
import static io.switchboard.dialect.stomp.ClientCommand.SUBSCRIBE;
import static io.switchboard.dialect.stomp.ClientCommand.UNSUBSCRIBE;
import static io.switchboard.dialect.stomp.Seen.cut;
import static io.switchboard.dialect.stomp.Seen.read;
import static io.switchboard.dialect.stomp.Seen.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StompDecoderTest {
    private static final String SECRET = "hunter2";
    private static final int MOST = 100_000;

    private static final byte[] STREAM = utf8("\n\r\nCONNECT\r\naccept-version:1.2\nlogin:a\\c\\\n\n\0\n\r\n\n"
            + "SEND\ndestination:/a\\cb\\r\\n\\\\ä😀\ncontent-length:5\n\n\0\nä\0\0"
            + "SUBSCRIBE\r\nid:1\r\nid:2\r\nempty:\r\n\r\n\0"
            + "SEND\n\nplain 😀\r\n body\0\r\n\r\n"
            + "SEND\ncontent-length:0\n\n\0UNSUBSCRIBE\r\nid:1\n\r\n\0DISCONNECT\n\n\0\n");

    private static final List<Seen> STREAM_FRAMES = List.of(
            Seen.of(CONNECT, "", "accept-version", "1.2", "login", "a\\c\\"),
            Seen.of(SEND, "\0\nä\0", "destination", "/a:b\r\n\\ä😀", "content-length", "5"),
            Seen.of(SUBSCRIBE, "", "id", "1", "empty", ""),
            Seen.of(SEND, "plain 😀\r\n body"),
            Seen.of(SEND, "", "content-length", "0"),
            Seen.of(UNSUBSCRIBE, "", "id", "1"),
            Seen.of(DISCONNECT, ""));

    private final StompDecoder decoder = new StompDecoder(MOST);

    @ParameterizedTest
    @EnumSource
    void everyCommandOfAClientIsRead(ClientCommand command) throws Exception {
        assertThat(read(decoder, command + "\n\n\0")).containsExactly(Seen.of(command, ""));
        assertThat(read(decoder, command + "\r\na:b\r\n\r\n\0")).containsExactly(Seen.of(command, "", "a", "b"));
        assertIdle();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a:b        | a    | b",
                "a:         | a    | ``",
                "a:b:c      | a    | b:c",
                "a::        | a    | :",
                "` a : b `  | ` a `| ` b `",
                "A:B        | A    | B",
                "ä:😀       | ä    | 😀",
            })
    void headersAreReadAsTheyAre(String line, String name, String value) throws Exception {
        assertThat(read(decoder, "SEND\n" + line + "\n\n\0")).containsExactly(Seen.of(SEND, "", name, value));
    }

    @Test
    void ofRepeatedHeadersTheFirstCounts() throws Exception {
        assertThat(read(decoder, "SEND\nb:1\na:2\nb:3\na:4\nc:5\n\n\0"))
                .containsExactly(Seen.of(SEND, "", "b", "1", "a", "2", "c", "5"));
        assertThat(read(decoder, "SEND\ncontent-length:1\ncontent-length:900\n\nx\0"))
                .containsExactly(Seen.of(SEND, "x", "content-length", "1"));
    }

    @Test
    void oneCarriageReturnBelongsToTheEndOfALine() throws Exception {
        assertThat(read(decoder, "SEND\r\na:b\r\r\nc\r:\rd\n\r\n\r\nbody\r\n\0"))
                .containsExactly(Seen.of(SEND, "\r\nbody\r\n", "a", "b\r", "c\r", "\rd"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "\n", "\r\n", "\n\n", "SEND\n\n", "ä😀", "a:b\n\nc"})
    void aBodyEndsAtTheNulOrWhereItsLengthSays(String body) throws Exception {
        String length = "content-length:" + utf8(body).length;

        assertThat(read(decoder, "SEND\n\n" + body + "\0")).containsExactly(Seen.of(SEND, body));
        assertThat(read(decoder, "SEND\n" + length + "\n\n" + body + "\0"))
                .extracting(Seen::body)
                .containsExactly(body);
        assertThat(read(decoder, "SEND\ncontent-length:000" + utf8(body).length + "\n\n" + body + "\0"))
                .extracting(Seen::body)
                .containsExactly(body);
        assertIdle();
    }

    @Test
    void aBodyWithItsLengthMayHoldAnyByte() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(utf8("SEND\ncontent-length:256\n\n"));
        IntStream.range(0, 256).forEach(bytes::write);
        bytes.write(0);
        decoder.feed(bytes.toByteArray());

        byte[] body = decoder.next().orElseThrow().body();

        assertThat(body).hasSize(256);
        IntStream.range(0, 256).forEach(i -> assertThat(body[i]).isEqualTo((byte) i));
        assertIdle();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n", "\n\n\n", "\r\n\n\r\n", "\n\r\n\r\n\n"})
    void heartBeatsBetweenFramesAreSkipped(String beats) throws Exception {
        String stream = beats + "SEND\n\n1\0" + beats + "DISCONNECT\n\n\0" + beats;

        assertThat(read(decoder, stream, beats, stream)).hasSize(4);
        assertIdle();
        decoder.feed(utf8("\n"));
        assertThat(decoder.next()).isEmpty();
        assertIdle();
    }

    @Test
    void halfAnEndOfALineIsNoFrameYet() throws Exception {
        assertThat(read(decoder, "\r")).isEmpty();
        assertThat(decoder.isMidFrame()).isFalse();
        assertThat(decoder.held()).isEqualTo(1);
        assertThat(read(decoder, "\n")).isEmpty();
        assertIdle();

        assertThat(read(decoder, "\r")).isEmpty();
        assertThatThrownBy(() -> read(decoder, "\rSEND\n")).isInstanceOf(BadFrameException.class);
    }

    @Test
    void aMessageMayHoldSeveralFrames() throws Exception {
        assertThat(read(decoder, StompVersion.V1_2, List.of(STREAM))).isEqualTo(STREAM_FRAMES);
        assertIdle();
    }

    @Test
    void framesMayBeCutAnywhere() throws Exception {
        for (int size = 1; size < STREAM.length; size++) {
            assertThat(read(decoder, StompVersion.V1_2, cut(STREAM, size)))
                    .as("%s bytes each", size)
                    .isEqualTo(STREAM_FRAMES);
            assertIdle();
        }
        byte[] twice = (new String(STREAM, StandardCharsets.UTF_8) + new String(STREAM, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
        for (int first = 0; first <= STREAM.length; first++) {
            List<byte[]> pieces = new ArrayList<>();
            for (int from = 0, to = first;
                    from < twice.length;
                    from = to, to = Math.min(to + STREAM.length, twice.length)) {
                pieces.add(Arrays.copyOfRange(twice, from, to));
            }
            List<Seen> expected = new ArrayList<>(STREAM_FRAMES);
            expected.addAll(STREAM_FRAMES);
            assertThat(read(decoder, StompVersion.V1_2, pieces))
                    .as("cut at %s", first)
                    .isEqualTo(expected);
            assertIdle();
        }
    }

    @Test
    void framesMayBeLeftForLater() throws Exception {
        decoder.feed(utf8("SEND\n\n1\0SEND\n\n2"));
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "1"));
        decoder.feed(utf8("2\0SEN"));
        decoder.feed(new byte[0]);
        decoder.feed(utf8("D\n\n3\0"));
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "22"));
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "3"));
        assertIdle();
        assertThat(decoder.next()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V1_0 | a\\cb\\n\\r\\\\ | a\\cb\\n\\r\\\\",
                "V1_0 | a\\             | a\\",
                "V1_1 | a\\cb\\\\       | a:b\\",
                "V1_2 | a\\cb\\\\       | a:b\\",
                "V1_2 | a\\\\cb         | a\\cb",
            })
    void headersAreUnescapedByVersion(StompVersion version, String raw, String plain) throws Exception {
        decoder.speaks(version);

        assertThat(read(decoder, "SUBSCRIBE\nid:" + raw + "\n" + raw + ":1\n\n\0"))
                .containsExactly(Seen.of(SUBSCRIBE, "", "id", plain, plain, "1"));
        for (ClientCommand connecting : List.of(CONNECT, STOMP)) {
            decoder.speaks(version);
            assertThat(read(decoder, connecting + "\npasscode:" + raw + "\\q\n\n\0"))
                    .containsExactly(Seen.of(connecting, "", "passcode", raw + "\\q"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V1_1 | a:hunter2\\r",
                "V1_1 | a:hunter2\\",
                "V1_1 | hunter2\\t:a",
                "V1_2 | a:hunter2\\t",
                "V1_2 | a:\\hunter2",
                "V1_2 | hunter2\\:a",
            })
    void undefinedEscapesAreRefused(StompVersion version, String line) throws Exception {
        assertThat(read(decoder, "SEND\n" + line + "\n\n\0"))
                .as("before it speaks")
                .hasSize(1);

        assertRefused(version, "SEND\n" + line + "\n", "escape");
    }

    @Test
    void aVersionHoldsFromTheNextFrameOn() throws Exception {
        decoder.feed(utf8("CONNECT\n\n\0SEND\na:\\c\n\n\0SEND\na:\\c\n\n\0"));
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(CONNECT, ""));
        decoder.speaks(StompVersion.V1_1);
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "", "a", ":"));
        decoder.speaks(StompVersion.V1_0);
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "", "a", "\\c"));

        assertThat(read(decoder, "SEND\n")).isEmpty();
        decoder.speaks(StompVersion.V1_2);
        assertThat(read(decoder, "a:\\c\n\n\0SEND\na:\\c\n\n\0"))
                .containsExactly(Seen.of(SEND, "", "a", "\\c"), Seen.of(SEND, "", "a", ":"));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("HUNTER2\n", "CONNECT, STOMP, SEND"),
                Arguments.of("send\n", "CONNECT, STOMP, SEND"),
                Arguments.of(" SEND\n", "CONNECT, STOMP, SEND"),
                Arguments.of("SEND \n", "CONNECT, STOMP, SEND"),
                Arguments.of("SEND\r\r\n", "CONNECT, STOMP, SEND"),
                Arguments.of("MESSAGE\n", "CONNECT, STOMP, SEND"),
                Arguments.of("CONNECTED\n", "CONNECT, STOMP, SEND"),
                Arguments.of("\uFEFFSEND\n", "CONNECT, STOMP, SEND"),
                Arguments.of("\rSEND\n", "CONNECT, STOMP, SEND"),
                Arguments.of("hunter2 hunter2", "CONNECT, STOMP, SEND"),
                Arguments.of("UNSUBSCRIBES", "CONNECT, STOMP, SEND"),
                Arguments.of("UNSUBSCRIBE\r\r", "CONNECT, STOMP, SEND"),
                Arguments.of("\r\n{\"hunter2\":1}\n", "CONNECT, STOMP, SEND"),
                Arguments.of("SEND\0", "empty line"),
                Arguments.of("\0", "empty line"),
                Arguments.of("DISCONNECT\n\0", "empty line"),
                Arguments.of("SEND\na:hunter2\0", "empty line"),
                Arguments.of("SEND\na:hunter2\n\0", "empty line"),
                Arguments.of("SEND\nhunter2\n", "name:value"),
                Arguments.of("SEND\n\r\r\n", "name:value"),
                Arguments.of("SEND\n \n", "name:value"),
                Arguments.of("SEND\n:hunter2\n", "name"),
                Arguments.of("SEND\n:\n", "name"),
                Arguments.of("SEND\ncontent-length:\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:-1\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:+1\n\n", "digits"),
                Arguments.of("SEND\ncontent-length: 1\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:1.0\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:0x1\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:\u0661\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:hunter2\n\n", "digits"),
                Arguments.of("SEND\ncontent-length:100000\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:2147483647\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:2147483648\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:4294967297\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:9223372036854775808\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:18446744073709551617\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:" + "9".repeat(1000) + "\n\n", "100000 bytes"),
                Arguments.of("SEND\ncontent-length:6\n\nhunter2", "content-length"),
                Arguments.of("SEND\ncontent-length:0\n\nhunter2", "content-length"),
                Arguments.of("SEND\ncontent-length:8\n\nhunter2\0\n", "content-length"),
                Arguments.of("SEND\ncontent-length:9\n\nhunter2\0SEND\n\n\0", "content-length"),
                Arguments.of("SUBSCRIBE\n\nh", "SEND alone"),
                Arguments.of("SUBSCRIBE\n\n\n", "SEND alone"),
                Arguments.of("CONNECT\n\nhunter2\0", "SEND alone"),
                Arguments.of("DISCONNECT\ncontent-length:0\n\nh", "SEND alone"),
                Arguments.of("ACK\ncontent-length:1\n\n", "SEND alone"),
                Arguments.of("ACK\ncontent-length:99999999999\n\n", "SEND alone"),
                Arguments.of("ACK\ncontent-length:x\n\n", "digits"),
                Arguments.of("SEND\n" + "a:hunter2\n".repeat(65), "64 headers"),
                Arguments.of("SEND\na:" + SECRET.repeat(3000), "16384 bytes of headers"),
                Arguments.of("SEND\n\n" + SECRET.repeat(20_000), "100000 bytes"));
    }

    /** Each of them ends where it is known that no frame can become of it. */
    @ParameterizedTest
    @MethodSource("refused")
    void isRefusedAsSoonAsThatIsKnown(String bytes, String advice) {
        assertRefused(StompVersion.V1_0, bytes, advice);
    }

    private void assertRefused(StompVersion version, String text, String advice) {
        byte[] bytes = utf8(text);
        decoder.speaks(version);
        BadFrameException e =
                catchThrowableOfType(BadFrameException.class, () -> read(decoder, version, List.of(bytes)));
        assertThat(e).as(text).isNotNull();
        assertThat(e).hasMessageContaining(advice).hasMessageNotContainingAny(SECRET, "HUNTER2");
        assertThat(e.getStackTrace()).isEmpty();
        assertDead(decoder, e);

        StompDecoder inPieces = new StompDecoder(MOST);
        inPieces.speaks(version);
        assertThatThrownBy(() -> read(inPieces, version, cut(bytes, 1)))
                .as(text)
                .isInstanceOf(BadFrameException.class);
        assertDead(inPieces, catchThrowableOfType(BadFrameException.class, inPieces::next));
    }

    private static void assertDead(StompDecoder decoder, BadFrameException e) {
        assertThat(decoder.held()).isZero();
        assertThat(decoder.isMidFrame()).isFalse();
        decoder.feed(utf8("SEND\n\n\0"));
        assertThat(decoder.held()).isZero();
        assertThatThrownBy(decoder::next).isSameAs(e);
        decoder.speaks(StompVersion.V1_2);
        assertThatThrownBy(decoder::next).isSameAs(e);
    }

    @Test
    void framesBeforeABadOneAreRead() throws Exception {
        decoder.feed(utf8("SEND\n\n1\0\nSEND\n\n2\0nonsense\nSEND\n\n3\0"));

        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "1"));
        assertThat(decoder.next().map(Seen::of)).contains(Seen.of(SEND, "2"));
        assertThatThrownBy(decoder::next).isInstanceOf(BadFrameException.class);
        assertThatThrownBy(decoder::next).isInstanceOf(BadFrameException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "S",
                "UNSUBSCRIBE",
                "UNSUBSCRIBE\r",
                "UNSUBSCRIBE\r\n",
                "SENDxx",
                "SEND\n",
                "SEND\na",
                "SEND\n:",
                "SEND\na:b\n",
                "SEND\n\r",
                "SUBSCRIBE\n\n",
                "SEND\n\nbody",
                "SEND\ncontent-length:4\n\nbody",
                "SEND\ncontent-length:4\n\n\0\0\0"
            })
    void waitsForTheRest(String begun) throws Exception {
        assertThat(read(decoder, begun)).isEmpty();
        assertThat(decoder.isMidFrame()).isTrue();
        assertThat(decoder.held()).isEqualTo(utf8(begun).length);
    }

    static Stream<byte[]> notUtf8() {
        return Stream.of(
                new byte[] {(byte) 0xff},
                new byte[] {(byte) 0x80},
                new byte[] {(byte) 0xc3},
                new byte[] {(byte) 0xc0, (byte) 0xaf},
                new byte[] {(byte) 0xe2, (byte) 0x82},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                new byte[] {(byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80});
    }

    @ParameterizedTest
    @MethodSource("notUtf8")
    void headersAreUtf8AndABodyIsWhatItIs(byte[] bytes) throws Exception {
        decoder.feed(joined(utf8("SEND\n\n"), bytes, utf8("\0")));
        assertThat(decoder.next().orElseThrow().body()).isEqualTo(bytes);
        List<byte[]> before = List.of(utf8("SEND\na:"), utf8("SEND\n"), utf8("S"), utf8("SEND\na"));
        List<byte[]> behind = List.of(utf8("\n\n\0"), utf8(":a\n\n\0"), utf8("\n"), utf8(":b\n"));
        for (int i = 0; i < before.size(); i++) {
            byte[] frame = joined(before.get(i), bytes, behind.get(i));
            StompDecoder fresh = new StompDecoder(0);
            fresh.feed(frame);
            assertThatThrownBy(fresh::next)
                    .isInstanceOf(BadFrameException.class)
                    .hasMessageContaining("UTF-8");
        }
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    @Test
    void headersAreBoundedInNumber() throws Exception {
        String most = "a:b\n".repeat(FrameHead.MOST_HEADERS);

        assertThat(read(decoder, "SEND\n" + most + "\n\0SEND\n" + most + "\n\0"))
                .hasSize(2);
        assertRefused(StompVersion.V1_0, "SEND\n" + most + "a:b\n", "64 headers");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000, 1_000_000})
    void headersAreBoundedInBytes(int size) throws Exception {
        String most = "SEND\na:" + "x".repeat(StompDecoder.LONGEST_HEAD - 9) + "\n\n";
        assertThat(utf8(most)).hasSize(StompDecoder.LONGEST_HEAD);
        assertThat(read(decoder, StompVersion.V1_2, cut(utf8(most + "body\0" + most + "\0"), size)))
                .hasSize(2);

        for (String more : List.of("SEND\na:" + "x".repeat(1_000_000), "SEND\naa" + most.substring(6))) {
            StompDecoder unbounded = new StompDecoder(0);
            assertThatThrownBy(() -> {
                        for (byte[] piece : cut(utf8(more), size)) {
                            unbounded.feed(piece);
                            assertThat(unbounded.held()).isLessThan(StompDecoder.LONGEST_HEAD + size);
                            assertThat(unbounded.next()).isEmpty();
                        }
                    })
                    .isInstanceOf(BadFrameException.class)
                    .hasMessageContaining("16384 bytes of headers");
            assertThat(unbounded.held()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000, 1_000_000})
    void framesAreBoundedInBytes(int size) throws Exception {
        StompDecoder small = new StompDecoder(1_000);
        String body = "x".repeat(1_000 - 7);
        assertThat(read(
                        small,
                        StompVersion.V1_2,
                        cut(utf8("\n\nSEND\n\n" + body + "\0\nSEND\n\n" + body + "\0"), size)))
                .hasSize(2);
        String counted = "SEND\ncontent-length:974\n\n" + "x".repeat(974) + "\0";
        assertThat(utf8(counted)).hasSize(1_000);
        assertThat(read(small, StompVersion.V1_2, cut(utf8(counted), size))).hasSize(1);
        String bare = "DISCONNECT\na:" + "x".repeat(984) + "\n\n\0";
        assertThat(utf8(bare)).hasSize(1_000);
        assertThat(read(small, StompVersion.V1_2, cut(utf8(bare), size))).hasSize(1);

        for (String longer : List.of(
                "SEND\n\nx" + body + "\0",
                "SEND\n\n" + "x".repeat(100_000),
                "SEND\ncontent-length:975\n\n",
                "SEND\na:" + "x".repeat(993),
                "DISCONNECT\na:x" + "x".repeat(984) + "\n\n")) {
            StompDecoder fresh = new StompDecoder(1_000);
            assertThatThrownBy(() -> {
                        for (byte[] piece : cut(utf8(longer), size)) {
                            fresh.feed(piece);
                            assertThat(fresh.held()).isLessThan(1_000 + size);
                            assertThat(fresh.next()).isEmpty();
                        }
                    })
                    .isInstanceOf(BadFrameException.class)
                    .hasMessageContaining("1000 bytes");
            assertThat(fresh.held()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 50_000_000})
    void framesNeedNotBeBounded(int size) throws Exception {
        StompDecoder unbounded = new StompDecoder(0);
        String body = "x".repeat(5_000_000);

        assertThat(read(unbounded, StompVersion.V1_2, cut(utf8("SEND\n\n" + body + "\0"), size)))
                .extracting(Seen::body)
                .containsExactly(body);
        assertThat(unbounded.held()).isZero();
        assertThatThrownBy(() -> read(unbounded, "SEND\ncontent-length:99999999999\n\n"))
                .isInstanceOf(BadFrameException.class);
        assertThatThrownBy(() -> new StompDecoder(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A length is believed of what has come, not of what is said. */
    @Test
    void aLengthAloneTakesNoMemory() throws Exception {
        assertThat(read(decoder, "SEND\ncontent-length:90000\n\nx")).isEmpty();
        assertThat(decoder.held()).isLessThan(100);
    }

    /** What it holds is copied whenever its size changes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100})
    void manyPiecesAreNotCopiedForEachOfThem(int size) throws Exception {
        byte[] frame = utf8("SEND\n\n" + "x".repeat(MOST - 7) + "\0");
        StompDecoder unread = new StompDecoder(MOST);
        Set<Integer> sizes = new HashSet<>();
        Set<Integer> unreadSizes = new HashSet<>();
        List<Seen> frames = new ArrayList<>();
        for (byte[] piece : cut(frame, size)) {
            unread.feed(piece);
            unreadSizes.add(unread.held());
            decoder.feed(piece);
            sizes.add(decoder.held());
            assertThat(decoder.held()).isLessThan(MOST + size);
            decoder.next().map(Seen::of).ifPresent(frames::add);
        }
        for (byte[] piece : cut(frame, size)) {
            unread.feed(piece);
            unreadSizes.add(unread.held());
        }

        assertThat(sizes).hasSizeLessThan(25);
        assertThat(unreadSizes).hasSizeLessThan(25);
        assertThat(frames).hasSize(1);
        assertThat(unread.next()).isPresent();
        assertThat(unread.next()).isPresent();
        assertThat(unread.held()).isZero();
    }

    @Test
    void nothingIsKeptOfWhatWasRead() throws Exception {
        String large = "SEND\n\n" + "x".repeat(90_000) + "\0";
        assertThat(read(decoder, large + "\n\nSEND\n")).hasSize(1);
        assertThat(decoder.isMidFrame()).isTrue();
        assertThat(decoder.held()).isEqualTo(5);
        assertThat(read(decoder, "\n\0")).hasSize(1);
        assertIdle();

        assertThat(read(decoder, StompVersion.V1_2, cut(utf8(large), 100))).hasSize(1);
        assertIdle();
        for (int i = 0; i < 10_000; i++) {
            assertThat(read(decoder, "\n\r\n")).isEmpty();
            assertIdle();
        }
    }

    private void assertIdle() {
        assertThat(decoder.held()).isZero();
        assertThat(decoder.isMidFrame()).isFalse();
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    /** However garbage is cut: the same frames, then the same end, and never more memory than the bound and a piece. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void garbageIsReadOrRefused(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = garbage(random);
            int bound = random.nextInt(3) == 0 ? 0 : 20 + random.nextInt(300);
            Outcome whole = outcome(bound, List.of(bytes));
            assertThat(outcome(bound, cut(bytes, 1))).isEqualTo(whole);
            assertThat(outcome(bound, cut(bytes, 2 + random.nextInt(20)))).isEqualTo(whole);
            assertThat(whole.frames()).allSatisfy(frame -> {
                assertThat(frame.headers()).hasSizeLessThanOrEqualTo(FrameHead.MOST_HEADERS);
                assertThat(frame.body()).hasSizeLessThan(bound == 0 ? bytes.length : bound);
            });
        }
    }

    private record Outcome(List<Seen> frames, boolean refused) {}

    private static Outcome outcome(int bound, List<byte[]> pieces) {
        StompDecoder decoder = new StompDecoder(bound);
        decoder.speaks(StompVersion.V1_2);
        List<Seen> frames = new ArrayList<>();
        int fed = 0;
        for (byte[] piece : pieces) {
            decoder.feed(piece.clone());
            fed += piece.length;
            assertThat(decoder.held()).isLessThanOrEqualTo(bound == 0 ? 2 * fed : bound + piece.length);
            try {
                Optional<StompFrame> frame = decoder.next();
                while (frame.isPresent()) {
                    frames.add(Seen.of(frame.get()));
                    frame = decoder.next();
                }
            } catch (BadFrameException e) {
                assertDead(decoder, e);
                return new Outcome(frames, true);
            }
            assertThat(decoder.held()).isLessThanOrEqualTo(bound == 0 ? 2 * fed : bound);
        }
        return new Outcome(frames, false);
    }

    private static byte[] garbage(Random random) {
        String[] words = {
            "CONNECT\n",
            "SEND\n",
            "SEND\r\n",
            "SUBSCRIBE\n",
            "DISCONNECT\n\n\0",
            "SEND\n\n",
            "a:b\n",
            "a:b\n",
            "a\\cb:ä\n",
            "content-length:",
            "content-length:3\n\n",
            "\n",
            "\n",
            "\n\n",
            "\r",
            "\r\n",
            "\0",
            "\n\0",
            ":",
            "\\",
            "\\n",
            "7",
            "12\n\n",
            "abc\0",
            "body",
            "😀",
            "MESSAGE\n",
            "x".repeat(50)
        };
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = random.nextInt(40); i >= 0; i--) {
            switch (random.nextInt(40)) {
                case 0 -> bytes.write(random.nextInt(256));
                case 1, 2, 3, 4, 5, 6, 7, 8 -> bytes.writeBytes(utf8("SEND\na:b\ncontent-length:2\n\nxy\0"));
                case 9, 10, 11, 12, 13, 14, 15 -> bytes.writeBytes(utf8("SUBSCRIBE\r\nid:1\r\n\r\n\0\n"));
                default -> bytes.writeBytes(utf8(words[random.nextInt(words.length)]));
            }
        }
        return bytes.toByteArray();
    }
}
