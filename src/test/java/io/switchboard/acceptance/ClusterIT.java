package io.switchboard.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.impl.Headers;
import io.switchboard.dev.DevelopmentKeyPair;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.ChatClient;
import io.switchboard.testing.NatsServer;
import io.switchboard.testing.OpenFlowClient;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.Postgres;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.switchboard.testing.StompClient;
import io.switchboard.webflow.WebSocketId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas, with real servers beside them, are to clients and services as one. */
class ClusterIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ROOM = "files";

    @TempDir
    static Path folder;

    private static NatsServer nats;
    private static Postgres postgres;
    private static PackagedServer first;
    private static PackagedServer second;

    private final String run = UUID.randomUUID().toString();

    @BeforeAll
    static void start() throws IOException {
        nats = NatsServer.started();
        postgres = Postgres.started();
        DevelopmentKeyPair.create(folder);
        String database = postgres.newDatabase();
        first = replica("first", database);
        second = replica("second", database);
        await().atMost(PATIENCE)
                .until(() -> first.get("/q/health/ready") == 200 && second.get("/q/health/ready") == 200);
    }

    private static PackagedServer replica(String name, String database) throws IOException {
        return PackagedServer.start(
                Files.createDirectory(folder.resolve(name)),
                "mp.jwt.verify.publickey.location="
                        + folder.resolve(DevelopmentKeyPair.PUBLIC_FILE).toUri(),
                "switchboard.cluster.nats.servers=" + nats.url(),
                "switchboard.storage.kind=postgresql",
                "switchboard.storage.url=" + database,
                "switchboard.storage.username=" + Postgres.USER,
                "switchboard.rules.consume=**",
                "switchboard.presence.grace=1s");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        postgres.close();
        nats.close();
    }

    private static String token(String user, String... roles) throws IOException {
        return DevelopmentToken.of(user, List.of(ROOM), List.of(roles), Duration.ofMinutes(30))
                .sign(PackagedServer.key(folder));
    }

    private static RealtimeClient realtime(PackagedServer replica, String user) throws IOException {
        return RealtimeClient.of(RawWebSocket.open(replica.port(), "/ws?token=" + token(user)), _ -> {});
    }

    private static HttpResponse<String> send(
            PackagedServer replica, String method, String path, String role, String body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + replica.port() + path))
                            .header("Authorization", "Bearer " + token("operator", role))
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    @SuppressWarnings("try") // nobody interrupts
    void whatIsSaidAnywhereIsHeardEverywhereInOneOrder() throws Exception {
        String topic = "updates." + run;
        try (RealtimeClient alice = realtime(first, "alice");
                RealtimeClient bob = realtime(second, "bob");
                Connection service = Nats.connect(nats.url())) {
            JsonObject _ = alice.subscribe(topic);
            JsonObject _ = bob.subscribe(topic);

            alice.send("Broadcast", "m1", new JsonObject().put("topic", topic).put("payload", 1));
            assertThat(alice.heard()).isEqualTo(1);
            assertThat(alice.next("Ack")).isEqualTo(delivered("m1").put("recipients", 2));
            assertThat(send(
                                    second,
                                    "POST",
                                    "/api/v1/events/publish",
                                    "publisher",
                                    new JsonObject()
                                            .put("topic", topic)
                                            .put("payload", 2)
                                            .encode())
                            .statusCode())
                    .isEqualTo(202);
            var _ = service.jetStream()
                    .publish(
                            "switchboard.events.publish",
                            new JsonObject()
                                    .put("topic", topic)
                                    .put("payload", 3)
                                    .encode()
                                    .getBytes(UTF_8));

            assertThat(List.of(alice.heard(), alice.heard())).containsExactly(2, 3);
            assertThat(List.of(bob.heard(), bob.heard(), bob.heard())).containsExactly(1, 2, 3);
        }
    }

    private static JsonObject delivered(String id) {
        return new JsonObject().put("message_id", id).put("status", "delivered");
    }

    @Test
    void whoComesBackToAnotherReplicaMissesNothing() throws Exception {
        String topic = "updates." + run;
        JsonObject position;
        try (RealtimeClient alice = realtime(first, "alice")) {
            position = alice.subscribe(topic).getJsonObject("position");
        }
        try (RealtimeClient bob = realtime(first, "bob")) {
            bob.say(topic, 1);
            bob.say(topic, 2);
            bob.send("Broadcast", "last", new JsonObject().put("topic", topic).put("payload", 3));
            assertThat(bob.next("Ack").getInteger("recipients")).isZero();
        }

        try (RealtimeClient alice = realtime(second, "alice")) {
            alice.send(
                    "Subscribe",
                    new JsonObject()
                            .put("topics", new JsonArray().add(topic))
                            .put("recover", new JsonObject().put(topic, position)));
            JsonObject _ = alice.status("subscribed");
            assertThat(List.of(alice.heard(), alice.heard(), alice.heard())).containsExactly(1, 2, 3);
            assertThat(alice.status("recovered")
                            .getJsonObject("topics")
                            .getJsonObject(topic)
                            .getBoolean("recovered"))
                    .isTrue();
        }
    }

    @Test
    void lettersAndPresenceKnowNoReplicas() throws Exception {
        String bob = "bob-" + run;
        try (RealtimeClient alice = realtime(first, "alice")) {
            JsonObject _ = alice.subscribe("presence." + bob);
            assertThat(presence(alice, bob)).isEqualTo("offline");
            alice.send(
                    "DirectMessage",
                    "d1",
                    new JsonObject().put("target_user", bob).put("payload", "waits"));
            JsonObject _ = alice.next("Error");
            assertThat(alice.next("Ack").getString("status")).isEqualTo("queued");

            try (RealtimeClient there = realtime(second, bob)) {
                assertThat(there.next("DirectMessage").getString("payload")).isEqualTo("waits");
                assertThat(presence(alice, bob)).isEqualTo("online");
                alice.send(
                        "DirectMessage",
                        "d2",
                        new JsonObject().put("target_user", bob).put("payload", "now"));
                assertThat(there.next("DirectMessage").getString("payload")).isEqualTo("now");
                assertThat(alice.next("Ack").getJsonArray("delivered_to")).containsExactly(there.id());
            }
            assertThat(presence(alice, bob)).isEqualTo("offline");
        }
    }

    private static String presence(RealtimeClient client, String user) throws IOException {
        JsonObject told = client.next("Presence");
        assertThat(told.getString("user_id")).isEqualTo(user);
        return told.getString("status");
    }

    @Test
    void aRoomIsOneRoom() throws Exception {
        JsonObject room = ChatClient.room("GLOBAL", "lobby-" + run);
        try (ChatClient alice = ChatClient.signedIn(first.port(), token("alice"));
                ChatClient bob = ChatClient.signedIn(second.port(), token("bob"))) {
            String uuid = alice.enter(room);
            assertThat(bob.enter(room)).isEqualTo(uuid);
            assertThat(alice.update().getJsonArray("Users")).containsExactly("alice", "bob");

            for (int i = 0; i < 20; i++) {
                (i % 2 == 0 ? alice : bob).post(uuid, "m" + i);
                assertThat(alice.text()).isEqualTo("m" + i);
                assertThat(bob.text()).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void aQueueIsWorkedOffByOneWhereverThatIs() throws Exception {
        String queue = "work-" + run;
        try (OpenFlowClient worker = OpenFlowClient.of(RawWebSocket.open(first.port(), "/openflow"));
                OpenFlowClient sender = OpenFlowClient.of(RawWebSocket.open(second.port(), "/openflow"))) {
            worker.signIn(token("worker"));
            sender.signIn(token("sender"));
            assertThat(worker.register(queue)).isEqualTo(queue);

            for (int i = 0; i < 10; i++) {
                sender.enqueue(queue, new JsonObject().put("n", i));
                OpenFlowClient.Packet given = worker.begun("queuemessage");
                assertThat(given.data().getJsonObject("data").getInteger("n")).isEqualTo(i);
                worker.answer(given, "queuemessage", "{}");
            }
        }
    }

    @Test
    @SuppressWarnings("try") // nobody interrupts
    void anOperationIsAuthorizedAtAnyReplica() throws Exception {
        String operation = UUID.randomUUID().toString();
        String id = WebSocketId.ofOperation(operation).text();
        try (StompClient browser = StompClient.anonymous(first.port());
                Connection service = Nats.connect(nats.url())) {
            browser.subscribe("sub-0", "/user/topic/registration");
            browser.subscribe("sub-1", "/user/topic/authorization");
            browser.say(
                    "/app/registration", new JsonObject().put("webSocketId", id).encode());
            assertThat(new JsonObject(browser.next("MESSAGE").body()).getBoolean("registrationSucceeded"))
                    .isTrue();

            assertThat(send(
                                    second,
                                    "POST",
                                    "/api/v1/events/auth",
                                    "publisher",
                                    new JsonObject()
                                            .put("operationId", operation)
                                            .put("authResult", "CONFIRMED")
                                            .encode())
                            .statusCode())
                    .isEqualTo(202);

            assertThat(new JsonObject(browser.next("MESSAGE").body()).getString("authResult"))
                    .isEqualTo("CONFIRMED");

            var _ = service.jetStream()
                    .publish(
                            "switchboard.events.auth",
                            new JsonObject()
                                    .put("operationId", operation)
                                    .put("authResult", "BY NATS")
                                    .encode()
                                    .getBytes(UTF_8));
            assertThat(new JsonObject(browser.next("MESSAGE").body()).getString("authResult"))
                    .isEqualTo("BY NATS");
        }
    }

    @Test
    void operatorsSeeAndEndSessionsOfAllReplicas() throws Exception {
        String carol = "carol-" + run;
        try (RealtimeClient one = realtime(first, carol);
                RealtimeClient two = realtime(second, carol)) {
            JsonObject list = new JsonObject(send(second, "GET", "/api/v1/sessions?user=" + carol, "admin", "")
                    .body());
            assertThat(list.getJsonArray("sessions").stream().map(session -> ((JsonObject) session).getString("id")))
                    .containsExactlyInAnyOrder(one.id(), two.id());
            assertThat(list.getJsonArray("sessions").stream()
                            .map(session -> ((JsonObject) session).getString("replica"))
                            .distinct())
                    .hasSize(2);

            HttpResponse<String> revoked = send(first, "DELETE", "/api/v1/users/" + carol, "admin", "");
            assertThat(revoked.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(revoked.body()).getInteger("sessions")).isEqualTo(2);
            assertThat(one.toClose()).isNotEmpty();
            assertThat(two.toClose()).isNotEmpty();
        }
    }

    @Test
    @SuppressWarnings("try") // nobody interrupts
    void aServiceOnNatsIsCalledByEither() throws Exception {
        String name = "X-Echo-" + run;
        try (Connection service = Nats.connect(nats.url())) {
            var _ = service.createDispatcher()
                    .subscribe(
                            "switchboard.service." + name,
                            "echoes",
                            message -> service.publish(
                                    message.getReplyTo(),
                                    new Headers(),
                                    ("{\"token\":"
                                                    + message.getHeaders()
                                                            .getFirst("Authorization")
                                                            .length() + "}")
                                            .getBytes(UTF_8)));
            service.flush(PATIENCE);
            for (PackagedServer replica : List.of(first, second)) {
                try (RealtimeClient alice = realtime(replica, "alice")) {
                    alice.send(name, new JsonObject());
                    assertThat(alice.next(name).getInteger("token")).isPositive();
                }
            }
        }
    }
}
