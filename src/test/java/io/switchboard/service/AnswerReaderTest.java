package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import io.switchboard.testing.WireJson;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {
    private static final String FULL = "{\"payload\":{\"a\":1},\"subscriptions\":{\"subscribe\":[\"x.*\"],"
            + "\"unsubscribe\":[\"y\"]},\"grant\":{\"topics\":[\"z\"],\"expires_at\":1893456000000}}";

    private final AnswerReader reader = new AnswerReader(200);

    private Reply read(String body, boolean envelope) throws BrokenServiceException {
        return reader.read(body.getBytes(UTF_8), envelope);
    }

    private static Failure failure(ThrowingCallable reading) {
        return catchThrowableOfType(BrokenServiceException.class, reading).failure();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "1",
                "\"a\"",
                "[]",
                "{\"payload\":1}",
                " {} ",
                "0.12345678901234567890123456789",
                "1.10",
                "1E+400",
                "{\"grant\":{\"topics\":[\"*\"],\"expires_at\":1893456000000}}"
            })
    void anAnswerIsThePayloadWhateverItLooksLike(String body) throws Exception {
        Reply reply = read(body, false);

        assertThat(new String(reply.payload(), UTF_8)).isEqualTo(body);
        assertThat(reply.subscriptions()).isEmpty();
        assertThat(reply.grant()).isEmpty();
    }

    @Test
    void anEnvelopeSaysSoBesideItself() throws Exception {
        Reply reply = read(FULL, true);

        assertThat(new String(reply.payload(), UTF_8)).isEqualTo("{\"a\":1}");
        assertThat(reply.subscriptions()).contains(new SubscriptionChange(List.of("x.*"), List.of("y")));
        assertThat(reply.grant()).contains(new Grant(List.of("z"), Instant.parse("2030-01-01T00:00:00Z")));
        assertThat(new String(read(FULL, false).payload(), UTF_8)).isEqualTo(FULL);
        assertThat(new String(read("{}", true).payload(), UTF_8)).isEqualTo("null");
        assertThat(new String(
                        read("{\"payload\":[1.10,0.12345678901234567890123456789,1E+400]}", true)
                                .payload(),
                        UTF_8))
                .isEqualTo("[1.10,0.12345678901234567890123456789,1E+400]");
    }

    @Test
    void theMediaTypeIsWhatSaysSo() {
        assertThat(AnswerReader.isEnvelope("application/vnd.switchboard.answer+json"))
                .isTrue();
        assertThat(AnswerReader.isEnvelope("Application/Vnd.Switchboard.Answer+Json ; charset=utf-8"))
                .isTrue();
        assertThat(AnswerReader.isEnvelope("application/json")).isFalse();
        assertThat(AnswerReader.isEnvelope("")).isFalse();
        assertThat(AnswerReader.isEnvelope(null)).isFalse();
    }

    @Test
    void nothingIsNull() throws Exception {
        assertThat(new String(read("", false).payload(), UTF_8)).isEqualTo("null");
        assertThat(new String(TestCalls.reply(reader.of(null)).payload(), UTF_8))
                .isEqualTo("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "hunter2", "{", "{}{}", "{} x", "{\"a\":1,\"a\":2}", "NaN", "'a'", "[1,]", "\uFEFF{}"})
    void whatIsNotOneJsonValueFails(String body) {
        assertThat(failure(() -> read(body, false)).status()).isEqualTo(500);
        assertThat(failure(() -> read(body, false)).message()).doesNotContain("hunter2");
    }

    @Test
    void whatIsNotUtf8Fails() {
        assertThat(failure(() -> reader.read(new byte[] {'"', (byte) 0xff, '"'}, false))
                        .status())
                .isEqualTo(500);
        assertThat(failure(() -> reader.read("{}".getBytes(java.nio.charset.StandardCharsets.UTF_16BE), false))
                        .status())
                .isEqualTo(500);
    }

    @Test
    void depthFails() {
        AnswerReader wide = new AnswerReader(1 << 20);

        assertThat(failure(() -> wide.read("[".repeat(100_000).getBytes(UTF_8), false))
                        .status())
                .isEqualTo(500);
        assertThat(failure(() -> wide.read("[".repeat(100_000).getBytes(UTF_8), true))
                        .status())
                .isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "[]",
                "{\"paylod\":1}",
                "{\"grants\":{}}",
                "{\"subscriptions\":[]}",
                "{\"subscriptions\":{\"subscribed\":[]}}",
                "{\"subscriptions\":{\"subscribe\":\"a\"}}",
                "{\"subscriptions\":{\"subscribe\":[1]}}",
                "{\"subscriptions\":{\"subscribe\":[\"\"]}}",
                "{\"subscriptions\":null}",
                "{\"grant\":{}}",
                "{\"grant\":{\"topics\":[\"a\"]}}",
                "{\"grant\":{\"topics\":[\"a\"],\"expires_at\":null}}",
                "{\"grant\":{\"topics\":[\"a\"],\"expires_at\":\"2030-01-01\"}}",
                "{\"grant\":{\"topics\":[\"a\"],\"expires_at\":1.5}}",
                "{\"grant\":{\"topics\":[\"a\"],\"expires_at\":99999999999999999999}}",
                "{\"grant\":{\"topics\":{},\"expires_at\":1}}"
            })
    void anEnvelopeThatIsNoneFails(String body) {
        assertThat(failure(() -> read(body, true)).status()).isEqualTo(500);
    }

    @Test
    void sizeIsBoundedEverywhere() throws Exception {
        String fits = "\"" + "x".repeat(198) + "\"";
        String large = "\"" + "x".repeat(199) + "\"";

        assertThat(read(fits, false).payload()).hasSize(200);
        assertThat(failure(() -> read(large, false)).message()).isEqualTo("the service's answer is too large");
        assertThat(TestCalls.reply(reader.of(WireJson.MAPPER.readTree(fits))).payload())
                .hasSize(200);
        assertThat(failure(() -> reader.of(WireJson.MAPPER.readTree(large))).message())
                .isEqualTo("the service's answer is too large");
        assertThat(failure(() -> reader.of(new Reply(large.getBytes(UTF_8), Optional.empty(), Optional.empty())))
                        .message())
                .isEqualTo("the service's answer is too large");
        assertThat(new AnswerReader(0).read(large.getBytes(UTF_8), false).payload())
                .hasSize(201);
    }

    @Test
    void patternsAreBounded() {
        AnswerReader wide = new AnswerReader(0);
        Reply many = new Reply(
                "1".getBytes(UTF_8),
                Optional.of(new SubscriptionChange(Collections.nCopies(1_001, "a"), List.of())),
                Optional.empty());
        Reply longOne = new Reply(
                "1".getBytes(UTF_8), Optional.empty(), Optional.of(new Grant(List.of("a".repeat(513)), Instant.MAX)));

        assertThat(failure(() -> wide.of(many)).status()).isEqualTo(500);
        assertThat(failure(() -> wide.of(longOne)).status()).isEqualTo(500);
        assertThat(failure(() -> wide.read(
                                ("{\"grant\":{\"expires_at\":1,\"topics\":[\"a\"" + ",\"a\"".repeat(1_000) + "]}}")
                                        .getBytes(UTF_8),
                                true))
                        .status())
                .isEqualTo(500);
    }

    @Test
    void whatAMethodMayGive() throws Exception {
        Failure failure = new Failure(404, "none");

        assertThat(TestCalls.text(
                        reader.of(JsonNodeFactory.instance.objectNode().put("a", 1))))
                .isEqualTo("{\"a\":1}");
        assertThat(reader.of(failure)).isSameAs(failure);
        assertThat(failure(() -> reader.of("hunter2")).status()).isEqualTo(500);
        assertThat(failure(() -> reader.of(new Reply("hunter2".getBytes(UTF_8), Optional.empty(), Optional.empty())))
                        .status())
                .isEqualTo(500);
    }
}
