package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.webflow.WebSocketId;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients that STOMP's users have, the very packages: stompjs over sockjs-client, and @stomp/stompjs. */
@QuarkusTest
@TestProfile(StompClientsTest.QuickHeartBeats.class)
class StompClientsTest {
    /** So often that several fit into a test. */
    public static class QuickHeartBeats implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.stomp.heart-beat", "200ms");
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    Gateway gateway;

    private final String own = UUID.randomUUID().toString();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "xhr-streaming", "xhr-polling"})
    void theFrontEndOfWebFlowGetsItsAuthorization(String transport) throws Exception {
        String id = WebSocketId.ofOperation(own).text();
        try (NodeScript browser =
                new NodeScript("webflow.mjs", "http://127.0.0.1:" + gateway.port() + "/websocket", transport, id)) {
            browser.awaitOutput("the registration", PATIENCE, line -> line.equals("registered"));
            browser.awaitOutput("the subscription", PATIENCE, line -> line.equals("listening"));
            assertThat(browser.errors("transport " + transport)).isEqualTo(1);
            gateway.publish("auth", new JsonObject().put("operationId", own).put("authResult", "CONFIRMED"));
            browser.awaitSuccess(PATIENCE);
            assertThat(browser.output())
                    .containsExactly(
                            "registered",
                            "listening",
                            "{\"webSocketId\":\"" + id + "\",\"authResult\":\"CONFIRMED\"}",
                            "disconnected");
        }
    }

    @Test
    void stompjsSubscribesPublishesLivesAndComesBack() throws Exception {
        try (NodeScript client = new NodeScript(
                "stomp.mjs",
                "ws://127.0.0.1:" + gateway.port() + "/ws",
                gateway.token("alice"),
                "/topic/chat." + own)) {
            client.awaitOutput("the receipt", PATIENCE, line -> line.equals("receipt"));
            client.awaitOutput("its own message", PATIENCE, line -> line.equals("message {\"text\":\"grüße\\n\"}"));
            assertThat(client.output()).contains("connected 1.2 alice");
            client.await(
                    "heart-beats both ways",
                    PATIENCE,
                    () -> client.errors("<<< PONG") > 2 && client.errors(">>> PING") > 2);
            assertThat(client.errors("Connection closed")).isZero();

            client.send("drop");
            client.await(
                    "another connection",
                    PATIENCE,
                    () -> client.output().stream()
                                    .filter(line -> line.startsWith("message"))
                                    .count()
                            == 2);
            client.send("end");
            client.awaitOutput("the end", PATIENCE, line -> line.equals("ended"));
        }
    }
}
