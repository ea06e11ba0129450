package io.switchboard.ingress;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.LogFullException;
import io.switchboard.log.Position;
import io.switchboard.testing.KeptEvents;
import io.switchboard.trace.Arrival;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Publishing with other roles and tighter bounds than by default, and with a log that may be full. */
@QuarkusTest
@TestProfile(TightEventRouteTest.Tight.class)
class TightEventRouteTest {
    private static final String TREE = "{\"Target\":{\"Path\":\"ds/a\"}}";
    private static final String JOB = "{\"Job\":{},\"TaskUpdated\":{\"TriggerOwner\":\"alice\"}}";

    /** Settings that differ, and the log. */
    public static class Tight implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.auth.publishers.files", "tree,meta",
                    "switchboard.auth.publishers.all", "*",
                    "switchboard.limits.event-size", "200",
                    "switchboard.limits.events-per-request", "2");
        }

        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(SwitchableLog.class);
        }
    }

    /** A log that is full when it is told to be. */
    @Alternative
    @Singleton
    public static class SwitchableLog implements EventLog<Arrival> {
        private final AtomicBoolean full = new AtomicBoolean();
        private final AtomicLong offset = new AtomicLong();

        @Override
        public CompletionStage<List<Position>> append(List<Arrival> events) {
            return full.get()
                    ? CompletableFuture.failedFuture(new LogFullException())
                    : CompletableFuture.completedFuture(events.stream()
                            .map(_ -> new Position("e", offset.incrementAndGet()))
                            .toList());
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
            return full.get();
        }
    }

    @Inject
    DevelopmentKeys keys;

    @Inject
    SwitchableLog log;

    @AfterEach
    void makeRoom() {
        log.full.set(false);
    }

    private ValidatableResponse publish(String role, String topic, Map<String, String> headers, String body) {
        String token = DevelopmentToken.of("indexer", List.of(), List.of(role), Duration.ofMinutes(5))
                .sign(keys.privateKey());
        return given().header("Authorization", "Bearer " + token)
                .headers(headers)
                .contentType(ContentType.JSON)
                .body(body)
                .post("/api/v1/events/" + topic)
                .then();
    }

    @ParameterizedTest
    @CsvSource({
        "files,tree,202",
        "files,meta,202",
        "files,job,403",
        "all,tree,202",
        "all,job,202",
        "publisher,tree,403",
        "publisher,job,403",
        "tree,tree,403"
    })
    void eachRoleHasItsTopics(String role, String topic, int status) {
        publish(role, topic, Map.of(), topic.equals("job") ? JOB : TREE).statusCode(status);
    }

    @Test
    void theBoundsAreThoseOfTheSettings() {
        publish("all", "tree", Map.of(), TREE.replace("ds/a", "ds/" + "a".repeat(200)))
                .statusCode(413)
                .body("detail", containsString("200 bytes"));
        publish("all", "tree", Map.of(), "[" + TREE + "," + TREE + "," + TREE + "]")
                .statusCode(413)
                .body("detail", containsString("2 events"));
        publish("all", "tree", Map.of(), "[" + TREE + "," + TREE + "]").statusCode(202);
    }

    @Test
    void aFullLogAsksToComeAgain() {
        Map<String, String> key = Map.of("Idempotency-Key", "full");
        String cloudEvent =
                "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"1\",\"type\":\"t\",\"data\":" + TREE + "}";
        log.full.set(true);
        for (ValidatableResponse refused : List.of(
                publish("all", "tree", Map.of(), TREE),
                publish("all", "tree", key, TREE),
                publish("all", "tree", Map.of(), cloudEvent))) {
            refused.statusCode(503)
                    .header("Retry-After", "1")
                    .contentType("application/problem+json")
                    .body("status", equalTo(503), "detail", containsString("try again"));
        }
        log.full.set(false);

        // and the retry is the first
        String id = publish("all", "tree", key, TREE).statusCode(202).extract().path("id");
        assertThat(publish("all", "tree", key, TREE).statusCode(202).extract().<String>path("id"))
                .isEqualTo(id);
        publish("all", "tree", Map.of(), cloudEvent).statusCode(202);
    }
}
