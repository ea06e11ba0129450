package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.switchboard.testing.StompClient;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** STOMP over real sockets, from CONNECT to the close frame. */
@QuarkusTest
class StompTest {
    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    /** Names of its own for each test. */
    private final String own = UUID.randomUUID().toString();

    private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();

    @AfterEach
    void everybodyIsGone() {
        consumers.forEach(consumer ->
                consumer.unregister().toCompletionStage().toCompletableFuture().join());
        gateway.awaitOpen(0);
    }

    private void serve(String name, Consumer<Message<JsonObject>> service) {
        consumers.add(vertx.eventBus().<JsonObject>consumer("service." + name, service::accept));
    }

    private StompClient client(String user, String... workspaces) throws IOException {
        return StompClient.connected(gateway, user, workspaces);
    }

    // CONNECT

    @ParameterizedTest
    @CsvSource({"'1.0,1.1,1.2', 1.2", "'1.1,1.0', 1.1", "1.0, 1.0", "'1.2,9.9', 1.2"})
    void theHighestVersionThatBothSpeakIsSpoken(String accepted, String version) throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            assertThat(client.socket().header("Sec-WebSocket-Protocol")).contains("v12.stomp");
            client.send("CONNECT", "accept-version:" + accepted, "host:x", "heart-beat:0,0");
            StompClient.Frame connected = client.next("CONNECTED");
            assertThat(connected.header("version")).isEqualTo(version);
            assertThat(connected.header("heart-beat")).matches("[0-9]+,[0-9]+");
            assertThat(connected.header("session")).isNotEmpty();
        }
    }

    @Test
    void aClientOf10HasNoVersions() throws Exception {
        try (StompClient client = StompClient.of(RawWebSocket.open(gateway.port(), "/ws?protocol=stomp"))) {
            client.send("CONNECT", "login:x", "passcode:" + gateway.token("alice"));
            assertThat(client.next("CONNECTED").header("version")).isEqualTo("1.0");
            client.send("SUBSCRIBE", "destination:/topic/chat." + own, "receipt:r");
            client.receipt("r");
            client.say("/topic/chat." + own, "\"hello\"");
            StompClient.Frame message = client.next("MESSAGE");
            assertThat(message.headers()).doesNotContainKey("subscription");
            assertThat(message.body()).isEqualTo("\"hello\"");
            client.send("UNSUBSCRIBE", "destination:/topic/chat." + own, "receipt:u");
            client.receipt("u");
        }
    }

    @Test
    void aVersionThatNobodySpeaksIsAnErrorThatNamesThose() throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            client.send("CONNECT", "accept-version:2.0", "host:x");
            StompClient.Frame error = client.next("ERROR");
            assertThat(error.header("version")).isEqualTo("1.0,1.1,1.2");
            assertThat(client.socket().readToClose().getLast().closeCode()).isEqualTo(4400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization:Bearer ", "authorization:Bearer ", "passcode:"})
    void aTokenInAHeaderSignsIn(String header) throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            client.send("STOMP", "accept-version:1.2", "host:x", header + gateway.token("alice"));
            assertThat(client.next("CONNECTED").header("user-name")).isEqualTo("alice");
        }
    }

    @Test
    void aTokenInTheUpgradeRequestSignsInToo() throws Exception {
        String token = gateway.token("alice");
        for (String[] way : new String[][] {
            {"/ws", "Sec-WebSocket-Protocol: access_token." + token + ", v12.stomp"},
            {"/ws?token=" + token, "Sec-WebSocket-Protocol: v12.stomp"},
            {"/ws", "Sec-WebSocket-Protocol: v12.stomp", "Authorization: Bearer " + token}
        }) {
            String[] headers = java.util.Arrays.copyOfRange(way, 1, way.length);
            try (StompClient client = StompClient.of(RawWebSocket.open(gateway.port(), way[0], headers))) {
                assertThat(client.socket().header("Sec-WebSocket-Protocol")).contains("v12.stomp");
                client.send("CONNECT", "accept-version:1.2", "host:x");
                assertThat(client.next("CONNECTED").header("user-name")).isEqualTo("alice");
            }
        }
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            assertThat(socket.handshake("/ws", "Sec-WebSocket-Protocol: v12.stomp, access_token.x"))
                    .isEqualTo(401);
        }
    }

    @Test
    void aTokenThatIsRefusedEndsIt() throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            client.send("CONNECT", "accept-version:1.2", "host:x", "passcode:x", "receipt:r");
            StompClient.Frame error = client.next("ERROR");
            assertThat(error.header("status")).isEqualTo("401");
            assertThat(error.header("receipt-id")).isEqualTo("r");
            assertThat(client.socket().readToClose().getLast().closeCode()).isEqualTo(4401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SUBSCRIBE\nid:1\ndestination:/topic/chat.x\n\n\0", "CONNECT\n\n\0CONNECT\n\n\0"})
    void whatIsOutOfOrderIsAnError(String frames) throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            client.socket().sendText(frames);
            StompClient.Frame frame = client.next();
            if (frame.command().equals("CONNECTED")) {
                frame = client.next();
            }
            assertThat(frame.command()).isEqualTo("ERROR");
            assertThat(client.socket().readToClose().getLast().closeCode()).isEqualTo(4400);
        }
    }

    @Test
    void nobodyMayNotSubscribeOrSend() throws Exception {
        for (String frame : List.of(
                StompClient.frame("SUBSCRIBE", "id:1", "destination:/topic/chat.x"),
                StompClient.frame("SUBSCRIBE", "id:1", "destination:/user/queue/messages"),
                StompClient.frame("SEND", "destination:/topic/chat.x"),
                StompClient.frame("SEND", "destination:/app/x"))) {
            try (StompClient client = StompClient.anonymous(gateway.port())) {
                client.socket().sendText(frame);
                assertThat(client.failure()).isEqualTo("sign in first 4401");
            }
        }
    }

    // Topics

    @Test
    void whatIsSentToATopicReachesThoseWhoSubscribed() throws Exception {
        try (StompClient alice = client("alice");
                StompClient bob = client("bob")) {
            bob.subscribe("sub-0", "/topic/chat." + own);
            alice.say("/topic/chat/" + own, "{\"n\":1}", "receipt:r", "content-type:application/json");
            alice.receipt("r");

            StompClient.Frame message = bob.next("MESSAGE");
            assertThat(message.header("subscription")).isEqualTo("sub-0");
            assertThat(message.header("destination")).isEqualTo("/topic/chat." + own);
            assertThat(message.header("content-type")).isEqualTo("application/json");
            assertThat(message.header("message-id")).isNotEmpty();
            assertThat(message.body()).isEqualTo("{\"n\":1}");
        }
    }

    @Test
    void eachSubscriptionHasItsMessageInItsOwnWriting() throws Exception {
        try (StompClient alice = client("alice")) {
            alice.subscribe("a", "/topic/chat." + own);
            alice.subscribe("b", "/topic/chat/*");
            alice.subscribe("c", "/topic/chat." + own);
            alice.say("/topic/chat." + own, "1");
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                StompClient.Frame message = alice.next("MESSAGE");
                seen.add(message.header("subscription") + " " + message.header("destination"));
            }
            assertThat(seen)
                    .containsExactlyInAnyOrder("a /topic/chat." + own, "b /topic/chat/" + own, "c /topic/chat." + own);

            alice.send("UNSUBSCRIBE", "id:a", "receipt:u");
            alice.receipt("u");
            alice.send("UNSUBSCRIBE", "id:b", "receipt:v");
            alice.receipt("v");
            alice.say("/topic/chat." + own, "2");
            assertThat(alice.next("MESSAGE").header("subscription")).isEqualTo("c");
            alice.send("UNSUBSCRIBE", "id:c", "receipt:w");
            alice.receipt("w");
            alice.say("/topic/chat." + own, "3", "receipt:x");
            alice.receipt("x");
        }
    }

    @Test
    void anIdOfAnotherSubscriptionIsAnErrorAndAnUnknownOneIsNone() throws Exception {
        try (StompClient alice = client("alice")) {
            alice.send("UNSUBSCRIBE", "id:/user/topic/registration", "receipt:u");
            alice.receipt("u");
            alice.subscribe("a", "/topic/chat." + own);
            alice.subscribe("a", "/topic/chat." + own);
            alice.send("SUBSCRIBE", "id:a", "destination:/topic/chat.other");
            assertThat(alice.failure()).startsWith("subscribe with an id").endsWith("4400");
        }
    }

    @Test
    void headersOfTheSenderComeAlongAndTextStaysText() throws Exception {
        try (StompClient alice = client("alice");
                RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            bob.subscribe("chat." + own);
            alice.subscribe("a", "/topic/chat." + own);
            alice.say(
                    "/topic/chat." + own,
                    "hällo\nworld",
                    "content-type:text/plain;charset=utf-8",
                    "room:a\\cb",
                    "X-CSRF-TOKEN:secret",
                    "passcode:secret");

            StompClient.Frame message = alice.next("MESSAGE");
            assertThat(message.body()).isEqualTo("hällo\nworld");
            assertThat(message.header("content-type")).isEqualTo("text/plain");
            assertThat(message.header("room")).isEqualTo("a:b");
            assertThat(message.headers().values()).noneMatch(value -> value.contains("secret"));
            JsonObject broadcast = bob.next("Broadcast");
            assertThat(broadcast.getValue("payload")).isEqualTo("hällo\nworld");
            assertThat(broadcast.getJsonObject("metadata").getString("room")).isEqualTo("a:b");
            assertThat(broadcast.encode()).doesNotContain("secret");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/topic/tree.x | 4403",
                "/topic/forbidden.x | 4403",
                "/topic/chat.* | 4400",
                "/elsewhere | 4400",
                "/topic/ | 4400"
            })
    void whereNobodyMaySendIsAnError(String destination, int code) throws Exception {
        try (StompClient alice = client("alice")) {
            alice.say(destination, "1", "receipt:r");
            StompClient.Frame error = alice.next("ERROR");
            assertThat(error.header("receipt-id")).isEqualTo("r");
            assertThat(alice.socket().readToClose().getLast().closeCode()).isEqualTo(code);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"/topic/forbidden.x | 4403", "/elsewhere | 4400", "/topic/a..b | 4400", "/user/queue/a.* | 4400"})
    void whatMayNotBeSubscribedToIsAnError(String destination, int code) throws Exception {
        try (StompClient alice = client("alice")) {
            alice.send("SUBSCRIBE", "id:1", "destination:" + destination);
            assertThat(alice.failure()).endsWith(" " + code);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEGIN\ntransaction:t\n\n\0", "SEND\ntransaction:t\ndestination:/topic/chat.x\n\n\0"})
    void transactionsAreRefused(String frame) throws Exception {
        try (StompClient alice = client("alice")) {
            alice.socket().sendText(frame);
            assertThat(alice.failure()).startsWith("send without transactions").endsWith("4400");
        }
    }

    @Test
    void eventsOfFamiliesAreTopicsAndClaimsDecide() throws Exception {
        try (StompClient alice = client("alice", "ws-" + own);
                StompClient bob = client("bob")) {
            alice.subscribe("t", "/topic/tree.ws-" + own);
            bob.subscribe("t", "/topic/tree.**");
            bob.subscribe("c", "/topic/chat." + own);
            gateway.publish("tree", Gateway.created("file", "ws-" + own));
            assertThat(Gateway.path(alice.heard())).contains("file");
            alice.say("/topic/chat." + own, "\"end\"");
            assertThat(bob.heard()).isEqualTo("\"end\"");
        }
    }

    // What is for one alone

    @Test
    void messagesNotificationsAndPersonalTopicsComeToQueues() throws Exception {
        try (StompClient alice = client("alice-" + own);
                RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            alice.subscribe("m", "/user/queue/messages");
            alice.subscribe("n", "/user/queue/notifications");
            alice.subscribe("p", "/user/queue/orders");
            bob.send(
                    "DirectMessage",
                    new JsonObject().put("target_user", "alice-" + own).put("payload", "psst"));
            StompClient.Frame direct = alice.next("MESSAGE");
            assertThat(direct.header("destination")).isEqualTo("/user/queue/messages");
            assertThat(direct.header("from-user")).isEqualTo("bob");
            assertThat(direct.body()).isEqualTo("\"psst\"");

            gateway.publish(
                    "publish",
                    new JsonObject()
                            .put("user", "alice-" + own)
                            .put(
                                    "notification",
                                    new JsonObject().put("title", "T").put("message", "M")));
            assertThat(alice.next("MESSAGE").header("subscription")).isEqualTo("n");

            gateway.publish(
                    "publish",
                    new JsonObject()
                            .put("user", "alice-" + own)
                            .put("topic", "orders")
                            .put("payload", 7));
            StompClient.Frame order = alice.next("MESSAGE");
            assertThat(order.header("destination")).isEqualTo("/user/queue/orders");
            assertThat(order.body()).isEqualTo("7");
        }
    }

    @Test
    void whatUsersWriteWaitsUntilTheClientListensAndUntilItAcknowledges() throws Exception {
        String alice = "alice-" + own;
        try (StompClient bob = client("bob");
                StompClient first = client(alice)) {
            bob.say("/user/" + alice + "/queue/messages", "1", "receipt:r");
            bob.receipt("r");
            first.subscribe("m", "/user/queue/messages", "ack:client-individual");
            StompClient.Frame message = first.next("MESSAGE");
            assertThat(message.body()).isEqualTo("1");
            assertThat(message.header("ack")).isNotEmpty();
        }
        gateway.awaitOpen(0);
        try (StompClient second = client(alice)) {
            second.subscribe("m", "/user/queue/messages", "ack:client");
            StompClient.Frame again = second.next("MESSAGE");
            assertThat(again.body()).isEqualTo("1");
            second.send("NACK", "id:" + again.header("ack"), "receipt:n");
            second.receipt("n");
            second.send("ACK", "id:" + again.header("ack"), "receipt:a");
            second.receipt("a");
        }
        gateway.awaitOpen(0);
        try (StompClient third = client(alice);
                StompClient bob = client("bob")) {
            third.subscribe("m", "/user/queue/messages");
            bob.say("/user/" + alice + "/queue/messages", "2");
            assertThat(third.heard()).isEqualTo("2");
        }
    }

    @Test
    void aServiceAnswersInTheQueueOfReplies() throws Exception {
        serve(
                "echo-" + own,
                message -> message.reply(
                        new JsonObject().put("said", message.body().getValue("payload"))));
        serve("no-" + own, message -> message.fail(403, "not now"));
        try (StompClient alice = client("alice")) {
            alice.subscribe("r", "/user/queue/replies");
            alice.say("/app/echo-" + own, "[1]", "correlation-id:c1", "receipt:x");
            StompClient.Frame reply = alice.next("MESSAGE");
            assertThat(reply.header("correlation-id")).isEqualTo("c1");
            assertThat(reply.header("destination")).isEqualTo("/user/queue/replies");
            assertThat(reply.body()).isEqualTo("{\"said\":[1]}");
            alice.receipt("x");

            alice.say("/app/no-" + own, "[1]", "correlation-id:c2");
            StompClient.Frame refusal = alice.next("MESSAGE");
            assertThat(refusal.header("status")).isEqualTo("403");
            assertThat(refusal.header("correlation-id")).isEqualTo("c2");
            assertThat(new JsonObject(refusal.body()).getString("error")).isEqualTo("not now");
        }
        try (StompClient alice = client("alice")) {
            alice.say("/app/unknown-" + own, "[1]");
            assertThat(alice.failure()).startsWith("there is no such service");
        }
    }

    // Frames

    @Test
    void severalFramesInAMessageAndFramesInPiecesAreTheSame() throws Exception {
        String token = gateway.token("alice");
        String frames = "CONNECT\naccept-version:1.2\nhost:x\npasscode:" + token + "\n\n\0\n"
                + "SUBSCRIBE\nid:1\ndestination:/topic/chat." + own + "\nreceipt:r\n\n\0\n\n"
                + "SEND\r\ndestination:/topic/chat." + own + "\r\ncontent-length:4\r\n\r\n\"é\"\0";
        try (StompClient whole = StompClient.open(gateway.port());
                StompClient pieces = StompClient.open(gateway.port())) {
            whole.socket().sendText(frames);
            for (byte one : frames.getBytes(StandardCharsets.UTF_8)) {
                pieces.socket().send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, new byte[] {one}));
            }
            for (StompClient client : List.of(whole, pieces)) {
                client.next("CONNECTED");
                client.receipt("r");
                assertThat(client.heard()).isEqualTo("\"é\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SEND\ndestination:/topic/chat.x\ncontent-length:1\n\nab\0",
                "SEND\ndestination:/topic/chat.x\ncontent-length:-1\n\nab\0",
                "NOTHING\n\n\0",
                "SEND\nno colon\n\n\0",
                "SUBSCRIBE\nid:1\ndestination:/topic/chat.x\n\nbody\0",
                "SEND\ndestination:a\\tb\n\n\0"
            })
    void whatIsNoFrameIsAnErrorAndTheEnd(String frame) throws Exception {
        try (StompClient alice = client("alice")) {
            alice.socket().sendText(frame);
            assertThat(alice.failure()).endsWith("4400");
        }
    }

    @Test
    void aHeaderOfAMegabyteIsRefusedBeforeItHasCome() throws Exception {
        try (StompClient alice = client("alice")) {
            alice.socket().sendText("SEND\nx:");
            String piece = "a".repeat(4096);
            for (int i = 0; i < 4; i++) {
                alice.socket().sendText(piece);
            }
            assertThat(alice.failure()).contains("bytes of headers").endsWith("4400");
        }
    }

    @Test
    void disconnectIsAnsweredAndEndsIt() throws Exception {
        try (StompClient alice = client("alice")) {
            alice.send("DISCONNECT", "receipt:bye");
            alice.receipt("bye");
            assertThat(alice.socket().readToClose().getLast().closeCode()).isEqualTo(1000);
        }
    }

    @Test
    void anExpiredTokenIsAnErrorAndTheEnd() throws Exception {
        try (StompClient client = StompClient.open(gateway.port())) {
            client.send(
                    "CONNECT",
                    "accept-version:1.2",
                    "host:x",
                    "passcode:" + gateway.token("alice", Duration.ofSeconds(2)));
            client.next("CONNECTED");
            assertThat(client.failure()).contains("expired").endsWith("4401");
        }
    }
}
