package io.switchboard.trace;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An event is part of the trace of whoever published it, until it is handed over. */
@QuarkusTest
@TestProfile(TracingTest.Traced.class)
class TracingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String TRACEPARENT = "00-" + TRACE + "-" + CALLER + "-01";
    private static final String MARKER = "marker-of-the-payload";
    private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();

    /** Switched on, with nobody to send spans to. */
    public static class Traced implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.otel.sdk.disabled", "false", "quarkus.otel.traces.exporter", "none");
        }
    }

    /** Keeps the spans of this test. */
    static class Keeping {
        @Produces
        @Singleton
        SpanProcessor processor() {
            return SimpleSpanProcessor.create(SPANS);
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @BeforeEach
    void forget() {
        SPANS.reset();
    }

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private static List<SpanData> spans(String name) {
        return SPANS.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    private static SpanData span(String name) {
        await().atMost(PATIENCE).until(() -> !spans(name).isEmpty());
        assertThat(spans(name)).hasSize(1);
        return spans(name).getFirst();
    }

    private static long count(SpanData span, String attribute) {
        return span.getAttributes().get(io.opentelemetry.api.common.AttributeKey.longKey(attribute));
    }

    private void publishOverHttp(String path, String contentType, String traceparent, JsonObject event) {
        var request = given().auth().oauth2(gateway.token("svc-" + MARKER)).contentType(contentType);
        if (!traceparent.isEmpty()) {
            request.header("traceparent", traceparent);
        }
        request.body(event.encode()).post(path).then().statusCode(202);
    }

    @Test
    void fromTheHttpRequestToTheSocketItIsOneTrace() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice-" + MARKER, MARKER)) {
            publishOverHttp(
                    "/api/v1/events/tree?x=" + MARKER,
                    ContentType.JSON.toString(),
                    TRACEPARENT,
                    Gateway.created(MARKER, MARKER));
            alice.readText();

            SpanData append = span("append");
            SpanData fanOut = span("fan-out");
            await().atMost(PATIENCE)
                    .until(() -> SPANS.getFinishedSpanItems().stream().anyMatch(s -> s.getKind() == SpanKind.SERVER));
            SpanData request = SPANS.getFinishedSpanItems().stream()
                    .filter(span -> span.getKind() == SpanKind.SERVER)
                    .findFirst()
                    .orElseThrow();
            assertThat(List.of(request.getTraceId(), append.getTraceId(), fanOut.getTraceId()))
                    .containsOnly(TRACE);
            assertThat(request.getParentSpanId()).isEqualTo(CALLER);
            assertThat(append.getParentSpanId()).isEqualTo(request.getSpanId());
            assertThat(fanOut.getParentSpanId()).isEqualTo(append.getSpanId());
            assertThat(count(append, "switchboard.events")).isEqualTo(1);
            assertThat(count(fanOut, "switchboard.publications")).isEqualTo(1);
            assertThat(count(fanOut, "switchboard.receivers")).isEqualTo(1);
            assertThat(fanOut.getEndEpochNanos()).isGreaterThanOrEqualTo(fanOut.getStartEpochNanos());
        }
        noSpanSaysWhoOrWhat();
    }

    @Test
    void aCloudEventBelongsToTheTraceThatItNames() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            publishOverHttp(
                    "/api/v1/events/tree",
                    "application/cloudevents+json",
                    "",
                    new JsonObject()
                            .put("specversion", "1.0")
                            .put("source", "/" + MARKER)
                            .put("id", "1")
                            .put("type", MARKER)
                            .put("traceparent", TRACEPARENT)
                            .put("data", Gateway.created("file", "ws")));
            alice.readText();

            assertThat(span("append").getTraceId()).isEqualTo(TRACE);
            assertThat(span("append").getParentSpanId()).isEqualTo(CALLER);
            assertThat(span("fan-out").getTraceId()).isEqualTo(TRACE);
        }
        noSpanSaysWhoOrWhat();
    }

    @Test
    void theHeaderOfABusMessageSaysTheTrace() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            vertx.eventBus()
                    .request(
                            "tree",
                            Gateway.created(MARKER, "ws"),
                            new DeliveryOptions().addHeader("traceparent", TRACEPARENT))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
            alice.readText();

            assertThat(span("append").getTraceId()).isEqualTo(TRACE);
            assertThat(span("fan-out").getTraceId()).isEqualTo(TRACE);
        }
        noSpanSaysWhoOrWhat();
    }

    @Test
    void whatTheCallerDoesNotSampleIsNotTraced() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws")) {
            publishOverHttp(
                    "/api/v1/events/tree",
                    ContentType.JSON.toString(),
                    TRACEPARENT.substring(0, TRACEPARENT.length() - 2) + "00",
                    Gateway.created("not-sampled", "ws"));
            publishOverHttp(
                    "/api/v1/events/tree", ContentType.JSON.toString(), TRACEPARENT, Gateway.created("sampled", "ws"));
            alice.readText();
            alice.readText();

            assertThat(span("fan-out").getTraceId()).isEqualTo(TRACE);
            assertThat(spans("append")).hasSize(1);
        }
    }

    /** A token may be in the query of an upgrade. */
    @Test
    void socketsAreNotTraced() throws Exception {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws/event?token=" + MARKER)) {
            socket.sendText(Gateway.subscribe(gateway.token("alice", "ws")));
            gateway.awaitSignedIn(1);
        }
        gateway.awaitOpen(0);
        gateway.publish("job", Gateway.job("1", "nobody"));
        span("append");

        assertThat(SPANS.getFinishedSpanItems())
                .filteredOn(span -> span.getKind() == SpanKind.SERVER)
                .isEmpty();
        noSpanSaysWhoOrWhat();
    }

    private static void noSpanSaysWhoOrWhat() {
        assertThat(SPANS.getFinishedSpanItems()).isNotEmpty().allSatisfy(span -> {
            assertThat(span.getName() + span.getAttributes() + span.getEvents())
                    .doesNotContain(MARKER)
                    .doesNotContain("127.0.0.1")
                    .doesNotContain("alice");
        });
    }

    @Test
    void whatIsNoTraceContextIsNone() {
        assertThat(Tracing.parse(TRACEPARENT).getTraceId()).isEqualTo(TRACE);
        for (String text :
                new String[] {null, "", "00", "00-" + "0".repeat(32) + "-" + CALLER + "-01", "x".repeat(10_000)}) {
            assertThat(Tracing.parse(text)).isEqualTo(SpanContext.getInvalid());
        }
    }
}
