package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.health.Stopping;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of the service over a window, as its clients see it; one test, since it does not begin again. */
@QuarkusTest
@TestProfile(DrainWindowTest.Window.class)
class DrainWindowTest {
    private static final Duration WINDOW = Duration.ofSeconds(3);
    private static final int CLIENTS = 60;
    /** On a busy machine a client notices late what came in time. */
    private static final long LATE_MILLIS = 1_000;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path DOCUMENT = Path.of("docs/protocol/realtime.asyncapi.yaml");

    /** A window that a test can wait for. */
    public static class Window implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.drain.window",
                    WINDOW.toString(),
                    "switchboard.drain.grace-period",
                    WINDOW.plusSeconds(20).toString());
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Event<ShutdownDelayInitiatedEvent> shutdown;

    @Inject
    Stopping stopping;

    /** What a client of the Realtime protocol heard of the end. */
    private record End(String told, JsonObject details, long closedAfterMillis, int code, List<Object> heard) {}

    private static End toTheEnd(RealtimeClient client) throws IOException {
        String told = client.socket().readText();
        long toldNanos = System.nanoTime();
        JsonObject data = new JsonObject(told).getJsonObject("data");
        assertThat(data.getString("status")).isEqualTo("draining");
        List<Object> heard = new ArrayList<>();
        RawWebSocket.Frame frame = client.socket().read();
        while (frame.opcode() != RawWebSocket.CLOSE) {
            JsonObject message = new JsonObject(frame.text());
            assertThat(message.getString("type")).as("told once").isEqualTo("Broadcast");
            heard.add(message.getJsonObject("data").getValue("payload"));
            frame = client.socket().read();
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - toldNanos);
        client.socket().send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, frame.payload()));
        return new End(told, data.getJsonObject("details"), millis, frame.closeCode(), heard);
    }

    @Test
    @Timeout(120)
    void eachIsToldItsMomentAndClosedThenAndHearsEverythingBefore(@TempDir Path folder) throws Exception {
        List<RealtimeClient> clients = new ArrayList<>();
        List<Future<End>> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                RawWebSocket cells = gateway.signedIn("alice", "ws")) {
            JsonObject position = new JsonObject();
            for (int i = 0; i < CLIENTS; i++) {
                RealtimeClient client = RealtimeClient.open(gateway, gateway.token("user-" + i));
                clients.add(client);
                position = client.subscribe("chat.end").getJsonObject("position");
            }
            for (RealtimeClient client : clients) {
                ends.add(threads.submit(() -> toTheEnd(client)));
            }
            long begun = System.nanoTime();
            Future<?> end = threads.submit(() -> shutdown.fire(new ShutdownDelayInitiatedEvent()));
            Awaitility.await().atMost(PATIENCE).until(stopping::begun);
            gateway.publish("publish", new JsonObject().put("topic", "chat.end").put("payload", "last"));
            try (RawWebSocket late = RawWebSocket.connect(gateway.port())) {
                assertThat(late.handshake("/ws?token=" + gateway.token("late"))).isEqualTo(503);
            }
            assertThat(cells.readToClose())
                    .hasSize(1)
                    .last()
                    .satisfies(frame -> assertThat(frame.closeCode()).isEqualTo(1001));
            end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            assertThat(tookMillis).isLessThan(WINDOW.toMillis() + LATE_MILLIS + 5_000);

            List<String> sent = new ArrayList<>();
            List<Long> moments = new ArrayList<>();
            for (Future<End> one : ends) {
                End seen = one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                sent.add(seen.told());
                long after = seen.details().getLong("reconnect_after_ms");
                moments.add(after);
                assertThat(after).isBetween(0L, WINDOW.toMillis());
                assertThat(seen.code()).isEqualTo(1001);
                // what it was told may have been on its way for a while
                assertThat(seen.closedAfterMillis()).isBetween(after - LATE_MILLIS, after + LATE_MILLIS);
                assertThat(seen.details().getJsonObject("position")).isEqualTo(position);
                assertThat(seen.heard()).isSubsetOf("last");
                if (after > LATE_MILLIS) {
                    assertThat(seen.heard()).containsExactly("last");
                }
            }
            Collections.sort(moments);
            assertThat(moments.getFirst()).isLessThan(WINDOW.toMillis() / 4);
            assertThat(moments.getLast()).isGreaterThan(WINDOW.toMillis() * 3 / 4);
            // a third of the window for a third of them, give or take those of a loop with few
            assertThat(moments.get(CLIENTS / 3)).isBetween(WINDOW.toMillis() / 6, WINDOW.toMillis() / 2);

            Path file = Files.write(folder.resolve("sent"), sent);
            try (NodeScript script = new NodeScript("asyncapi.mjs", DOCUMENT.toString(), file.toString())) {
                script.awaitSuccess(PATIENCE);
                assertThat(script.output()).hasSize(CLIENTS).containsOnly("Draining");
            }
        } finally {
            clients.forEach(RealtimeClient::close);
        }
        gateway.awaitOpen(0);
    }
}
