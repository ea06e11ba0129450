package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.StompClient;
import io.switchboard.webflow.WebSocketId;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A browser waits for an operation to be authorized elsewhere, as the front end of Web Flow does. */
@QuarkusTest
class WebFlowTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private final String operation = UUID.randomUUID().toString();
    private final String id = WebSocketId.ofOperation(operation).text();
    private final List<JsonObject> closed = new CopyOnWriteArrayList<>();
    private MessageConsumer<JsonObject> consumer;

    @BeforeEach
    void listen() {
        consumer = vertx.eventBus().localConsumer("session.closed", message -> closed.add(message.body()));
    }

    @AfterEach
    void everybodyIsGone() {
        consumer.unregister().toCompletionStage().toCompletableFuture().join();
        gateway.awaitOpen(0);
    }

    private StompClient client() throws IOException {
        return StompClient.anonymous(gateway.port());
    }

    private static String body(String id) {
        return new JsonObject().put("webSocketId", id).encode();
    }

    /** As the front end does: it listens, and then registers. */
    private static boolean register(StompClient client, String id) throws IOException {
        client.subscribe("sub-0", "/user/topic/registration");
        client.say("/app/registration", body(id));
        return registered(client, id);
    }

    private static boolean registered(StompClient client, String id) throws IOException {
        StompClient.Frame answer = client.next("MESSAGE");
        assertThat(answer.header("destination")).isEqualTo("/user/topic/registration");
        JsonObject json = new JsonObject(answer.body());
        assertThat(json.getString("webSocketId")).isEqualTo(id);
        return json.getBoolean("registrationSucceeded");
    }

    private void authorize(String result) {
        gateway.publish("auth", new JsonObject().put("operationId", operation).put("authResult", result));
    }

    private static String authorized(StompClient client, String id) throws IOException {
        StompClient.Frame message = client.next("MESSAGE");
        assertThat(message.header("destination")).isEqualTo("/user/topic/authorization");
        JsonObject json = new JsonObject(message.body());
        assertThat(json.getString("webSocketId")).isEqualTo(id);
        return json.getString("authResult");
    }

    private static void answerPing(RawWebSocket socket) throws IOException {
        assertThat(socket.read().opcode()).isEqualTo(RawWebSocket.PING);
        socket.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PONG, new byte[0]));
    }

    private JsonObject closedOf(String webSocketId) {
        await().atMost(PATIENCE)
                .until(() -> closed.stream().anyMatch(event -> webSocketId.equals(event.getString("webSocketId"))));
        return closed.stream()
                .filter(event -> webSocketId.equals(event.getString("webSocketId")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theFlowOfTheFrontEnd() throws Exception {
        try (StompClient browser = client()) {
            assertThat(register(browser, id)).isTrue();
            browser.send("UNSUBSCRIBE", "id:/user/topic/registration");
            browser.subscribe("sub-1", "/user/topic/authorization");
            authorize("CONFIRMED");
            assertThat(authorized(browser, id)).isEqualTo("CONFIRMED");
            browser.send("DISCONNECT", "receipt:bye");
            browser.receipt("bye");
        }
        JsonObject event = closedOf(id);
        assertThat(event.getString("operationId")).isEqualTo(operation);
        assertThat(event.getInteger("code")).isEqualTo(1000);
        assertThat(event.getBoolean("clean")).isTrue();
    }

    @Test
    void anAuthorizationBeforeBetweenAndAfterRegistrationAndSubscription() throws Exception {
        authorize("before");
        try (StompClient browser = client()) {
            assertThat(register(browser, id)).isTrue();
            authorize("between");
            browser.subscribe("sub-1", "/user/topic/authorization");
            assertThat(authorized(browser, id)).isEqualTo("before");
            assertThat(authorized(browser, id)).isEqualTo("between");
            authorize("after");
            assertThat(authorized(browser, id)).isEqualTo("after");
        }
        String other = WebSocketId.ofOperation(operation + "2").text();
        try (StompClient browser = client()) {
            browser.subscribe("sub-1", "/user/topic/authorization");
            gateway.publish("auth", new JsonObject().put("webSocketId", other).put("authResult", "DONE"));
            assertThat(register(browser, other)).isTrue();
            assertThat(authorized(browser, other)).isEqualTo("DONE");
        }
    }

    @Test
    void aRegistrationIsAnsweredWhenTheClientListens() throws Exception {
        try (StompClient browser = client()) {
            browser.say("/app/registration", body(id), "receipt:r");
            browser.receipt("r");
            browser.subscribe("sub-0", "/user/topic/registration");
            assertThat(registered(browser, id)).isTrue();
        }
    }

    @Test
    void overHttpToo() throws Exception {
        try (StompClient browser = client()) {
            assertThat(register(browser, id)).isTrue();
            browser.subscribe("sub-1", "/user/topic/authorization");
            given().auth()
                    .oauth2(gateway.token("service"))
                    .contentType(ContentType.JSON)
                    .body(new JsonObject()
                            .put("operationId", operation)
                            .put("authResult", "DONE")
                            .encode())
                    .post("/api/v1/events/auth")
                    .then()
                    .statusCode(202);
            assertThat(authorized(browser, id)).isEqualTo("DONE");
        }
    }

    @Test
    void whatIsNoNewsOfAnOperationIsRefused() {
        for (String body : List.of(
                "{}",
                "{\"operationId\":\"a\"}",
                "{\"webSocketId\":\"short\",\"authResult\":\"DONE\"}",
                "{\"operationId\":\"a\",\"webSocketId\":\"12345678\",\"authResult\":\"DONE\"}",
                "{\"operationId\":1,\"authResult\":\"DONE\"}",
                "{\"operationId\":\"a\",\"authResult\":\"DONE\",\"announced\":true}")) {
            given().auth()
                    .oauth2(gateway.token("service"))
                    .contentType(ContentType.JSON)
                    .body(body)
                    .post("/api/v1/events/auth")
                    .then()
                    .statusCode(400);
        }
    }

    @Test
    void idsThatAreTooShortOrTooLongFail() throws Exception {
        try (StompClient browser = client()) {
            assertThat(register(browser, "1234567")).isFalse();
            browser.say("/app/registration", body("x".repeat(257)));
            assertThat(registered(browser, "x".repeat(257))).isFalse();
        }
    }

    @Test
    void whoIsNoRegistrationIsToldSo() throws Exception {
        try (StompClient browser = client()) {
            browser.say("/app/registration", "{}");
            assertThat(browser.failure()).startsWith("send JSON").endsWith("4400");
        }
    }

    @Test
    void atMostEightOfASession() throws Exception {
        try (StompClient browser = client()) {
            browser.subscribe("sub-0", "/user/topic/registration");
            for (int i = 0; i < 9; i++) {
                browser.say("/app/registration", body(id + i));
                assertThat(registered(browser, id + i)).isEqualTo(i < 8);
            }
        }
        assertThat(closedOf(id + 0).getJsonArray("operations")).hasSize(8);
    }

    @Test
    void anIdThatALiveSessionHoldsIsNotGivenAway() throws Exception {
        try (StompClient first = client();
                StompClient second = client()) {
            assertThat(register(first, id)).isTrue();
            second.subscribe("sub-0", "/user/topic/registration");
            second.say("/app/registration", body(id));
            answerPing(first.socket());
            assertThat(registered(second, id)).isFalse();
            first.subscribe("sub-1", "/user/topic/authorization");
            authorize("DONE");
            assertThat(authorized(first, id)).isEqualTo("DONE");
        }
    }

    @Test
    void twoSessionsRegisterOneIdTheFirstHalfOpen() throws Exception {
        try (StompClient halfOpen = client();
                StompClient reload = client()) {
            assertThat(register(halfOpen, id)).isTrue();
            halfOpen.subscribe("sub-1", "/user/topic/authorization");
            // it answers nothing any more, and what it is sent now is lost
            authorize("DONE");
            reload.subscribe("sub-1", "/user/topic/authorization");
            assertThat(register(reload, id)).isTrue();
            assertThat(authorized(reload, id)).isEqualTo("DONE");
        }
    }

    @Test
    void whatADroppedConnectionWasSentComesAgainAndItsEndIsMarked() throws Exception {
        StompClient dropped = client();
        assertThat(register(dropped, id)).isTrue();
        dropped.subscribe("sub-1", "/user/topic/authorization");
        authorize("DONE");
        assertThat(authorized(dropped, id)).isEqualTo("DONE");
        dropped.socket().abort();

        JsonObject event = closedOf(id);
        assertThat(event.getInteger("code")).isEqualTo(1006);
        assertThat(event.getBoolean("clean")).isFalse();
        try (StompClient again = client()) {
            again.subscribe("sub-1", "/user/topic/authorization");
            assertThat(register(again, id)).isTrue();
            assertThat(authorized(again, id)).isEqualTo("DONE");
        }
    }

    @Test
    void theCloseCodeOfTheClientIsTold() throws Exception {
        try (StompClient browser = client()) {
            assertThat(register(browser, id)).isTrue();
            browser.socket()
                    .send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, new byte[] {0x0f, (byte) 0xa1}));
            browser.socket().readToClose();
        }
        assertThat(closedOf(id).getInteger("code")).isEqualTo(0x0fa1);
    }
}
