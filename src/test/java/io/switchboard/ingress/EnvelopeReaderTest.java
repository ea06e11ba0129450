package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.switchboard.event.EventReader;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.event.JobEvent;
import io.switchboard.event.TreeEvent;
import io.switchboard.testing.WireJson;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {
    private static final String TREE = "{\"Target\":{\"Path\":\"ds/a\"}}";
    private static final String JOB = "{\"Job\":{\"ID\":\"j\"},\"TaskUpdated\":{\"TriggerOwner\":\"alice\"}}";
    private static final String SECRET = "hunter2";

    private final EnvelopeReader reader = reader(0, 0);

    private static EnvelopeReader reader(long eventSize, int eventsPerRequest) {
        return new EnvelopeReader(WireJson.MAPPER, new EventReader(WireJson.MAPPER), eventSize, eventsPerRequest);
    }

    private static String cloudEvent(String source, String id, String data) {
        return "{\"specversion\":\"1.0\",\"source\":\"" + source + "\",\"id\":\"" + id
                + "\",\"type\":\"org.example.tree\",\"data\":" + data + "}";
    }

    private EnvelopeReader.Published read(String body) throws Exception {
        return reader.read(EventTopic.TREE, body.getBytes(StandardCharsets.UTF_8));
    }

    private InvalidEventException refused(EventTopic topic, byte[] body) {
        return catchThrowableOfType(InvalidEventException.class, () -> reader.read(topic, body));
    }

    private InvalidEventException refused(String body) {
        return refused(EventTopic.TREE, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String path(Envelope envelope) {
        return ((TreeEvent) envelope.event()).target().orElseThrow().path();
    }

    @Test
    void oneEvent() throws Exception {
        EnvelopeReader.Published published = read(TREE);

        assertThat(published.array()).isFalse();
        assertThat(published.envelopes()).singleElement().satisfies(envelope -> {
            assertThat(envelope.event().topic()).isEqualTo(EventTopic.TREE);
            assertThat(path(envelope)).isEqualTo("ds/a");
            assertThat(envelope.key()).isEmpty();
        });
    }

    private InvalidEventException refusedMessage(String body) {
        return refused(EventTopic.PUBLISH, body.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> keyOfMessage(String fields) throws Exception {
        String body = "{\"topic\":\"t\",\"payload\":1" + fields + "}";
        return reader.read(EventTopic.PUBLISH, body.getBytes(StandardCharsets.UTF_8))
                .envelopes()
                .getFirst()
                .key();
    }

    /** It can be mistaken for nothing that a CloudEvent is called. */
    @Test
    void theIdOfAMessageTellsARetry() throws Exception {
        assertThat(keyOfMessage(",\"id\":\"m-1\"")).contains("id m-1");
        assertThat(keyOfMessage("")).isEmpty();
        assertThat(keyOfMessage(",\"id\":null")).isEmpty();
        assertThat(keyOfMessage(",\"id\":\"" + "x".repeat(256) + "\"")).isPresent();
        String event = cloudEvent("id", "m-1", "{\"topic\":\"t\",\"payload\":1,\"id\":\"of the data\"}");
        assertThat(reader.read(EventTopic.PUBLISH, event.getBytes(StandardCharsets.UTF_8))
                        .envelopes())
                .singleElement()
                .satisfies(envelope -> assertThat(envelope.key()).contains("2 id m-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "\"\"", "{}", "[]"})
    void theIdOfAMessageIsText(String id) {
        String message = "{\"topic\":\"t\",\"payload\":1,\"id\":" + id + "}";

        assertThat(refusedMessage(message).field()).isEqualTo("id");
        assertThat(refusedMessage("[" + message + "]").field()).isEqualTo("[0].id");
    }

    @Test
    void theIdOfAMessageIsBounded() {
        assertThat(refusedMessage("{\"topic\":\"t\",\"payload\":1,\"id\":\"" + "x".repeat(257) + "\"}")
                        .field())
                .isEqualTo("id");
    }

    /** What other events call so is theirs. */
    @Test
    void theIdOfAnotherEventIsNone() throws Exception {
        assertThat(read("{\"Target\":{\"Path\":\"ds/a\"},\"id\":\"x\"}")
                        .envelopes()
                        .getFirst()
                        .key())
                .isEmpty();
    }

    @Test
    void theTopicSaysWhatIsRead() throws Exception {
        assertThat(reader.read(EventTopic.META, TREE.getBytes(StandardCharsets.UTF_8))
                        .envelopes()
                        .getFirst()
                        .event()
                        .topic())
                .isEqualTo(EventTopic.META);
        assertThat(reader.read(EventTopic.JOB, JOB.getBytes(StandardCharsets.UTF_8))
                        .envelopes()
                        .getFirst()
                        .event())
                .isEqualTo(new JobEvent("alice", JOB));
    }

    @Test
    void anArrayKeepsItsOrder() throws Exception {
        EnvelopeReader.Published published =
                read("[" + TREE + "," + TREE.replace("ds/a", "ds/b") + " , " + TREE.replace("ds/a", "ds/c") + "]");

        assertThat(published.array()).isTrue();
        assertThat(published.envelopes()).extracting(EnvelopeReaderTest::path).containsExactly("ds/a", "ds/b", "ds/c");
    }

    @Test
    void anArrayOfOneIsAnArray() throws Exception {
        assertThat(read("[" + TREE + "]").array()).isTrue();
    }

    @Test
    void anEmptyArrayIsNoEvent() throws Exception {
        assertThat(read(" [ ] ")).isEqualTo(new EnvelopeReader.Published(List.of(), true));
    }

    @Test
    void aCloudEventIsOpenedAndNamed() throws Exception {
        EnvelopeReader.Published published = read(cloudEvent("/indexer", "17", TREE));

        assertThat(published.array()).isFalse();
        assertThat(path(published.envelopes().getFirst())).isEqualTo("ds/a");
        assertThat(published.envelopes().getFirst().key()).isPresent();
    }

    @Test
    void whatACloudEventIsCalledTellsItFromOthers() throws Exception {
        EnvelopeReader.Published published = read("["
                + String.join(
                        ",",
                        cloudEvent("a", "b c", TREE),
                        cloudEvent("a b", "c", TREE),
                        cloudEvent("a", "b", TREE),
                        cloudEvent("a", "b", TREE.replace("ds/a", "ds/b")))
                + "]");

        assertThat(published.envelopes().stream().map(Envelope::key).distinct()).hasSize(3);
        assertThat(published.envelopes().get(2).key())
                .isEqualTo(published.envelopes().get(3).key());
    }

    @Test
    void anArrayMayMixBothKinds() throws Exception {
        EnvelopeReader.Published published =
                read("[" + TREE + "," + cloudEvent("s", "1", TREE) + "," + cloudEvent("s", "2", TREE) + "]");

        assertThat(published.envelopes())
                .extracting(envelope -> envelope.key().isPresent())
                .containsExactly(false, true, true);
    }

    @Test
    void otherAttributesOfACloudEventAreNobodysBusiness() throws Exception {
        assertThat(read("{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\",\"type\":\"t\",\"time\":\"now\","
                                + "\"datacontenttype\":\"application/json\",\"traceparent\":\"00-1\",\"data\":" + TREE
                                + "}")
                        .envelopes())
                .hasSize(1);
    }

    @Test
    void weightsAreBytes() throws Exception {
        String umlaut = TREE.replace("ds/a", "ds/ä€😀");
        String envelope = cloudEvent("s", "1", umlaut);

        assertThat(read(" \n" + umlaut + "  ").envelopes())
                .extracting(one -> one.event().weight())
                .containsExactly(bytes(umlaut));
        assertThat(read("[ " + TREE + " ,\t" + umlaut + " , " + envelope + " ]").envelopes())
                .extracting(one -> one.event().weight())
                .containsExactly(bytes(TREE), bytes(umlaut), bytes(envelope));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    static Stream<Arguments> wrongFields() {
        return Stream.of(
                Arguments.of("", ""),
                Arguments.of(" \n ", ""),
                Arguments.of("null", ""),
                Arguments.of("7", ""),
                Arguments.of("\"text\"", ""),
                Arguments.of("{", ""),
                Arguments.of("[" + TREE, ""),
                Arguments.of("[" + TREE + ",", ""),
                Arguments.of(TREE + "}", ""),
                Arguments.of(TREE + TREE, ""),
                Arguments.of(TREE + ",", ""),
                Arguments.of("[" + TREE + "] []", ""),
                Arguments.of("[" + TREE + "] x", ""),
                Arguments.of("{\"Target\":{\"Path\":\"ds/a\"},\"Target\":{\"Path\":\"ds/b\"}}", ""),
                Arguments.of("{\"Target\":{\"Path\":\"ds/a\",\"Path\":\"ds/b\"}}", ""),
                Arguments.of("[" + TREE + ",{\"Target\":{\"Path\":\"ds/a\",\"Path\":\"ds/b\"}}]", ""),
                Arguments.of("{\"Target\":{\"Path\":\"ds/a\",\"X\":{\"y\":1,\"y\":2}}}", ""),
                Arguments.of("{'Target':{}}", ""),
                Arguments.of("{\"Target\":{\"Path\":\"ds/a\"},}", ""),
                Arguments.of("{\"Target\":{\"Size\":NaN}}", ""),
                Arguments.of("{}", "Target"),
                Arguments.of("{\"Target\":{\"Path\":5}}", "Target.Path"),
                Arguments.of("[5]", "[0]"),
                Arguments.of("[" + TREE + ",null]", "[1]"),
                Arguments.of("[" + TREE + ",[" + TREE + "]]", "[1]"),
                Arguments.of("[" + TREE + ",{\"Target\":{\"Path\":5}}]", "[1].Target.Path"),
                Arguments.of(cloudEvent("s", "1", "{}"), "data.Target"),
                Arguments.of(
                        cloudEvent("s", "1", "{\"Target\":{\"AppearsIn\":[{}]}}"), "data.Target.AppearsIn[0].WsUuid"),
                Arguments.of(
                        "[" + TREE + "," + cloudEvent("s", "1", "{\"Target\":{\"Path\":5}}") + "]",
                        "[1].data.Target.Path"),
                Arguments.of(cloudEvent("s", "1", "\"" + SECRET + "\""), "data"),
                Arguments.of(cloudEvent("s", "1", "[" + TREE + "]"), "data"),
                Arguments.of(cloudEvent("s", "1", "null"), "data"),
                Arguments.of(cloudEvent("s", "1", cloudEvent("s", "2", TREE)), "data.Target"),
                Arguments.of(cloudEvent("", "1", TREE), "source"),
                Arguments.of(cloudEvent("s", "", TREE), "id"),
                Arguments.of("[" + cloudEvent("s", "", TREE) + "]", "[0].id"),
                Arguments.of("{\"specversion\":\"1.0\",\"source\":7}", "source"),
                Arguments.of("{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\"}", "type"),
                Arguments.of("{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\",\"type\":\"t\"}", "data"),
                Arguments.of(
                        "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\",\"type\":\"t\",\"data_base64\":\"e30=\"}",
                        "data"),
                Arguments.of(cloudEvent("s", "1", TREE).replace("\"1.0\"", "\"0.3\""), "specversion"),
                Arguments.of(cloudEvent("s", "1", TREE).replace("\"1.0\"", "null"), "specversion"));
    }

    @ParameterizedTest
    @MethodSource("wrongFields")
    void theWrongFieldIsNamed(String body, String field) {
        assertThat(refused(body)).satisfies(e -> {
            assertThat(e.field()).isEqualTo(field);
            assertThat(e.getMessage()).startsWith("send ");
        });
    }

    static Stream<String> secretBodies() {
        return Stream.of(
                SECRET,
                "\"" + SECRET + "\"",
                "\"" + SECRET,
                "{" + SECRET + "}",
                "{\"" + SECRET + "\"",
                "{\"" + SECRET + "\":1,\"" + SECRET + "\":2}",
                "{\"Target\":\"" + SECRET + "\"}",
                "{\"Type\":\"" + SECRET + "\",\"Target\":{}}",
                "{\"Target\":{\"Path\":[\"" + SECRET + "\"]}}",
                "{\"Target\":{\"Size\":\"" + SECRET + "\"}}",
                "{\"Target\":{\"Type\":\"" + SECRET + "\"}}",
                "{\"Target\":{\"MetaStore\":{\"name\":{\"" + SECRET + "\":1}}}}",
                TREE + " " + SECRET,
                TREE + " \"" + SECRET + "\"",
                "[" + TREE + "," + SECRET + "]",
                cloudEvent(SECRET, SECRET, "\"" + SECRET + "\""),
                cloudEvent(SECRET, SECRET, "{\"Target\":\"" + SECRET + "\"}"),
                "{\"specversion\":\"" + SECRET + "\"}");
    }

    @ParameterizedTest
    @MethodSource("secretBodies")
    void theAnswerHoldsNothingOfTheBody(String body) {
        InvalidEventException e = refused(body);

        assertThat(e.getMessage() + e.field()).doesNotContain(SECRET);
        assertThat(e).hasNoCause().hasNoSuppressedExceptions();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "{\"Target\":{\"Unknown\":[", "[{\"Target\":{\"x\":["})
    void deepNestingIsRefused(String open) {
        String repeated = open.substring(open.length() > 5 ? open.length() - 1 : 0);
        String body = open + repeated.repeat(10_000);

        assertThat(refused(body)).satisfies(e -> assertThat(e.getMessage()).startsWith("send JSON"));
    }

    @Test
    void deepNestingThatIsClosedIsRefusedToo() {
        String nested = "[".repeat(10_000) + "]".repeat(10_000);

        assertThat(refused(nested).field()).isEmpty();
        assertThat(refused("{\"Target\":{\"Path\":\"ds/a\",\"Deep\":" + nested + "}}")
                        .field())
                .isEmpty();
        assertThat(refused(
                        EventTopic.JOB,
                        ("{\"Job\":{\"Deep\":" + nested + "},\"TaskUpdated\":{\"TriggerOwner\":\"a\"}}")
                                .getBytes(StandardCharsets.UTF_8)))
                .isNotNull();
    }

    @Test
    void anEventMayBeExactlyAsLargeAsTheBound() throws Exception {
        byte[] body = TREE.getBytes(StandardCharsets.UTF_8);

        assertThat(reader(body.length, 0).read(EventTopic.TREE, body).envelopes())
                .hasSize(1);
        assertThatExceptionOfType(TooLargeException.class)
                .isThrownBy(() -> reader(body.length - 1, 0).read(EventTopic.TREE, body))
                .withMessageContaining("at most " + (body.length - 1) + " bytes");
    }

    @Test
    void eachEventOfAnArrayIsMeasured() throws Exception {
        String large = TREE.replace("ds/a", "ds/" + "a".repeat(100));
        EnvelopeReader bounded = reader(bytes(TREE), 0);

        assertThat(bounded.read(EventTopic.TREE, ("[" + TREE + "," + TREE + "]").getBytes(StandardCharsets.UTF_8))
                        .envelopes())
                .hasSize(2);
        assertThatExceptionOfType(TooLargeException.class)
                .isThrownBy(() -> bounded.read(
                        EventTopic.TREE, ("[" + TREE + "," + large + "]").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anArrayMayBeExactlyAsLongAsTheBound() throws Exception {
        EnvelopeReader bounded = reader(0, 2);

        assertThat(bounded.read(EventTopic.TREE, ("[" + TREE + "," + TREE + "]").getBytes(StandardCharsets.UTF_8))
                        .envelopes())
                .hasSize(2);
        assertThatExceptionOfType(TooLargeException.class)
                .isThrownBy(() -> bounded.read(
                        EventTopic.TREE, ("[" + TREE + "," + TREE + "," + TREE + "]").getBytes(StandardCharsets.UTF_8)))
                .withMessageContaining("at most 2 events");
    }

    @Test
    void theArrayIsNotReadBeyondItsBound() {
        assertThatExceptionOfType(TooLargeException.class)
                .isThrownBy(() -> reader(0, 1)
                        .read(EventTopic.TREE, ("[" + TREE + ",{" + SECRET).getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aByteOrderMarkIsSkipped() throws Exception {
        EnvelopeReader.Published published = read("\uFEFF" + TREE);

        assertThat(published.envelopes())
                .extracting(one -> one.event().weight())
                .containsExactly(bytes(TREE));
    }

    /** Where the bytes cannot be counted, neither the bound of an event nor that of the log would hold. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "UTF-32LE"})
    void onlyUtf8IsRead(String charset) {
        byte[] body = ("[" + TREE + "]").getBytes(Charset.forName(charset));

        assertThat(refused(EventTopic.TREE, body)).satisfies(e -> {
            assertThat(e.field()).isEmpty();
            assertThat(e.getMessage()).contains("UTF-8");
        });
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] body = TREE.getBytes(StandardCharsets.UTF_8);
        body[TREE.indexOf("ds/a")] = (byte) 0xC3;

        assertThat(refused(EventTopic.TREE, body)).isNotNull();
    }
}
