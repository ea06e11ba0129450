package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Unknown;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.WireJson;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class RequestTargetTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int ANSWER_BYTES = 100;
    private static final int BREAKER_CALLS = 4;

    private static final SwitchboardConfig.Breaker BREAKER = new SwitchboardConfig.Breaker() {
        @Override
        public int calls() {
            return BREAKER_CALLS;
        }

        @Override
        public double failureRatio() {
            return 0.5;
        }

        @Override
        public Duration pause() {
            return Duration.ofMinutes(10);
        }
    };

    /** What somebody was asked. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Asked(String subject, Map<String, String> headers, byte[] body, Duration timeout) {}

    @FunctionalInterface
    private interface Behaviour {
        RequestBus.Answer answer(Asked asked)
                throws IOException, InterruptedException, NoResponderException, TimeoutException;
    }

    private static final class FakeBus implements RequestBus {
        private final List<Asked> asked = new CopyOnWriteArrayList<>();
        private Behaviour behaviour = _ -> answer(Map.of(), "1");
        private long maxPayload = 1 << 20;

        @Override
        public Answer request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
                throws IOException, InterruptedException, NoResponderException, TimeoutException {
            Asked one = new Asked(subject, headers, body, timeout);
            asked.add(one);
            return behaviour.answer(one);
        }

        @Override
        public long maxPayload() {
            return maxPayload;
        }
    }

    private final FakeBus bus = new FakeBus();
    private final ActorTokens tokens = new ActorTokens(ActorKey.ephemeral(), Clock.systemUTC());

    private static RequestBus.Answer answer(Map<String, String> headers, String body) {
        return new RequestBus.Answer(headers, body.getBytes(UTF_8));
    }

    private RequestTarget target(Duration timeout) {
        return new RequestTarget(bus, "prefix.", timeout, BREAKER, tokens, new AnswerReader(ANSWER_BYTES));
    }

    private ServiceAnswer call(Target target, ServiceCall call) {
        Services services = new Services(
                new ServiceDirectory(List.of(), target, List.of(), Optional.empty()),
                0,
                0,
                Clock.systemUTC(),
                new CountingServiceListener());
        return TestCalls.await(services.call(call));
    }

    private ServiceAnswer call(String name) {
        return call(target(LONG), TestCalls.call(name));
    }

    private ServiceAnswer answered(Map<String, String> headers, String body) {
        bus.behaviour = _ -> answer(headers, body);
        return call("a");
    }

    @Test
    void aSubscriberIsAskedOnBehalfOfTheActor() throws Exception {
        Actor actor = TestCalls.actor("editor");
        bus.behaviour = _ -> new RequestBus.Answer(Map.of(), "{\"order\":1}".getBytes(UTF_8));

        assertThat(TestCalls.text(call(target(LONG), TestCalls.call("orders:create/it.now", actor, "[1.10,\"ä\"]"))))
                .isEqualTo("{\"order\":1}");
        Asked asked = bus.asked.getFirst();
        assertThat(asked.subject()).isEqualTo("prefix.orders:create/it.now");
        assertThat(asked.timeout()).isEqualTo(LONG);
        assertThat(asked.headers()).containsOnlyKeys("Authorization", "X-Request-Id", "traceparent");
        assertThat(asked.headers()).containsEntry("traceparent", TestCalls.TRACEPARENT);
        assertThat(UUID.fromString(asked.headers().get("X-Request-Id"))).isNotNull();
        assertThat(asked.headers().get("Authorization")).startsWith("Bearer ");
        assertThat(tokens.verify(asked.headers().get("Authorization").substring(7), "orders:create/it.now"))
                .map(Actor::session)
                .contains(actor.session());
        assertThat(new String(asked.body(), UTF_8))
                .isEqualTo("{\"name\":\"orders:create/it.now\",\"session\":\"" + actor.session()
                        + "\",\"payload\":[1.10,\"ä\"]}");
    }

    @Test
    void whereNobodySubscribedSomebodyElseIsAsked() {
        bus.behaviour = _ -> {
            throw new NoResponderException();
        };

        // that nobody is there is no failure, however often
        for (int i = 0; i < 3 * BREAKER_CALLS; i++) {
            assertThat(call("a")).isInstanceOf(Unknown.class);
        }
        assertThat(bus.asked).hasSize(3 * BREAKER_CALLS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a.",
                ".a",
                "a..b",
                "a b",
                "a\tb",
                "*",
                "a.*",
                "a.>",
                ">",
                "a*",
                "a\r\nPUB x 0",
                "ä",
                "\u0000"
            })
    void whatIsNoSubjectReachesNobody(String name) throws Exception {
        Inquiry inquiry = new Inquiry(TestCalls.call(name), "1");

        assertThat(target(LONG).answer(inquiry)).isInstanceOf(Unknown.class);
        assertThat(bus.asked).isEmpty();
    }

    @Test
    void anAnswerIsThePayloadUnlessItSaysOtherwise() throws Exception {
        String envelope = "{\"payload\":1,\"subscriptions\":{\"subscribe\":[\"a\"]}}";

        assertThat(TestCalls.text(answered(Map.of(), envelope))).isEqualTo(envelope);
        assertThat(TestCalls.text(answered(Map.of("Content-Type", "application/json"), envelope)))
                .isEqualTo(envelope);
        for (String name : List.of("Content-Type", "content-type", "CONTENT-TYPE")) {
            ServiceAnswer.Reply reply = TestCalls.reply(answered(Map.of(name, AnswerReader.ENVELOPE), envelope));
            assertThat(new String(reply.payload(), UTF_8)).isEqualTo("1");
            assertThat(reply.subscriptions()).contains(new SubscriptionChange(List.of("a"), List.of()));
        }
        JsonNode nothing = WireJson.MAPPER.readTree(TestCalls.text(answered(Map.of(), "")));
        assertThat(nothing.isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "400, 400, not your order, not your order",
        "403, 403, not your order, not your order",
        "409, 400, not your order, not your order",
        "' 404 ', 404, not your order, not your order",
        "429, 429, '  ', the service refused the call",
        "500, 500, not your order, not your order",
        "504, 503, '', the service failed",
        "200, 500, hunter2, the service failed",
        "600, 500, hunter2, the service failed",
        "hunter2, 500, hunter2, the service failed",
        "'', 500, hunter2, the service failed"
    })
    void aRefusalIsAnAnswerWithHeaders(String given, int status, String detail, String message) {
        assertThat(TestCalls.failure(
                                answered(Map.of("Switchboard-Status", given, "switchboard-detail", detail), "1"),
                                status)
                        .message())
                .isEqualTo(message);
        assertThat(TestCalls.failure(
                                answered(Map.of("Nats-Service-Error-Code", given, "Nats-Service-Error", detail), "1"),
                                status)
                        .message())
                .isEqualTo(message);
    }

    @Test
    void aRefusalMaySayWhyInItsBody() {
        String problem = "{\"detail\":\"nicht für Sie\"}";

        assertThat(TestCalls.failure(
                                answered(
                                        Map.of("Switchboard-Status", "403", "Content-Type", "application/problem+json"),
                                        problem),
                                403)
                        .message())
                .isEqualTo("nicht für Sie");
        assertThat(TestCalls.failure(answered(Map.of("Switchboard-Status", "403"), problem), 403)
                        .message())
                .isEqualTo("the service refused the call");
        assertThat(TestCalls.failure(
                                answered(
                                        Map.of("Switchboard-Status", "403", "Switchboard-Detail", "x".repeat(10_000)),
                                        "1"),
                                403)
                        .message())
                .hasSize(500);
        assertThat(TestCalls.failure(answered(Map.of("Nats-Service-Error", "hunter2"), "1"), 500)
                        .message())
                .isEqualTo("the service failed");
    }

    @Test
    void anAnswerThatIsTooLargeOrNoJsonIsAFailure() {
        assertThat(TestCalls.text(answered(Map.of(), "\"" + "x".repeat(ANSWER_BYTES - 2) + "\"")))
                .hasSize(ANSWER_BYTES);
        assertThat(TestCalls.failure(answered(Map.of(), "\"" + "x".repeat(ANSWER_BYTES - 1) + "\""), 500)
                        .message())
                .isEqualTo("the service's answer is too large");
        assertThat(TestCalls.failure(answered(Map.of(), "hunter2"), 500).message())
                .isEqualTo("the service's answer cannot be read");
    }

    @Test
    void whatIsTooLargeForTheServerIsNotSent() {
        Actor actor = TestCalls.actor();
        RequestTarget target = target(LONG);
        ServiceCall call = TestCalls.call("a", actor, "\"" + "x".repeat(1000) + "\"");
        TestCalls.reply(call(target, call));
        Asked asked = bus.asked.getFirst();
        long headers = "NATS/1.0\r\n\r\n".length();
        for (Map.Entry<String, String> header : asked.headers().entrySet()) {
            headers += (header.getKey() + ": " + header.getValue() + "\r\n").length();
        }

        bus.maxPayload = headers + asked.body().length;
        TestCalls.reply(call(target, call));
        bus.maxPayload--;
        assertThat(TestCalls.failure(call(target, call), 400).message()).contains(Long.toString(bus.maxPayload));
        assertThat(bus.asked).hasSize(2);
    }

    @Test
    void withoutAConnectionTheServiceCannotBeReached() {
        bus.behaviour = _ -> {
            throw new IOException("hunter2");
        };

        try (LogRecorder log = new LogRecorder("io.switchboard")) {
            assertThat(TestCalls.failure(call("a"), 503).message())
                    .isEqualTo("the service cannot be reached, try again");
            assertThat(log.texts()).noneMatch(text -> text.contains("hunter2"));
        }
    }

    @Test
    void anAnswerThatDoesNotComeIsNotWaitedFor() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        bus.behaviour = _ -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
            throw new TimeoutException();
        };

        assertThat(call(target(Duration.ofMillis(100)), TestCalls.call("a"))).isEqualTo(Services.LATE);
        await().atMost(LONG).untilTrue(interrupted);
        bus.behaviour = _ -> {
            throw new TimeoutException();
        };
        assertThat(call("a")).isEqualTo(Services.LATE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"late", "down", "failed", "huge"})
    void aServiceThatFailsIsLeftAloneAndNoOther(String how) {
        RequestTarget target = target(LONG);
        bus.behaviour = asked -> {
            if (asked.subject().endsWith("good")) {
                return answer(Map.of(), "1");
            }
            return switch (how) {
                case "late" -> throw new TimeoutException();
                case "down" -> throw new IOException();
                case "failed" -> answer(Map.of("Switchboard-Status", "500"), "1");
                default -> answer(Map.of(), "\"" + "x".repeat(ANSWER_BYTES) + "\"");
            };
        };
        for (int i = 0; i < BREAKER_CALLS; i++) {
            assertThat(call(target, TestCalls.call("bad"))).isInstanceOf(Failure.class);
        }
        int asked = bus.asked.size();

        assertThat(TestCalls.failure(call(target, TestCalls.call("bad")), 503).message())
                .isEqualTo("the service cannot be reached, try again");
        assertThat(bus.asked).hasSize(asked);
        TestCalls.reply(call(target, TestCalls.call("good")));
    }

    /** A refusal is no fault of the service's. */
    @Test
    void aServiceThatRefusesIsAskedAgain() {
        RequestTarget target = target(LONG);
        bus.behaviour = _ -> answer(Map.of("Switchboard-Status", "404"), "");
        for (int i = 0; i < 3 * BREAKER_CALLS; i++) {
            TestCalls.failure(call(target, TestCalls.call("a")), 404);
        }

        assertThat(bus.asked).hasSize(3 * BREAKER_CALLS);
    }
}
