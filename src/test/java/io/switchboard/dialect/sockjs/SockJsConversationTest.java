package io.switchboard.dialect.sockjs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.HeartBeat;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What SockJS puts around another dialect, and what it takes off. */
class SockJsConversationTest {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Request REQUEST = new Request() {};

    /** Remembers what it was told, and says what a test wants it to say. */
    private static final class Inner implements Conversation {
        private final List<String> heard = new ArrayList<>();
        private List<Frame> says = List.of();
        private Optional<String> answer = Optional.empty();
        private Renderer renderer = Renderer.NOTHING;
        private Optional<HeartBeat> heartBeat = Optional.empty();

        @Override
        public List<Command> commands(String text) {
            heard.add(text);
            if (answer.isPresent()) {
                return List.of(new Command.Answered(List.of(Frame.text(answer.get()))));
            }
            return text.isEmpty() ? List.of() : List.of(new Command.SignIn(text), new Command.SignOut());
        }

        @Override
        public Optional<List<Command>> commands(ByteBuf content) {
            return Optional.of(List.of(new Command.SignOut()));
        }

        @Override
        public List<Frame> opening() {
            return says;
        }

        @Override
        public List<Frame> notice(Notice notice) {
            return says;
        }

        @Override
        public List<Frame> reply(Request request, Reply reply) {
            return says;
        }

        @Override
        public boolean endsWith(Request request, Reply reply) {
            return reply instanceof Reply.Failed;
        }

        @Override
        public Renderer renderer(Publication publication) {
            return renderer;
        }

        @Override
        public Optional<HeartBeat> heartBeat() {
            return heartBeat;
        }
    }

    /** Of which two may be equal. */
    private record Named(String name) implements Renderer {
        @Override
        public int slot() {
            return NO_SLOT;
        }

        @Override
        public Frame render(Publication publication) {
            return Frame.of(List.of(Frame.text(name), Frame.text("\0")));
        }
    }

    private final Inner inner = new Inner();
    private final SockJsConversation sockJs = new SockJsConversation(MAPPER, inner);

    private static List<String> texts(List<Frame> frames) {
        return frames.stream().flatMap(frame -> texts(frame).stream()).toList();
    }

