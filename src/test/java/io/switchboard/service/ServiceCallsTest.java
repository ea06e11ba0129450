package io.switchboard.service;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.vertx.ConsumeEvent;
import io.restassured.RestAssured;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import io.switchboard.service.ServiceAnswer.Unknown;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.WireJson;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls in the started application: to methods, to consumers on the event bus, and over HTTP; good ones and bad ones. */
@QuarkusTest
@TestProfile(ServiceCallsTest.WithServices.class)
@Timeout(240)
class ServiceCallsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ENVELOPE = "application/vnd.switchboard.answer+json";

    /** Times that suit faults, and the services. */
    public static class WithServices implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.services.timeout", "5s",
                    "switchboard.services.breaker.calls", "4",
                    "switchboard.services.breaker.pause", "300ms",
                    "switchboard.services.session-events.pause", "20ms");
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(ServiceServer.class));
        }
    }

    /** What somebody would write who has Quarkus. */
    @ApplicationScoped
    public static class Consumers {
        @ConsumeEvent("service.bus.annotated")
        String annotated(JsonObject call) {
            return new JsonObject().put("got", call.getValue("payload")).encode();
        }

        @ConsumeEvent("service.bus.exception")
        String exception(JsonObject call) {
            throw new IllegalStateException(call.encode());
        }
    }

    @Inject
    Services services;

    @Inject
    ActorTokens tokens;

    @Inject
    LifecycleEvents lifecycle;

    @Inject
    TokenVerifier verifier;

    @Inject
    Vertx vertx;

    private final List<MessageConsumer<?>> consumers = new ArrayList<>();

    @AfterEach
    void stop() {
        consumers.forEach(consumer ->
                consumer.unregister().toCompletionStage().toCompletableFuture().join());
    }

    private void consumer(String name, Consumer<Message<JsonObject>> handler) {
        consumers.add(vertx.eventBus().<JsonObject>consumer("service." + name, handler::accept));
    }

    private ServiceAnswer call(String name, String payload) {
        return TestCalls.await(services.call(TestCalls.call(name, payload)));
    }

    private ServiceAnswer call(String name, String payload, String... roles) {
        return TestCalls.await(services.call(TestCalls.call(name, TestCalls.actor(roles), payload)));
    }

    private static String server() {
        String url = ConfigProvider.getConfig().getValue("switchboard.services.http.echo.url", String.class);
        return url.substring(0, url.length() - 1);
    }

    private static long count(String what) throws Exception {
        return WireJson.MAPPER
                .readTree(given().get(server() + "/counts").asString())
                .path(what)
                .asLong();
    }

    // -- methods of beans

    @Test
    void aMethodGetsWhatItAsksFor() throws Exception {
        JsonNode answer = TestCalls.json(call("method.all", "{\"n\":1.10}"));

        assertThat(answer.toString())
                .isEqualTo("{\"user\":\"alice\",\"name\":\"method.all\",\"virtual\":true,\"payload\":{\"n\":1.10}}"
                        .replace("1.10", answer.path("payload").path("n").toString()));
        assertThat(TestCalls.text(call("method.all", "{\"n\":1.10}"))).contains("\"n\":1.10");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "method.nothing | null",
                "method.later | {\"a\":1}",
                "method.uni | {\"a\":1}",
                "method.reply | 1",
                "pattern.a.b | \"pattern.a.b\""
            })
    void aMethodGivesItsAnswer(String name, String answer) {
        assertThat(TestCalls.text(call(name, "{\"a\":1}"))).isEqualTo(answer);
    }

    @Test
    void aMethodChangesSubscriptionsAndGrants() {
        Reply reply = TestCalls.reply(call("method.reply", "{}"));

        assertThat(reply.subscriptions()).contains(new SubscriptionChange(List.of("a"), List.of("b")));
        assertThat(reply.grant()).contains(new Grant(List.of("c"), Instant.EPOCH));
    }

    @ParameterizedTest
    @CsvSource({
        "method.failure, 404, no such order",
        "method.refusal, 403, not yours",
        "method.refusal-later, 403, not yours",
        "method.broken, 500, the service failed",
        "method.huge, 500, the service's answer is too large"
    })
    void aMethodFails(String name, int status, String message) {
        try (LogRecorder log = new LogRecorder("io.switchboard.service")) {
            assertThat(TestCalls.failure(call(name, "\"hunter2\""), status).message())
                    .isEqualTo(message);
            assertThat(log.texts()).noneMatch(text -> text.contains("hunter2"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "guarded.inherited, editor, true",
        "guarded.inherited, admin, true",
        "guarded.inherited, owner, false",
        "guarded.anybody, owner, true",
        "guarded.owner, owner, true",
        "guarded.owner, editor, false",
        "guarded.nobody, editor, false",
        "pattern.internal, editor, false"
    })
    void validatorsDecideWhoMayCall(String name, String role, boolean may) {
        ServiceAnswer answer = call(name, "{}", role);

        if (may) {
            TestCalls.reply(answer);
        } else {
            TestCalls.failure(answer, 403);
        }
    }

    // -- the event bus

    @Test
    void aConsumerIsAskedOnBehalfOfTheActor() {
        Actor actor = TestCalls.actor("editor");
        List<MultiMap> headers = Collections.synchronizedList(new ArrayList<>());
        consumer("bus.echo", message -> {
            headers.add(message.headers());
            message.reply(message.body());
        });

        ServiceAnswer answer = TestCalls.await(services.call(TestCalls.call("bus.echo", actor, "{\"a\":[1,null]}")));

        assertThat(TestCalls.text(answer))
                .isEqualTo(
                        "{\"name\":\"bus.echo\",\"session\":\"" + actor.session() + "\",\"payload\":{\"a\":[1,null]}}");
        assertThat(headers.getFirst().get("traceparent")).isEqualTo(TestCalls.TRACEPARENT);
        assertThat(tokens.verify(headers.getFirst().get("actor"), "bus.echo"))
                .map(Actor::session)
                .contains(actor.session());
    }

    @Test
    void aConsumerMayReplyInAnyForm() {
        consumer("bus.text", message -> message.reply("[1]"));
        consumer("bus.buffer", message -> message.reply(Buffer.buffer("[2]")));
        consumer("bus.null", message -> message.reply(null));
        consumer("bus.number", message -> message.reply(7));
        consumer("bus.garbage", message -> message.reply("hunter2"));

        assertThat(TestCalls.text(call("bus.text", "1"))).isEqualTo("[1]");
        assertThat(TestCalls.text(call("bus.buffer", "1"))).isEqualTo("[2]");
        assertThat(TestCalls.text(call("bus.null", "1"))).isEqualTo("null");
        assertThat(TestCalls.text(call("bus.annotated", "1"))).isEqualTo("{\"got\":1}");
        TestCalls.failure(call("bus.number", "1"), 500);
        TestCalls.failure(call("bus.garbage", "1"), 500);
    }

    @Test
    void onlyAHeaderMakesAReplyAnEnvelope() {
        JsonObject envelope = new JsonObject("{\"payload\":1,\"grant\":{\"topics\":[\"a\"],\"expires_at\":1}}");
        consumer(
                "bus.envelope",
                message -> message.reply(envelope, new DeliveryOptions().addHeader("content-type", ENVELOPE)));
        consumer("bus.look-alike", message -> message.reply(envelope));

        assertThat(TestCalls.reply(call("bus.envelope", "1")).grant())
                .contains(new Grant(List.of("a"), Instant.ofEpochMilli(1)));
        assertThat(TestCalls.reply(call("bus.look-alike", "1")).grant()).isEmpty();
    }

    @Test
    void aConsumerFails() {
        consumer("bus.refusal", message -> message.fail(404, "no such order"));
        consumer("bus.code", message -> message.fail(7, "hunter2"));

        assertThat(TestCalls.failure(call("bus.refusal", "1"), 404).message()).isEqualTo("no such order");
        assertThat(TestCalls.failure(call("bus.code", "1"), 500).message()).isEqualTo("the service failed");
        assertThat(TestCalls.failure(call("bus.exception", "\"hunter2\""), 500).message())
                .isEqualTo("the service failed");
    }

    // -- HTTP

    @Test
    void aServerIsAskedOnBehalfOfTheActor() throws Exception {
        Actor actor = TestCalls.actor("editor");
        JsonNode echo = TestCalls.json(TestCalls.await(services.call(TestCalls.call("http.some", actor, "[1.10]"))));
        JsonNode headers = echo.path("headers");

        assertThat(echo.path("method").asText()).isEqualTo("POST");
        assertThat(echo.path("call").path("name").asText()).isEqualTo("http.some");
        assertThat(echo.path("call").path("session").asText())
                .isEqualTo(actor.session().toString());
        assertThat(echo.path("call").path("payload").path(0).asDouble()).isEqualTo(1.1);
        assertThat(headers.path("content-type").asText()).isEqualTo("application/json");
        assertThat(headers.path("traceparent").asText()).isEqualTo(TestCalls.TRACEPARENT);
        assertThat(UUID.fromString(headers.path("x-request-id").asText())).isNotNull();
        String authorization = headers.path("authorization").asText();
        assertThat(authorization).startsWith("Bearer ");
        assertThat(tokens.verify(authorization.substring(7), "http.some"))
                .map(Actor::session)
                .contains(actor.session());
    }

    @Test
    void theMostSpecificUrlIsAsked() throws Exception {
        assertThat(TestCalls.json(call("http.exact", "1")).path("path").asText())
                .isEqualTo("/exact");
        assertThat(TestCalls.json(call("http.exact.not", "1")).path("path").asText())
                .isEqualTo("/");
    }

    @Test
    void onlyTheMediaTypeMakesAnAnswerAnEnvelope() {
        String answer = "\"answer\":{\"payload\":1,\"subscriptions\":{\"subscribe\":[\"a\"]}}}";

        assertThat(TestCalls.reply(call("http.envelope", "{\"type\":\"" + ENVELOPE + "\"," + answer))
                        .subscriptions())
                .contains(new SubscriptionChange(List.of("a"), List.of()));
        assertThat(TestCalls.reply(call("http.envelope", "{\"type\":\"application/json\"," + answer))
                        .subscriptions())
                .isEmpty();
        assertThat(TestCalls.text(call("http.empty", "{\"empty\":true}"))).isEqualTo("null");
    }

    @ParameterizedTest
    @CsvSource({"400, 400", "401, 401", "404, 404", "409, 400", "429, 429"})
    void aStatusBecomesAFailure(int given, int status) {
        assertThat(TestCalls.failure(call("fault.status", "{\"status\":" + given + "}"), status)
                        .message())
                .isEqualTo("the service refused the call");
    }

    @Test
    void aProblemSaysWhatIsTheMatter() {
        String problem = new JsonObject()
                .put("status", 403)
                .put("body", new JsonObject().put("detail", "not your order").encode())
                .encode();
        String longOne = new JsonObject()
                .put("status", 403)
                .put("body", new JsonObject().put("detail", "x".repeat(10_000)).encode())
                .encode();
        String noJson =
                new JsonObject().put("status", 403).put("body", "hunter2").encode();

        assertThat(TestCalls.failure(call("fault.problem", problem), 403).message())
                .isEqualTo("not your order");
        assertThat(TestCalls.failure(call("fault.problem", longOne), 403).message())
                .hasSize(500);
        assertThat(TestCalls.failure(call("fault.problem", noJson), 403).message())
                .isEqualTo("the service refused the call");
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        TestCalls.failure(call("fault.redirect", "{}"), 500);

        assertThat(count("/stolen")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"off, 503", "nobody, 503", "fault.reset, 503", "fault.garbage, 500"})
    void aServerThatIsOffOrBrokenFails(String name, int status) {
        assertThat(TestCalls.failure(call(name, "{}"), status).message()).doesNotContain("hunter2");
    }

    @Test
    void aServerThatFailsIsLeftAloneAndTriedAgain() throws Exception {
        for (int i = 0; i < 4; i++) {
            TestCalls.failure(call("fault.breaker", "{\"status\":503}"), 503);
        }
        long asked = count("fault.breaker");

        TestCalls.failure(call("fault.breaker", "{\"status\":200}"), 503);
        assertThat(count("fault.breaker")).as("nobody asked").isEqualTo(asked);
        // its body is no JSON, so it is asked for a refusal, which is no fault of a server's
        await().atMost(PATIENCE).untilAsserted(() -> TestCalls.failure(call("fault.breaker", "{\"status\":404}"), 404));
        TestCalls.failure(call("fault.breaker", "{\"status\":404}"), 404);
    }

    // -- who is asked

    @Test
    void whatNobodyServesIsUnknown() {
        assertThat(call("nothing.of.the.kind", "{}")).isInstanceOf(Unknown.class);
        assertThat(call("fault.*", "{}")).isInstanceOf(Unknown.class);
        assertThat(call("", "{}")).isInstanceOf(Unknown.class);
    }

    @Test
    void aMethodComesBeforeTheBusAndTheBusBeforeAUrl() throws Exception {
        assertThat(TestCalls.json(call("both.bus", "{}")).path("method").asText())
                .isEqualTo("POST");
        consumer("both.bus", message -> message.reply("\"bus\""));
        consumer("both.method", message -> message.reply("\"bus\""));

        assertThat(TestCalls.text(call("both.bus", "{}"))).isEqualTo("\"bus\"");
        assertThat(TestCalls.text(call("both.method", "{}"))).isEqualTo("\"method\"");
    }

    // -- the faults that the protocol names

    @Test
    void servicesThatNeverAnswer() throws Exception {
        consumer("bus.never", _ -> {});
        List<CompletionStage<ServiceAnswer>> answers = List.of(
                services.call(TestCalls.call("method.never")),
                services.call(TestCalls.call("method.never-later")),
                services.call(TestCalls.call("bus.never")),
                services.call(TestCalls.call("fault.never")),
                services.call(TestCalls.call("fault.trickle")));

        for (CompletionStage<ServiceAnswer> answer : answers) {
            assertThat(TestCalls.failure(TestCalls.await(answer), 503).message())
                    .isEqualTo("the service did not answer in time, try again");
        }
        // and nothing of it stays
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(count("never.closed")).isEqualTo(1);
            assertThat(count("trickle.closed")).isEqualTo(1);
            assertThat(figure("switchboard_service_calls_in_flight")).isZero();
        });
    }

    @Test
    void servicesThatAnswerTwice() {
        List<String> replies = Collections.synchronizedList(new ArrayList<>());
        consumer("bus.twice", message -> {
            for (String reply : List.of("\"first\"", "\"second\"")) {
                message.reply(reply);
                replies.add(reply);
            }
        });

        assertThat(TestCalls.text(call("method.twice", "{}"))).isEqualTo("\"first\"");
        assertThat(TestCalls.text(call("bus.twice", "{}"))).isEqualTo("\"first\"");
        assertThat(replies).hasSize(2);
        // what came uninvited is not the answer of the next one who asks
        for (int i = 0; i < 20; i++) {
            assertThat(TestCalls.text(call("fault.twice", "{}"))).endsWith("-first\"");
        }
    }

    @Test
    void servicesThatAnswerWithAHundredMegabytes() throws Exception {
        String large = "\"" + "x".repeat(100 << 20) + "\"";
        consumer("bus.huge", message -> message.reply(large));
        consumer("bus.huge-json", message -> message.reply(new JsonObject().put("a", large)));

        for (String name : List.of("method.huge", "bus.huge", "bus.huge-json", "fault.huge", "fault.huge-chunked")) {
            Failure failure = TestCalls.failure(call(name, "{}"), 500);
            assertThat(failure.message()).as(name).isEqualTo("the service's answer is too large");
        }
        assertThat(count("pumped")).as("megabytes of the server's 200").isLessThan(40);
    }

    // -- tokens

    @Test
    void thePublicKeyIsServedAndNothingElse() throws Exception {
        var response = given().get("/api/v1/actor/jwks");
        JsonNode keys = WireJson.MAPPER.readTree(response.asString()).path("keys");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.contentType()).startsWith("application/jwk-set+json");
        assertThat(keys).hasSize(1);
        assertThat(keys.path(0).path("kty").asText()).isEqualTo("EC");
        assertThat(keys.path(0).has("d")).isFalse();
    }

    @Test
    void anActorsTokenOpensNothingHere() {
        String token = tokens.sign(TestCalls.actor("publisher", "admin"), "switchboard");

        assertThatThrownBy(() -> verifier.verify(token).toCompletableFuture().join())
                .hasCauseInstanceOf(io.switchboard.auth.TokenRejectedException.class);
        assertThat(given().auth().oauth2(token).get("/api/v1/sessions").statusCode())
                .isEqualTo(401);
    }

    // -- what services are told

    private static List<JsonNode> told(UUID session) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        for (JsonNode event :
                WireJson.MAPPER.readTree(given().get(server() + "/told").asString())) {
            if (event.path("session").asText().equals(session.toString())) {
                events.add(event);
            }
        }
        return events;
    }

    @Test
    void servicesAreToldInOrderAndTriedAgain() throws Exception {
        Actor actor = TestCalls.actor();
        UUID session = actor.session();
        List<String> onTheBus = Collections.synchronizedList(new ArrayList<>());
        for (String address : List.of("session.opened", "user.authenticated", "session.closed")) {
            consumers.add(vertx.eventBus().<JsonObject>consumer(address, message -> {
                if (message.body().getString("session").equals(session.toString())) {
                    onTheBus.add(message.body().getString("event"));
                }
            }));
        }

        lifecycle.opened(session, Optional.of("odd"));
        lifecycle.authenticated(actor);
        lifecycle.closed(session, Optional.of("realtime"), Optional.of("alice"), 1000, List.of());

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(told(session)).hasSize(3));
        List<JsonNode> told = told(session);
        assertThat(told)
                .extracting(event -> event.path("event").asText() + " "
                        + event.path("attempt").asInt())
                .containsExactly("session.opened 4", "user.authenticated 1", "session.closed 1");
        for (JsonNode event : told) {
            assertThat(event.path("request").asText())
                    .isEqualTo(event.path("id").asText());
            assertThat(event.path("authorization").asText()).startsWith("Bearer ey");
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(onTheBus).containsExactlyInAnyOrder("session.opened", "user.authenticated", "session.closed");
            assertThat(count("/told-closed")).isPositive();
        });
    }

    @Test
    void whatAServiceRefusesIsNotTriedAgain() throws Exception {
        double failed = figure("switchboard_session_events_total{outcome=\"failed\"}");

        lifecycle.opened(UUID.randomUUID(), Optional.of("refused"));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(figure("switchboard_session_events_total{outcome=\"failed\"}"))
                        .isEqualTo(failed + 1));
        assertThat(count("refused")).isEqualTo(1);
    }

    // -- figures and the log

    private static double figure(String series) {
        return RestAssured.given()
                .accept("text/plain")
                .get("/q/metrics")
                .asString()
                .replace(",}", "}")
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    @Test
    void callsAreCountedWithoutTheirNames() {
        double replies = figure("switchboard_service_calls_total{outcome=\"reply\"}");
        double unknown = figure("switchboard_service_calls_total{outcome=\"unknown\"}");
        double refused = figure("switchboard_service_calls_total{outcome=\"403\"}");
        double timed = figure("switchboard_service_call_duration_seconds_count");

        call("method.nothing", "{}");
        call("odd-name-of-a-client", "{}");
        call("method.refusal", "{}");

        assertThat(figure("switchboard_service_calls_total{outcome=\"reply\"}")).isEqualTo(replies + 1);
        assertThat(figure("switchboard_service_calls_total{outcome=\"unknown\"}"))
                .isEqualTo(unknown + 1);
        assertThat(figure("switchboard_service_calls_total{outcome=\"403\"}")).isEqualTo(refused + 1);
        assertThat(figure("switchboard_service_call_duration_seconds_count")).isEqualTo(timed + 3);
        assertThat(RestAssured.given().get("/q/metrics").asString()).doesNotContain("odd-name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"method.all", "method.broken", "http.some", "fault.problem", "bus.exception", "nobody"})
    void nothingOfACallIsLogged(String name) {
        try (LogRecorder log = new LogRecorder("")) {
            call(name, "{\"status\":409,\"body\":\"hunter2\"}");

            assertThat(log.texts()).noneMatch(text -> text.contains("hunter2") || text.contains("eyJ"));
        }
    }
}
