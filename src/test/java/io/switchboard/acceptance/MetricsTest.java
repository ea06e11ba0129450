package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What /q/metrics shows after traffic with odd names: figures, and none of the names. */
@QuarkusTest
class MetricsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ODD = "odd-name-7f3a";
    private static final Pattern TAG = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");

    /** What a tag may be called, and its values; anything else would grow with what strangers send. */
    private static final Pattern BOUNDED = Pattern.compile("[a-z_]+|[0-9.E-]+|\\+Inf");

    @Inject
    Gateway gateway;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private static String metrics() {
        return RestAssured.given()
                .accept("text/plain")
                .get("/q/metrics")
                .asString()
                // the exporter ends its lists of tags with a comma
                .replace(",}", "}");
    }

    private static double value(String series) {
        return metrics()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(-1);
    }

    @Test
    void figuresHoldNoNames() throws Exception {
        try (RawWebSocket socket = gateway.signedIn(ODD + "-user", ODD + "-workspace")) {
            gateway.publish("tree", Gateway.created(ODD + "-file", ODD + "-workspace"));
            socket.readText();
            gateway.publish("job", Gateway.job(ODD + "-job", ODD + "-user"));
            socket.readText();
            assertThat(value("switchboard_sessions{dialect=\"cells\",state=\"signed_in\"}"))
                    .isEqualTo(1);
        }
        for (String path : List.of("/api/v1/events/" + ODD, "/api/v1/events/tree?" + ODD, "/" + ODD)) {
            RestAssured.given()
                    .auth()
                    .oauth2(gateway.token(ODD + "-publisher"))
                    .header("Idempotency-Key", ODD)
                    .contentType(ContentType.JSON)
                    .body("{\"" + ODD + "\":1}")
                    .post(path);
        }
        for (String target : List.of("/ws?protocol=" + ODD, "/ws?token=" + ODD, "/" + ODD)) {
            try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
                socket.handshake(target, "Origin: https://" + ODD + ".example");
            }
        }
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws/event")) {
            socket.sendText(Gateway.subscribe(ODD));
            socket.readToClose();
        }

        String text = metrics();
        assertThat(text).contains("switchboard_events_total{outcome=\"404\",topic=\"unknown\"");
        assertThat(text).doesNotContain(ODD);
        for (String line :
                text.lines().filter(line -> line.startsWith("switchboard_")).toList()) {
            TAG.matcher(line)
                    .results()
                    .forEach(tag -> assertThat(tag.group(2)).as(line).matches(BOUNDED));
        }
    }

    @Test
    void aDeliveryIsMeasuredFromTheLogToTheSocket() throws Exception {
        try (RawWebSocket socket = gateway.signedIn("alice", "ws")) {
            double delivered = value("switchboard_deliveries_total{family=\"tree\"}");
            double published = value("switchboard_publications_total{family=\"tree\"}");
            double fannedOut = value("switchboard_fan_out_seconds_count");
            double handedOver = value("switchboard_delivery_latency_seconds_count");
            gateway.publish("tree", Gateway.created("file", "ws"));
            gateway.publish("tree", Gateway.created("file", "not-held"));
            socket.readText();

            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(value("switchboard_deliveries_total{family=\"tree\"}"))
                        .isEqualTo(delivered + 1);
                assertThat(value("switchboard_publications_total{family=\"tree\"}"))
                        .isEqualTo(published + 1);
                assertThat(value("switchboard_fan_out_seconds_count")).isEqualTo(fannedOut + 1);
                assertThat(value("switchboard_delivery_latency_seconds_count")).isEqualTo(handedOver + 1);
            });
            assertThat(metrics()).contains("switchboard_delivery_latency_seconds_bucket{le=\"0.005\"}");
        }
    }

    /** Whoever reads docs/operations.md finds every figure, and none that there is not. */
    @Test
    void everyFigureIsDocumented() throws Exception {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            socket.handshake("/ws?protocol=nothing");
        }
        Set<String> documented = Pattern.compile("(?m)^\\| `(switchboard_\\w+)`")
                .matcher(Files.readString(Path.of("docs/operations.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        Set<String> shown = Pattern.compile("(?m)^# TYPE (switchboard_\\w+) ")
                .matcher(metrics())
                .results()
                .map(row -> row.group(1))
                .filter(name -> !name.endsWith("_seconds_max"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(shown).isSubsetOf(documented);
        documented.removeIf(name -> name.startsWith("switchboard_merge_"));
        assertThat(documented).isSubsetOf(shown);
    }

    @Test
    void theProcessItselfIsMeasured() {
        assertThat(metrics())
                .contains(
                        "jvm_memory_used_bytes",
                        "jvm_gc_pause_seconds",
                        "process_cpu_usage",
                        "process_files_open_files");
    }
}
