package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.FlamigoClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.switchboard.testing.OpenFlowClient;
import io.switchboard.testing.RealtimeClient;
import io.switchboard.testing.StompClient;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All dialects meet in one core: what is said in one is heard in the others. */
@QuarkusTest
class AcrossDialectsTest {
    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private final String own = UUID.randomUUID().toString();
    private final String topic = "chat." + own;
    private BusServices services;

    @BeforeEach
    void serve() {
        services = new BusServices(vertx);
        services.serve(
                "join-" + own,
                call -> BusServices.reply(call, new JsonObject(), BusServices.subscribing("chat/" + own)));
    }

    @AfterEach
    void everybodyIsGone() {
        services.close();
        gateway.awaitOpen(0);
    }

    private RealtimeClient realtime(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    private FlamigoClient flamigo(String user) throws IOException {
        return FlamigoClient.signedIn(gateway, gateway.token(user));
    }

    @Test
    void aBroadcastReachesStompAndFlamigoAndTheOtherWayRound() throws Exception {
        JsonObject said = new JsonObject().put("topic", topic).put("payload", "of flamigo");
        services.serve(
                "say-" + own,
                call -> vertx.eventBus().request("publish", said).onSuccess(_ -> call.reply(new JsonObject())));
        try (RealtimeClient alice = realtime("alice");
                StompClient bob = StompClient.connected(gateway, "bob");
                FlamigoClient carol = flamigo("carol")) {
            alice.subscribe(topic);
            bob.subscribe("s", "/topic/chat/" + own);
            carol.call("app::join-" + own, new JsonObject());

            alice.say(topic, "of realtime");
            assertThat(alice.heard()).isEqualTo("of realtime");
            assertThat(bob.heard()).isEqualTo("\"of realtime\"");
            assertThat(carol.next("chat:" + own)).isEqualTo("of realtime");

            bob.say("/topic/" + topic, "{\"of\":\"stomp\"}");
            assertThat(alice.heard()).isEqualTo(new JsonObject().put("of", "stomp"));
            assertThat(bob.heard()).isEqualTo("{\"of\":\"stomp\"}");
            assertThat(carol.next("chat:" + own)).isEqualTo(new JsonObject().put("of", "stomp"));

            carol.send(new JsonObject().put("topic", "app::say-" + own).put("payload", new JsonObject()));
            assertThat(alice.heard()).isEqualTo("of flamigo");
            assertThat(bob.heard()).isEqualTo("\"of flamigo\"");
            assertThat(new String[] {
                        carol.next().getString("topic"), carol.next().getString("topic")
                    })
                    .containsExactlyInAnyOrder("chat:" + own, "app::say-" + own);
        }
    }

    @Test
    void aDirectMessageReachesAUserWhoIsConnectedInTwoDialects() throws Exception {
        String user = "dora-" + own;
        try (StompClient stomp = StompClient.connected(gateway, user);
                FlamigoClient flamigo = flamigo(user);
                RealtimeClient realtime = realtime(user);
                RealtimeClient alice = realtime("alice")) {
            stomp.subscribe("m", "/user/queue/messages");
            alice.send(
                    "DirectMessage", new JsonObject().put("target_user", user).put("payload", 1));
            assertThat(stomp.heard()).isEqualTo("1");
            assertThat(((JsonObject) flamigo.next("direct:message")).getInteger("payload"))
                    .isEqualTo(1);
            assertThat(realtime.next("DirectMessage").getInteger("payload")).isEqualTo(1);

            stomp.say("/user/alice/queue/messages", "2");
            assertThat(alice.next("DirectMessage").getString("from_user")).isEqualTo(user);
        }
    }

    @Test
    void whoIsSignedInThroughAnyDialectIsPresentInAll() throws Exception {
        String user = "emil-" + own;
        try (RealtimeClient watcher = realtime("watcher");
                StompClient bob = StompClient.connected(gateway, "bob")) {
            JsonObject asked = new JsonObject().put("query", new JsonObject().put("users", new JsonArray().add(user)));
            bob.subscribe("p", "/topic/presence." + user);
            assertThat(status(bob.heard())).isEqualTo("offline");
            try (FlamigoClient _ = flamigo(user)) {
                watcher.send("Presence", asked);
                assertThat(watcher.status("presence").encode()).contains("online");
                assertThat(status(bob.heard())).isEqualTo("online");
            }
            try (StompClient _ = StompClient.connected(gateway, user)) {
                watcher.send("Presence", asked);
                assertThat(watcher.status("presence").encode()).contains("online");
            }
            try (OpenFlowClient _ = OpenFlowClient.signedIn(gateway, gateway.token(user))) {
                watcher.send("Presence", asked);
                assertThat(watcher.status("presence").encode()).contains("online");
            }
            try (JdkWebSocket cells = new JdkWebSocket(gateway.port(), "/ws/event")) {
                int before = gateway.signedIn();
                cells.send(Gateway.subscribe(gateway.token(user)));
                gateway.awaitSignedIn(before + 1);
                watcher.send("Presence", asked);
                assertThat(watcher.status("presence").encode()).contains("online");
            }
        }
    }

    private static String status(String presence) {
        return new JsonObject(presence).getString("status");
    }

    @Test
    void aNotificationShowsInEachDialectThatCanShowOne() throws Exception {
        String user = "frida-" + own;
        try (StompClient stomp = StompClient.connected(gateway, user);
                FlamigoClient flamigo = flamigo(user);
                RealtimeClient realtime = realtime(user)) {
            stomp.subscribe("n", "/user/queue/notifications");
            gateway.publish(
                    "publish",
                    new JsonObject().put("user", user).put("notification", new JsonObject().put("title", "Disk full")));
            assertThat(new JsonObject(stomp.heard()).getString("title")).isEqualTo("Disk full");
            assertThat(((JsonObject) flamigo.next("notification")).getString("title"))
                    .isEqualTo("Disk full");
            assertThat(realtime.next("Notification").getString("title")).isEqualTo("Disk full");
        }
    }

    @Test
    void whatOpenFlowCannotShowDoesNotDisturbIt() throws Exception {
        String user = "greta-" + own;
        try (OpenFlowClient openflow = OpenFlowClient.signedIn(gateway, gateway.token(user));
                RealtimeClient alice = realtime("alice")) {
            gateway.publish(
                    "publish",
                    new JsonObject().put("user", user).put("notification", new JsonObject().put("title", "Disk full")));
            alice.send(
                    "DirectMessage", new JsonObject().put("target_user", user).put("payload", 1));
            // nobody is there who could be shown it
            assertThat(alice.next("Error").getInteger("code")).isEqualTo(404);
            gateway.publish(
                    "publish",
                    new JsonObject().put("user", user).put("topic", "x").put("payload", 1));
            openflow.assertQuiet();
        }
    }
}
