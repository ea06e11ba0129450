package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Realtime dialect over real sockets, from the upgrade request to the close frame. */
@QuarkusTest
class RealtimeTest {
    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user, String... workspaces) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user, workspaces));
    }

    // The token

    /** The ways in which a token comes with the upgrade request. */
    enum Way {
        QUERY {
            @Override
            int handshake(RawWebSocket socket, String token) throws IOException {
                return socket.handshake("/ws?token=" + token);
            }
        },
        HEADER {
            @Override
            int handshake(RawWebSocket socket, String token) throws IOException {
                return socket.handshake("/ws", "Authorization: Bearer " + token);
            }
        },
        SUBPROTOCOL {
            @Override
            int handshake(RawWebSocket socket, String token) throws IOException {
                return socket.handshake("/ws", "Sec-WebSocket-Protocol: access_token." + token);
            }
        };

        abstract int handshake(RawWebSocket socket, String token) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void aTokenSignsInEachWay(Way way) throws Exception {
        String token = gateway.token("alice");
        RawWebSocket socket = RawWebSocket.connect(gateway.port());
        assertThat(way.handshake(socket, token)).isEqualTo(101);
        assertThat(socket.header("Sec-WebSocket-Protocol").orElse(""))
                .isEqualTo(way == Way.SUBPROTOCOL ? "access_token." + token : "");

        try (RealtimeClient alice = RealtimeClient.of(socket, _ -> {})) {
            assertThat(alice.subscribe("chat.x").getInteger("active_subscriptions"))
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTokenThatIsRefusedIsAnsweredWith401AndNotRepeated(Way way) throws Exception {
        String revoked = gateway.token("revoked-" + way);
        given().auth()
                .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                .delete("/api/v1/users/revoked-" + way)
                .then()
                .statusCode(200);
        String good = gateway.token("alice");
        String forged = good.substring(0, good.length() - 8) + "AAAAAAAA";

        for (String bad : List.of("x", forged, gateway.token("alice", Duration.ofSeconds(-1)), revoked)) {
            try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
                assertThat(way.handshake(socket, bad)).isEqualTo(401);
                assertThat(socket.header("Sec-WebSocket-Protocol")).isEmpty();
            }
        }
    }

    @Test
    void withoutATokenNobodySpeaksIt() throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws?protocol=realtime")).isEqualTo(401);
        }
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws")) {
            socket.sendText(RealtimeClient.message("Ping", new JsonObject()));
            List<RawWebSocket.Frame> frames = socket.readToClose();
            assertThat(new JsonObject(frames.getFirst().text())
                            .getJsonObject("data")
                            .getInteger("code"))
                    .isEqualTo(401);
            assertThat(frames.getLast().closeCode()).isEqualTo(4401);
        }
    }

    /** Whatever is published meanwhile to everyone. */
    @Test
    void theGreetingIsTheFirstMessage() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Thread publisher = Thread.ofVirtual().start(() -> {
            while (!done.get()) {
                gateway.publish(
                        "publish",
                        new JsonObject()
                                .put("everyone", true)
                                .put("notification", new JsonObject().put("title", "flood")));
            }
        });
        try {
            for (int i = 0; i < 50; i++) {
                try (RealtimeClient alice = client("alice")) {
                    assertThat(alice.id()).hasSize(36);
                }
            }
        } finally {
            done.set(true);
            publisher.join();
        }
    }

    @Test
    void theGreetingSaysWhatThereIs() throws Exception {
        long before = System.currentTimeMillis();
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token("alice"))) {
            JsonObject welcome = new JsonObject(socket.readText());

            assertThat(welcome.getString("type")).isEqualTo("Status");
            JsonObject details = welcome.getJsonObject("data").getJsonObject("details");
            assertThat(details.getLong("server_time")).isBetween(before, System.currentTimeMillis());
            assertThat(details.getString("protocol_version")).isEqualTo("1.0");
            assertThat(details.getJsonArray("features")).contains("broadcast", "history", "recovery");
        }
    }

    // Ping

    @ParameterizedTest
    @ValueSource(strings = {"1234567890", "1.50", "0", "-7", "123456789012345678901234567890"})
    void aPongHasTheTimestampOfItsPing(String timestamp) throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.socket().sendText("{\"type\":\"Ping\",\"data\":{\"timestamp\":" + timestamp + "}}");
            assertThat(alice.socket().readText())
                    .isEqualTo("{\"type\":\"Pong\",\"data\":{\"timestamp\":" + timestamp + "}}");
        }
    }

    @Test
    void anAnswerCarriesTheIdAndAnAckFollows() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            for (Object id : List.of("p-1", 17)) {
                alice.send("Ping", id, new JsonObject());
                assertThat(alice.next())
                        .isEqualTo(new JsonObject()
                                .put("type", "Pong")
                                .put("data", new JsonObject().putNull("timestamp"))
                                .put("id", id));
                assertThat(alice.next())
                        .isEqualTo(new JsonObject()
                                .put("type", "Ack")
                                .put(
                                        "data",
                                        new JsonObject().put("message_id", id).put("status", "completed"))
                                .put("id", id));
            }
            alice.send("Pong", new JsonObject());
            alice.assertQuiet();
        }
    }

    // Subscriptions

    @Test
    void allOfTheTopicsAreSubscribedToOrNone() throws Exception {
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            alice.send("Subscribe", RealtimeClient.topics("chat.none", "secret.plans"));
            assertThat(alice.error()).isEqualTo("403 {\"topic\":\"secret.plans\"}");
            alice.send("Subscribe", RealtimeClient.topics("chat.none", "chat..none"));
            assertThat(alice.error()).isEqualTo("400 {\"topic\":\"chat..none\"}");

            bob.send("Broadcast", 1, RealtimeClient.said("chat.none", "lost"));
            assertThat(bob.next("Ack").getInteger("recipients")).isZero();
            alice.assertQuiet();
            assertThat(alice.subscribe("chat.none").getInteger("active_subscriptions"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aSubscriptionIsIdempotentAndPatternsThatMeetDeliverOnce() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            assertThat(alice.subscribe("chat.once", "chat.*", "updates.*").getInteger("active_subscriptions"))
                    .isEqualTo(3);
            assertThat(alice.subscribe("chat.once", "chat.**", "chat.>").getInteger("active_subscriptions"))
                    .as("chat.*, chat.** and chat.> are one")
                    .isEqualTo(3);

            alice.say("chat.once", 1);
            alice.say("updates.a.b", 2);
            assertThat(alice.heard()).isEqualTo(1);
            assertThat(alice.heard()).isEqualTo(2);
            alice.assertQuiet();
        }
    }

    @Test
    void whatIsGivenUpIsNotDelivered() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("chat.a", "chat.b");
            assertThat(alice.unsubscribe("chat.a", "chat.never").getInteger("active_subscriptions"))
                    .isEqualTo(1);

            alice.say("chat.a", "gone");
            alice.say("chat.b", "here");
            assertThat(alice.heard()).isEqualTo("here");
            alice.assertQuiet();
        }
    }

    // Broadcast

    @Test
    void aMessageReachesWhoeverIsSubscribed() throws Exception {
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob");
                RealtimeClient carol = client("carol")) {
            alice.subscribe("chat.room");
            bob.subscribe("chat.**");
            carol.subscribe("chat.other");
            alice.socket().sendText("""
                            {"type":"Broadcast","id":"m","data":{"topic":"chat.room","payload":{"n":1.50,"e":1e2}},\
                            "metadata":{"priority":"high","offset":-1,"epoch":"mine","message_id":"mine","sent_at":0}}""");

            JsonObject heard = null;
            for (RealtimeClient one : List.of(alice, bob)) {
                String text = one.socket().readText();
                assertThat(text).contains("{\"n\":1.50,\"e\":1E+2}");
                heard = new JsonObject(text).getJsonObject("data");
                assertThat(heard.getString("topic")).isEqualTo("chat.room");
                JsonObject metadata = heard.getJsonObject("metadata");
                assertThat(metadata.getString("priority")).isEqualTo("high");
                assertThat(metadata.getLong("offset")).isPositive();
                assertThat(metadata.getString("epoch")).isNotEqualTo("mine");
                assertThat(metadata.getString("message_id")).isNotEqualTo("mine");
                assertThat(metadata.getLong("sent_at")).isPositive();
            }
            assertThat(alice.next("Ack"))
                    .isEqualTo(new JsonObject()
                            .put("message_id", "m")
                            .put("status", "delivered")
                            .put("recipients", 2));
            carol.assertQuiet();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"notifications", "presence.alice", "tree.ws", "user.bob", "everyone", "job.alice", "secret"})
    void whereTheRulesDoNotAllowItNobodyPublishes(String topic) throws Exception {
        try (RealtimeClient alice = client("alice", "ws")) {
            alice.send("Broadcast", "m", RealtimeClient.said(topic, "x"));
            assertThat(alice.error()).isEqualTo("403 {\"topic\":\"" + topic + "\",\"message_id\":\"m\"}");
            assertThat(alice.next("Ack"))
                    .isEqualTo(new JsonObject()
                            .put("message_id", "m")
                            .put("status", "failed")
                            .put("code", 403));
        }
    }

    @Test
    void aRetryIsDeliveredOnce() throws Exception {
        try (RealtimeClient alice = client("alice");
                RealtimeClient other = client("alice")) {
            alice.subscribe("chat.retry");
            for (boolean duplicate : new boolean[] {false, true}) {
                alice.send("Broadcast", "m", RealtimeClient.said("chat.retry", 1));
                if (!duplicate) {
                    assertThat(alice.heard()).isEqualTo(1);
                }
                assertThat(alice.next("Ack").getBoolean("duplicate", false)).isEqualTo(duplicate);
            }
            String keyed = "{\"type\":\"Broadcast\",\"id\":\"k\",\"data\":{\"topic\":\"chat.retry\",\"payload\":2},"
                    + "\"metadata\":{\"idempotency_key\":\"k-1\"}}";
            alice.socket().sendText(keyed);
            assertThat(alice.heard()).isEqualTo(2);
            assertThat(alice.next("Ack").containsKey("duplicate")).isFalse();
            other.socket().sendText(keyed);
            assertThat(other.next("Ack").getBoolean("duplicate")).isTrue();
            other.socket().sendText(keyed.replace("\"payload\":2", "\"payload\":3"));
            assertThat(other.error()).startsWith("400");
            assertThat(other.next("Ack").getString("status")).isEqualTo("failed");
            alice.assertQuiet();
        }
    }

    /** The message before the interruption was not acknowledged: it is repeated, and known. */
    @Test
    void aRetryFromTheConnectionThatWentOnIsDeliveredOnce() throws Exception {
        String former;
        try (RealtimeClient bob = client("bob")) {
            JsonObject position = bob.subscribe("chat.again").getJsonObject("position");
            try (RealtimeClient alice = client("alice")) {
                former = alice.id();
                alice.send("Broadcast", "msg_1", RealtimeClient.said("chat.again", "hello"));
                assertThat(bob.heard()).isEqualTo("hello");
            }
            try (RealtimeClient alice = client("alice")) {
                JsonObject data = RealtimeClient.topics("chat.again")
                        .put("recover", new JsonObject().put("$all", position).put("$connection", former));
                alice.send("Subscribe", data);
                alice.status("subscribed");
                assertThat(alice.heard()).isEqualTo("hello");
                alice.status("recovered");
                alice.send("Broadcast", "msg_1", RealtimeClient.said("chat.again", "hello"));
                assertThat(alice.next("Ack").getBoolean("duplicate")).isTrue();
                alice.send("Broadcast", "msg_1", RealtimeClient.said("chat.again", "another"));
                assertThat(alice.heard()).isEqualTo("another");
                assertThat(alice.next("Ack").containsKey("duplicate")).isFalse();
            }
            assertThat(bob.heard()).isEqualTo("another");
            bob.assertQuiet();
        }
    }

    // Events of services

    @Test
    void aTreeEventNeedsTheClaimAndTheSubscription() throws Exception {
        try (RawWebSocket cells = gateway.signedIn("alice", "ws");
                RawWebSocket stranger = gateway.signedIn("mallory", "other");
                RealtimeClient alice = client("alice", "ws");
                RealtimeClient unsubscribed = client("alice", "ws");
                RealtimeClient pattern = client("bob", "ws");
                RealtimeClient mallory = client("mallory", "other")) {
            alice.subscribe("tree.ws");
            pattern.subscribe("tree.**");
            mallory.subscribe("tree.ws", "tree.*");

            gateway.publish("tree", Gateway.created("seen", "ws"));

            String event = cells.readText();
            assertThat(Gateway.path(event)).isEqualTo("ws/seen");
            for (RealtimeClient one : List.of(alice, pattern)) {
                JsonObject heard = one.next("Broadcast");
                assertThat(heard.getString("topic")).isEqualTo("tree.ws");
                assertThat(heard.getJsonObject("payload")).isEqualTo(new JsonObject(event));
                assertThat(heard.getJsonObject("metadata").getLong("offset")).isPositive();
            }
            unsubscribed.assertQuiet();

            gateway.publish("tree", Gateway.created("theirs", "other"));
            assertThat(Gateway.path(stranger.readText())).isEqualTo("other/theirs");
            assertThat(mallory.next("Broadcast").getString("topic")).isEqualTo("tree.other");
        }
    }

    /** Whom a message is for, as a service says. */
    private JsonObject audience(String kind, RealtimeClient alice) {
        return switch (kind) {
            case "user" -> new JsonObject().put("user", "alice");
            case "role" -> new JsonObject().put("role", "editors");
            case "workspace" -> new JsonObject().put("workspace", "ws");
            case "session" -> new JsonObject().put("session", alice.id());
            case "topic" -> new JsonObject().put("topic", "chat.alice");
            default -> new JsonObject().put("everyone", true);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"user", "role", "workspace", "session", "topic", "everyone"})
    void aNotificationReachesItsAudienceAndNobodyElse(String kind) throws Exception {
        String editor = gateway.tokenWithRoles("alice", List.of("editors"), "ws");
        try (RealtimeClient alice = RealtimeClient.open(gateway, editor);
                RealtimeClient bob = client("bob", "other")) {
            alice.subscribe("chat.alice");
            bob.subscribe("chat.bob");
            JsonObject notification = new JsonObject()
                    .put("level", "info")
                    .put("title", "to " + kind)
                    .put(
                            "actions",
                            new JsonArray()
                                    .add(new JsonObject().put("label", "Go").put("url", "/x")));
            JsonObject event = audience(kind, alice).put("notification", notification);

            given().contentType(ContentType.JSON)
                    .auth()
                    .oauth2(gateway.token("service"))
                    .body(event.encode())
                    .post("/api/v1/publish")
                    .then()
                    .statusCode(202);
            gateway.publish("publish", event);

            for (int i = 0; i < 2; i++) {
                JsonObject got = alice.next();
                assertThat(got.getString("type")).isEqualTo("Notification");
                assertThat(got.getJsonObject("data")).isEqualTo(notification);
                assertThat(got.getJsonObject("metadata").getLong("offset")).isPositive();
                if (kind.equals("everyone")) {
                    assertThat(bob.next("Notification")).isEqualTo(notification);
                }
            }
            alice.assertQuiet();
            bob.assertQuiet();
        }
    }

    @Test
    void whatAServiceSaysOnATopicIsABroadcast() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("updates.*");
            gateway.publish(
                    "publish",
                    new JsonObject()
                            .put("topic", "updates.prices.gold")
                            .put("payload", 41)
                            .put("metadata", new JsonObject().put("source", "exchange")));
            JsonObject heard = alice.next("Broadcast");
            assertThat(heard.getString("topic")).isEqualTo("updates.prices.gold");
            assertThat(heard.getInteger("payload")).isEqualTo(41);
            assertThat(heard.getJsonObject("metadata").getString("source")).isEqualTo("exchange");
        }
    }

    // History

    private static List<Object> payloads(JsonObject page) {
        return page.getJsonArray("messages").stream()
                .map(message -> ((JsonObject) message).getValue("payload"))
                .toList();
    }

    private static long offset(JsonObject page, int message) {
        return page.getJsonArray("messages")
                .getJsonObject(message)
                .getJsonObject("metadata")
                .getLong("offset");
    }

    private JsonObject history(RealtimeClient client, JsonObject data) throws IOException {
        client.send("History", data.put("topic", "chat.past"));
        return client.status("history");
    }

    @Test
    void historyIsReadPageByPageInBothDirections() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            long start =
                    alice.subscribe("chat.before").getJsonObject("position").getLong("offset");
            for (int i = 1; i <= 5; i++) {
                alice.send("Broadcast", i, RealtimeClient.said("chat.past", i));
                alice.next("Ack");
                alice.send("Broadcast", -i, RealtimeClient.said("chat.between", i));
                alice.next("Ack");
            }

            JsonObject last = history(alice, new JsonObject().put("limit", 2));
            assertThat(payloads(last)).containsExactly(4, 5);
            assertThat(last.getBoolean("more")).isTrue();
            JsonObject earlier = history(alice, new JsonObject().put("limit", 2).put("before", offset(last, 0)));
            assertThat(payloads(earlier)).containsExactly(2, 3);

            JsonObject first = history(alice, new JsonObject().put("limit", 3).put("since", start));
            assertThat(payloads(first)).containsExactly(1, 2, 3);
            assertThat(first.getBoolean("more")).isTrue();
            JsonObject rest = history(alice, new JsonObject().put("since", offset(first, 2)));
            assertThat(payloads(rest)).containsExactly(4, 5);
            assertThat(rest.getBoolean("more")).isFalse();
            assertThat(rest.getString("epoch")).isNotEmpty();
            assertThat(rest.getLong("last_offset")).isGreaterThanOrEqualTo(start + 10);

            for (JsonObject wrong : List.of(
                    new JsonObject().put("before", 1).put("since", 1),
                    new JsonObject().put("limit", 0),
                    new JsonObject().put("limit", 1001),
                    new JsonObject().put("since", -1),
                    new JsonObject().put("since", 1.5))) {
                alice.send("History", wrong.put("topic", "chat.past"));
                assertThat(alice.error()).as("%s", wrong).startsWith("400");
            }
            alice.send("History", new JsonObject().put("topic", "secret"));
            assertThat(alice.error()).isEqualTo("403 {\"topic\":\"secret\"}");
        }
    }

    @Test
    void historyOfEventsIsWhatTodaysClaimsAllow() throws Exception {
        try (RealtimeClient alice = client("alice", "past");
                RealtimeClient mallory = client("mallory")) {
            gateway.publish("tree", Gateway.created("kept", "past"));
            for (RealtimeClient one : List.of(alice, mallory)) {
                one.send("History", new JsonObject().put("topic", "tree.past").put("limit", 1));
            }
            assertThat(payloads(alice.status("history")))
                    .singleElement()
                    .asString()
                    .contains("past/kept");
            assertThat(payloads(mallory.status("history"))).isEmpty();
        }
    }

    // The end of a token

    @Test
    void aTokenThatEndsIsAnnouncedAndThenTheConnectionEnds() throws Exception {
        String token = gateway.token("alice", Duration.ofSeconds(2));
        try (RealtimeClient alice = RealtimeClient.open(gateway, token)) {
            JsonObject expiring = alice.next("AuthStatus");
            assertThat(expiring.getString("status")).isEqualTo("token_expiring");
            assertThat(expiring.getBoolean("refresh_required")).isTrue();
            assertThat(expiring.getLong("expires_at"))
                    .isBetween(System.currentTimeMillis() - 2_000, System.currentTimeMillis() + 2_000);

            List<String> end = alice.toClose();

            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(expiring.getLong("expires_at"));
            assertThat(end).hasSize(2);
            assertThat(new JsonObject(end.getFirst()).getJsonObject("data").getInteger("code"))
                    .isEqualTo(401);
            assertThat(end.getLast()).isEqualTo("4401");
        }
    }

    @Test
    void anotherTokenOfTheSameSubjectCarriesOn() throws Exception {
        String token = gateway.token("alice", Duration.ofSeconds(2));
        String other = gateway.token("bob");
        try (RealtimeClient alice = RealtimeClient.open(gateway, token)) {
            long end = alice.next("AuthStatus").getLong("expires_at");
            alice.subscribe("chat.on");

            alice.send("Authenticate", "o", new JsonObject().put("token", other));
            assertThat(alice.error()).isEqualTo("403 {\"message_id\":\"o\"}");
            assertThat(alice.next("Ack").getString("status")).isEqualTo("failed");
            alice.send("Authenticate", new JsonObject().put("token", "x"));
            assertThat(alice.error()).startsWith("401");

            alice.send("Authenticate", "r", new JsonObject().put("token", gateway.token("alice")));
            JsonObject refreshed = alice.next("AuthStatus");
            assertThat(refreshed.getString("status")).isEqualTo("refreshed");
            assertThat(refreshed.getLong("expires_at")).isGreaterThan(end);
            assertThat(refreshed.getJsonArray("dropped_topics")).isEmpty();
            assertThat(alice.next("Ack").getString("status")).isEqualTo("refreshed");

            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> System.currentTimeMillis() > end + 100);
            alice.say("chat.on", "still");
            assertThat(alice.heard()).isEqualTo("still");
            alice.assertQuiet();
        }
    }

    @Test
    void aRevokedSessionIsToldAndClosed() throws Exception {
        try (RealtimeClient alice = client("alice-to-revoke")) {
            given().auth()
                    .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                    .delete("/api/v1/users/alice-to-revoke")
                    .then()
                    .statusCode(200);

            List<String> end = alice.toClose();

            assertThat(new JsonObject(end.getFirst()))
                    .isEqualTo(new JsonObject()
                            .put("type", "AuthStatus")
                            .put("data", new JsonObject().put("status", "revoked")));
            assertThat(end.getLast()).isEqualTo("4403");
        }
    }

    // Errors

    @Test
    void whoDoesNothingButFailIsClosed() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            for (int i = 0; i < 10; i++) {
                alice.socket().sendText("no JSON");
                assertThat(alice.error()).startsWith("400");
            }
            alice.assertQuiet();
            for (int i = 0; i < 10; i++) {
                alice.say("secret", i);
                assertThat(alice.error()).startsWith("403");
            }
            alice.socket().sendText("no JSON");

            List<String> end = alice.toClose();

            assertThat(end.getFirst()).contains("too many errors in a row");
            assertThat(end).hasSize(2).last().isEqualTo("1008");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{}",
                "{\"type\":1,\"data\":{}}",
                "{\"type\":\"\",\"data\":{}}",
                "{\"type\":\"Ping\"}",
                "{\"type\":\"Ping\",\"data\":[]}",
                "{\"type\":\"Ping\",\"data\":{},\"metadata\":1}",
                "{\"type\":\"Ping\",\"data\":{\"timestamp\":1e99999999999999999999}}",
                "{\"type\":\"Unknown\",\"data\":{}}",
                "{\"type\":\"ping\",\"data\":{}}",
                "{\"type\":\"Subscribe\",\"data\":{}}",
                "{\"type\":\"Subscribe\",\"data\":{\"topics\":[]}}",
                "{\"type\":\"Subscribe\",\"data\":{\"topics\":[1]}}",
                "{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"chat.x\"],\"recover\":[]}}",
                "{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"chat.x\"],\"recover\":{\"$all\":{\"offset\":1}}}}",
                "{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"chat.x\"],\"recover\":{\"$connection\":\"x\"}}}",
                "{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.x\"}}",
                "{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.*\",\"payload\":1}}",
                "{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.x\",\"payload\":1},\"metadata\":{\"ttl\":\"1\"}}",
                "{\"type\":\"Authenticate\",\"data\":{\"token\":\"\"}}",
            })
    void aMessageThatCannotBeMeantIsRefusedAndTheConnectionStays(String message) throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.socket().sendText(message);
            assertThat(alice.error()).startsWith("400");
            alice.assertQuiet();
        }
    }

    @Test
    void aServiceThatThereIsNotIsNotFound() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.send("X-Nobody", "x", new JsonObject());
            assertThat(alice.error()).isEqualTo("404 {\"message_id\":\"x\"}");
            assertThat(alice.next("Ack").getInteger("code")).isEqualTo(404);
        }
    }

    @Test
    void moreMetadataThanThereMayBeIsRefused() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("chat.x");
            for (int length : new int[] {4096, 4097}) {
                String metadata = "{\"k\":\"" + "m".repeat(length - "{\"k\":\"\"}".length()) + "\"}";
                alice.socket()
                        .sendText("{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.x\",\"payload\":1},\"metadata\":"
                                + metadata + "}");
                if (length == 4096) {
                    assertThat(alice.heard()).isEqualTo(1);
                }
            }
            assertThat(alice.error()).startsWith("400");
        }
    }

    @Test
    void textThatIsNotUtf8EndsTheConnection() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.socket()
                    .send(RawWebSocket.frame(
                            RawWebSocket.FIN | RawWebSocket.TEXT,
                            "{\"type\":\"Ping\",\"data\":{\"x\":\"\u00ff\"}}".getBytes(StandardCharsets.ISO_8859_1)));
            List<String> end = new ArrayList<>(alice.toClose());
            assertThat(end.removeLast()).isEqualTo("1007");
            assertThat(end).allSatisfy(text -> assertThat(text).contains("\"code\":400"));
        }
    }
}
