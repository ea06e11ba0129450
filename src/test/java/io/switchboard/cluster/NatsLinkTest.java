package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.NatsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NatsLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** That fail in each outage. */
    private static final int TRIES = 4;

    private static ClusterSettings at(NatsServer nats) {
        return new ClusterSettings(
                List.of(nats.url()),
                "link",
                Optional.empty(),
                Optional.empty(),
                PATIENCE,
                Duration.ofSeconds(5),
                Duration.ofMillis(250),
                new ClusterSettings.Stream(1, 0, 0, Duration.ofHours(1), Duration.ofMinutes(2)));
    }

    @Test
    void anOutageIsOneLineHoweverOftenItTriesToConnect() throws Exception {
        try (NatsServer nats = NatsServer.started();
                LogRecorder log = new LogRecorder(NatsLink.class.getName());
                NatsLink link = NatsLink.connect(at(nats), "test")) {
            for (int outage = 1; outage <= 2; outage++) {
                nats.stop();
                refuse(URI.create(nats.url()).getPort());
                nats.start();
                int times = outage;
                await().atMost(PATIENCE).until(() -> count(log, "NATS is back") == times);
                assertThat(count(log, "NATS is lost")).isEqualTo(times);
            }
            assertThat(link.isConnected()).isTrue();
        }
    }

    private static long count(LogRecorder log, String text) {
        return log.texts().stream().filter(text::equals).count();
    }

    /** Takes connections in place of NATS and ends them. */
    private static void refuse(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            for (int i = 0; i < TRIES; i++) {
                try (Socket tried = socket.accept()) {
                    assertThat(tried.isConnected()).isTrue();
                }
            }
        }
    }
}
