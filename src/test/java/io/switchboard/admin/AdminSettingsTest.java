package io.switchboard.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.log.Position;
import io.switchboard.session.Withdrawals;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Administration with an audience and a role of its own, withdrawal on identity events, and little room. */
@QuarkusTest
@TestProfile(AdminSettingsTest.Settings.class)
class AdminSettingsTest {
    /** What differs. */
    public static class Settings implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "mp.jwt.verify.audiences", "switchboard",
                    "switchboard.auth.api-audience", "operators",
                    "switchboard.auth.admin-role", "keeper",
                    "switchboard.auth.on-idm", "withdraw",
                    "switchboard.limits.revocations", "2");
        }
    }

    @Inject
    DevelopmentKeys keys;

    @Inject
    Gateway gateway;

    @Inject
    Withdrawals withdrawals;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        gateway.awaitSignedIn(0);
    }

    private String token(String user, String audience, List<String> roles, String... workspaces) {
        return new DevelopmentToken(
                        user,
                        user,
                        List.<Object>of((Object[]) workspaces),
                        roles,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(audience),
                        Duration.ofMinutes(5))
                .sign(keys.privateKey());
    }

    private ValidatableResponse list(String audience, String role) {
        return given().header("Authorization", "Bearer " + token("operator", audience, List.of(role)))
                .get("/api/v1/sessions")
                .then();
    }

    private ValidatableResponse delete(String path) {
        return given().header("Authorization", "Bearer " + token("operator", "operators", List.of("keeper")))
                .delete(path)
                .then();
    }

    private JdkWebSocket client(String token) {
        JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws/event");
        client.send(Gateway.subscribe(token));
        return client;
    }

    @Test
    void browsersAndOperatorsHaveTokensOfTheirOwn() throws Exception {
        list("operators", "keeper").statusCode(200);
        list("operators", "admin").statusCode(403);
        list("switchboard", "keeper").statusCode(401).body("detail", containsString("audience"));
        String operators = token("operator", "operators", List.of("keeper", "publisher"), "ws");
        try (JdkWebSocket client = client(operators)) {
            assertThat(client.next()).contains("audience");
            assertThat(client.closeCode()).isEqualTo(4401);
        }
        given().header("Authorization", "Bearer " + operators)
                .contentType("application/json")
                .body("[]")
                .post("/api/v1/events/tree")
                .then()
                .statusCode(401);
    }

    @Test
    void whatIsFullRefusesRatherThanForgets() {
        // before they are revoked: in the next second there would be new ones that count
        Map<String, String> tokens = new HashMap<>();
        for (String user : List.of("full-1", "full-2", "full-3")) {
            tokens.put(user, token(user, "switchboard", List.of("publisher")));
        }
        delete("/api/v1/users/full-1").statusCode(200);
        delete("/api/v1/users/full-2").statusCode(200);
        delete("/api/v1/users/full-3")
                .statusCode(503)
                .contentType("application/problem+json")
                .header("Retry-After", "1")
                .body("detail", containsString("switchboard.limits.revocations"));
        delete("/api/v1/users/full-1").statusCode(200);
        for (String user : List.of("full-1", "full-2", "full-3")) {
            given().header("Authorization", "Bearer " + tokens.get(user))
                    .contentType("application/json")
                    .body("[]")
                    .post("/api/v1/events/tree")
                    .then()
                    .statusCode(user.equals("full-3") ? 202 : 401);
        }
    }

    @Test
    void aDeletedWorkspaceIsGoneFromEverySessionAndDoesNotComeBack() throws Exception {
        String alices = token("alice", "switchboard", List.of(), "ws-gone", "ws-left");
        try (JdkWebSocket alice = client(alices);
                JdkWebSocket bob = client(token("bob", "switchboard", List.of(), "ws-gone"))) {
            gateway.awaitSignedIn(2);

            withdrawals.workspaceDeleted("ws-gone", new Position("e", 1));

            gateway.publish("tree", Gateway.created("after", "ws-gone", "ws-left"));
            assertThat(Gateway.path(alice.next())).isEqualTo("ws-left/after");
            alice.send(Gateway.subscribe(alices));
            try (JdkWebSocket again = client(alices)) {
                gateway.awaitSignedIn(3);
                gateway.publish("tree", Gateway.created("again", "ws-gone", "ws-left"));
                assertThat(Gateway.path(alice.next())).isEqualTo("ws-left/again");
                assertThat(Gateway.path(again.next())).isEqualTo("ws-left/again");
            }
            gateway.publish("job", Gateway.job("for bob", "bob"));
            assertThat(bob.next()).contains("for bob");
        }
    }
}
