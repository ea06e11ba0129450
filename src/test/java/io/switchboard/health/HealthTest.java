package io.switchboard.health;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.health.api.AsyncHealthCheck;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.LogFullException;
import io.switchboard.log.Position;
import io.switchboard.testing.KeptEvents;
import io.switchboard.trace.Arrival;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the probes say, and when they fail. */
@QuarkusTest
@TestProfile(HealthTest.Impatient.class)
class HealthTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Fails soon, and with a log that can be full. */
    public static class Impatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.health.stuck-loop", "1s", "switchboard.health.log-full", "500ms");
        }

        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(FillableLog.class);
        }
    }

    /** A log that is full when it is told to be. */
    @Alternative
    @Singleton
    public static class FillableLog implements EventLog<Arrival> {
        private volatile boolean full;

        @Override
        public CompletionStage<List<Position>> append(List<Arrival> events) {
            return CompletableFuture.failedFuture(new LogFullException());
        }

        @Override
        public String epoch() {
            return "e";
        }

        @Override
        public Kept<Arrival> kept() {
            return KeptEvents.all(Arrival::weight);
        }

        @Override
        public boolean full() {
            return full;
        }
    }

    @Inject
    FillableLog log;

    @Inject
    Vertx vertx;

    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        release.countDown();
        log.full = false;
        await().atMost(PATIENCE).until(() -> get("/q/health") == 200);
    }

    /** The status; 0 where the loop that should answer does not. */
    private static int get(String path) throws IOException {
        int port = ConfigProvider.getConfig().getValue("quarkus.http.test-port", Integer.class);
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://localhost:" + port + path).toURL().openConnection();
        connection.setRequestProperty("Connection", "close");
        connection.setReadTimeout(1_000);
        try {
            return connection.getResponseCode();
        } catch (SocketTimeoutException _) {
            return 0;
        } finally {
            connection.disconnect();
        }
    }

    @Test
    void aServerThatIsWellSaysSo() {
        await().atMost(PATIENCE).until(() -> get("/q/health/started") == 200);
        given().get("/q/health/live")
                .then()
                .statusCode(200)
                .body("checks.name", equalTo(List.of("event loops answer")));
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.name", hasItem("not stopping"))
                .body("checks.name", hasItem("keys to verify tokens"))
                .body("checks.name", hasItem("room in the log"))
                .body("checks.name", hasItem("storage"));
        given().get("/q/health/started").then().body("checks.name", equalTo(List.of("event loops run")));
    }

    @Test
    void anEventLoopThatIsStuckIsTheEndOfLife() {
        ((VertxInternal) vertx).getEventLoopGroup().next().execute(() -> {
            try {
                release.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });

        await().atMost(PATIENCE).until(() -> get("/q/health/live") == 503);
        assertThat(release.getCount()).isEqualTo(1);
        release.countDown();
        await().atMost(PATIENCE).until(() -> get("/q/health/live") == 200);
    }

    @Test
    void aLogThatStaysFullEndsReadinessAndNotLife() {
        log.full = true;
        await().atMost(PATIENCE).until(() -> get("/q/health/ready") == 503);
        assertThat(given().get("/q/health/live").statusCode()).isEqualTo(200);
        log.full = false;
        await().atMost(PATIENCE).until(() -> get("/q/health/ready") == 200);
    }

    @Test
    void aProcessThatIsStoppingIsNotReady() {
        assertThat(ask(new NotStopping(() -> true))).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(ask(new NotStopping(() -> false))).isEqualTo(HealthCheckResponse.Status.UP);
    }

    @Test
    void withoutKeysNobodyCanSignInSoItIsNotReady() {
        assertThat(ask(new KeysUsable(() -> false))).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(ask(new KeysUsable(() -> true))).isEqualTo(HealthCheckResponse.Status.UP);
    }

    /** They have their answer: one that had to be waited for would not be there at once. */
    private static HealthCheckResponse.Status ask(AsyncHealthCheck check) {
        return check.call().subscribeAsCompletionStage().getNow(null).getStatus();
    }

    @Test
    void theBodyHoldsNoMoreThanItSays() throws IOException {
        byte[] body = given().get("/q/health").asByteArray();
        assertThat(new String(body, StandardCharsets.UTF_8))
                .doesNotContain("http:")
                .doesNotContain("file:");
    }
}
