package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator may set about connections: how many, from where, and how long they may wait. */
@QuarkusTest
@TestProfile(LimitsTest.Small.class)
class LimitsTest {
    /** Everything small enough to be reached. */
    public static class Small implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.limits.connections", "6",
                    "switchboard.limits.connections-per-address", "3",
                    "switchboard.limits.connections-per-user", "2",
                    "switchboard.auth.timeout", "2s",
                    "switchboard.origins", "https://files.example.org",
                    "quarkus.http.idle-timeout", "1S");
        }
    }

    @Inject
    Gateway gateway;

    private final List<RawWebSocket> sockets = new ArrayList<>();

    @AfterEach
    void everybodyIsGone() {
        sockets.forEach(RawWebSocket::close);
        gateway.awaitOpen(0);
    }

    private int upgrade(String from, String... headers) throws Exception {
        RawWebSocket socket = RawWebSocket.connect(gateway.port(), from, 0);
        sockets.add(socket);
        return socket.handshake("/ws/event", headers);
    }

    private RawWebSocket signIn(String user) throws Exception {
        sockets.getLast().sendText(Gateway.subscribe(gateway.token(user, "ws")));
        return sockets.getLast();
    }

    @Test
    void aConnectionMoreThanTheServerTakesIs503() throws Exception {
        for (int i = 0; i < 6; i++) {
            assertThat(upgrade("127.0.0." + (2 + i / 3))).isEqualTo(101);
            signIn("user-" + i);
        }
        assertThat(upgrade("127.0.0.4")).isEqualTo(503);
        sockets.getFirst().close();
        gateway.awaitOpen(5);
        assertThat(upgrade("127.0.0.4")).isEqualTo(101);
    }

    @Test
    void aConnectionMoreThanAnAddressMayHaveIs429() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(upgrade("127.0.0.2")).isEqualTo(101);
            signIn("user-" + i);
        }
        assertThat(upgrade("127.0.0.2")).isEqualTo(429);
        assertThat(upgrade("127.0.0.3")).isEqualTo(101);
        sockets.getFirst().close();
        gateway.awaitOpen(3);
        assertThat(upgrade("127.0.0.2")).isEqualTo(101);
    }

    @Test
    void refusedRequestsTakeNoPlace() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(upgrade("127.0.0.2", "Origin: https://evil.example")).isEqualTo(403);
        }
        assertThat(upgrade("127.0.0.2")).isEqualTo(101);
    }

    @Test
    void aConnectionMoreThanAUserMayHaveIs4290() throws Exception {
        for (int i = 0; i < 2; i++) {
            upgrade("127.0.0.2");
            signIn("alice");
            gateway.awaitSignedIn(i + 1);
        }
        upgrade("127.0.0.3");
        List<RawWebSocket.Frame> frames = signIn("alice").readToClose();
        assertThat(frames).hasSize(2);
        assertThat(frames.getFirst().text()).startsWith("{\"@type\":\"error\"");
        assertThat(frames.getLast().closeCode()).isEqualTo(4290);
        sockets.getFirst().close();
        gateway.awaitSignedIn(1);
        upgrade("127.0.0.3");
        signIn("alice");
        gateway.awaitSignedIn(2);
    }

    @Test
    void whoDoesNotSignInIsToldAndClosedWith4408() throws Exception {
        upgrade("127.0.0.2");
        List<RawWebSocket.Frame> frames = sockets.getLast().readToClose();
        assertThat(frames.getFirst().text()).startsWith("{\"@type\":\"error\"");
        assertThat(frames.getLast().closeCode()).isEqualTo(4408);
    }

    @Test
    void whoSignsOutAndStaysIsClosedWith4408() throws Exception {
        upgrade("127.0.0.2");
        RawWebSocket socket = signIn("alice");
        gateway.awaitSignedIn(1);
        socket.sendText("{\"@type\":\"unsubscribe\"}");
        assertThat(socket.readToClose().getLast().closeCode()).isEqualTo(4408);
    }

    @Test
    void whoNeverTellsTheDialectIsClosedWith1008() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws")) {
            List<RawWebSocket.Frame> frames = socket.readToClose();
            assertThat(frames.getFirst().text()).startsWith("{\"error\"");
            assertThat(frames.getLast().closeCode()).isEqualTo(1008);
        }
    }

    @Test
    void theIdleTimeoutOfHttpDoesNotCloseASocket() throws Exception {
        upgrade("127.0.0.2");
        RawWebSocket socket = signIn("alice");
        gateway.awaitSignedIn(1);
        socket.patience(Duration.ofMillis(2500));
        assertThatThrownBy(socket::read).isInstanceOf(SocketTimeoutException.class);
        socket.patience(Duration.ofSeconds(20));
        gateway.publish("tree", Gateway.created("x", "ws"));
        assertThat(Gateway.path(socket.readText())).isEqualTo("ws/x");
    }

    @ParameterizedTest
    @CsvSource({
        "https://files.example.org,101",
        "https://files.example.org:443,101",
        "http://files.example.org,403",
        "https://files.example.org:8443,403",
        "https://a.files.example.org,403",
    })
    void aListedOriginMayConnect(String origin, int status) throws Exception {
        assertThat(upgrade("127.0.0.2", "Origin: " + origin)).isEqualTo(status);
    }
}
