package io.switchboard.health;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Health and metrics on a port of their own, and only there. */
@QuarkusTest
@TestProfile(ManagementPortTest.OwnPort.class)
class ManagementPortTest {
    /** The port is any that is free. */
    public static class OwnPort implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.management.own-port", "true", "quarkus.management.test-port", "0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health", "/q/health/live", "/q/health/ready", "/q/health/started", "/q/metrics"})
    void theyAreOnTheirOwnPortOnly(String path) {
        int port = ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class);

        given().get("http://localhost:" + port + path).then().statusCode(200);
        given().get(path).then().statusCode(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/event", "/ws", "/api/v1/events/tree", "/dev"})
    void nothingElseIsThere(String path) {
        int port = ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class);

        given().get("http://localhost:" + port + path).then().statusCode(404);
    }
}
