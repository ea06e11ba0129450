package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicSyntaxTest {
    private static final TopicSyntax DOTTED = TopicSyntax.DOTTED;
    private static final TopicSyntax SLASHED = new TopicSyntax('/', "%/*>");

    /** As a test writes it: {@code ?} one, {@code +} more, anything else literally. */
    private static Pattern pattern(String... segments) {
        List<Pattern.Segment> parts = new ArrayList<>();
        for (String segment : segments) {
            parts.add(
                    switch (segment) {
                        case "?" -> Pattern.Wildcard.ONE;
                        case "+" -> Pattern.Wildcard.MORE;
                        default -> new Pattern.Literal(segment);
                    });
        }
        return new Pattern(parts);
    }

    private static void refused(String text) {
        assertThatThrownBy(() -> DOTTED.topic(text))
                .as("topic %s", text)
                .isInstanceOf(InvalidTopicException.class)
                .hasMessageNotContaining("SECRET");
        assertThatThrownBy(() -> DOTTED.pattern(text))
                .as("pattern %s", text)
                .isInstanceOf(InvalidTopicException.class)
                .hasMessageNotContaining("SECRET");
    }

    @Test
    void aTopicIsItsSegments() throws Exception {
        assertThat(DOTTED.topic("chat.general")).isEqualTo(Topic.of("chat", "general"));
        assertThat(SLASHED.topic("chat/gen.eral")).isEqualTo(Topic.of("chat", "gen.eral"));
        assertThat(DOTTED.topic("a/b:c {d}")).isEqualTo(Topic.of("a/b:c {d}"));
    }

    @ParameterizedTest
    @CsvSource({
        "a%2Eb.c,a.b",
        "a%2eb.c,a.b",
        "%2A.c,*",
        "%2A%2A.c,**",
        "%3E.c,>",
        "%25.c,%",
        "%2525.c,%25",
        "%7Buser%7D.c,{user}",
        "%C3%A4.c,ä",
        "%F0%9F%98%80.c,😀",
        "x%41%42y.c,xABy",
        "job@system.c,job@system"
    })
    void whatIsPercentEncodedIsReadLiterally(String text, String first) throws Exception {
        assertThat(DOTTED.topic(text)).isEqualTo(Topic.of(first, "c"));
        assertThat(DOTTED.pattern(text)).isEqualTo(pattern(first, "c"));
        assertThat(DOTTED.topic(DOTTED.write(Topic.of(first, "c")))).isEqualTo(Topic.of(first, "c"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a.",
                ".a",
                "a..b",
                "SECRET..b",
                "%",
                "%2",
                "%2.a",
                "%G0",
                "%-1",
                "%+1",
                "% 1",
                "a%",
                "%%",
                "SECRET%zz",
                "a*",
                "*a.b",
                "a>",
                "***",
                "a.*b.c",
                "SECRET*",
                "%00",
                "a%0Ab",
                "a\nb",
                "\u0000",
                "a%7F",
                "a%C2%85"
            })
    void whatIsNoTopicAndNoPattern(String text) {
        refused(text);
    }

    /** Digits of other scripts are none of RFC 3986. */
    @Test
    void onlyAsciiDigitsEncode() {
        refused("a%\uFF14\uFF11");
        refused("a%\u0664\u0661");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%80", "%C3", "%C3%28", "%C0%AF", "%ED%A0%80", "%F5%80%80%80", "%E2%82", "%C3a%A4", "%FF"})
    void whatIsEncodedMustBeUtf8(String text) {
        refused("a." + text);
    }

    @Test
    void aTopicHoldsNoHalfCharacters() throws Exception {
        refused("a\uD83D");
        refused("\uDE00a");
        refused("a\uDE00\uD83D");
        refused("\uD83D%41\uDE00");
        refused("\uD83D.\uDE00");
        assertThat(DOTTED.topic("a\uD83D\uDE00")).isEqualTo(Topic.of("a😀"));
    }

    /** What the server keeps for itself begins with it, however a client writes it. */
    @ParameterizedTest
    @ValueSource(strings = {"@", "@merged-tree.w", "%40merged-tree.w", "%40", "%40x.*"})
    void noClientCanNameWhatIsInternal(String text) {
        refused(text);
    }

    @Test
    void anAtSignElsewhereIsNothingSpecial() throws Exception {
        assertThat(DOTTED.topic("job.@system")).isEqualTo(Topic.of("job", "@system"));
        assertThat(DOTTED.topic("alice@example%2Eorg")).isEqualTo(Topic.of("alice@example.org"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "**", ">", "a.*", "a.**", "a.>", "*.a", "a.**.b", "a.>.b", ">.a"})
    void aTopicIsNoPattern(String text) {
        assertThatThrownBy(() -> DOTTED.topic(text))
                .isInstanceOf(InvalidTopicException.class)
                .hasMessageContaining("pattern");
        assertThatCode(() -> DOTTED.pattern(text)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "a.b,a b",
        "*,?",
        "*.*,? +",
        "*.a,? a",
        "a.*,a +",
        "a.*.b,a ? b",
        "a.*.*,a ? +",
        "**,+",
        ">,+",
        "a.**,a +",
        "a.>,a +",
        "**.a,+ a",
        "a.>.b,a + b",
        "**.*,+ +",
        "{user}.x,{user} x"
    })
    void wildcardsAreSegmentsOfTheirOwn(String text, String expected) throws Exception {
        assertThat(DOTTED.pattern(text)).isEqualTo(pattern(expected.split(" ", -1)));
    }

    @Test
    void segmentsAndCharactersAreBounded() throws Exception {
        String most = "a.".repeat(TopicSyntax.MOST_SEGMENTS - 1) + "a";
        assertThat(DOTTED.topic(most).segments()).hasSize(TopicSyntax.MOST_SEGMENTS);
        refused(most + ".a");
        refused("a.".repeat(999) + "a");
        assertThat(DOTTED.topic("x".repeat(TopicSyntax.LONGEST)).segments()).hasSize(1);
        refused("x".repeat(TopicSyntax.LONGEST + 1));
        refused("x".repeat(10_000_000));
        refused(".".repeat(TopicSyntax.LONGEST));
    }

    @Test
    void theSeparatorAndThePercentSignAreAlwaysReserved() {
        assertThatThrownBy(() -> new TopicSyntax('/', "%.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TopicSyntax('/', "/")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"*", "**", ">", "a.b", "{user}", "%", "%2E", "a*b", "ä", "😀", " ", "a b", "@system", "{", "}"})
    void aUserMayBeCalledAnything(String user) throws Exception {
        Topic topic = Topic.of("user", user);

        assertThat(DOTTED.topic(DOTTED.write(topic))).isEqualTo(topic);
        assertThat(DOTTED.pattern(DOTTED.write(topic))).isEqualTo(pattern("user", user));
        assertThat(DOTTED.pattern(DOTTED.write(topic)).exact()).contains(topic);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        Random random = new Random(7);
        String alphabet = "ab.*>%/:{}@ ä😀";
        int[] characters = alphabet.codePoints().toArray();
        for (int i = 0; i < 20_000; i++) {
            List<String> segments = new ArrayList<>();
            segments.add("t");
            for (int j = random.nextInt(4); j >= 0; j--) {
                StringBuilder segment = new StringBuilder();
                for (int k = random.nextInt(5); k >= 0; k--) {
                    segment.appendCodePoint(characters[random.nextInt(characters.length)]);
                }
                segments.add(segment.toString());
            }
            Topic topic = Topic.of(segments);
            assertThat(DOTTED.topic(DOTTED.write(topic))).isEqualTo(topic);
            assertThat(SLASHED.topic(SLASHED.write(topic))).isEqualTo(topic);
            assertThat(DOTTED.pattern(DOTTED.write(topic))).isEqualTo(Pattern.of(topic));
        }
    }

    /** Whatever a client sends is read or refused in no time, and never breaks anything. */
    @Test
    void nothingMakesItThrowSomethingElse() {
        Random random = new Random(3);
        String alphabet = "ab.*>%@2EeFf0\uD83D\uDE00\n";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Pattern pattern = DOTTED.pattern(text.toString());
                pattern.exact()
                        .ifPresent(topic -> assertThatCode(() -> DOTTED.topic(DOTTED.write(topic)))
                                .as("%s", topic)
                                .doesNotThrowAnyException());
            } catch (InvalidTopicException e) {
                assertThat(e).hasMessageNotContaining(text.length() > 3 ? text.toString() : "SECRET");
            }
        }
    }
}
