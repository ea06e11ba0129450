package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Identities, activities and metadata of users, from the publisher to a client that others wrote. */
@QuarkusTest
class FamiliesTest {
    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        gateway.awaitSignedIn(0);
    }

    private JdkWebSocket client(String token) {
        JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws/event");
        client.send(Gateway.subscribe(token));
        return client;
    }

    private void post(String topic, JsonObject event) {
        RestAssured.given()
                .auth()
                .oauth2(gateway.token("service"))
                .contentType(ContentType.JSON)
                .body(event.encode())
                .post("/api/v1/events/" + topic)
                .then()
                .statusCode(202);
    }

    @Test
    void changesOfIdentitiesReachThoseWhomTheyConcern() throws Exception {
        try (JdkWebSocket alice = client(gateway.tokenWithRoles("alice", List.of("editors"), "ws"));
                JdkWebSocket bob = client(gateway.tokenWithRoles("bob", List.of("readers")))) {
            gateway.awaitSignedIn(2);
            JsonObject acl =
                    new JsonObject().put("RoleID", "editors").put("Action", new JsonObject().put("Name", "read"));
            post("idm", new JsonObject().put("Type", "UPDATE").put("Acl", acl));
            gateway.publish("idm", new JsonObject().put("Role", new JsonObject().put("Uuid", "readers")));
            gateway.publish("idm", new JsonObject().put("User", new JsonObject().put("Login", "bob")));
            gateway.publish(
                    "idm", new JsonObject().put("Type", "DELETE").put("Workspace", new JsonObject().put("UUID", "ws")));

            assertThat(new JsonObject(alice.next()))
                    .isEqualTo(new JsonObject()
                            .put("@type", "idm")
                            .put("Type", "UPDATE")
                            .put("Acl", acl));
            assertThat(new JsonObject(alice.next()).getString("Type")).isEqualTo("DELETE");
            assertThat(new JsonObject(bob.next()))
                    .isEqualTo(
                            new JsonObject().put("@type", "idm").put("Role", new JsonObject().put("Uuid", "readers")));
            assertThat(bob.next()).contains("\"Login\":\"bob\"");
            assertThat(alice.idle() && bob.idle()).isTrue();
        }
    }

    @Test
    void anActivityReachesTheInboxOfItsUserAndNotOfItsActor() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice"));
                JdkWebSocket bob = client(gateway.token("bob"))) {
            gateway.awaitSignedIn(2);
            post("activity", activity("inbox", "alice", "bob"));
            gateway.publish("activity", activity("inbox", "bob", "bob"));
            gateway.publish("activity", activity("outbox", "bob", "alice"));
            gateway.publish("job", Gateway.job("last", "bob"));

            JsonObject message = new JsonObject(alice.next());
            assertThat(message.getString("@type")).isEqualTo("activity");
            assertThat(message.getJsonObject("Activity").getJsonObject("object").getString("name"))
                    .isEqualTo("plan.ods");
            assertThat(bob.next()).contains("\"last\"");
            assertThat(alice.idle() && bob.idle()).isTrue();
        }
    }

    private static JsonObject activity(String box, String owner, String actor) {
        return new JsonObject()
                .put("BoxName", box)
                .put("OwnerType", "USER")
                .put("OwnerId", owner)
                .put(
                        "Activity",
                        new JsonObject()
                                .put("actor", new JsonObject().put("id", actor))
                                .put("object", new JsonObject().put("name", "secret-folder/plan.ods")));
    }

    @Test
    void metadataOfAUserReachesThoseWhomThePoliciesAllow() throws Exception {
        try (JdkWebSocket alice = client(gateway.tokenWithRoles("alice", List.of("editors"), "ws"));
                JdkWebSocket bob = client(gateway.token("bob", "ws"));
                JdkWebSocket outside = client(gateway.tokenWithRoles("outside", List.of("editors"), "other"))) {
            gateway.awaitSignedIn(3);
            JsonArray policies = new JsonArray()
                    .add(new JsonObject()
                            .put("Subject", "role:editors")
                            .put("Action", 2)
                            .put("Effect", 1));
            post(
                    "meta",
                    Gateway.created("bookmarked", "ws")
                            .put("Type", "UPDATE_USER_META")
                            .put(
                                    "Source",
                                    new JsonObject()
                                            .put(
                                                    "MetaStore",
                                                    new JsonObject().put("pydio:meta-policies", policies.encode()))));
            for (String user : List.of("alice", "bob", "outside")) {
                gateway.publish("job", Gateway.job("last", user));
            }

            JsonObject message = new JsonObject(alice.next());
            assertThat(message.getString("Type")).isEqualTo("UPDATE_USER_META");
            assertThat(message.containsKey("Source")).isFalse();
            assertThat(Gateway.path(message.encode())).isEqualTo("ws/bookmarked");
            for (JdkWebSocket one : List.of(alice, bob, outside)) {
                assertThat(one.next()).contains("\"last\"");
            }
        }
    }
}