    private static List<String> texts(Frame frame) {
        return frame.contents().stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    private static Publication publication() {
        return new Publication(
                new Position("e", 1),
                Topic.of("chat"),
                new Guard.IsAnybody(),
                Policy.RELIABLE,
                Optional.empty(),
                "{}".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[\"a\"] | a",
                "\"a\" | a",
                "[\"a\",\"b\", \"c\"] | a b c",
                " [ \"a\" ] | a",
                "[\"\\u0061\\ud83d\\ude00\"] | a😀",
            })
    void takesAnArrayOfMessagesOrOne(String text, String messages) {
        sockJs.commands(text);

        assertThat(inner.heard).containsExactly(messages.split(" ", -1));
    }

    @Test
    void givesTheCommandsOfAllMessagesInTheirOrder() {
        assertThat(sockJs.commands("[\"a\",\"\",\"b\"]"))
                .containsExactly(
                        new Command.SignIn("a"), new Command.SignOut(), new Command.SignIn("b"), new Command.SignOut());
    }

    @Test
    void wrapsWhatTheDialectAnswersByItself() {
        inner.answer = Optional.of("pong");

        assertThat(sockJs.commands("[\"a\"]"))
                .first()
                .isInstanceOfSatisfying(
                        Command.Answered.class,
                        answered -> assertThat(texts(answered.answer())).containsExactly("a[\"pong\"]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]"})
    void ignoresWhatSaysNothing(String text) {
        assertThat(sockJs.commands(text)).isEmpty();
        assertThat(inner.heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "[\"a\"",
                "[\"a\",1]",
                "[null]",
                "[[\"a\"]]",
                "{}",
                "{\"0\":\"a\"}",
                "null",
                "1",
                "true",
                " ",
                "[\"a\"]x",
                "[\"a\"][\"b\"]",
                "['a']",
                "\"a\n\""
            })
    void refusesWhatIsNoArrayOfStrings(String text) {
        assertThat(sockJs.commands(text)).singleElement().isInstanceOf(Command.Malformed.class);
        assertThat(inner.heard).isEmpty();
    }

    @Test
    void hasNoBinaryMessages() {
        assertThat(sockJs.commands(Unpooled.buffer())).isEmpty();
    }

    @Test
    void saysThatItIsOpenBeforeAnythingElse() {
        assertThat(texts(sockJs.opening())).containsExactly("o");
        inner.says = List.of(Frame.text("hello"));

        assertThat(texts(sockJs.opening())).containsExactly("o", "a[\"hello\"]");
    }

    @Test
    void wrapsEachMessageByItself() {
        inner.says = List.of(Frame.text("one"), Frame.of(List.of(Frame.text("two"), Frame.text(""))));

        assertThat(texts(sockJs.reply(REQUEST, new Reply.Done())))
                .containsExactly("a[\"one\"]", "a[\"two\"]", "a[\"\"]");
        assertThat(texts(sockJs.notice(new Notice.Revoked()))).containsExactly("a[\"one\"]", "a[\"two\"]", "a[\"\"]");
        assertThat(sockJs.reply(REQUEST, new Reply.Done())).hasSize(2);
    }

    @Test
    void endsWhereTheOtherDoes() {
        assertThat(sockJs.endsWith(REQUEST, new Reply.Done())).isFalse();
        assertThat(sockJs.endsWith(REQUEST, new Reply.Failed(400, "no"))).isTrue();
    }

    /** sockjs-protocol 0.3.3 names the ranges; what is not in them stays as it is. */
    @Test
    void escapesWhatBrowsersChange() throws Exception {
        String all = IntStream.rangeClosed(0, 0xffff)
                .mapToObj(c -> Character.toString((char) c))
                // one alone is no UTF-8
                .filter(text -> !Character.isSurrogate(text.charAt(0)))
                .reduce("", String::concat);
        inner.says = List.of(Frame.text(all));

        String written = texts(sockJs.reply(REQUEST, new Reply.Done())).getFirst();

        assertThat(MAPPER.readValue(written.substring(1), String[].class)).containsExactly(all);
        assertThat(written)
                .doesNotContainPattern("[\\x00-\\x1f\\u200c-\\u200f\\u2028-\\u202f\\u2060-\\u206f\\ufff0-\\uffff]")
                .contains("~\u007f\u0080", "\u200b\\u200c", "\\u200f\u2010", "\u2027\\u2028", "\\u202f\u2030")
                .contains("\u205f\\u2060", "\\u206f\u2070", "\uffef\\ufff0", "\\uffff\"]");
    }

    @Test
    void escapesWhatIsOutsideOfTheBasicPlane() {
        inner.says = List.of(Frame.text("😀"));

        assertThat(texts(sockJs.reply(REQUEST, new Reply.Done()))).containsExactly("a[\"\\ud83d\\ude00\"]");
    }

    @Test
    void wrapsHeartBeats() {
        assertThat(sockJs.heartBeat()).isEmpty();
        inner.heartBeat = Optional.of(new HeartBeat(Frame.text("\n"), Duration.ofSeconds(10), Duration.ofSeconds(20)));

        HeartBeat beat = sockJs.heartBeat().orElseThrow();

        assertThat(texts(beat.frame())).containsExactly("a[\"\\n\"]");
        assertThat(beat.every()).isEqualTo(Duration.ofSeconds(10));
        assertThat(beat.within()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void showsNothingOfWhatIsNotShown() {
        assertThat(sockJs.renderer(publication())).isSameAs(Renderer.NOTHING);
    }

    @Test
    void showsPublicationsInItsFrames() {
        inner.renderer = new Named("shown");
        Renderer renderer = sockJs.renderer(publication());

        assertThat(renderer.slot()).isEqualTo(Renderer.NO_SLOT);
        assertThat(texts(renderer.render(publication()))).containsExactly("a[\"shown\"]", "a[\"\\u0000\"]");
    }

    /** Or each session would have its own copy of each frame. */
    @Test
    void sharesWhatItShowsWithOtherConversations() {
        Inner other = new Inner();
        SockJsConversation second = new SockJsConversation(MAPPER, other);
        inner.renderer = new Named("shared");
        other.renderer = new Named("shared");
        Publication publication = publication();

        Renderer renderer = sockJs.renderer(publication);

        assertThat(second.renderer(publication)).isSameAs(renderer);
        assertThat(sockJs.renderer(publication)).isSameAs(renderer);
        assertThat(publication.frame(second.renderer(publication))).isSameAs(publication.frame(renderer));
        other.renderer = new Named("another");
        assertThat(second.renderer(publication)).isNotSameAs(renderer);
        other.renderer = Renderer.NOTHING;
        assertThat(second.renderer(publication)).isSameAs(Renderer.NOTHING);
        other.renderer = new Named("shared");
        assertThat(second.renderer(publication)).isSameAs(renderer);
    }
}
