package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PatternTest {
    private static final Map<String, Set<String>> VALUES =
            Map.of("one", Set.of("a"), "two", Set.of("a", "b"), "star", Set.of("*"), "empty", Set.of());

    /** With templates in braces. */
    private static Pattern pattern(String text) throws Exception {
        List<Pattern.Segment> segments = new ArrayList<>();
        for (Pattern.Segment segment : TopicSyntax.DOTTED.pattern(text).segments()) {
            boolean template = segment instanceof Pattern.Literal(String literal) && literal.startsWith("{");
            segments.add(
                    template
                            ? new Pattern.Template(((Pattern.Literal) segment)
                                    .text()
                                    .substring(
                                            1,
                                            ((Pattern.Literal) segment).text().length() - 1))
                            : segment);
        }
        return new Pattern(segments);
    }

    private static Set<String> values(String name) {
        return VALUES.getOrDefault(name, Set.of());
    }

    @ParameterizedTest
    @CsvSource({
        "a,a,true",
        "a,b,false",
        "a,a.a,false",
        "a.b,a.b,true",
        "a.b,a,false",
        "*,a,true",
        "*,a.b,false",
        "*.b,a.b,true",
        "*.b,b,false",
        "a.*.c,a.b.c,true",
        "a.*.c,a.c,false",
        "a.*.c,a.b.b.c,false",
        "a.*,a.b,true",
        "a.*,a.b.c,true",
        "a.*,a,false",
        "**,a,true",
        "**,a.b.c,true",
        "a.**,a,false",
        "a.**,a.b.c.d,true",
        "**.c,c,false",
        "**.c,a.c,true",
        "**.c,a.b.c,true",
        "**.c,a.c.b,false",
        "**.c,c.c,true",
        "a.**.c,a.c,false",
        "a.**.c,a.b.c,true",
        "a.**.c,a.c.c.c,true",
        "a.**.c,a.b.c.d,false",
        "**.b.**,a.b,false",
        "**.b.**,a.b.c,true",
        "**.b.**,b.b.b,true",
        "**.**,a,false",
        "**.**,a.b,true",
        "**.*,a,false",
        "%2A,*,true",
        "%2A,a,false",
        "%2A%2A,**,true",
        "{one},a,false",
        "{one},{one},false"
    })
    void matchesTheTopicsOfItsSet(String pattern, String topic, boolean expected) throws Exception {
        List<String> segments = List.of(topic.split("\\.", -1));

        assertThat(pattern(pattern).matches(Topic.of(segments))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "a,a,true",
        "a,b,false",
        "a,*,false",
        "a,**,false",
        "*,a,true",
        "*,*,true",
        "*,**,false",
        "**,*,true",
        "**,**,true",
        "**,a.b.c,true",
        "**,a.**.c,true",
        "a.**,a.b,true",
        "a.**,a,false",
        "a.**,a.**,true",
        "a.**,**,false",
        "a.**,a.*.b,true",
        "a.*.b,a.**.b,false",
        "a.**.b,a.**.b,true",
        "**.b,a.**,false",
        "a.**.c,a.b.**.c,true",
        "**.**,*,false",
        "**.**,*.*,true",
        "chat.**,chat.*.x,true",
        "chat.**,*.x,false",
        "inbox.{one},inbox.a,true",
        "inbox.{one},inbox.b,false",
        "inbox.{one},inbox.*,false",
        "inbox.{two},inbox.b,true",
        "inbox.{star},inbox.*,false",
        "inbox.{star},inbox.%2A,true",
        "inbox.{star},inbox.x,false",
        "inbox.{empty},inbox.a,false",
        "inbox.{unknown},inbox.a,false",
        "{one},a,true",
        "{one}.**,a.b,true"
    })
    void coversWhatIsWhollyInIt(String rule, String asked, boolean expected) throws Exception {
        assertThat(pattern(rule).covers(pattern(asked), PatternTest::values)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "a,a,true",
        "a,b,false",
        "a,*,true",
        "a,**,true",
        "*,**,true",
        "a.b,**,true",
        "a.b,*.b,true",
        "a.b,*.c,false",
        "a.**,**.b,true",
        "a.**,b.**,false",
        "a.*.c,a.**,true",
        "a,a.**,false",
        "*,a.b,false",
        "**.a,**.b,false",
        "**.a.**,**.b.**,true",
        "a.**.c,a.b,false",
        "**.a,a,false",
        "**.a,a.**,true",
        "chat.{one},chat.a,true",
        "chat.{one},chat.b,false",
        "chat.{one},chat.**,true",
        "chat.{empty},chat.**,false",
        "chat.{empty},chat.a,false",
        "chat.{star},chat.a,false",
        "chat.{star},chat.%2A,true",
        "**.{one},x.*,true"
    })
    void meetsWhatHasATopicInCommon(String rule, String asked, boolean expected) throws Exception {
        assertThat(pattern(rule).meets(pattern(asked), PatternTest::values)).isEqualTo(expected);
    }

    @Test
    void onlyLiteralsAreOneTopic() throws Exception {
        assertThat(pattern("a.%2A").exact()).contains(Topic.of("a", "*"));
        assertThat(pattern("a.**").exact()).isEmpty();
        assertThat(pattern("*").exact()).isEmpty();
        assertThat(pattern("a.{one}").exact()).isEmpty();
        assertThat(pattern("a.*").first()).contains("a");
        assertThat(pattern("*.a").first()).isEmpty();
        assertThat(pattern("{one}.a").first()).isEmpty();
        assertThat(Pattern.of(Topic.of("*", "a.b"))).isEqualTo(pattern("%2A.a%2Eb"));
        assertThatThrownBy(() -> new Pattern(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /**
     * Against all topics there are: a pattern of four segments and another one have a topic of at most seven in common, if
     * any, over an alphabet with one letter more than they use.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isWhatAnEnumerationSays(long seed) {
        Random random = new Random(seed);
        List<Topic> all = Patterns.topics(List.of("a", "b", "*"), 7);
        List<Pattern.Segment> asked = List.of(
                new Pattern.Literal("a"), new Pattern.Literal("b"), Pattern.Wildcard.ONE, Pattern.Wildcard.MORE);
        List<Pattern.Segment> ruled = new ArrayList<>(asked);
        VALUES.keySet().stream().sorted().map(Pattern.Template::new).forEach(ruled::add);
        for (int i = 0; i < 40; i++) {
            Pattern rule = Patterns.random(random, ruled, 4);
            Pattern other = Patterns.random(random, asked, 4);
            List<Pattern> ways = resolved(rule);
            boolean meets = false;
            boolean covers = true;
            for (Topic topic : all) {
                boolean inOther = Patterns.matches(other, topic);
                if (topic.segments().size() < 7) {
                    assertThat(other.matches(topic)).as("%s %s", other, topic).isEqualTo(inOther);
                }
                if (inOther) {
                    boolean inRule = ways.stream().anyMatch(way -> Patterns.matches(way, topic));
                    meets |= inRule;
                    covers &= inRule;
                }
            }
            assertThat(rule.meets(other, PatternTest::values))
                    .as("%s meets %s", rule, other)
                    .isEqualTo(meets);
            if (rule.covers(other, PatternTest::values)) {
                assertThat(covers).as("%s covers %s", rule, other).isTrue();
            } else if (ruledByPrefix(rule)) {
                assertThat(covers).as("%s does not cover %s", rule, other).isFalse();
            }
            if (ways.size() == 1 && ways.getFirst().equals(rule)) {
                assertThat(other.meets(rule, _ -> Set.of())).as("either way").isEqualTo(meets);
            }
        }
    }

    /** Rules as people write them, literals and then perhaps everything below: of these the answer is exact. */
    private static boolean ruledByPrefix(Pattern rule) {
        return rule.segments().stream().limit(rule.segments().size() - 1L).allMatch(Pattern.Literal.class::isInstance)
                && !(rule.segments().getLast() instanceof Pattern.Template);
    }

    /** The pattern with each value in place of its templates. */
    private static List<Pattern> resolved(Pattern pattern) {
        List<List<Pattern.Segment>> ways = new ArrayList<>(List.of(List.of()));
        for (Pattern.Segment segment : pattern.segments()) {
            List<List<Pattern.Segment>> longer = new ArrayList<>();
            List<Pattern.Segment> choices = segment instanceof Pattern.Template(String name)
                    ? values(name).stream()
                            .<Pattern.Segment>map(Pattern.Literal::new)
                            .toList()
                    : List.of(segment);
            for (List<Pattern.Segment> way : ways) {
                for (Pattern.Segment choice : choices) {
                    List<Pattern.Segment> next = new ArrayList<>(way);
                    next.add(choice);
                    longer.add(next);
                }
            }
            ways = longer;
        }
        return ways.stream().map(Pattern::new).toList();
    }
}
