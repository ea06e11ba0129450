package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The socket of the Cells front end, the very package and version: it lives through a close by the server. */
@QuarkusTest
class ReconnectingWebSocketTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String WORKSPACE = "reconnecting";

    @TestHTTPResource("/")
    URI base;

    @Inject
    DevelopmentKeys keys;

    @ParameterizedTest
    @ValueSource(strings = {"/ws/event", "/ws"})
    void comesBackByItselfAndReceivesAgain(String path) throws Exception {
        try (NodeScript client = new NodeScript("reconnecting.mjs", "ws://" + base.getAuthority() + path)) {
            client.await("an open socket", PATIENCE, () -> client.errors("open") == 1);
            client.send(token(Duration.ofSeconds(4), List.of(WORKSPACE), List.of()));
            publishUntilSeen(client, "first");

            // the token expires: the server says so, and closes
            client.awaitOutput(
                    "the error", PATIENCE, line -> line.contains("\"@type\":\"error\"") && line.contains("expired"));
            client.await("the close", PATIENCE, () -> client.errors("close 4401") == 1);
            client.await("another socket", PATIENCE, () -> client.errors("open") == 2);
            client.send(token(Duration.ofHours(1), List.of(WORKSPACE), List.of()));
            publishUntilSeen(client, "second");

            client.closeInput();
            client.awaitSuccess(PATIENCE);
            assertThat(client.output()).noneMatch(line -> line.contains("not JSON"));
        }
    }

    @Test
    void comesBackHoweverOftenItIsRefused() throws Exception {
        try (NodeScript client = new NodeScript("reconnecting.mjs", "ws://" + base.getAuthority() + "/ws/event")) {
            for (int attempt = 1; attempt <= 2; attempt++) {
                int opened = attempt;
                client.await("socket " + opened, PATIENCE, () -> client.errors("open") == opened);
                client.send(token(Duration.ofMinutes(-1), List.of(WORKSPACE), List.of()));
                client.await("close " + opened, PATIENCE, () -> client.errors("close 4401") == opened);
            }
            client.await("another socket", PATIENCE, () -> client.errors("open") == 3);
            client.send(token(Duration.ofHours(1), List.of(WORKSPACE), List.of()));
            publishUntilSeen(client, "after all");
        }
    }

    /** What the chat client of the front end does, from the first JOIN to a broken network and back. */
    @Test
    void twoChatAsTheFrontEndDoes() throws Exception {
        try (NodeScript clients = new NodeScript(
                "chat.mjs",
                "ws://" + base.getAuthority() + "/ws/chat",
                token(Duration.ofHours(1), List.of("chatting"), List.of()),
                DevelopmentToken.of("bob", List.of("chatting"), List.of(), Duration.ofHours(1))
                        .sign(keys.privateKey()),
                "chatting")) {
            clients.closeInput();
            clients.awaitSuccess(PATIENCE);
            assertThat(clients.output()).endsWith("passed");
        }
    }

    private String token(Duration lifetime, List<Object> workspaces, List<String> roles) {
        return DevelopmentToken.of("alice", workspaces, roles, lifetime).sign(keys.privateKey());
    }

    /** Nothing acknowledges a sign-in in this dialect, so its effect is what one can wait for. */
    private void publishUntilSeen(NodeScript client, String name) throws InterruptedException {
        String publisher = token(Duration.ofMinutes(5), List.of(), List.of("publisher"));
        String uuid = name + " " + System.nanoTime();
        client.await("the event '" + name + "'", PATIENCE, () -> {
            given().contentType(ContentType.JSON)
                    .auth()
                    .oauth2(publisher)
                    .body("""
                            {"Type":"UPDATE_CONTENT","Target":{"Uuid":"%s","Path":"ds/a.txt","Type":"LEAF",\
                            "AppearsIn":[{"WsUuid":"%s","WsSlug":"slug","Path":"a.txt"}]}}""".formatted(uuid, WORKSPACE))
                    .post("/api/v1/events/tree")
                    .then()
                    .statusCode(202);
            return client.output().stream()
                    .anyMatch(line -> line.contains(uuid) && line.contains("\"Path\":\"slug/a.txt\""));
        });
    }
}
