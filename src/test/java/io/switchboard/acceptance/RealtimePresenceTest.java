package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is there, over real sockets and all dialects. */
@QuarkusTest
@TestProfile(RealtimePresenceTest.Settings.class)
class RealtimePresenceTest {
    /** A short grace; of three on a topic nobody hears any more; guests may not know of the boss. */
    public static class Settings implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.presence.grace", "200ms",
                    "switchboard.presence.topics", "chat.**",
                    "switchboard.presence.users-per-topic", "2",
                    "switchboard.rules.roles.guest.deny-subscribe", "presence.boss");
        }
    }

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

    /** The next message, which is about that user. */
    private static JsonObject about(RealtimeClient client, String user) throws IOException {
        JsonObject data = client.next("Presence");
        assertThat(data.getString("user_id")).isEqualTo(user);
        return data;
    }

    private static JsonObject query(String field, String... names) {
        return new JsonObject().put("query", new JsonObject().put(field, new JsonArray(List.of(names))));
    }

    @Test
    void whoSubscribesToAUserSeesThemComeAndLeaveInWhateverDialect() throws Exception {
        try (RealtimeClient watcher = client(alice)) {
            watcher.subscribe("presence." + bob);
            assertThat(about(watcher, bob))
                    .as("how it is")
                    .isEqualTo(new JsonObject()
                            .put("user_id", bob)
                            .put("status", "offline")
                            .putNull("last_seen")
                            .put("metadata", new JsonObject()));
            long before = System.currentTimeMillis();
            try (RawWebSocket cells = RawWebSocket.open(gateway.port(), "/ws/event")) {
                cells.sendText(Gateway.subscribe(gateway.token(bob)));
                JsonObject came = about(watcher, bob);
                assertThat(came.getString("status")).isEqualTo("online");
                assertThat(came.getLong("last_seen")).isBetween(before, System.currentTimeMillis());
            }
            assertThat(about(watcher, bob).getString("status")).isEqualTo("offline");
            watcher.assertQuiet();
        }
    }

    @Test
    void aPatternHearsOfAllAndAStatusIsOnesOwn() throws Exception {
        try (RealtimeClient watcher = client(alice)) {
            watcher.subscribe("presence.*");
            try (RealtimeClient user = client(bob)) {
                assertThat(seen(watcher, bob).getString("status")).isEqualTo("online");
                user.send(
                        "Presence",
                        "p1",
                        new JsonObject().put("status", "busy").put("metadata", new JsonObject().put("device", "web")));
                JsonObject own = user.next();
                assertThat(own.getString("id")).isEqualTo("p1");
                assertThat(own.getJsonObject("data")
                                .getJsonObject("details")
                                .getJsonArray("users")
                                .getJsonObject(0)
                                .getString("status"))
                        .isEqualTo("busy");
                assertThat(user.next("Ack").getString("status")).isEqualTo("completed");
                JsonObject busy = seen(watcher, bob);
                assertThat(busy.getString("status")).isEqualTo("busy");
                assertThat(busy.getJsonObject("metadata")).isEqualTo(new JsonObject().put("device", "web"));
            }
            assertThat(seen(watcher, bob).getString("status")).isEqualTo("offline");
        }
    }

    /** What is said of that user, leaving out what is said of others. */
    private static JsonObject seen(RealtimeClient client, String user) throws IOException {
        JsonObject data = client.next("Presence");
        while (!user.equals(data.getString("user_id"))) {
            data = client.next("Presence");
        }
        return data;
    }

    @Test
    void whoIsThereCanBeAsked() throws Exception {
        String invented = "nobody-" + UUID.randomUUID();
        try (RealtimeClient asks = client(alice);
                RealtimeClient _ = client(bob)) {
            asks.send("Presence", "q", query("users", bob, invented));
            JsonArray users = asks.status("presence").getJsonArray("users");
            assertThat(asks.next("Ack").getString("message_id")).isEqualTo("q");
            assertThat(users.getJsonObject(0).getString("status")).isEqualTo("online");
            assertThat(users.getJsonObject(1))
                    .isEqualTo(new JsonObject()
                            .put("user_id", invented)
                            .put("status", "offline")
                            .putNull("last_seen")
                            .put("metadata", new JsonObject()));

            asks.send("Presence", query("topics", "updates.x"));
            assertThat(asks.error()).isEqualTo("404 {\"topic\":\"updates.x\"}");
            asks.send("Presence", query("topics", "secret.x"));
            assertThat(asks.error()).isEqualTo("403 {\"topic\":\"secret.x\"}");
        }
    }

    @Test
    void whoMayNotHearOfAUserDoesNot() throws Exception {
        try (RealtimeClient watcher = RealtimeClient.open(gateway, gateway.tokenWithRoles(alice, List.of("guest")))) {
            for (String pattern : List.of("presence.boss", "presence.*")) {
                watcher.send("Subscribe", RealtimeClient.topics(pattern));
                assertThat(watcher.error()).startsWith("403");
            }
            watcher.send("Presence", query("users", bob, "boss"));
            assertThat(watcher.error()).isEqualTo("403 {\"topic\":\"presence.boss\"}");
            watcher.subscribe("presence." + bob);
            assertThat(about(watcher, bob).getString("status")).isEqualTo("offline");
            try (RealtimeClient _ = client("boss")) {
                // is there
            }
            watcher.assertQuiet();
        }
    }

    @Test
    void thoseOnATopicHearOfEachOtherWhileTheyAreFew() throws Exception {
        try (RealtimeClient first = client(alice)) {
            first.subscribe(topic);
            assertThat(about(first, alice).getString("action")).isEqualTo("join");
            try (RealtimeClient second = client(bob)) {
                second.subscribe(topic);
                JsonObject came = about(first, bob);
                assertThat(came.getString("topic")).isEqualTo(topic);
                assertThat(came.getString("action")).isEqualTo("join");
                assertThat(came.getString("status")).isEqualTo("online");
                assertThat(about(second, bob).getString("action")).isEqualTo("join");
                assertThat(count(first)).isEqualTo(2);

                List<RealtimeClient> crowd = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    RealtimeClient one = client("u" + i + "-" + alice);
                    one.subscribe(topic);
                    crowd.add(one);
                }
                assertThat(count(first)).as("and nothing before the answer").isEqualTo(7);
                crowd.forEach(RealtimeClient::close);
                gateway.awaitOpen(2);
            }
            JsonObject left = about(first, bob);
            while (!bob.equals(left.getString("user_id"))) {
                left = about(first, bob);
            }
            assertThat(left.getString("action")).isEqualTo("leave");
        }
    }

    private int count(RealtimeClient client) throws IOException {
        client.send("Presence", query("topics", topic));
        return client.status("presence")
                .getJsonObject("topics")
                .getJsonObject(topic)
                .getInteger("count");
    }

    @Test
    void nobodyElseSaysWhoIsThere() throws Exception {
        try (RealtimeClient forger = client(alice)) {
            forger.say("presence." + bob, "online");
            assertThat(forger.error()).startsWith("403");
        }
    }

    @Test
    void whatIsNoPresenceIsRefused() throws Exception {
        try (RealtimeClient client = client(alice)) {
            for (JsonObject data : List.of(
                    new JsonObject(),
                    new JsonObject().put("status", "Not a status!"),
                    new JsonObject().put("status", 7),
                    new JsonObject().put("status", "ok").put("metadata", "text"),
                    new JsonObject().put("status", "ok").put("metadata", new JsonObject().put("x", "y".repeat(2000))),
                    new JsonObject().put("query", new JsonObject()),
                    query("users", ""),
                    query("topics", "a..b"),
                    new JsonObject().put("query", new JsonObject().put("users", "bob")))) {
                client.send("Presence", data);
                assertThat(client.error()).as(data.encode()).startsWith("400");
            }
        }
    }
}
