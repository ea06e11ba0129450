package io.switchboard.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.WireJson;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jose4j.jws.JsonWebSignature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The administration API over sockets: who may use it, whom it meets, and what comes back afterwards. */
@QuarkusTest
class AdminApiTest {
    private static final String UNKNOWN_ID = "123e4567-e89b-12d3-a456-426614174000";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    DevelopmentKeys keys;

    @Inject
    Gateway gateway;

    @TestHTTPResource
    URI server;

    /** Revocations stay: everybody here is somebody else in each test. */
    private final String user = "user-" + UUID.randomUUID();

    private final String workspace = "ws-" + UUID.randomUUID();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        gateway.awaitSignedIn(0);
    }

    private String token(String username, Duration lifetime, String... roles) {
        return DevelopmentToken.of(username, List.of(), List.of(roles), lifetime)
                .sign(keys.privateKey());
    }

    private String adminToken() {
        return token("operator", Duration.ofMinutes(5), "admin");
    }

    private RequestSpecification admin() {
        return given().urlEncodingEnabled(false).header("Authorization", "Bearer " + adminToken());
    }

    private String tokenOf(String username, String... workspaces) {
        return gateway.token(username, workspaces);
    }

    /** The builder of the development tokens always says when. */
    private String withoutIssueTime(String username) throws Exception {
        JsonWebSignature token = new JsonWebSignature();
        token.setAlgorithmHeaderValue("ES256");
        token.setKey(keys.privateKey());
        token.setPayload(new JsonObject()
                .put("sub", username)
                .put("name", username)
                .put("workspaces", List.of(workspace))
                .put("roles", List.of("publisher"))
                .put("exp", Instant.now().getEpochSecond() + 300)
                .encode());
        return token.getCompactSerialization();
    }

    private JdkWebSocket client(String token) {
        JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws/event");
        client.send(Gateway.subscribe(token));
        return client;
    }

    private static JsonNode json(Response response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith(status == 200 ? "application/json" : "application/problem+json");
        return WireJson.MAPPER.readTree(response.asString());
    }

    private static void assertRefused(JdkWebSocket client, String reason, int code) throws Exception {
        JsonObject error = new JsonObject(client.next());
        assertThat(error.getString("@type")).isEqualTo("error");
        assertThat(error.getString("error")).contains(reason);
        assertThat(client.closeCode()).isEqualTo(code);
    }

    // Who may

    static List<String> paths() {
        return List.of(
                "GET /api/v1/sessions",
                "GET /api/v1/sessions/" + UNKNOWN_ID,
                "DELETE /api/v1/sessions/" + UNKNOWN_ID,
                "DELETE /api/v1/users/nobody-at-all",
                "DELETE /api/v1/users/nobody-at-all/claims/role/r");
    }

    @ParameterizedTest
    @MethodSource("paths")
    void nobodyWithoutAGoodTokenMay(String path) throws Exception {
        String good = adminToken();
        String forged = good.substring(0, good.lastIndexOf('.') + 1) + "A".repeat(86);
        for (String header : new String[] {
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            good,
            "Basic YTpi",
            "Bearer " + forged,
            "Bearer " + token("operator", Duration.ofMinutes(-1), "admin")
        }) {
            RequestSpecification request = given().urlEncodingEnabled(false);
            Response response = send(header.isEmpty() ? request : request.header("Authorization", header), path);
            JsonNode problem = json(response, 401);
            assertThat(problem.path("status").asInt()).isEqualTo(401);
            assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(response.asString()).doesNotContain(good.substring(good.lastIndexOf('.') + 1));
        }
        json(send(given().queryParam("token", good), path), 401);
        json(send(given().cookie("token", good), path), 401);
    }

    @ParameterizedTest
    @MethodSource("paths")
    void nobodyWithoutTheRoleMay(String path) throws Exception {
        for (String token : List.of(
                token("mallory", Duration.ofMinutes(5)),
                token("mallory", Duration.ofMinutes(5), "publisher"),
                token("mallory", Duration.ofMinutes(5), "Admin", "administrator", "*"),
                gateway.adminToken("profile-admin"))) {
            json(send(given().header("Authorization", "Bearer " + token), path), 403);
        }
    }

    /** Nothing of a request is looked at before it is known who sends it. */
    @Test
    void strangersLearnNothing() throws Exception {
        json(given().get("/api/v1/sessions?limit=x"), 401);
        json(given().delete("/api/v1/sessions/x"), 401);
        json(given().delete("/api/v1/users/a/claims/nothing/x"), 401);
    }

    private static Response send(RequestSpecification request, String path) {
        return request.request(path.substring(0, path.indexOf(' ')), path.substring(path.indexOf(' ') + 1));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/v1/sessions?limit=0,400",
        "GET,/api/v1/sessions?limit=1001,400",
        "GET,/api/v1/sessions?limit=-1,400",
        "GET,/api/v1/sessions?limit=99999999999,400",
        "GET,/api/v1/sessions?limit=x,400",
        "GET,/api/v1/sessions?after=x,400",
        "GET,/api/v1/sessions?after=1-1-1-1-1,400",
        "GET,/api/v1/sessions?user=%20,400",
        // left empty is left out
        "GET,/api/v1/sessions?user=&limit=&after=,200",
        "GET,/api/v1/sessions/x,400",
        "GET,/api/v1/sessions/1-1-1-1-1,400",
        "DELETE,/api/v1/sessions/x,400",
        "GET,/api/v1/sessions/" + UNKNOWN_ID + ",404",
        "DELETE,/api/v1/sessions/" + UNKNOWN_ID + ",404",
        "DELETE,/api/v1/users/alice/claims/nothing/x,404",
        "DELETE,/api/v1/users/alice/claims/Role/x,404",
        "DELETE,/api/v1/users/alice/claims/role/%20,400",
        "DELETE,/api/v1/users/alice/claims/role/%FF,400",
        "DELETE,/api/v1/users/%FF,400",
        "DELETE,/api/v1/users/nobody;x=1,400",
        "DELETE,/api/v1/users/nobody;,400",
        "DELETE,/api/v1/users/nobody/claims/role/x;y,400",
        "DELETE,/api/v1/users/nobody;x/claims/role/x,400",
        "DELETE,/api/v1/users/%20,400",
        "DELETE,/api/v1/users/%20/claims/role/x,400",
    })
    void whatCannotBeMeantIsRefused(String method, String path, int status) throws Exception {
        json(admin().request(method, path), status);
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/api/v1/sessions",
        "DELETE,/api/v1/sessions",
        "PUT,/api/v1/sessions/" + UNKNOWN_ID,
        "GET,/api/v1/users/alice",
        "GET,/api/v1/users/alice/claims/role/x",
    })
    void otherMethodsAreNotAllowed(String method, String path) {
        admin().request(method, path).then().statusCode(405);
    }

    // The name in the path

    /** Everybody whose name is a part of another's, or looks like it, stays. */
    @ParameterizedTest
    @CsvSource({
        "a/b,a%2Fb",
        "a/b,a%2fb",
        "a%2Fb,a%252Fb",
        "a;b,a%3Bb",
        "a+b,a+b",
        "a b,a%20b",
        "Jürgen,J%C3%BCrgen",
        "a:b@c,a:b@c",
        "x/claims/role/admin,x%2Fclaims%2Frole%2Fadmin",
        "../sessions,..%2Fsessions",
    })
    void aNameMeansWhomItNames(String name, String encoded) throws Exception {
        List<String> others = List.of("a", "b", "a/", "a%2Fb2", "J", "x", "sessions");
        List<JdkWebSocket> open = new ArrayList<>();
        try (JdkWebSocket named = client(tokenOf(name + user))) {
            for (String other : others) {
                open.add(client(tokenOf(other + user)));
            }
            gateway.awaitSignedIn(1 + others.size());

            JsonNode result = json(admin().delete("/api/v1/users/" + encoded + user), 200);

            assertThat(result.path("sessions").asInt()).isEqualTo(1);
            assertThat(named.closeCode()).isEqualTo(4403);
            assertThat(open).noneMatch(JdkWebSocket::isClosed);
        } finally {
            open.forEach(JdkWebSocket::close);
        }
    }

    /** What another way of writing the path could mean, it does not do. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/users/",
                "/api/v1/users//",
                "/api/v1/users/.",
                "/api/v1/users/..",
                "/api/v1/users/%2e%2e",
                "/api/v1/users/%2E",
                "/api/v1/users/USER/..",
                "/api/v1/users/a/b",
                "/api/v1/users/USER;x=1",
                "/api/v1/users/USER;",
                "/api/v1/users/USER%zz",
                "/api/v1/users/USER%C0%AF",
                "/api/v1/users/USER%",
                "/api/v1/users/USER%00",
                "/api/v1/users/USER/claims",
                "/api/v1/users/USER/claims/",
                "/api/v1/users/USER/claims/role",
                "/api/v1/users/USER/claims/role/",
                "/api/v1/users/USER/claims/role/..",
                "/api/v1/users/USER/claims/role/%2e%2e",
                "/api/v1/users/USER/claims/role/%2e%2e%2f%2e%2e",
                "/api/v1/users/USER/claims/role/a/b",
                "/api/v1/users/USER/claims/../x",
                "/api/v1/users/..;/users/USER/x",
                "/api/v1/users//claims/role/x",
            })
    void noWayOfWritingThePathRevokesSomebodyElse(String path) throws Exception {
        try (JdkWebSocket client = client(tokenOf(user))) {
            gateway.awaitSignedIn(1);
            String answer = raw("DELETE " + path.replace("USER", user));
            assertThat(answer).startsWith("HTTP/1.1 ").doesNotContain("HTTP/1.1 5");
            assertThat(answer).doesNotContain("\"sessions\":1");
            json(admin().get("/api/v1/sessions?user=" + user), 200);
            assertThat(client.isClosed()).isFalse();
            gateway.publish("job", Gateway.job("still here", user));
            assertThat(client.next()).contains("still here");
        }
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write((request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                                    + adminToken() + "\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    // What there is

    @Test
    void sessionsAreListed() throws Exception {
        String token = tokenOf(user, workspace);
        try (JdkWebSocket one = client(token);
                JdkWebSocket two = client(tokenOf(user, workspace));
                JdkWebSocket other = client(tokenOf("other-" + user))) {
            gateway.awaitSignedIn(3);
            assertThat(one.isClosed() || two.isClosed() || other.isClosed()).isFalse();

            Response response = admin().get("/api/v1/sessions?user=" + user);
            JsonNode page = json(response, 200);

            assertThat(page.path("sessions")).hasSize(2);
            assertThat(page.path("next").isNull()).isTrue();
            JsonNode first = page.path("sessions").get(0);
            assertThat(first.properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactlyInAnyOrder(
                            "id",
                            "user",
                            "subject",
                            "dialect",
                            "since",
                            "expiresAt",
                            "address",
                            "subscriptions",
                            "queuedBytes");
            assertThat(first.path("user").asText()).isEqualTo(user);
            assertThat(first.path("dialect").asText()).isEqualTo("cells");
            assertThat(first.path("address").asText()).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
            assertThat(Instant.parse(first.path("since").asText()))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now());
            assertThat(first.path("subscriptions").asInt()).isGreaterThanOrEqualTo(2);
            assertThat(response.asString()).doesNotContain(token.substring(token.lastIndexOf('.') + 1));

            JsonNode half = json(admin().get("/api/v1/sessions?limit=2"), 200);
            assertThat(half.path("sessions")).hasSize(2);
            JsonNode rest = json(
                    admin().get("/api/v1/sessions?limit=2&after="
                            + half.path("next").asText()),
                    200);
            assertThat(rest.path("sessions")).hasSize(1);
            assertThat(rest.path("next").isNull()).isTrue();
            assertThat(json(admin().get("/api/v1/sessions?limit=3"), 200)
                            .path("next")
                            .isNull())
                    .isTrue();

            String id = first.path("id").asText();
            assertThat(json(admin().get("/api/v1/sessions/" + id), 200)).isEqualTo(first);
        }
    }

    @Test
    void aConnectionThatIsNotSignedInIsListedToo() throws Exception {
        try (JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws")) {
            gateway.awaitOpen(1);
            JsonNode page = json(admin().get("/api/v1/sessions"), 200);
            assertThat(page.path("sessions")).hasSize(1);
            assertThat(page.path("sessions").get(0).path("user").isNull()).isTrue();
            assertThat(page.path("sessions").get(0).path("dialect").isNull()).isTrue();
            json(
                    admin().delete("/api/v1/sessions/"
                            + page.path("sessions").get(0).path("id").asText()),
                    200);
            assertThat(client.closeCode()).isEqualTo(4403);
        }
    }

    // Revocation

    @Test
    void aRevokedUserIsOutEverywhere() throws Exception {
        String token = tokenOf(user, workspace);
        String ageless = withoutIssueTime(user);
        String bobs = tokenOf("bob-" + user, workspace);
        publish(token, 202);
        try (JdkWebSocket one = client(token);
                JdkWebSocket two = client(ageless);
                JdkWebSocket bob = client(bobs)) {
            gateway.awaitSignedIn(3);

            JsonNode result = json(admin().delete("/api/v1/users/" + user), 200);

            assertThat(result.path("sessions").asInt()).isEqualTo(2);
            assertThat(Instant.parse(result.path("until").asText()))
                    .isBetween(
                            Instant.now().plus(Duration.ofDays(7)).minusSeconds(60),
                            Instant.now().plus(Duration.ofDays(7)));
            assertRefused(one, "revoked", 4403);
            assertRefused(two, "revoked", 4403);
            gateway.publish("tree", Gateway.created("after", workspace));
            assertThat(Gateway.path(bob.next())).isEqualTo(workspace + "/after");
            assertThat(one.idle() && two.idle()).isTrue();
            // both are remembered by the verifier at this moment
            for (String old : List.of(token, ageless)) {
                try (JdkWebSocket back = client(old)) {
                    assertRefused(back, "revoked", 4401);
                }
                publish(old, 401);
            }
            publish(bobs, 202);
        }
        await().atMost(PATIENCE).until(() -> status(tokenOf(user, workspace)) == 202);
        try (JdkWebSocket back = client(tokenOf(user, workspace))) {
            gateway.awaitSignedIn(1);
            gateway.publish("tree", Gateway.created("back", workspace));
            assertThat(Gateway.path(back.next())).isEqualTo(workspace + "/back");
        }
    }

    @Test
    void aRevokedUserCannotReturnOnAnotherConnectionOfHis() throws Exception {
        String token = tokenOf(user);
        try (JdkWebSocket client = client(tokenOf("bob-" + user))) {
            gateway.awaitSignedIn(1);
            json(admin().delete("/api/v1/users/" + user), 200);
            client.send(Gateway.subscribe(token));
            assertRefused(client, "revoked", 4401);
        }
    }

    private static int status(String token) {
        return given().header("Authorization", "Bearer " + token)
                .contentType("application/json")
                .body("[]")
                .post("/api/v1/events/tree")
                .statusCode();
    }

    private static void publish(String token, int status) {
        assertThat(status(token)).isEqualTo(status);
    }

    @Test
    void aRevokedSessionIsOutWithItsToken() throws Exception {
        String token = tokenOf(user, workspace);
        String another = DevelopmentToken.of(
                        user, List.of(workspace), List.of("publisher", "another"), Duration.ofMinutes(5))
                .sign(keys.privateKey());
        try (JdkWebSocket one = client(token)) {
            gateway.awaitSignedIn(1);
            String id = json(admin().get("/api/v1/sessions?user=" + user), 200)
                    .path("sessions")
                    .get(0)
                    .path("id")
                    .asText();
            try (JdkWebSocket sameToken = client(token);
                    JdkWebSocket sameUser = client(another)) {
                gateway.awaitSignedIn(3);

                JsonNode result = json(admin().delete("/api/v1/sessions/" + id), 200);

                assertThat(result.path("sessions").asInt()).isEqualTo(2);
                assertRefused(one, "revoked", 4403);
                assertRefused(sameToken, "revoked", 4403);
                publish(token, 401);
                publish(another, 202);
                gateway.awaitOpen(1);
                json(admin().get("/api/v1/sessions/" + id), 404);
                json(admin().delete("/api/v1/sessions/" + id), 404);
                gateway.publish("tree", Gateway.created("x", workspace));
                assertThat(Gateway.path(sameUser.next())).isEqualTo(workspace + "/x");
            }
        }
    }

    @Test
    void administratorsAreRevokedLikeAnybody() throws Exception {
        String token = token(user, Duration.ofMinutes(5), "admin");
        json(given().header("Authorization", "Bearer " + token).delete("/api/v1/users/" + user), 200);

        json(given().header("Authorization", "Bearer " + token).get("/api/v1/sessions"), 401);
    }

    // Withdrawal

    @Test
    void aWorkspaceIsWithdrawnFromOneUser() throws Exception {
        String token = tokenOf(user, workspace, "other-" + workspace);
        try (JdkWebSocket client = client(token);
                JdkWebSocket bob = client(tokenOf("bob-" + user, workspace))) {
            gateway.awaitSignedIn(2);

            JsonNode result = json(admin().delete("/api/v1/users/" + user + "/claims/workspace/" + workspace), 200);

            assertThat(result.path("sessions").asInt()).isEqualTo(1);
            gateway.publish("tree", Gateway.created("gone", workspace));
            gateway.publish("tree", Gateway.created("left", "other-" + workspace));
            assertThat(Gateway.path(client.next())).isEqualTo("other-" + workspace + "/left");
            assertThat(Gateway.path(bob.next())).isEqualTo(workspace + "/gone");
            assertThat(client.isClosed()).isFalse();
            try (JdkWebSocket back = client(token)) {
                gateway.awaitSignedIn(3);
                gateway.publish("tree", Gateway.created("gone", workspace));
                gateway.publish("tree", Gateway.created("left", "other-" + workspace));
                assertThat(Gateway.path(back.next())).isEqualTo("other-" + workspace + "/left");
            }
        }
    }

    @Test
    void aRoleIsWithdrawnFromOneUser() throws Exception {
        String token = token(user, Duration.ofMinutes(5), "publisher", "admin");
        publish(token, 202);
        json(admin().delete("/api/v1/users/" + user + "/claims/role/publisher"), 200);
        publish(token, 403);
        json(given().header("Authorization", "Bearer " + token).get("/api/v1/sessions"), 200);
        json(admin().delete("/api/v1/users/" + user + "/claims/role/admin"), 200);
        json(given().header("Authorization", "Bearer " + token).get("/api/v1/sessions"), 403);
    }

    // The record

    @Test
    void everyActIsLoggedWithWhoAndWhatAndNoToken() throws Exception {
        try (LogRecorder log = new LogRecorder("io.switchboard.admin")) {
            String token = adminToken();
            RequestSpecification request = given().urlEncodingEnabled(false).header("Authorization", "Bearer " + token);
            request.delete("/api/v1/users/" + user + "%0Aforged");
            request.delete("/api/v1/users/" + user + "/claims/workspace/w%22x");
            request.delete("/api/v1/sessions/" + UNKNOWN_ID);
            request.get("/api/v1/sessions?user=" + user);
            given().header("Authorization", "Bearer " + token("mallory", Duration.ofMinutes(5)))
                    .get("/api/v1/sessions");

            assertThat(log.texts())
                    .containsExactly(
                            "administration act=revoke_user by=\"operator\" on=\"" + user + "\\nforged\" status=200",
                            "administration act=withdraw_workspace by=\"operator\" on=\"" + user
                                    + " w\\\"x\" status=200",
                            "administration act=revoke_session by=\"operator\" on=\"" + UNKNOWN_ID + "\" status=404",
                            "administration act=list_sessions by=\"operator\" on=\"" + user + "\" status=200",
                            "administration refused by=\"mallory\"");
            assertThat(log.texts()).noneMatch(text -> text.contains(token.substring(token.lastIndexOf('.') + 1)));
        }
    }
}
