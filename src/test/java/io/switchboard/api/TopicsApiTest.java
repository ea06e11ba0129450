package io.switchboard.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** History for clients and subscriptions for services, over HTTP. */
@QuarkusTest
class TopicsApiTest {
    @Inject
    Gateway gateway;

    /** Other tests publish too. */
    private final String topic = "updates.t" + UUID.randomUUID();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private JsonObject history(String token, String query) {
        Response response =
                given().header("Authorization", "Bearer " + token).get("/api/v1/topics/" + topic + "/history" + query);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        return new JsonObject(response.asString());
    }

    private static List<Integer> payloads(JsonObject page) {
        JsonArray messages = page.getJsonArray("messages");
        return IntStream.range(0, messages.size())
                .map(i -> messages.getJsonObject(i).getInteger("payload"))
                .boxed()
                .toList();
    }

    private void say(int payload) {
        gateway.publish("publish", new JsonObject().put("topic", topic).put("payload", payload));
    }

    private Response change(String session, JsonObject body, String role) {
        return given().header("Authorization", "Bearer " + gateway.tokenWithRoles("svc", List.of(role)))
                .contentType("application/json")
                .body(body.encode())
                .put("/api/v1/sessions/" + session + "/subscriptions");
    }

    @Test
    void historyComesInPages() {
        IntStream.range(0, 7).forEach(this::say);
        String token = gateway.token("alice");
        JsonObject last = history(token, "?limit=3");

        assertThat(payloads(last)).containsExactly(4, 5, 6);
        assertThat(last.getBoolean("more")).isTrue();
        assertThat(last.getString("topic")).isEqualTo(topic);
        long first = last.getJsonArray("messages")
                .getJsonObject(0)
                .getJsonObject("metadata")
                .getLong("offset");
        JsonObject before = history(token, "?limit=10&before=" + first);
        assertThat(payloads(before)).containsExactly(0, 1, 2, 3);
        assertThat(before.getBoolean("more")).isFalse();
        JsonObject since = history(token, "?limit=2&since=" + (first - 1));
        assertThat(payloads(since)).containsExactly(4, 5);
        assertThat(since.getBoolean("more")).isTrue();
    }

    @Test
    void whatIsForAnAudienceIsShownToItAlone() {
        gateway.publish(
                "publish",
                new JsonObject().put("user", "alice").put("topic", topic).put("payload", 1));
        say(2);

        assertThat(payloads(history(gateway.token("alice"), ""))).containsExactly(1, 2);
        assertThat(payloads(history(gateway.token("bob"), ""))).containsExactly(2);
    }

    @Test
    void eventsAreShownByTheClaims() {
        String workspace = "ws" + UUID.randomUUID();
        gateway.publish("tree", Gateway.created("x", workspace));
        String path = "/api/v1/topics/tree." + workspace + "/history";

        assertThat(new JsonObject(given().header("Authorization", "Bearer " + gateway.token("alice", workspace))
                                .get(path)
                                .asString())
                        .getJsonArray("messages"))
                .hasSize(1);
        assertThat(new JsonObject(given().header("Authorization", "Bearer " + gateway.token("bob", "other"))
                                .get(path)
                                .asString())
                        .getJsonArray("messages"))
                .isEmpty();
    }

    @Test
    void whatIsOverIsNotShown() {
        gateway.publish(
                "publish",
                new JsonObject().put("topic", topic).put("payload", 1).put("metadata", new JsonObject().put("ttl", 0)));
        say(2);

        assertThat(payloads(history(gateway.token("alice"), ""))).containsExactly(2);
    }

    @ParameterizedTest
    @CsvSource({
        "updates.x/history?limit=0, 400",
        "updates.x/history?limit=1001, 400",
        "updates.x/history?before=x, 400",
        "updates.x/history?before=1&since=1, 400",
        "updates.*/history, 400",
        "updates..x/history, 400",
        "secret.x/history, 403"
    })
    void whatCannotBeAskedIsRefused(String path, int status) {
        Response response = given().header("Authorization", "Bearer " + gateway.token("alice"))
                .get("/api/v1/topics/" + path);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/problem+json");
    }

