package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static io.switchboard.testing.BusServices.granting;
import static io.switchboard.testing.BusServices.subscribing;
import static io.switchboard.testing.BusServices.unsubscribing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.hub.Renderer;
import io.switchboard.service.Actor;
import io.switchboard.service.ActorTokens;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.FlamigoClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Flamigo dialect over real sockets. */
@QuarkusTest
class FlamigoTest {
    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @Inject
    ActorTokens actors;

    @Inject
    Dialects dialects;

    private BusServices services;

    /** Names of services and topics of their own for each test. */
    private final String own = "t" + UUID.randomUUID().toString().substring(24);

    @BeforeEach
    void begin() {
        services = new BusServices(vertx);
    }

    @AfterEach
    void everybodyIsGone() {
        services.close();
        gateway.awaitOpen(0);
    }

    private FlamigoClient client(String user, String... workspaces) throws Exception {
        return FlamigoClient.signedIn(gateway, gateway.token(user, workspaces));
    }

    private static JsonObject object() {
        return new JsonObject();
    }

    /** A strategy that says what it was sent. */
    private String echo() {
        String name = "echo:" + own;
        services.serve(name, call -> call.reply(object().put("said", call.body().getValue("payload"))));
        return "app::" + name;
    }

    /** A strategy whose answer changes what its caller hears of, and does nothing else. */
    private String changing(String what, JsonObject change) {
        String name = what + ":" + own;
        services.serve(name, call -> BusServices.reply(call, true, change));
        return "app::" + name;
    }

    private void publish(String topic, Object payload) {
        gateway.publish("publish", object().put("topic", topic).put("payload", payload));
    }

    // Connecting and signing in

    @ParameterizedTest
    @ValueSource(strings = {"/flamigo", "/ws?protocol=flamigo", "/ws"})
    void itIsSpokenAt(String path) throws Exception {
        try (FlamigoClient alice = FlamigoClient.open(gateway, path)) {
            alice.signIn(gateway.token("alice"));
            assertThat(alice.call(echo(), 1)).isEqualTo(object().put("said", 1));
        }
    }

    @Test
    void withoutAnUpgradeThereIsNothingToSee() {
        assertThat(given().get("/flamigo").statusCode()).isEqualTo(426);
    }

