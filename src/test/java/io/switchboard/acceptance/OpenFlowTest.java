package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.OpenFlowClient;
import io.switchboard.testing.OpenFlowClient.Packet;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenFlow dialect over real sockets. */
@QuarkusTest
@TestProfile(OpenFlowTest.Quick.class)
class OpenFlowTest {
    /** What is to be waited for comes soon. */
    public static class Quick implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.ofEntries(
                    Map.entry("switchboard.openflow.package-size", "500"),
                    Map.entry("switchboard.openflow.command-size", "1M"),
                    Map.entry("switchboard.queues.redelivery-delay", "20ms"),
                    Map.entry("switchboard.queues.answer-timeout", "4s"),
                    Map.entry("switchboard.queues.deliveries", "3"),
                    Map.entry("switchboard.limits.messages-burst", "100000"),
                    Map.entry("switchboard.limits.errors-in-a-row", "0"),
                    Map.entry("switchboard.rules.subscribe", "collection.*"),
                    Map.entry("switchboard.rules.deny-produce", "*.closed"),
                    Map.entry("switchboard.rules.produce", "*.*"),
                    Map.entry("switchboard.rules.deny-consume", "kept.**"),
                    Map.entry("switchboard.rules.roles.worker.consume", "pool.*"));
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private BusServices services;

    /** Names of queues, services and collections of their own for each test. */
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

    private static JsonObject object() {
        return new JsonObject();
    }

    private OpenFlowClient client(String user) throws Exception {
        return OpenFlowClient.signedIn(gateway, gateway.token(user));
    }

    private String echo() {
        String name = "echo." + own;
        services.serve(name, call -> call.reply(object().put("said", call.body().getValue("payload"))));
        return name;
    }

    // Connecting and signing in

    @ParameterizedTest
    @ValueSource(strings = {"/openflow", "/ws/v1", "/", "/ws", "/ws?protocol=openflow"})
    void itIsSpokenAt(String path) throws Exception {
        try (OpenFlowClient alice = OpenFlowClient.open(gateway, path)) {
            alice.signIn(gateway.token("alice"));
            assertThat(alice.ask(echo(), object().put("n", 1))).isEqualTo(object().put("said", object().put("n", 1)));
        }
    }

    @ParameterizedTest
    @CsvSource({"/openflow,426", "/ws/v1,426"})
    void withoutAnUpgradeThereIsNothingToSee(String path, int status) {
        assertThat(given().get(path).statusCode()).isEqualTo(status);
    }

    @Test
    void whatOthersServeAtTheRootStaysTheirs() {
        assertThat(given().get("/").statusCode()).isNotEqualTo(426);
    }

    @Test
    void theAnswerToASignInHoldsNoSecretButTheToken() throws Exception {
        try (OpenFlowClient alice = OpenFlowClient.open(gateway)) {
            String token = gateway.token("alice");
            JsonObject answer = alice.ask(
                    "SignIn", object().put("jwt", token).put("password", "p").put("realm", "nodejs"));
            assertThat(answer)
                    .isEqualTo(object().put("realm", "nodejs")
                            .put("jwt", token)
                            .put("supports_watch", true)
                            .put("websocket_package_size", 500)
                            .put(
                                    "user",
                                    object().put("_id", "alice")
                                            .put("name", "alice")
                                            .put("username", "alice")
                                            .put("email", "")
                                            .put(
                                                    "roles",
                                                    new JsonArray()
                                                            .add(object().put("_id", "publisher")
                                                                    .put("name", "publisher")))));
        }
    }

    @Test
    void whoIsNotSignedInIsServedNothingElse() throws Exception {
        try (OpenFlowClient nobody = OpenFlowClient.open(gateway)) {
            String echo = echo();
            for (String command : List.of(echo, "query")) {
                assertThat(nobody.fail(command, object())).isEqualTo("sign in first");
            }
            for (String command : List.of("registerqueue", "queuemessage", "registerexchange", "watch")) {
                assertThat(nobody.fail(
                                command,
                                object().put("queuename", own)
                                        .put("exchangename", own)
                                        .put("algorithm", "fanout")
                                        .put("collectionname", own)))
                        .isEqualTo("sign in first");
            }
            nobody.send(OpenFlowClient.packet("p", "ping", ""));
            Packet pong = nobody.next();
            assertThat(pong.command() + " " + pong.replyTo()).isEqualTo("pong p");
        }
    }

