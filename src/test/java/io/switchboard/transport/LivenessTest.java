package io.switchboard.transport;

import static io.switchboard.testing.RawWebSocket.FIN;
import static io.switchboard.testing.RawWebSocket.PING;
import static io.switchboard.testing.RawWebSocket.PONG;
import static io.switchboard.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who answers pings lives for ever, and who does not is gone soon, whatever TCP believes. */
@QuarkusTest
@TestProfile(LivenessTest.Impatient.class)
class LivenessTest {
    /** Several times as many pings as anybody may miss, and as seconds that HTTP would wait. */
    private static final int MANY = 5;

    /** Pings come often, and HTTP connections end soon. */
    public static class Impatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.liveness.ping-interval", "1s",
                    "switchboard.liveness.missed-pongs", "3",
                    "switchboard.limits.request-timeout", "1s",
                    "quarkus.http.idle-timeout", "1S");
        }
    }

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private double silent() {
        return gateway.figure("switchboard.closes", "reason", "silent");
    }

    /** Reads past so many pings, each answered with a frame. */
    private static void answer(RawWebSocket client, int pings, byte[] with) throws IOException {
        int seen = 0;
        while (seen < pings) {
            RawWebSocket.Frame frame = client.read();
            if (frame.opcode() == PING) {
                seen++;
                client.send(with);
            } else {
                assertThat(frame.opcode()).isNotEqualTo(RawWebSocket.CLOSE);
            }
        }
    }

    private static void answerAll(RawWebSocket client, AtomicInteger pings) {
        try {
            while (true) {
                answer(client, 1, frame(FIN | PONG, new byte[0]));
                pings.incrementAndGet();
            }
        } catch (IOException _) {
            // closed at the end of the test
        }
    }

    @Test
    void aPeerThatIsGoneIsClosedThoughItsConnectionNeverEnded() throws Exception {
        double before = silent();
        try (JdkWebSocket alive = new JdkWebSocket(gateway.port(), "/ws/event");
                RawWebSocket gone = gateway.signedIn("bob", "ws")) {
            alive.send(Gateway.subscribe(gateway.token("alice", "ws")));
            gateway.awaitSignedIn(2);
            // As if its cable were cut: it says nothing, and the server hears neither FIN nor RST.
            gateway.awaitSignedIn(1);
            // It does not answer the close frame either.
            gateway.awaitOpen(1);
            RawWebSocket.Frame frame = gone.read();
            int pings = 0;
            while (frame.opcode() == PING) {
                pings++;
                frame = gone.read();
            }
            assertThat(pings).isBetween(3, 4);
            assertThat(frame.text()).contains("no answer to pings");
            assertThat(gone.read().closeCode()).isEqualTo(4504);
            gone.awaitEnd();
            gateway.publish("tree", Gateway.created("x", "ws"));
            assertThat(Gateway.path(alive.next())).isEqualTo("ws/x");
        }
        assertThat(silent() - before).isEqualTo(1);
    }

    @Test
    void aPeerThatIsGoneBeforeItSignsInIsClosedToo() throws Exception {
        double before = silent();
        try (RawWebSocket gone = RawWebSocket.open(gateway.port(), "/ws")) {
            gateway.awaitOpen(0);
            gone.awaitEnd();
        }
        assertThat(silent() - before).isEqualTo(1);
    }

    @Test
    void whoAnswersPingsLivesThoughItHasNothingToSay() throws Exception {
        double before = silent();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                JdkWebSocket bob = new JdkWebSocket(gateway.port(), "/ws/event")) {
            bob.send(Gateway.subscribe(gateway.token("bob", "ws")));
            gateway.awaitSignedIn(2);
            answer(alice, MANY, frame(FIN | PONG, new byte[0]));
            gateway.publish("tree", Gateway.created("x", "ws"));
            assertThat(Gateway.path(bob.next())).isEqualTo("ws/x");
        }
        assertThat(silent()).isEqualTo(before);
    }

    @Test
    void anyFrameIsASignOfLife() throws Exception {
        double before = silent();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            answer(alice, MANY, RawWebSocket.text("{\"@type\":\"unknown\"}"));
            answer(alice, MANY, frame(FIN | PING, new byte[] {1}));
        }
        assertThat(silent()).isEqualTo(before);
    }

    @Test
    void theSilenceOfOneWhoIsNotReadFromSaysNothing() throws Exception {
        double before = silent();
        String filling = "x".repeat(20_000);
        AtomicInteger pings = new AtomicInteger();
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket stuck = RawWebSocket.connect(gateway.port(), "127.0.0.1", 4096)) {
            CompletableFuture<Void> answering = CompletableFuture.runAsync(() -> answerAll(alice, pings));
            assertThat(stuck.handshake("/ws/event")).isEqualTo(101);
            stuck.sendText(Gateway.subscribe(gateway.token("bob", "ws-stuck")));
            gateway.awaitSignedIn(2);
            JsonObject event = Gateway.created("x", "ws-stuck");
            event.getJsonObject("Target").put("MetaStore", new JsonObject().put("filling", "\"" + filling + "\""));
            int events = 0;
            int settled = -1;
            // The kernel takes more of it as time goes by: stuck is who is still behind after a round of pings.
            while (settled != events) {
                settled = events;
                while (gateway.figure("switchboard.outbound.bytes") < 300_000) {
                    // alive until nobody listens to it any more, however long that takes
                    stuck.send(frame(FIN | PONG, new byte[0]));
                    gateway.publish("tree", event);
                    events++;
                    assertThat(events).as("it is still there").isLessThan(10_000);
                }
                int round = pings.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> pings.get() > round);
            }
            // It cannot read pings, nor is it asked any: so long as it is behind, others are pinged many times.
            int soFar = pings.get();
            await().atMost(Duration.ofSeconds(30)).until(() -> pings.get() >= soFar + MANY);
            gateway.awaitSignedIn(2);
            assertThat(answering).isNotDone();
            for (int i = 0; i < events; i++) {
                RawWebSocket.Frame frame = stuck.read();
                if (frame.opcode() == PING) {
                    i--;
                    stuck.send(frame(FIN | PONG, new byte[0]));
                }
            }
            answer(stuck, 3, frame(FIN | PONG, new byte[0]));
        }
        assertThat(silent()).isEqualTo(before);
    }
}