    @Test
    void historyNeedsAToken() {
        assertThat(given().get("/api/v1/topics/updates.x/history").statusCode()).isEqualTo(401);
        assertThat(given().header("Authorization", "Bearer abc")
                        .get("/api/v1/topics/updates.x/history")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aServiceSubscribesASessionAndGrantsItATopic() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token("alice"))) {
            String session = new JsonObject(socket.readText())
                    .getJsonObject("data")
                    .getJsonObject("details")
                    .getString("connection_id");
            String secret = "secret.t" + UUID.randomUUID();
            JsonObject subscribe =
                    new JsonObject().put("subscribe", new JsonArray().add(topic).add(secret));

            // no rule allows the second
            assertThat(new JsonObject(change(session, subscribe, "publisher").asString()).getInteger("subscriptions"))
                    .isEqualTo(1);
            subscribe.put(
                    "grant",
                    new JsonObject()
                            .put("topics", new JsonArray().add(secret))
                            .put("expires_at", System.currentTimeMillis() + 60_000));
            assertThat(new JsonObject(change(session, subscribe, "publisher").asString()).getInteger("subscriptions"))
                    .isEqualTo(2);
            gateway.publish("publish", new JsonObject().put("topic", secret).put("payload", 1));
            assertThat(socket.readText()).contains(secret);

            JsonObject unsubscribe = new JsonObject().put("unsubscribe", new JsonArray().add(secret));
            assertThat(new JsonObject(change(session, unsubscribe, "publisher").asString()).getInteger("subscriptions"))
                    .isEqualTo(1);
            gateway.publish("publish", new JsonObject().put("topic", secret).put("payload", 2));
            say(3);
            assertThat(socket.readText()).contains(topic).contains("\"payload\":3");
        }
    }

    @Test
    void aGrantEnds() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token("alice"))) {
            String session = new JsonObject(socket.readText())
                    .getJsonObject("data")
                    .getJsonObject("details")
                    .getString("connection_id");
            String secret = "secret.t" + UUID.randomUUID();
            JsonObject opened = new JsonObject()
                    .put("subscribe", new JsonArray().add(secret))
                    .put(
                            "grant",
                            new JsonObject()
                                    .put("topics", new JsonArray().add("secret.**"))
                                    .put("expires_at", System.currentTimeMillis() + 1_000));
            assertThat(new JsonObject(change(session, opened, "publisher").asString()).getInteger("subscriptions"))
                    .isEqualTo(1);

            JsonObject ended = new JsonObject(socket.readText()).getJsonObject("data");
            assertThat(ended.getString("status")).isEqualTo("unsubscribed");
            assertThat(ended.getJsonObject("details").getJsonArray("topics")).containsExactly(secret);
            gateway.publish("publish", new JsonObject().put("topic", secret).put("payload", 1));
            gateway.publish("publish", new JsonObject().put("user", "alice").put("payload", 2));
            assertThat(socket.readText()).contains("\"payload\":2");
        }
    }

    @Test
    void changingSubscriptionsNeedsARoleASessionAndPatterns() {
        JsonObject body = new JsonObject().put("subscribe", new JsonArray().add("updates.x"));
        String nobody = UUID.randomUUID().toString();

        assertThat(change(nobody, body, "reader").statusCode()).isEqualTo(403);
        assertThat(change(nobody, body, "publisher").statusCode()).isEqualTo(404);
        assertThat(change("x", body, "publisher").statusCode()).isEqualTo(400);
        assertThat(change(nobody, new JsonObject().put("subscribe", new JsonArray().add("a..b")), "publisher")
                        .statusCode())
                .isEqualTo(400);
        assertThat(change(
                                nobody,
                                new JsonObject()
                                        .put("grant", new JsonObject().put("topics", new JsonArray().add("a.b"))),
                                "publisher")
                        .statusCode())
                .isEqualTo(400);
    }
}
