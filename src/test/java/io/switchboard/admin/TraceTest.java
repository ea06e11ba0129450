package io.switchboard.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Why an event did, or did not, arrive: of sessions as they were when it was new. */
@QuarkusTest
class TraceTest {
    private static final String SECRET = "hunter2-payload";

    @Inject
    Gateway gateway;

    private final String alice = "alice-" + UUID.randomUUID();
    private final String bob = "bob-" + UUID.randomUUID();
    private final String topic = "chat.t" + UUID.randomUUID();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    /** Publishes on a topic in the name of a service: the event's id. */
    private String publish(JsonObject message) {
        return given().auth()
                .oauth2(gateway.token("svc"))
                .contentType(ContentType.JSON)
                .body(message.encode())
                .post("/api/v1/publish")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
    }

    private String say() {
        return publish(new JsonObject().put("topic", topic).put("payload", new JsonObject().put("text", SECRET)));
    }

    private JsonObject trace(String id, String query) {
        String body = given().auth()
                .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                .get("/api/v1/trace/" + id + query)
                .then()
                .statusCode(200)
                .extract()
                .asString();
        assertThat(body).doesNotContain(SECRET);
        return new JsonObject(body);
    }

    private String outcomes(String id, String user) {
        return trace(id, "?user=" + user).getJsonArray("sessions").stream()
                .map(JsonObject.class::cast)
                .map(session -> session.getString("outcome"))
                .sorted()
                .collect(Collectors.joining(","));
    }

    private void awaitHandedOver(String id, int sockets) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(trace(id, "").getJsonObject("counts").getInteger("handed_over"))
                                .isEqualTo(sockets));
    }

    @Test
    void whoIsSubscribedGetsItAndWhoIsNotDoesNot() throws Exception {
        try (RealtimeClient one = client(alice);
                RealtimeClient two = client(alice);
                RealtimeClient other = client(bob)) {
            one.subscribe(topic);
            two.subscribe("chat.**");
            String id = say();
            awaitHandedOver(id, 2);

            JsonObject trace = trace(id, "?user=" + alice);
            assertThat(trace.getString("id")).isEqualTo(id);
            assertThat(trace.getString("topic")).isEqualTo("publish");
            assertThat(trace.getString("about")).isEqualTo(topic);
            assertThat(trace.getJsonObject("counts"))
                    .isEqualTo(new JsonObject()
                            .put("visited", 2)
                            .put("refused", 0)
                            .put("left_out", 0)
                            .put("queued", 2)
                            .put("handed_over", 2)
                            .put("replaced", 0)
                            .put("dropped", 0)
                            .put("waiting", 0));
            assertThat(trace.getLong("last_handed_over_at")).isGreaterThanOrEqualTo(trace.getLong("accepted_at"));
            assertThat(trace.getJsonArray("sessions")).hasSize(2);
            assertThat(outcomes(id, alice)).isEqualTo("handed_over,handed_over");
            assertThat(outcomes(id, bob)).isEqualTo("not_subscribed");
            assertThat(trace(id, "?session=" + other.id()).getJsonArray("sessions"))
                    .isEqualTo(new JsonArray()
                            .add(new JsonObject()
                                    .put("session", other.id())
                                    .put("user", bob)
                                    .put("dialect", "realtime")
                                    .put("outcome", "not_subscribed")));
            assertThat(outcomes(id, "nobody")).isEmpty();
        }
    }

    /** Whatever a session holds now. */
    @Test
    void aSessionIsJudgedByWhatItHeldThen() throws Exception {
        String before;
        String during;
        String after;
        String sessionOfBefore;
        try (RealtimeClient client = client(alice)) {
            sessionOfBefore = client.id();
            before = say();
            client.subscribe(topic);
            during = say();
            assertThat(client.heard()).isNotNull();
            client.unsubscribe(topic);
            after = say();
            assertThat(outcomes(before, alice)).isEqualTo("not_subscribed");
            assertThat(outcomes(during, alice)).isEqualTo("handed_over");
            assertThat(outcomes(after, alice)).isEqualTo("not_subscribed");
        }
        gateway.awaitOpen(0);
        String late = say();
        assertThat(outcomes(before, alice)).isEqualTo("not_subscribed");
        assertThat(outcomes(during, alice)).isEqualTo("handed_over");
        assertThat(outcomes(after, alice)).isEqualTo("not_subscribed");
        assertThat(outcomes(late, alice)).as("nobody was there").isEmpty();
        try (RealtimeClient _ = client(alice)) {
            assertThat(outcomes(late, alice)).as("came later").isEmpty();
            assertThat(trace(during, "?session=" + sessionOfBefore).getJsonArray("sessions"))
                    .hasSize(1);
        }
    }

    @Test
    void claimsDecideInEveryDialect() throws Exception {
        try (RawWebSocket holds = gateway.signedIn(alice, "w-" + alice);
                RawWebSocket lacks = gateway.signedIn(bob, "w-" + bob)) {
            String id = given().auth()
                    .oauth2(gateway.token("svc"))
                    .contentType(ContentType.JSON)
                    .body(Gateway.created("secret.txt", "w-" + alice).encode())
                    .post("/api/v1/events/tree")
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("id");
            assertThat(Gateway.path(holds.readText())).endsWith("secret.txt");
            awaitHandedOver(id, 1);

            assertThat(outcomes(id, alice)).isEqualTo("handed_over");
            assertThat(outcomes(id, bob)).isEqualTo("no_claim");
            assertThat(lacks.readable()).isFalse();
        }
    }

    @Test
    void audiencesNeedNoSubscription() throws Exception {
        try (RealtimeClient one = client(alice);
                RealtimeClient _ = client(bob)) {
            String id = publish(
                    new JsonObject().put("user", alice).put("notification", new JsonObject().put("title", SECRET)));
            one.next("Notification");
            awaitHandedOver(id, 1);

            assertThat(outcomes(id, alice)).isEqualTo("handed_over");
            assertThat(outcomes(id, bob)).isEqualTo("no_claim");
        }
    }

    @Test
    void onlyAdministratorsMayAskAndOnlyForWhatThereIs() throws Exception {
        String id = say();
        given().get("/api/v1/trace/" + id).then().statusCode(401);
        given().auth()
                .oauth2(gateway.token("svc"))
                .get("/api/v1/trace/" + id)
                .then()
                .statusCode(403);
        for (String unknown : List.of("x", "x-1", id + "0000", id.replaceAll("[0-9]+$", "0"), "-", id + "x")) {
            given().auth()
                    .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                    .get("/api/v1/trace/" + unknown)
                    .then()
                    .statusCode(404)
                    .body("title", equalTo("Unknown event"));
        }
        given().auth()
                .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                .get("/api/v1/trace/" + id + "?session=x")
                .then()
                .statusCode(400);
    }
}
