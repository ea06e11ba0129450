package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From the token to the event, over a client that others wrote. */
@QuarkusTest
class FlowTest {
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

    @Test
    void treeAndMetaEventsArriveExactlyWhereTheyMayBeSeen() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice", "ws-a", "ws-both"));
                JdkWebSocket alsoAlice = client(gateway.token("alice", "ws-a", "ws-both"));
                JdkWebSocket bob = client(gateway.token("bob", "ws-b", "ws-both"))) {
            gateway.awaitSignedIn(3);
            gateway.publish("tree", Gateway.created("for-alice", "ws-a"));
            gateway.publish("meta", Gateway.created("meta", "ws-a").put("Type", "UPDATE_META"));
            gateway.publish("tree", Gateway.created("for-nobody", "ws-c"));
            gateway.publish("tree", Gateway.created("for-bob", "ws-b"));
            gateway.publish("tree", Gateway.created("for-both", "ws-both"));
            for (JdkWebSocket one : new JdkWebSocket[] {alice, alsoAlice}) {
                assertThat(Gateway.path(one.next())).isEqualTo("ws-a/for-alice");
                String meta = one.next();
                assertThat(Gateway.path(meta)).isEqualTo("ws-a/meta");
                assertThat(new JsonObject(meta).getString("Type")).isEqualTo("UPDATE_META");
                assertThat(Gateway.path(one.next())).isEqualTo("ws-both/for-both");
                assertThat(one.idle()).isTrue();
            }
            assertThat(Gateway.path(bob.next())).isEqualTo("ws-b/for-bob");
            assertThat(Gateway.path(bob.next())).isEqualTo("ws-both/for-both");
            assertThat(bob.idle()).isTrue();
        }
    }

    @Test
    void jobsGoToTheirUserAndThoseOfTheSystemToAdmins() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice"));
                JdkWebSocket bob = client(gateway.token("bob"));
                JdkWebSocket admin = client(gateway.adminToken("root"))) {
            gateway.awaitSignedIn(3);
            JsonObject first = Gateway.job("1", "alice");
            gateway.publish("job", first);
            gateway.publish("job", Gateway.job("2", "pydio.system.user"));
            gateway.publish("job", Gateway.job("3", "bob"));
            gateway.publish("job", Gateway.job("4", "alice"));
            assertThat(new JsonObject(alice.next())).isEqualTo(first);
            assertThat(alice.next()).contains("\"ID\":\"4\"");
            assertThat(admin.next()).contains("\"ID\":\"2\"");
            assertThat(bob.next()).contains("\"ID\":\"3\"");
            assertThat(alice.idle() && bob.idle() && admin.idle()).isTrue();
        }
    }

    @Test
    void whatIsPublishedOverHttpArrives() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice", "ws"))) {
            gateway.awaitSignedIn(1);
            RestAssured.given()
                    .auth()
                    .oauth2(gateway.token("service"))
                    .contentType(ContentType.JSON)
                    .body(Gateway.created("over-http", "ws").encode())
                    .post("/api/v1/events/tree")
                    .then()
                    .statusCode(202);
            assertThat(Gateway.path(alice.next())).isEqualTo("ws/over-http");
        }
    }

    @Test
    void anEventInFiftyWorkspacesIsFiftyMessages() throws Exception {
        String[] workspaces = new String[50];
        for (int i = 0; i < workspaces.length; i++) {
            workspaces[i] = "fifty-" + i;
        }
        try (JdkWebSocket all = client(gateway.token("alice", workspaces));
                JdkWebSocket one = client(gateway.token("bob", "fifty-7"))) {
            gateway.awaitSignedIn(2);
            gateway.publish("tree", Gateway.created("wide", workspaces));
            gateway.publish("tree", Gateway.created("after", "fifty-7"));
            String[] received = new String[workspaces.length];
            for (int i = 0; i < received.length; i++) {
                received[i] = Gateway.path(all.next());
            }
            assertThat(received).hasSize(50).doesNotHaveDuplicates().allMatch(path -> path.endsWith("/wide"));
            assertThat(Gateway.path(all.next())).isEqualTo("fifty-7/after");
            assertThat(Gateway.path(one.next())).isEqualTo("fifty-7/wide");
            assertThat(Gateway.path(one.next())).isEqualTo("fifty-7/after");
        }
    }

    @Test
    void unsubscribeEndsDeliveryAndLeavesTheConnection() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice", "ws"));
                JdkWebSocket bob = client(gateway.token("bob", "ws"))) {
            gateway.awaitSignedIn(2);
            alice.send("{\"@type\":\"unsubscribe\"}");
            gateway.awaitSignedIn(1);
            gateway.publish("tree", Gateway.created("missed", "ws"));
            assertThat(Gateway.path(bob.next())).isEqualTo("ws/missed");
            alice.send(Gateway.subscribe(gateway.token("alice", "ws")));
            gateway.awaitSignedIn(2);
            gateway.publish("tree", Gateway.created("seen", "ws"));
            assertThat(Gateway.path(alice.next())).isEqualTo("ws/seen");
            assertThat(alice.isClosed()).isFalse();
        }
    }

    @Test
    void subscribingAgainReplacesTheClaimsAsAWhole() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice", "ws-old"))) {
            gateway.awaitSignedIn(1);
            double before = gateway.figure("switchboard.sign.ins", "outcome", "accepted");
            alice.send(Gateway.subscribe(gateway.token("alice", "ws-new")));
            // A re-subscription counts no sign-in of its own, so the new workspace tells when it is in force.
            while (alice.idle()) {
                gateway.publish("tree", Gateway.created("probe", "ws-new"));
                Thread.onSpinWait();
            }
            gateway.publish("tree", Gateway.created("old", "ws-old"));
            gateway.publish("tree", Gateway.created("new", "ws-new"));
            String path = Gateway.path(alice.next());
            while (path.equals("ws-new/probe")) {
                path = Gateway.path(alice.next());
            }
            assertThat(path).isEqualTo("ws-new/new");
            assertThat(gateway.figure("switchboard.sign.ins", "outcome", "accepted"))
                    .isEqualTo(before);
        }
    }

    @Test
    void aTokenOfAnotherUserSignsTheFormerOneOut() throws Exception {
        try (JdkWebSocket client = client(gateway.token("alice", "ws"))) {
            gateway.awaitSignedIn(1);
            client.send(Gateway.subscribe(gateway.token("bob", "ws")));
            while (client.idle()) {
                gateway.publish("job", Gateway.job("probe", "bob"));
            }
            gateway.publish("job", Gateway.job("alice's", "alice"));
            gateway.publish("tree", Gateway.created("end", "ws"));
            String message = client.next();
            while (message.contains("\"probe\"")) {
                message = client.next();
            }
            assertThat(Gateway.path(message)).isEqualTo("ws/end");
        }
    }

    @Test
    void expiryEndsTheConnectionWithAnErrorAnd4401() throws Exception {
        try (JdkWebSocket alice = client(gateway.token("alice", Duration.ofSeconds(2), "ws"))) {
            JsonObject error = new JsonObject(alice.next());
            assertThat(error.getString("@type")).isEqualTo("error");
            assertThat(error.getString("jwt")).isEmpty();
            assertThat(error.getString("error")).contains("expired");
            assertThat(alice.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void aRefusedTokenGetsAnErrorAnd4401() throws Exception {
        String good = gateway.token("alice", "ws");
        for (String token : new String[] {
            "",
            "x",
            good.substring(0, good.length() - 8) + "AAAAAAAA",
            gateway.token("alice", Duration.ofSeconds(-1), "ws")
        }) {
            try (JdkWebSocket alice = client(token)) {
                JsonObject error = new JsonObject(alice.next());
                assertThat(error.fieldNames()).containsExactly("@type", "jwt", "error");
                assertThat(alice.closeCode()).isEqualTo(4401);
            }
        }
    }
}
