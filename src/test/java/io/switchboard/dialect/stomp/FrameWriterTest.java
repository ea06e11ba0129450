package io.switchboard.dialect.stomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FrameWriterTest {
    private static String text(FrameWriter writer) {
        return new String(writer.bytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void linesEndWithLfAndTheFrameWithNul(StompVersion version) {
        assertThat(text(FrameWriter.of("RECEIPT", version).header("receipt-id", "1")))
                .isEqualTo("RECEIPT\nreceipt-id:1\n\n\0");
        assertThat(text(FrameWriter.of("MESSAGE", version)
                        .header("b", "1")
                        .header("a", "")
                        .header("b", "ä")
                        .body(Seen.utf8("hello\n😀\r\n"))))
                .isEqualTo("MESSAGE\nb:1\na:\nb:ä\n\nhello\n😀\r\n\0");
        assertThat(text(FrameWriter.of("ERROR", version))).isEqualTo("ERROR\n\n\0");
    }

    @ParameterizedTest
    @CsvSource({
        "MESSAGE,V1_0,a:b\\",
        "MESSAGE,V1_1,a\\cb\\\\",
        "MESSAGE,V1_2,a\\cb\\\\",
        "ERROR,V1_2,a\\cb\\\\",
        "RECEIPT,V1_1,a\\cb\\\\",
        "CONNECTED,V1_0,a:b\\",
        "CONNECTED,V1_1,a:b\\",
        "CONNECTED,V1_2,a:b\\",
    })
    void valuesAreEscapedByVersionExceptInConnected(String command, StompVersion version, String raw) {
        assertThat(text(FrameWriter.of(command, version).header("h", "a:b\\")))
                .isEqualTo(command + "\nh:" + raw + "\n\n\0");
    }

    @ParameterizedTest
    @CsvSource({
        "MESSAGE,V1_0,h_i_j_k_l,a b c:d e",
        "MESSAGE,V1_1,h\\ni_j\\ck_l,a\\nb c\\cd e",
        "MESSAGE,V1_2,h\\ni\\rj\\ck_l,a\\nb\\rc\\cd e",
        "CONNECTED,V1_0,h_i_j_k_l,a b c:d e",
        "CONNECTED,V1_1,h_i_j_k_l,a b c:d e",
        "CONNECTED,V1_2,h_i_j_k_l,a b c:d e",
    })
    void whatCannotBeEscapedIsReplaced(String command, StompVersion version, String name, String value) {
        assertThat(text(FrameWriter.of(command, version).header("h\ni\rj:k\0l", "a\nb\rc:d\0e")))
                .isEqualTo(command + "\n" + name + ":" + value + "\n\n\0");
    }

    @ParameterizedTest
    @EnumSource
    void nobodyWritesAHeaderOrAFrameOfTheirOwn(StompVersion version) {
        List<String> attempts = List.of(
                "x\nadmin:true",
                "x\r\nadmin:true",
                "x\radmin:true",
                "\n\nbody",
                "\n\n\0MESSAGE\nadmin:true\n\n",
                "\0",
                "x\0\nMESSAGE\n\n\0",
                "\r",
                "x\r",
                ":",
                "\\\nadmin:true",
                "\\");
        for (String command : List.of("MESSAGE", "CONNECTED", "ERROR", "RECEIPT")) {
            for (String attempt : attempts) {
                String text = text(FrameWriter.of(command, version)
                        .header("value", attempt)
                        .header("x" + attempt, "value")
                        .body(Seen.utf8("body")));

                assertThat(text).doesNotContain("\r").endsWith("\n\nbody\0");
                assertThat(text.chars().filter(c -> c == '\n').count()).isEqualTo(4);
                assertThat(text.chars().filter(c -> c == 0).count()).isEqualTo(1);
                assertThat(text.lines().skip(1)).noneMatch(line -> line.startsWith("admin"));
                assertThat(text.lines().skip(2).findFirst().orElseThrow()).matches("[^:]+:value");
            }
        }
    }

    @Test
    void theLengthIsWrittenOnlyWhereTheNulDoesNotTellIt() {
        FrameWriter writer = FrameWriter.of("MESSAGE", StompVersion.V1_2).header("a", "b");

        assertThat(text(writer.body(Seen.utf8("ä\0\0")))).isEqualTo("MESSAGE\na:b\ncontent-length:4\n\nä\0\0\0");
        assertThat(text(writer)).as("once more").isEqualTo("MESSAGE\na:b\ncontent-length:4\n\nä\0\0\0");
        assertThat(text(writer.body(Seen.utf8("ä")))).isEqualTo("MESSAGE\na:b\n\nä\0");
    }

    @Test
    void nobodyElseKnowsTheLength() {
        assertThat(text(FrameWriter.of("MESSAGE", StompVersion.V1_2)
                        .header("content-length", "1")
                        .header("a", "b")
                        .body(Seen.utf8("\0body"))))
                .isEqualTo("MESSAGE\na:b\ncontent-length:5\n\n\0body\0");
    }

    @Test
    void aHeaderHasAName() {
        FrameWriter writer = FrameWriter.of("MESSAGE", StompVersion.V1_2);

        assertThatThrownBy(() -> writer.header("", "a")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void halfACharacterIsNoneAtAll() {
        assertThat(text(FrameWriter.of("MESSAGE", StompVersion.V1_2).header("a", "\ud800")))
                .isEqualTo("MESSAGE\na:?\n\n\0");
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatIsWrittenIsReadAgain(long seed) throws Exception {
        Random random = new Random(seed);
        for (StompVersion version : StompVersion.values()) {
            StompDecoder decoder = new StompDecoder(0);
            decoder.speaks(version);
            for (int i = 0; i < 50; i++) {
                FrameWriter writer = FrameWriter.of("SEND", version);
                Map<String, String> expected = new LinkedHashMap<>();
                for (int j = random.nextInt(6); j > 0; j--) {
                    String name = "x" + characters(random);
                    String value = characters(random);
                    writer.header(name, value);
                    expected.putIfAbsent(replaced(version, name, "_", "_"), replaced(version, value, " ", ":"));
                }
                byte[] body = new byte[random.nextInt(200)];
                random.nextBytes(body);
                if (new String(body, StandardCharsets.ISO_8859_1).contains("\0")) {
                    expected.put("content-length", Integer.toString(body.length));
                }
                byte[] bytes = writer.body(body).bytes();

                for (int from = 0; from < bytes.length; ) {
                    assertThat(decoder.next()).isEmpty();
                    int to = Math.min(bytes.length, from + 1 + random.nextInt(100));
                    decoder.feed(Arrays.copyOfRange(bytes, from, to));
                    from = to;
                }
                StompFrame frame = decoder.next().orElseThrow();

                assertThat(frame.headers()).isEqualTo(expected);
                assertThat(List.copyOf(frame.headers().keySet())).isEqualTo(List.copyOf(expected.keySet()));
                assertThat(frame.body()).isEqualTo(body);
            }
        }
    }

    private static String characters(Random random) {
        int[] alphabet = ":\\\n\r\0ncr aä😀".codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }

    /** What is left of a text where the version has no escape. */
    private static String replaced(StompVersion version, String text, String end, String colon) {
        String result = text.replace("\0", end);
        return switch (version) {
            case V1_0 -> result.replace("\r", end).replace("\n", end).replace(":", colon);
            case V1_1 -> result.replace("\r", end);
            case V1_2 -> result;
        };
    }
}
