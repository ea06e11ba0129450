package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.hub.Hub;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.Indexed;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules with values of the claims in them: a name is a name, whatever it looks like. */
@QuarkusTest
@TestProfile(RealtimeRulesTest.Rules.class)
class RealtimeRulesTest {
    private static final int MANY = 100_000;

    /** Everybody has a place of their own; editors have one together; as many subscriptions as one likes. */
    public static class Rules implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.rules.subscribe", "chat.**,users.{user}.**",
                    "switchboard.rules.publish", "chat.**,users.{user}.**",
                    "switchboard.rules.deny-subscribe", "chat.secret.**",
                    "switchboard.rules.roles.editors.subscribe", "edit.**",
                    "switchboard.limits.subscriptions-per-session", "0");
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Hub hub;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user, String... roles) throws IOException {
        return RealtimeClient.open(gateway, gateway.tokenWithRoles(user, List.of(roles)));
    }

    private static void assertForbidden(RealtimeClient client, String topic) throws IOException {
        client.send("Subscribe", RealtimeClient.topics(topic));
        assertThat(client.error()).as(topic).isEqualTo("403 {\"topic\":\"" + topic + "\"}");
        client.assertQuiet();
    }

    @ParameterizedTest
    @CsvSource({"*,%2A", "**,%2A%2A", ">,%3E", "a.b,a%2Eb", "{user},{user}", "%2A,%252A", "a/b:c,a/b:c"})
    void whateverAUserIsCalledTheyHaveTheirPlaceAndNoOther(String user, String written) throws Exception {
        String mine = "users." + written + ".inbox";
        try (RealtimeClient odd = client(user);
                RealtimeClient alice = client("alice");
                RealtimeClient a = client("a")) {
            odd.subscribe(mine);
            alice.subscribe("users.alice.**");
            a.subscribe("users.a.**");
            for (String other : List.of(
                    "users.alice.inbox", "users.a.b.inbox", "users.*.inbox", "users.**", "users.>", "users.*")) {
                assertForbidden(odd, other);
                odd.send("Broadcast", RealtimeClient.said(other, "x"));
                assertThat(odd.error()).isIn("403 {\"topic\":\"" + other + "\"}", "400 {\"topic\":\"" + other + "\"}");
                odd.assertQuiet();
            }
            for (RealtimeClient stranger : List.of(alice, a)) {
                assertForbidden(stranger, mine);
                stranger.send("Broadcast", RealtimeClient.said(mine, "x"));
                assertThat(stranger.error()).startsWith("403");
                assertForbidden(stranger, "users.*.inbox");
            }

            odd.say(mine, "to myself");
            assertThat(odd.heard()).isEqualTo("to myself");
            gateway.publish(
                    "publish",
                    new JsonObject().put("user", user).put("notification", new JsonObject().put("title", "hello")));
            assertThat(odd.next("Notification").getString("title")).isEqualTo("hello");
            gateway.publish("job", Gateway.job("copy", user));
            odd.subscribe("job.**");
            gateway.publish("job", Gateway.job("move", user));
            JsonObject job = odd.next("Broadcast");
            assertThat(job.getString("topic")).isEqualTo("job." + written);
            assertThat(job.encode()).contains("move");
            for (RealtimeClient one : List.of(odd, alice, a)) {
                one.assertQuiet();
            }
        }
    }

    @Test
    void whatIsDeniedInPartIsNotSubscribedTo() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            assertForbidden(alice, "chat.secret.x");
            assertForbidden(alice, "chat.**");
            assertForbidden(alice, "chat.*.x");
            alice.subscribe("chat.general");
        }
    }

    @Test
    void aGrantDoesNotOpenWhatARuleDenies() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            JsonObject change = new JsonObject()
                    .put("subscribe", new JsonArray().add("chat.secret.x").add("other.x"))
                    .put(
                            "grant",
                            new JsonObject()
                                    .put("topics", new JsonArray().add("**"))
                                    .put("expires_at", System.currentTimeMillis() + 60_000));
            given().auth()
                    .oauth2(gateway.tokenWithRoles("svc", List.of("publisher")))
                    .contentType("application/json")
                    .body(change.encode())
                    .put("/api/v1/sessions/" + alice.id() + "/subscriptions")
                    .then()
                    .statusCode(200)
                    .body("subscriptions", equalTo(1));
            assertForbidden(alice, "chat.secret.x");

            gateway.publish(
                    "publish", new JsonObject().put("topic", "chat.secret.x").put("payload", 1));
            gateway.publish("publish", new JsonObject().put("topic", "other.x").put("payload", 2));
            assertThat(alice.heard()).isEqualTo(2);
            alice.assertQuiet();
        }
    }

    @Test
    void whatANewTokenDoesNotAllowIsDroppedAndNamed() throws Exception {
        try (RealtimeClient alice = client("alice", "editors")) {
            alice.subscribe("edit.*", "chat.x");
            alice.send(
                    "Authenticate",
                    "r",
                    new JsonObject().put("token", gateway.tokenWithRoles("alice", List.of("readers"))));
            assertThat(alice.next("AuthStatus").getJsonArray("dropped_topics"))
                    .isEqualTo(new JsonArray().add("edit.*"));
            assertThat(alice.next("Ack").getString("status")).isEqualTo("refreshed");

            gateway.publish("publish", new JsonObject().put("topic", "edit.doc").put("payload", 1));
            gateway.publish("publish", new JsonObject().put("topic", "chat.x").put("payload", 2));
            assertThat(alice.heard()).isEqualTo(2);
            assertThat(alice.subscribe("chat.y").getInteger("active_subscriptions"))
                    .isEqualTo(2);
        }
    }

    @Test
    void whatAWithdrawnRoleAllowedIsDroppedAndNamed() throws Exception {
        try (RealtimeClient alice = client("alice-the-editor", "editors")) {
            alice.subscribe("edit.*", "chat.x");
            given().auth()
                    .oauth2(gateway.tokenWithRoles("operator", List.of("admin")))
                    .delete("/api/v1/users/alice-the-editor/claims/role/editors")
                    .then()
                    .statusCode(200);

            JsonObject dropped = alice.status("unsubscribed");

            assertThat(dropped)
                    .isEqualTo(RealtimeClient.topics("edit.*")
                            .put("active_subscriptions", 1)
                            .put("reason", "no longer allowed"));
            assertForbidden(alice, "edit.doc");
        }
    }

    /** Where they are not bounded, so many are held, found, and gone with the connection. */
    @Test
    void aHundredThousandSubscriptionsOfOneSession() throws Exception {
        try (RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.t.7");
            int entries = Indexed.entries(hub);
            try (RealtimeClient alice = client("alice")) {
                int active = 0;
                for (int from = 0; from < MANY; from += 1000) {
                    JsonArray topics = new JsonArray();
                    for (int i = from; i < from + 1000; i++) {
                        topics.add("chat.t." + i);
                    }
                    alice.send("Subscribe", new JsonObject().put("topics", topics));
                    active = alice.status("subscribed").getInteger("active_subscriptions");
                }
                assertThat(active).isEqualTo(MANY);
                bob.send("Broadcast", 1, RealtimeClient.said("chat.t.7", "seven"));
                assertThat(alice.heard()).isEqualTo("seven");
                assertThat(bob.heard()).isEqualTo("seven");
                assertThat(bob.next("Ack").getInteger("recipients")).isEqualTo(2);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> Indexed.entries(hub) == entries);
            bob.say("chat.t.7", "again");
            assertThat(bob.heard()).isEqualTo("again");
        }
    }
}
