package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A workspace or a role is deleted, and nobody has it any more from then on. */
@QuarkusTest
@TestProfile(WithdrawalTest.Withdraw.class)
class WithdrawalTest {
    /** Events of identities take away. */
    public static class Withdraw implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.auth.on-idm", "withdraw");
        }
    }

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private JdkWebSocket client(String token) {
        JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws/event");
        client.send(Gateway.subscribe(token));
        return client;
    }

    private static JsonObject deleted(String entity, String key, String id) {
        return new JsonObject().put("Type", "DELETE").put(entity, new JsonObject().put(key, id));
    }

    @Test
    void aDeletedWorkspaceIsTakenOutOfEverySessionAndDoesNotComeBackWithTheSameToken() throws Exception {
        String token = gateway.token("alice", "gone", "left");
        try (JdkWebSocket alice = client(token)) {
            gateway.awaitSignedIn(1);
            gateway.publish("tree", Gateway.created("before", "gone"));
            // a withdrawal counts at once, for what is still on its way too
            assertThat(alice.next()).contains("before");
            gateway.publish("idm", deleted("Workspace", "UUID", "gone"));
            gateway.publish("tree", Gateway.created("after", "gone"));
            gateway.publish("tree", Gateway.created("other", "left"));

            assertThat(new JsonObject(alice.next()).getString("Type")).isEqualTo("DELETE");
            assertThat(alice.next()).contains("other");

            try (JdkWebSocket again = client(token)) {
                gateway.awaitSignedIn(2);
                gateway.publish("tree", Gateway.created("again", "gone"));
                gateway.publish("tree", Gateway.created("end", "left"));
                assertThat(again.next()).contains("end");
                assertThat(alice.next()).contains("end");
                assertThat(alice.idle()).isTrue();
            }
        }
    }

    @Test
    void aDeletedRoleIsTakenOutOfEverySession() throws Exception {
        try (JdkWebSocket bob = client(gateway.tokenWithRoles("bob", List.of("editors"), "ws"))) {
            gateway.awaitSignedIn(1);
            gateway.publish("idm", deleted("Role", "Uuid", "editors"));
            gateway.publish("idm", new JsonObject().put("Role", new JsonObject().put("Uuid", "editors")));
            gateway.publish("tree", Gateway.created("end", "ws"));

            assertThat(bob.next()).contains("DELETE");
            assertThat(bob.next()).contains("end");
        }
    }
}
