package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of the service while clients keep coming; one test, since it does not begin again. */
@QuarkusTest
@TestProfile(DrainTest.OfItsOwn.class)
class DrainTest {
    /** An application that no other test uses. */
    public static class OfItsOwn implements QuarkusTestProfile {}

    private static final int FLOODERS = 4;

    @Inject
    Gateway gateway;

    @Inject
    Drain drain;

    @Inject
    ConnectionLimits limits;

    /** What became of the attempts of one flooder. */
    private record Attempts(AtomicInteger admitted, AtomicInteger refused) {}

    private void flood(Attempts attempts) throws IOException {
        while (attempts.refused().get() < 100) {
            try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
                int status = socket.handshake("/ws/event");
                if (status == 101) {
                    attempts.admitted().incrementAndGet();
                    if (drain.begun()) {
                        // Admitted in the last moment: it is told like everybody else.
                        assertThat(socket.readToClose().getLast().closeCode()).isEqualTo(1001);
                    }
                } else {
                    assertThat(status).isEqualTo(503);
                    attempts.refused().incrementAndGet();
                }
            }
        }
    }

    @Test
    @Timeout(120)
    void everybodyIsToldAndNobodyComesInAnyMore() throws Exception {
        byte[] request = "GET /q/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        Attempts attempts = new Attempts(new AtomicInteger(), new AtomicInteger());
        try (ExecutorService threads = Executors.newFixedThreadPool(FLOODERS);
                RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket keptAlive = RawWebSocket.connect(gateway.port())) {
            keptAlive.send(request);
            assertThat(keptAlive.readStatus()).isEqualTo(200);
            keptAlive.skipBody();
            List<Future<?>> floods = new ArrayList<>();
            for (int i = 0; i < FLOODERS; i++) {
                floods.add(threads.submit(() -> {
                    flood(attempts);
                    return null;
                }));
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> attempts.admitted().get() > 100);
            drain.onDelay(new ShutdownDelayInitiatedEvent());
            assertThat(alice.readToClose().getLast().closeCode()).isEqualTo(1001);
            for (Future<?> flood : floods) {
                flood.get(60, TimeUnit.SECONDS);
            }
            // What the platform serves beside sockets it serves until it stops.
            keptAlive.send(request);
            assertThat(keptAlive.readStatus()).isEqualTo(200);
        }
        gateway.awaitOpen(0);
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 0);
        assertThat(limits.unauthenticated()).isZero();
        assertThat(gateway.figure("switchboard.upgrades.refused", "reason", "draining"))
                .isGreaterThanOrEqualTo(100);
    }
}