    /** Nobody sees the frames of one dialect in another. */
    @Test
    void eachDialectRendersForItself() {
        List<Renderer> renderers = new ArrayList<>();
        for (DialectKind kind : DialectKind.values()) {
            if (kind != DialectKind.CHAT && dialects.find(kind).orElse(null) instanceof SimpleDialect dialect) {
                renderers.addAll(Stream.of(dialect.renderer(), dialect.binaryRenderer())
                        .distinct()
                        .toList());
            }
        }
        assertThat(renderers)
                .filteredOn(renderer -> renderer.slot() != Renderer.NO_SLOT)
                .hasSizeGreaterThan(2)
                .extracting(Renderer::slot)
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "FORGED", "EXPIRED", "REVOKED"})
    void aTokenThatIsRefusedIsToldAndTheConnectionStays(String kind) throws Exception {
        String good = gateway.token("alice");
        String token = switch (kind) {
            case "FORGED" -> good.substring(0, good.length() - 8) + "AAAAAAAA";
            case "EXPIRED" -> gateway.token("alice", Duration.ofSeconds(-1));
            case "REVOKED" -> {
                String revoked = gateway.token("revoked-" + own);
                given().auth()
                        .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                        .delete("/api/v1/users/revoked-" + own)
                        .then()
                        .statusCode(200);
                yield revoked;
            }
            default -> kind;
        };
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            JsonObject answer = alice.ask(FlamigoClient.SIGN_IN, object().put("token", token));

            assertThat(FlamigoClient.error(answer)).startsWith("401 the token");
            assertThat(answer.encode()).doesNotContain(token.length() > 1 ? token : "\"x\"");
            assertThat(alice.fail(echo(), 1)).isEqualTo("401 unauthorized");
            alice.signIn(good);
            assertThat(alice.call(echo(), 1)).isEqualTo(object().put("said", 1));
        }
    }

    @Test
    void signingInAgainReplacesTheUser() throws Exception {
        services.serve(
                "who:" + own,
                call -> call.reply(object().put("user", actor(call).username())));
        try (FlamigoClient client = client("alice")) {
            assertThat(client.call("app::who:" + own, 1)).isEqualTo(object().put("user", "alice"));
            client.signIn(gateway.token("bob"));
            assertThat(client.call("app::who:" + own, 1)).isEqualTo(object().put("user", "bob"));
        }
    }

    private Claims actor(Message<JsonObject> call) {
        return actors.verify(call.headers().get("actor"), call.body().getString("name"))
                .flatMap(Actor::claims)
                .orElseThrow();
    }

    @Test
    void whatIsSentBehindASignInWaitsForIt() throws Exception {
        String echo = echo();
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            alice.send(object().put("topic", FlamigoClient.SIGN_IN)
                    .put("payload", object().put("token", gateway.token("alice"))));
            alice.send(object().put("topic", echo).put("payload", 1));

            assertThat(alice.next(FlamigoClient.SIGN_IN)).isEqualTo(object().put("success", true));
            assertThat(alice.next(echo)).isEqualTo(object().put("said", 1));
        }
    }

    @Test
    void servicesHearOfASignIn() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        services.listen("user.authenticated", event -> heard.add(event.body()));
        try (FlamigoClient _ = client(own)) {
            await().until(() -> heard.stream().anyMatch(event -> own.equals(event.getString("user"))));
        }
        assertThat(heard)
                .filteredOn(event -> own.equals(event.getString("user")))
                .hasSize(1)
                .first()
                .extracting(event -> event.getString("dialect"))
                .isEqualTo("flamigo");
    }

    // The order of the checks

    @Test
    void requiredFieldsComeFirst() throws Exception {
        try (FlamigoClient client = FlamigoClient.open(gateway)) {
            client.send(object().put("ackId", "1"));
            JsonObject answer = client.next();
            assertThat(answer.remove("ackId")).isEqualTo("1");
            assertThat(FlamigoClient.error(answer)).startsWith("400 ");
            assertThat(answer.getJsonObject("payload").getJsonArray("fieldErrors"))
                    .isEqualTo(new JsonArray()
                            .add(object().put("field", "topic").put("error", "this field is required"))
                            .add(object().put("field", "payload").put("error", "this field is required")));

            client.send(object().put("topic", "nowhere").put("ack", "2"));
            assertThat(fields(client.next())).containsExactly("payload");
            client.send(object().put("topic", 7).put("payload", 1));
            assertThat(fields(client.next())).containsExactly("topic");
            client.send(object().put("topic", FlamigoClient.SIGN_IN).put("payload", object()));
            assertThat(fields(client.next())).containsExactly("token");
        }
    }

    private static List<String> fields(JsonObject error) {
        assertThat(FlamigoClient.error(error)).startsWith("400 ");
        return error.getJsonObject("payload").getJsonArray("fieldErrors").stream()
                .map(one -> ((JsonObject) one).getString("field"))
                .toList();
    }

    @Test
    void thenTheSignInThenTheScopeThenTheStrategy() throws Exception {
        try (FlamigoClient client = FlamigoClient.open(gateway)) {
            for (String topic : List.of("nowhere", "core::a", "app::nobody:" + own, "app::no name", echo())) {
                assertThat(client.fail(topic, object())).isEqualTo("401 unauthorized");
            }
            client.signIn(gateway.token("alice"));
            for (String topic : List.of("nowhere", "core::a", "app:a", "error", " app::a")) {
                assertThat(client.fail(topic, object())).isEqualTo("403 the commands scope is invalid");
            }
            for (String topic : List.of("app::nobody:" + own, "app::no name", "app::", "app::a::b")) {
                assertThat(client.fail(topic, object())).isEqualTo("404 there is no such service");
            }
            assertThat(client.call(echo(), 1)).isEqualTo(object().put("said", 1));
        }
    }

    /** Not even by a pattern; what it answers would be a token, or what others may. */
    @Test
    void whatSwitchboardItselfAsksIsNoStrategy() throws Exception {
        List<JsonObject> asked = new CopyOnWriteArrayList<>();
        for (String name : List.of("chat.permission", "websocket:auth")) {
            services.serve(name, call -> {
                asked.add(call.body());
                call.reply(object());
            });
        }
        try (FlamigoClient alice = client("alice")) {
            assertThat(alice.fail("app::chat.permission", object())).startsWith("404 ");
            assertThat(alice.fail(FlamigoClient.SIGN_IN, object().put("token", "x")))
                    .startsWith("401 ");
            alice.assertQuiet();
        }
        assertThat(asked).isEmpty();
    }

    // Requests and answers

    @Test
    void anAnswerIsKnownAgainUnderTheNameThatTheRequestUsed() throws Exception {
        String echo = echo();
        JsonObject request = object().put("topic", echo).put("payload", object().put("a", 1));
        JsonObject result = object().put("topic", echo).put("payload", object().put("said", object().put("a", 1)));
        try (FlamigoClient alice = client("alice")) {
            for (String name : List.of("ackId", "ack")) {
                alice.send(request.copy().put(name, "12345"));
                assertThat(alice.next()).isEqualTo(result.copy().put(name, "12345"));
                alice.send(object().put("topic", "nowhere").put("payload", 1).put(name, "12346"));
                assertThat(alice.next().getString(name)).isEqualTo("12346");
            }
            alice.send(request);
            assertThat(alice.next()).isEqualTo(result);
            alice.send(object().put("topic", "nowhere").put("payload", 1));
            assertThat(alice.next().fieldNames()).containsExactlyInAnyOrder("topic", "payload");
            alice.send(request.copy().put("ack", 7));
            assertThat(fields(alice.next())).containsExactly("ack");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "null", "7", "{\"topic\":", "{\"topic\":\"app::a\",\"payload\":1} {}"})
    void whatIsNoJsonObjectIsAnErrorWithoutAckAndTheConnectionStays(String text) throws Exception {
        try (FlamigoClient client = FlamigoClient.open(gateway)) {
            client.socket().sendText(text);
            JsonObject error = client.next();
            assertThat(error.fieldNames()).containsExactlyInAnyOrder("topic", "payload");
            assertThat(FlamigoClient.error(error)).startsWith("400 send ");
            client.signIn(gateway.token("alice"));
        }
    }

    @Test
    void whoDoesNothingButFailIsNotKept() throws Exception {
        try (FlamigoClient client = FlamigoClient.open(gateway)) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.fail("app::a", 1)).isEqualTo("401 unauthorized");
            }
            client.send(object().put("topic", "app::a").put("payload", 1));
            List<String> read = client.toClose();

            assertThat(read).hasSize(2).endsWith("1008");
            assertThat(FlamigoClient.error(new JsonObject(read.getFirst()))).isEqualTo("400 too many errors in a row");
        }
    }

    @Test
    void binaryMessagesAreNotSpoken() throws Exception {
        try (FlamigoClient alice = client("alice")) {
            alice.socket().send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, new byte[] {1}));
            assertThat(alice.toClose()).hasSize(2).endsWith("1003");
        }
    }

    @Test
    void aStrategyKnowsOnWhoseBehalfItIsAsked() throws Exception {
        List<Message<JsonObject>> calls = new CopyOnWriteArrayList<>();
        services.serve("orders:" + own, call -> {
            calls.add(call);
            call.reply(object());
        });
        try (FlamigoClient alice = client("alice", "ws")) {
            alice.call("app::orders:" + own, object().put("article", "a-17"));
        }
        JsonObject body = calls.getFirst().body();
        Actor actor = actors.verify(calls.getFirst().headers().get("actor"), "orders:" + own)
                .orElseThrow();

        assertThat(body.getString("name")).isEqualTo("orders:" + own);
        assertThat(body.getJsonObject("payload")).isEqualTo(object().put("article", "a-17"));
        assertThat(actor.session()).hasToString(body.getString("session"));
        assertThat(actor.dialect()).isEqualTo("flamigo");
        assertThat(actor.claims()).map(Claims::username).contains("alice");
    }

    @Test
    void whatAStrategyRefusesIsAnErrorWithItsStatus() throws Exception {
        services.serve(
                "no:" + own,
                call -> call.fail(call.body().getJsonObject("payload").getInteger("code"), "not today"));
        try (FlamigoClient alice = client("alice")) {
            for (int code : List.of(400, 403, 404, 429, 503)) {
                JsonObject answer = alice.ask("app::no:" + own, object().put("code", code));
                assertThat(answer)
                        .isEqualTo(object().put("topic", "error")
                                .put(
                                        "payload",
                                        object().put("message", "not today").put("status", code)));
            }
        }
    }

    @Test
    void callsUnderWayAreBoundedAndItIsSaidWhenToTryAgain() throws Exception {
        List<Message<JsonObject>> calls = new CopyOnWriteArrayList<>();
        services.serve("slow:" + own, calls::add);
        try (FlamigoClient alice = client("alice")) {
            for (int i = 0; i < 33; i++) {
                alice.send(object().put("topic", "app::slow:" + own)
                        .put("payload", i)
                        .put("ackId", "n" + i));
            }
            JsonObject error = alice.next();
            assertThat(error.getString("ackId")).isEqualTo("n32");
            assertThat(FlamigoClient.error(error)).startsWith("429 ");
            assertThat(error.getJsonObject("payload").getLong("retry_after_ms")).isPositive();
            await().until(() -> calls.size() == 32);
            calls.forEach(call -> call.reply(new JsonArray()));
            for (int i = 0; i < 32; i++) {
                assertThat(alice.next().getString("topic")).isEqualTo("app::slow:" + own);
            }
        }
    }

    /** {@code IsWebsocket} and {@code IsNotWebsocket}. */
    @ParameterizedTest
    @CsvSource({"guarded.anybody, 200", "guarded.nobody, 403", "guarded.owner, 403", "pattern.internal, 403"})
    void claimValidatorsDecideWhichMethodsClientsReach(String name, int status) throws Exception {
        try (FlamigoClient alice = client("alice")) {
            if (status == 200) {
                assertThat(alice.call("app::" + name, object())).isNull();
            } else {
                assertThat(alice.fail("app::" + name, object())).startsWith(status + " ");
            }
        }
        try (FlamigoClient nobody = FlamigoClient.open(gateway)) {
            assertThat(nobody.fail("app::" + name, object())).isEqualTo("401 unauthorized");
        }
    }

    // Events

    @Test
    void aStrategySubscribesItsCallerAndNobodyElse() throws Exception {
        String watch = changing("watch", subscribing("chat/" + own));
        String leave = changing("leave", unsubscribing("chat/" + own));
        try (FlamigoClient alice = client("alice");
                FlamigoClient bob = client("bob");
                RealtimeClient carol = RealtimeClient.open(gateway, gateway.token("carol"))) {
            publish("chat." + own, "before");
            alice.call(watch, object());
            // whatever the dialect of who says it
            carol.say("chat." + own, object().put("message", "hello"));
            assertThat(alice.next("chat:" + own)).isEqualTo(object().put("message", "hello"));
            carol.say("chat." + own + ".x.y", 2);
            assertThat(alice.next("chat:" + own + ":x:y")).isEqualTo(2);

            alice.call(leave, object());
            carol.say("chat." + own, 3);
            carol.say("chat." + own + ".x", 4);
            carol.assertQuiet();
            alice.assertQuiet();
            bob.assertQuiet();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "chat/OWN/*, a, true",
        "chat/OWN/*, a.b, true",
        "chat/OWN/*, '', false",
        "chat/OWN, a, true",
        "chat/OWN/*/b, a.b, true",
        "chat/OWN/*/b, a.b.c, true",
        "chat/OWN/*/b, a.c, false",
        "chat/*, '', false",
        "chat:OWN, a, true",
        "chat.OWN, a, false",
        "chat.OWN, '', true",
        "chat.OWN.*, a.b, true"
    })
    void patternsAreFlamigosOwn(String pattern, String behind, boolean heard) throws Exception {
        boolean wide = pattern.equals("chat/*");
        String topic = "chat." + own + (behind.isEmpty() ? "" : "." + behind);
        try (FlamigoClient alice = client("alice")) {
            alice.call(changing("watch", subscribing(pattern.replace("OWN", own), "updates/" + own)), object());
            publish(topic, 1);
            publish("updates." + own, 2);
            if (heard || wide) {
                assertThat(alice.next(topic.replace('.', ':'))).isEqualTo(1);
            }
            assertThat(alice.next("updates:" + own)).isEqualTo(2);
        }
    }

    @Test
    void rulesDecideWhatAStrategyCanSubscribeTo() throws Exception {
        try (FlamigoClient alice = client("alice")) {
            alice.call(changing("watch", subscribing("secret/" + own, "chat/" + own)), object());
            publish("secret." + own, 1);
            publish("chat." + own, 2);
            assertThat(alice.next("chat:" + own)).isEqualTo(2);

            alice.call(
                    changing("open", subscribing("secret/" + own).mergeIn(granting(60_000, "secret/" + own))),
                    object());
            publish("secret." + own + ".deep", 3);
            assertThat(alice.next("secret:" + own + ":deep")).isEqualTo(3);
        }
    }

    @Test
    void whatAGrantNoLongerOpensIsTold() throws Exception {
        try (FlamigoClient alice = client("alice")) {
            alice.call(
                    changing("open", subscribing("secret/" + own).mergeIn(granting(700, "secret/" + own))), object());
            assertThat(alice.next("websocket:unsubscribed"))
                    .isEqualTo(object().put("topics", new JsonArray().add("secret/" + own)));
            publish("secret." + own, 1);
            alice.assertQuiet();
        }
    }

    @Test
    void aServiceNamesTheTopicThatClientsAreTold() throws Exception {
        try (FlamigoClient alice = client("alice");
                RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            alice.call(changing("watch", subscribing("updates/" + own)), object());
            bob.subscribe("updates." + own);
            JsonObject event = object().put("topic", "updates." + own)
                    .put("client_topic", "orders:changed")
                    .put("payload", object().put("id", 1));
            gateway.publish("publish", event);
            given().auth()
                    .oauth2(gateway.token("svc"))
                    .contentType(ContentType.JSON)
                    .body(event.encode())
                    .post("/api/v1/publish")
                    .then()
                    .statusCode(202);

            for (int i = 0; i < 2; i++) {
                assertThat(alice.next("orders:changed")).isEqualTo(object().put("id", 1));
                assertThat(bob.next("Broadcast").getString("topic")).isEqualTo("updates." + own);
            }
            given().auth()
                    .oauth2(gateway.token("svc"))
                    .contentType(ContentType.JSON)
                    .body(event.put("client_topic", "a\nb").encode())
                    .post("/api/v1/publish")
                    .then()
                    .statusCode(400);
        }
    }

    @Test
    void eventsOfFamiliesComeAsFarAsClaimsAllow() throws Exception {
        String watch = changing("watch", subscribing("tree/*", "job/*"));
        try (FlamigoClient alice = client("alice", "ws-" + own)) {
            alice.call(watch, object());
            gateway.publish("tree", Gateway.created("theirs", "ws-of-others"));
            gateway.publish("tree", Gateway.created("mine", "ws-" + own));
            gateway.publish("job", Gateway.job("j", "bob"));
            gateway.publish("job", Gateway.job("mine", "alice"));

            JsonObject tree = (JsonObject) alice.next("tree:ws-" + own);
            assertThat(Gateway.path(tree.encode())).isEqualTo("ws-" + own + "/mine");
            assertThat(alice.next("job:alice").toString()).contains("mine");
        }
    }

    @Test
    void messagesToTheUserAndNotificationsNeedNoSubscription() throws Exception {
        try (FlamigoClient alice = client("alice." + own)) {
            gateway.publish("publish", object().put("user", "alice." + own).put("payload", 1));
            assertThat(alice.next("user:alice%2E" + own)).isEqualTo(1);
            gateway.publish(
                    "publish",
                    object().put("user", "alice." + own)
                            .put("topic", "orders.x")
                            .put("client_topic", "c")
                            .put("payload", 2));
            assertThat(alice.next("c")).isEqualTo(2);
            JsonObject notification = object().put("level", "info").put("title", "T");
            gateway.publish("publish", object().put("user", "alice." + own).put("notification", notification));
            assertThat(alice.next("notification")).isEqualTo(notification);
        }
    }

    @Test
    void directMessagesReachTheUserAndWaitForOneWhoIsAway() throws Exception {
        JsonObject letter = object().put("target_user", own).put("payload", object().put("message", "there?"));
        try (RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            bob.send("DirectMessage", letter);
            assertThat(bob.error()).startsWith("404 ").contains("\"queued\":true");
            try (FlamigoClient alice = client(own)) {
                JsonObject waiting = (JsonObject) alice.next("direct:message");
                assertThat(waiting.getString("from_user")).isEqualTo("bob");
                assertThat(waiting.getJsonObject("payload")).isEqualTo(object().put("message", "there?"));
                assertThat(UUID.fromString(waiting.getString("message_id"))).isNotNull();
                assertThat(waiting.getLong("sent_at")).isPositive();
                bob.send("DirectMessage", "d1", letter.put("payload", 7));
                assertThat(((JsonObject) alice.next("direct:message")).getValue("payload"))
                        .isEqualTo(7);
                assertThat(bob.next("Ack").getString("status")).isEqualTo("delivered");
            }
        }
    }

    @Test
    void presenceIsATopicLikeOthers() throws Exception {
        try (FlamigoClient alice = client("alice")) {
            alice.call(changing("watch", subscribing("presence/" + own)), object());
            try (FlamigoClient _ = client(own)) {
                JsonObject presence = (JsonObject) alice.next("presence:" + own);
                assertThat(presence.getString("user_id")).isEqualTo(own);
                assertThat(presence.getString("status")).isEqualTo("online");
            }
        }
    }

    @Test
    void aServiceSubscribesASessionFromOutside() throws Exception {
        List<String> sessions = new CopyOnWriteArrayList<>();
        services.serve("me:" + own, call -> {
            sessions.add(call.body().getString("session"));
            call.reply(object());
        });
        try (FlamigoClient alice = client("alice")) {
            alice.call("app::me:" + own, 1);
            change(sessions.getFirst(), "chat/" + own + "/*", 200);
            change(sessions.getFirst(), "chat/" + own + "/%", 400);
            publish("chat." + own + ".a.b", 1);
            assertThat(alice.next("chat:" + own + ":a:b")).isEqualTo(1);
        }
    }

    private void change(String session, String pattern, int status) {
        given().auth()
                .oauth2(gateway.token("svc"))
                .contentType(ContentType.JSON)
                .body(object().put("subscribe", new JsonArray().add(pattern)).encode())
                .put("/api/v1/sessions/" + session + "/subscriptions")
                .then()
                .statusCode(status);
    }

    // The end

    @Test
    void theEndOfATokenIsToldBeforeAndSaidWhenItComes() throws Exception {
        try (FlamigoClient alice = FlamigoClient.signedIn(gateway, gateway.token("alice", Duration.ofSeconds(3)))) {
            JsonObject expiring = (JsonObject) alice.next("websocket:token_expiring");
            assertThat(expiring.getLong("expires_at")).isGreaterThan(System.currentTimeMillis() - 1_000);
            List<String> read = alice.toClose();

            assertThat(read).hasSize(2).endsWith("4401");
            assertThat(FlamigoClient.error(new JsonObject(read.getFirst()))).isEqualTo("401 the token has expired");
        }
    }

    @Test
    void aSessionThatIsRevokedIsToldSo() throws Exception {
        try (FlamigoClient alice = client("revoked-" + own)) {
            given().auth()
                    .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                    .delete("/api/v1/users/revoked-" + own)
                    .then()
                    .statusCode(200);
            List<String> read = alice.toClose();

            assertThat(read).hasSize(2).endsWith("4403");
            assertThat(FlamigoClient.error(new JsonObject(read.getFirst()))).startsWith("403 ");
        }
    }

    /** {@code EventDisconnected}. */
    @Test
    void whoWaitsForAUserHearsOfTheEndOfEachConnection() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        services.listen("user/disconnected/" + own, event -> heard.add(event.body()));
        services.listen("session.closed", event -> {
            if (own.equals(event.body().getString("user"))) {
                heard.add(event.body());
            }
        });
        try (FlamigoClient client = client(own)) {
            client.socket()
                    .send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, new byte[] {3, (byte) 0xE8}));
            client.socket().awaitEnd();
        }
        await().until(() -> heard.size() == 2);
        // nobody, and somebody in another dialect
        try (FlamigoClient nobody = FlamigoClient.open(gateway)) {
            assertThat(nobody.fail("app::a", 1)).startsWith("401 ");
        }
        try (RealtimeClient other = RealtimeClient.open(gateway, gateway.token(own))) {
            other.assertQuiet();
        }
        await().until(() -> heard.size() == 3);

        assertThat(heard)
                .extracting(event -> event.getString("event"))
                .containsExactly("session.closed", "user/disconnected/" + own, "session.closed");
        JsonObject disconnected = heard.get(1);
        assertThat(disconnected.getString("user")).isEqualTo(own);
        assertThat(disconnected.getString("session")).isEqualTo(heard.getFirst().getString("session"));
        assertThat(disconnected.getInteger("code")).isEqualTo(1000);
        assertThat(disconnected.getString("dialect")).isEqualTo("flamigo");
    }
}