    @Test
    void aTokenOfTheCommandIsForThatCommandAlone() throws Exception {
        try (OpenFlowClient nobody = OpenFlowClient.open(gateway)) {
            String echo = echo();
            JsonObject said =
                    nobody.ask(echo, object().put("jwt", gateway.token("bob")).put("n", 1));
            assertThat(said).isEqualTo(object().put("said", object().put("n", 1)));
            assertThat(nobody.fail(echo, object())).isEqualTo("sign in first");
            assertThat(nobody.fail(echo, object().put("jwt", "forged"))).isNotEqualTo("sign in first");
            assertThat(nobody.fail("registerqueue", object().put("jwt", gateway.token("bob"))))
                    .isEqualTo("sign in first");
        }
    }

    // Envelopes

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "[]",
                "{}",
                "{\"id\":1,\"command\":\"ping\"}",
                "{\"id\":\"a\",\"command\":\"\"}",
                "{\"id\":\"a\",\"command\":\"query\",\"data\":{}}",
                "{\"id\":\"a\",\"command\":\"query\",\"data\":\"{}\",\"count\":\"x\"}",
                "{\"id\":\"a\",\"command\":\"query\",\"data\":\"[]\"}",
                "{\"id\":\"a\",\"command\":\"query\",\"data\":\"{\"}",
                "{\"id\":\"a\",\"command\":\"query\",\"data\":\"{}\",\"index\":3}"
            })
    void whatIsNoCommandIsAnsweredAndTheConnectionStays(String text) throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            alice.socket().sendText(text);
            assertThat(alice.next().data().getString("error")).startsWith("send ");
            alice.assertQuiet();
        }
    }

    @Test
    void numbersInAnEnvelopeMayBeStringsAndAnEmptyReplytoIsNone() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String echo = echo();
            for (Object replyTo : new Object[] {null, ""}) {
                alice.send(OpenFlowClient.packet("x", echo, "{}")
                        .put("count", "1")
                        .put("index", "0")
                        .put("replyto", replyTo));
                assertThat(alice.next().replyTo()).isEqualTo("x");
            }
        }
    }

    @Test
    void whatAnswersSomethingIsNeverAnswered() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            for (String command : List.of("ping", "query", "queuemessage", "error", "signin", "watchevent")) {
                alice.send(OpenFlowClient.packet("x", command, "plain text").put("replyto", "nothing"));
            }
            alice.assertQuiet();
        }
    }

    @Test
    void aCommandInPiecesThatCutSurrogatesAndOvertakeEachOtherIsOne() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String data = object().put("text", "😀é\"\\\n".repeat(2000)).encode();
            String echo = echo();
            List<JsonObject> pieces = new ArrayList<>();
            int count = (data.length() + 6) / 7;
            for (int i = 0; i < count; i++) {
                pieces.add(OpenFlowClient.packet("p", echo, data.substring(i * 7, Math.min(data.length(), i * 7 + 7)))
                        .put("count", count)
                        .put("index", i));
            }
            // out of order, and every tenth twice
            for (int i = pieces.size() - 1; i > 0; i--) {
                sendRaw(alice, pieces.get(i));
                if (i % 10 == 0) {
                    sendRaw(alice, pieces.get(i));
                }
            }
            alice.assertQuiet();
            sendRaw(alice, pieces.getFirst());
            assertThat(alice.next().data().getJsonObject("said")).isEqualTo(new JsonObject(data));
        }
    }

    /** As a client does whose strings are UTF-16: half a pair is an escape. */
    private static void sendRaw(OpenFlowClient client, JsonObject packet) throws Exception {
        StringBuilder ascii = new StringBuilder();
        for (char c : packet.encode().toCharArray()) {
            ascii.append(c < 128 ? String.valueOf(c) : "\\u%04x".formatted((int) c));
        }
        client.socket().send(RawWebSocket.text(ascii.toString()));
    }

    @Test
    void tenThousandCommandsThatAreNeverCompletedHoldUpNothing() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            int refused = 0;
            for (int i = 0; i < 10_000; i++) {
                alice.send(OpenFlowClient.packet("open-" + i, "echo", "x")
                        .put("count", 2)
                        .put("index", 0));
                if (i >= 100) {
                    assertThat(alice.next().data().getString("error")).startsWith("complete the commands");
                    refused++;
                }
            }
            assertThat(refused).isEqualTo(9_900);
            assertThat(alice.ask(echo(), object()).fieldNames()).contains("said");
        }
    }

    @Test
    void piecesWithDifferentCountsAreRefused() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            alice.send(OpenFlowClient.packet("p", "echo", "x").put("count", 2).put("index", 0));
            alice.send(OpenFlowClient.packet("p", "echo", "x").put("count", 3).put("index", 1));
            assertThat(alice.next().data().getString("error"))
                    .isEqualTo("send all pieces of a command with the same count");
            alice.assertQuiet();
        }
    }

    @Test
    void aCommandThatIsTooLargeIsRefused() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String piece = "x".repeat(30_000);
            int count = 100;
            for (int i = 0; i < count; i++) {
                alice.send(OpenFlowClient.packet("p", "echo", piece)
                        .put("count", count)
                        .put("index", i));
            }
            assertThat(alice.next().data().getString("error")).startsWith("send less");
            alice.assertQuiet();
        }
    }

    // Services

    @Test
    void aServiceThatIsGoneIsUnknownAgain() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String echo = echo();
            assertThat(alice.ask("customcommand", object().put("command", echo.toUpperCase(Locale.ROOT)))
                            .fieldNames())
                    .contains("said");
            services.close();
            services = new BusServices(vertx);
            assertThat(alice.fail("CustomCommand", object().put("command", echo).put("jwt", gateway.token("alice"))))
                    .isEqualTo("Unknown command " + echo);
            assertThat(alice.fail(echo, object().put("n", 1))).isEqualTo("Unknown command " + echo);
        }
    }

    @Test
    void anErrorTellsTheFieldsOfTheRequestBackButNoSecret() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            JsonObject answer = alice.ask(
                    "nothing",
                    object().put("jwt", gateway.token("alice"))
                            .put("password", "secret")
                            .put("collectionname", "c"));
            assertThat(answer).isEqualTo(object().put("collectionname", "c").put("error", "Unknown command nothing"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"signin", "refreshtoken"})
    void servicesThatTheServerItselfAsksAreNotForClients(String name) throws Exception {
        services.serve(name, call -> call.reply(object().put("token", gateway.token("admin"))));
        try (OpenFlowClient alice = client("alice")) {
            assertThat(alice.fail("customcommand", object().put("command", name)))
                    .isEqualTo("Unknown command " + name);
        }
    }

    // Queues

    @Test
    void aConsumerThatDiesHoldingAMessageLosesItToAnother() throws Exception {
        try (OpenFlowClient bob = client("bob")) {
            OpenFlowClient dies = client("alice");
            String queue = dies.register("Dies." + own);
            assertThat(queue).isEqualTo("dies." + own);
            bob.enqueue(queue, object().put("n", 1));
            assertThat(dies.begun("queuemessage").data().getJsonObject("data").getInteger("n"))
                    .isEqualTo(1);
            dies.socket().abort();
            try (OpenFlowClient alice = client("alice")) {
                alice.register(queue);
                Packet again = alice.begun("queuemessage");
                assertThat(again.data().getJsonObject("data").getInteger("n")).isEqualTo(1);
                alice.answer(again, "queuemessage", "");
                alice.assertQuiet();
            }
            // it was done: nobody gets it again
            try (OpenFlowClient alice = client("alice")) {
                alice.register(queue);
                bob.enqueue(queue, object().put("n", 2));
                Packet next = alice.begun("queuemessage");
                assertThat(next.data().getJsonObject("data").getInteger("n")).isEqualTo(2);
                alice.answer(next, "queuemessage", "done");
                alice.assertQuiet();
            }
        }
    }

    @Test
    void aMessageThatNobodyAnswersComesAgainAndThenIsADeadLetter() throws Exception {
        try (OpenFlowClient alice = client("alice");
                OpenFlowClient bob = client("bob")) {
            String queue = alice.register("silent." + own);
            bob.enqueue(queue, object().put("n", 1));
            for (int i = 0; i < 3; i++) {
                assertThat(alice.begun("queuemessage")
                                .data()
                                .getJsonObject("data")
                                .getInteger("n"))
                        .isEqualTo(1);
                // the time is over at the server; that frees the consumer as well
            }
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(deadLetters(queue)).isEqualTo(1));
        }
    }

    @Test
    void aMessageThatIsRefusedTooOftenIsADeadLetterAndComesAgainWhenAnAdministratorSaysSo() throws Exception {
        try (OpenFlowClient alice = client("alice");
                OpenFlowClient bob = client("bob")) {
            String queue = alice.register("poison." + own);
            bob.enqueue(queue, object().put("n", 1));
            for (int i = 0; i < 3; i++) {
                alice.begun("queuemessage");
                // as the library does: with an id of its own invention
                alice.send(
                        OpenFlowClient.packet("e" + i, "error", "nack message").put("replyto", "invented" + i));
            }
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(deadLetters(queue)).isEqualTo(1));
            bob.enqueue(queue, object().put("n", 2));
            Packet next = alice.begun("queuemessage");
            assertThat(next.data().getJsonObject("data").getInteger("n")).isEqualTo(2);
            alice.answer(next, "queuemessage", "");
            given().header("Authorization", "Bearer " + gateway.tokenWithRoles("root", List.of("admin")))
                    .post("/api/v1/queues/" + queue + "/dead-letters/requeue")
                    .then()
                    .statusCode(200);
            Packet again = alice.begun("queuemessage");
            assertThat(again.data().getJsonObject("data").getInteger("n")).isEqualTo(1);
            alice.answer(again, "queuemessage", "");
            alice.assertQuiet();
        }
    }

    private int deadLetters(String queue) {
        return given().header("Authorization", "Bearer " + gateway.tokenWithRoles("root", List.of("admin")))
                .get("/api/v1/queues?limit=1000")
                .jsonPath()
                .getInt("queues.find { it.name == '" + queue + "' }.deadLetters");
    }

    @Test
    void messagesGoRoundAmongConsumersEachToOne() throws Exception {
        try (OpenFlowClient one = client("alice");
                OpenFlowClient two = client("alice");
                OpenFlowClient bob = client("bob")) {
            String queue = one.register("round." + own);
            two.register(queue);
            List<List<Integer>> got = List.of(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                bob.enqueue(queue, object().put("n", 2 * i));
                bob.enqueue(queue, object().put("n", 2 * i + 1));
                // who has one is given no other: so each of them gets one, whoever was ready first
                Packet ofOne = one.begun("queuemessage");
                Packet ofTwo = two.begun("queuemessage");
                got.get(0).add(ofOne.data().getJsonObject("data").getInteger("n"));
                got.get(1).add(ofTwo.data().getJsonObject("data").getInteger("n"));
                one.answer(ofOne, "queuemessage", "");
                two.answer(ofTwo, "queuemessage", "");
            }
            List<Integer> all = new ArrayList<>(got.get(0));
            all.addAll(got.get(1));
            assertThat(all).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(got.get(0)).hasSize(4).isSorted();
            assertThat(got.get(1)).hasSize(4).isSorted();
        }
    }

    @Test
    void aConnectionIsGivenOneMessageAtATimeFromAllItsQueues() throws Exception {
        try (OpenFlowClient alice = client("alice");
                OpenFlowClient bob = client("bob")) {
            String a = alice.register("a." + own);
            String b = alice.register("b." + own);
            for (int i = 0; i < 3; i++) {
                bob.enqueue(a, i);
                bob.enqueue(b, i);
            }
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Packet packet = alice.begun("queuemessage");
                seen.add(packet.data().getString("queuename"));
                // nothing more while it has this one
                alice.assertQuiet();
                alice.answer(packet, "queuemessage", "");
            }
            assertThat(seen).containsExactlyInAnyOrder(a, a, a, b, b, b);
        }
    }

    @Test
    void whoSendsAnAnswerToTheReplyQueueIsAnsweredWhileItHoldsTheMessage() throws Exception {
        try (OpenFlowClient alice = client("alice");
                OpenFlowClient bob = client("bob")) {
            String work = alice.register("rpc." + own);
            String replies = bob.register("");
            assertThat(replies).hasSizeGreaterThan(20).isLowerCase();
            bob.ask(
                    "queuemessage",
                    object().put("queuename", work)
                            .put("replyto", replies)
                            .put("correlationId", "c")
                            .put("data", "{\"n\":1}")
                            .put("striptoken", true));
            Packet packet = alice.begun("queuemessage");
            assertThat(packet.data())
                    .isEqualTo(object().put("queuename", work)
                            .put("replyto", replies)
                            .put("correlationId", "c")
                            .put("consumerTag", work)
                            .put("routingkey", "")
                            .put("exchangename", "")
                            .put("data", object().put("n", 1)));
            alice.enqueue(replies, object().put("done", true));
            alice.answer(packet, "queuemessage", "");
            Packet reply = bob.begun("queuemessage");
            assertThat(reply.data().getJsonObject("data").getJsonObject("__user"))
                    .isEqualTo(object().put("_id", "alice").put("name", "alice").put("username", "alice"));
            bob.answer(reply, "queuemessage", "");
            bob.assertQuiet();
        }
    }

    @Test
    void whoseQueueItIsAndWhatRulesSayIsHeeded() throws Exception {
        try (OpenFlowClient alice = client("alice");
                OpenFlowClient worker =
                        OpenFlowClient.signedIn(gateway, gateway.tokenWithRoles("wendy", List.of("worker")))) {
            String queue = alice.register("mine." + own);
            assertThat(worker.fail("registerqueue", object().put("queuename", queue)))
                    .isNotEmpty()
                    .doesNotContain(own);
            String pool = alice.register("pool." + own);
            assertThat(worker.register(pool)).isEqualTo(pool);
            assertThat(alice.fail("registerqueue", object().put("queuename", "kept." + own)))
                    .isEqualTo("this queue may not be worked off with your rights");
            assertThat(alice.fail("queuemessage", object().put("queuename", own + ".closed")))
                    .isEqualTo("this queue or exchange may not be sent to with your rights");
        }
    }

    @Test
    void aMessageThatItsConsumerCouldNotBeGivenIsRefused() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String queue = alice.register("large." + own);
            // its limit is that of what may wait for a client, which is 1 MB
            String data = object().put("queuename", queue)
                    .put("data", "x".repeat(300_000))
                    .encode();
            int count = (data.length() + 29_999) / 30_000;
            for (int i = 0; i < count; i++) {
                alice.send(OpenFlowClient.packet(
                                "p",
                                "queuemessage",
                                data.substring(i * 30_000, Math.min(data.length(), (i + 1) * 30_000)))
                        .put("count", count)
                        .put("index", i));
            }
            JsonObject answer = alice.next().data();
            assertThat(answer.getString("error")).startsWith("send at most 262144 characters");
            // what was long is not told back
            assertThat(answer.fieldNames()).containsExactlyInAnyOrder("error", "queuename");
            alice.assertQuiet();
        }
    }

    @Test
    void onlyQueuesWhoseNamesCannotBeGuessedNeedNoRuleToBeSentTo() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String mine = alice.register("");
            alice.enqueue(mine, 1);
            alice.answer(alice.begun("queuemessage"), "queuemessage", "");
            assertThat(alice.fail("queuemessage", object().put("queuename", own)))
                    .isEqualTo("this queue or exchange may not be sent to with your rights");
        }
    }

    // Watches

    @Test
    void aWatchIsToldOfWhatServicesSay() throws Exception {
        try (OpenFlowClient alice = client("alice")) {
            String watch = alice.ask(
                            "watch", object().put("collectionname", own).put("aggregates", "[]"))
                    .getString("id");
            gateway.publish(
                    "publish",
                    object().put("topic", "collection." + own).put("payload", object().put("name", "x".repeat(2000))));
            Packet event = alice.begun("watchevent");
            assertThat(event.data())
                    .isEqualTo(object().put("id", watch)
                            .put(
                                    "result",
                                    object().put("operationType", "update")
                                            .put("fullDocument", object().put("name", "x".repeat(2000)))));
            alice.ask("unwatch", object().put("id", watch));
            gateway.publish(
                    "publish", object().put("topic", "collection." + own).put("payload", object().put("a", 1)));
            alice.assertQuiet();
            assertThat(alice.fail("watch", object().put("collectionname", own).put("aggregates", "[7]")))
                    .startsWith("send aggregates as");
        }
    }
}
