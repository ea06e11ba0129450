package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service for the pages of the whole world, and only for pages. */
@QuarkusTest
@TestProfile(AnyOriginTest.Open.class)
class AnyOriginTest {
    /** Everybody, but with a name. */
    public static class Open implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.origins", "*", "switchboard.origin-required", "true");
        }
    }

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private int upgrade(String... headers) throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            return socket.handshake("/ws/event", headers);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "http://127.0.0.1", "null", "file://"})
    void everyPageMayConnect(String origin) throws Exception {
        assertThat(upgrade("Origin: " + origin)).isEqualTo(101);
    }

    @Test
    void whoNamesNoOriginMayNot() throws Exception {
        assertThat(upgrade()).isEqualTo(403);
        assertThat(upgrade("Sec-WebSocket-Origin: http://127.0.0.1")).isEqualTo(403);
    }

    @Test
    void whoNamesTwoMayNot() throws Exception {
        assertThat(upgrade("Origin: http://127.0.0.1", "Origin: https://evil.example"))
                .isEqualTo(400);
    }
}
