package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.session.CloseCode;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/protocol/realtime.asyncapi.yaml is a good document, and what the server sends is what it says. */
@QuarkusTest
class RealtimeAsyncApiTest {
    private static final Path DOCUMENT = Path.of("docs/protocol/realtime.asyncapi.yaml");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Inject
    Gateway gateway;

    @TempDir
    Path folder;

    private final List<String> sent = new ArrayList<>();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient open(String token) throws IOException {
        return RealtimeClient.open(gateway, token, "", sent::add);
    }

    private RealtimeClient client(String user, String... workspaces) throws IOException {
        return open(gateway.token(user, workspaces));
    }

    /** The messages that the server sends, by the document. */
    private static Set<String> documented() throws IOException {
        Set<String> names = new TreeSet<>();
        for (JsonNode reference : new YAMLMapper().readTree(DOCUMENT.toFile()).at("/operations/send/messages")) {
            String path = reference.get("$ref").asText();
            names.add(path.substring(path.lastIndexOf('/') + 1));
        }
        return names;
    }

    @Test
    void theCloseCodesAreThoseOfTheTable() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        new YAMLMapper()
                .readTree(DOCUMENT.toFile())
                .at("/channels/socket/x-close-codes")
                .properties()
                .forEach(code -> documented.put(
                        code.getKey(),
                        code.getValue().get("error").asInt() + " "
                                + code.getValue().get("reconnect").asBoolean()));
        Map<String, String> actual = new TreeMap<>();
        for (CloseCode code : CloseCode.values()) {
            actual.put(Integer.toString(code.code()), code.status() + " " + code.reconnect());
        }

        assertThat(documented).isEqualTo(actual);
    }

    @Test
    void everyMessageThatTheServerSendsIsOneOfTheDocument() throws Exception {
        subscriptionsAndBroadcasts();
        letters();
        presence();
        recovery();
        eventsOfServices();
        historyPages();
        refusals();
        bytes();
        endings();

        Path file = folder.resolve("sent");
        Files.write(file, sent, StandardCharsets.UTF_8);
        try (NodeScript script = new NodeScript("asyncapi.mjs", DOCUMENT.toString(), file.toString())) {
            script.awaitSuccess(PATIENCE);
            Set<String> seen = new TreeSet<>(script.output());
            Set<String> expected = documented();
            // bytes are not JSON; and no service is registered here that would answer
            // nor is a topic volatile here, nor does the server end: see RealtimeDeliveryTest and DrainWindowTest
            expected.removeAll(List.of("BinaryFrame", "Answer", "Gap", "Draining"));
            assertThat(script.output()).hasSameSizeAs(sent);
            assertThat(seen).isEqualTo(expected);
        }
    }

    private void subscriptionsAndBroadcasts() throws IOException {
        try (RealtimeClient alice = client("alice")) {
            for (Object id : List.of("s", 7, 1.5)) {
                alice.send("Ping", id, new JsonObject().put("timestamp", 1));
                alice.next("Pong");
                alice.next("Ack");
                alice.send("Subscribe", id, RealtimeClient.topics("chat.doc", "updates.*"));
                alice.next("Status");
                alice.next("Ack");
                alice.send("Unsubscribe", id, RealtimeClient.topics("updates.*"));
                alice.next("Status");
                alice.next("Ack");
                alice.send("Broadcast", id, RealtimeClient.said("chat.doc", new JsonObject().put("id", id)));
                alice.next("Broadcast");
                alice.next("Ack");
            }
            alice.send("Broadcast", "s", RealtimeClient.said("chat.doc", new JsonObject().put("id", "s")));
            alice.next("Ack");
            alice.send("Ping", new JsonObject());
            alice.next("Pong");
            alice.subscribe("updates.**");
            alice.unsubscribe("updates.**");
            alice.socket()
                    .sendText(
                            "{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.doc\",\"payload\":null},\"metadata\":{\"ttl\":1}}");
            alice.next("Broadcast");
        }
    }

    private static JsonObject to(String user) {
        return new JsonObject().put("target_user", user).put("payload", new JsonObject().put("message", "x"));
    }

    private void letters() throws IOException {
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            for (int i = 0; i < 2; i++) {
                alice.send("DirectMessage", "d", to("bob"));
                alice.next("Ack");
            }
            bob.next("DirectMessage");
            alice.binary(new byte[] {2, 0, 0, 0, 6, 0, 3, 'b', 'o', 'b', 42});
            alice.status("binary_received");
            bob.next("DirectMessage");
            String nobody = "nobody-" + UUID.randomUUID();
            alice.send("DirectMessage", 8, to(nobody));
            alice.next("Error");
            alice.next("Ack");
            alice.socket()
                    .sendText(new JsonObject(RealtimeClient.message("DirectMessage", "e", to(nobody)))
                            .put("metadata", new JsonObject().put("ttl", 0))
                            .encode());
            alice.next("Error");
            alice.next("Ack");
            alice.send("DirectMessage", to(nobody));
            alice.next("Error");
        }
    }

    private void presence() throws IOException {
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("presence.carol", "presence.nobody");
            alice.next("Presence");
            alice.next("Presence");
            JsonObject query = new JsonObject().put("users", List.of("alice", "nobody"));
            alice.send("Presence", "p", new JsonObject().put("query", query));
            alice.status("presence");
            alice.next("Ack");
            try (RealtimeClient carol = client("carol")) {
                alice.next("Presence");
                carol.send(
                        "Presence",
                        new JsonObject().put("status", "busy").put("metadata", new JsonObject().put("device", "web")));
                carol.status("presence");
                alice.next("Presence");
            }
        }
    }

    private void recovery() throws IOException {
        try (RealtimeClient alice = client("alice")) {
            JsonObject position = alice.subscribe("chat.other").getJsonObject("position");
            gateway.publish(
                    "publish", new JsonObject().put("topic", "chat.missed").put("payload", 1));
            alice.send(
                    "Subscribe",
                    "r",
                    RealtimeClient.topics("chat.missed", "chat.gone")
                            .put(
                                    "recover",
                                    new JsonObject()
                                            .put("$all", position)
                                            .put("chat.gone", position.copy().put("epoch", "none"))));
            alice.next("Status");
            alice.next("Ack");
            alice.next("Broadcast");
            alice.status("recovered");
        }
    }

    private void eventsOfServices() throws IOException {
        try (RealtimeClient alice = client("alice", "ws")) {
            alice.subscribe("tree.**", "job.**", "idm.**", "activity.**", "chat.service");
            gateway.publish("tree", Gateway.created("x", "ws"));
            gateway.publish("job", Gateway.job("copy", "alice"));
            gateway.publish("idm", new JsonObject().put("Workspace", new JsonObject().put("UUID", "ws")));
            gateway.publish(
                    "publish", new JsonObject().put("topic", "chat.service").put("payload", List.of(1)));
            gateway.publish("publish", new JsonObject().put("user", "alice").put("payload", "for her"));
            for (int i = 0; i < 5; i++) {
                alice.next("Broadcast");
            }
            gateway.publish(
                    "publish",
                    new JsonObject()
                            .put("everyone", true)
                            .put(
                                    "notification",
                                    new JsonObject().put("level", "info").put("message", "Maintenance")));
            alice.next("Notification");
        }
    }

    private void historyPages() throws IOException {
        try (RealtimeClient alice = client("alice", "ws")) {
            for (String topic : List.of("chat.doc", "chat.nothing", "tree.ws")) {
                alice.send("History", topic, new JsonObject().put("topic", topic));
                alice.status("history");
                alice.next("Ack");
            }
            alice.send("History", new JsonObject().put("topic", "chat.doc").put("limit", 1));
            alice.status("history");
        }
    }

    private void refusals() throws IOException {
        try (RealtimeClient alice = client("alice")) {
            alice.socket().sendText("no JSON");
            alice.next("Error");
            alice.send("Subscribe", RealtimeClient.topics("secret"));
            alice.next("Error");
            alice.send("Broadcast", 3, RealtimeClient.said("secret", 1));
            alice.next("Error");
            alice.next("Ack");
            alice.send("X-Nobody", "x", new JsonObject());
            alice.next("Error");
            alice.next("Ack");
            alice.send("Authenticate", "a", new JsonObject().put("token", "x"));
            alice.next("Error");
            alice.next("Ack");
            for (int i = 0; i < 11; i++) {
                alice.socket().sendText("{}");
            }
            assertThat(alice.toClose()).last().isEqualTo("1008");
        }
        try (RealtimeClient alice = client("alice")) {
            alice.socket().send(RawWebSocket.unmasked(RawWebSocket.FIN | RawWebSocket.TEXT, new byte[0]));
            assertThat(alice.toClose()).last().isEqualTo("1002");
        }
    }

    private void bytes() throws IOException {
        byte[] frame = {1, 0, 0, 0, 9, 0, 6, 'c', 'h', 'a', 't', '.', 'b', 42};
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.b");
            alice.binary(frame);
            alice.status("binary_received");
            bob.next("Broadcast");
            alice.binary(new byte[] {1});
            alice.next("Error");
        }
    }

    private void endings() throws Exception {
        try (RealtimeClient alice = open(gateway.token("alice", Duration.ofSeconds(20)))) {
            alice.next("AuthStatus");
            alice.send("Authenticate", "a", new JsonObject().put("token", gateway.token("alice")));
            alice.next("AuthStatus");
            alice.next("Ack");
            alice.send("Authenticate", new JsonObject().put("token", gateway.token("alice")));
            alice.next("AuthStatus");
        }
        try (RealtimeClient alice = open(gateway.token("alice", Duration.ofSeconds(2)))) {
            assertThat(alice.toClose()).last().isEqualTo("4401");
        }
        try (RealtimeClient alice = client("revoked-by-the-document")) {
            given().auth()
                    .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                    .delete("/api/v1/users/revoked-by-the-document")
                    .then()
                    .statusCode(200);
            assertThat(alice.toClose()).last().isEqualTo("4403");
        }
    }
}
