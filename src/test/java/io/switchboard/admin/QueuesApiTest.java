package io.switchboard.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.queue.Algorithm;
import io.switchboard.queue.Consumer;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.QueueReply;
import io.switchboard.queue.WorkMessage;
import io.switchboard.queue.WorkQueues;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.WireJson;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Looking after work queues over HTTP. */
@QuarkusTest
class QueuesApiTest {
    private static final String QUEUES = "/api/v1/queues";

    @Inject
    Gateway gateway;

    @Inject
    DevelopmentKeys keys;

    @Inject
    WorkQueues queues;

    /** The database is that of all tests. */
    private final String queue = "jobs/" + UUID.randomUUID();

    private final String path = QUEUES + "/" + queue.replace("/", "%2F");
    private final Worker worker = new Worker();

    private static final class Worker implements Consumer {
        private final UUID id = UUID.randomUUID();
        private final BlockingQueue<Delivery> given = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> closed = new LinkedBlockingQueue<>();

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            given.add(delivery);
            return CompletableFuture.completedStage(Taken.TAKEN);
        }

        @Override
        public void closed(String name) {
            closed.add(name);
        }

        @Override
        public void exchangeClosed(String exchange, String name) {
            closed.add(exchange + ">" + name);
        }
    }

    @AfterEach
    void workersAreGone() {
        queues.gone(worker.id());
    }

    private static QueueReply reply(CompletionStage<QueueReply> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private void consume() {
        assertThat(reply(queues.consume(worker, "robot", Optional.of(queue), false)))
                .isEqualTo(new QueueReply.Consuming(queue));
    }

    private WorkMessage send(String data) {
        WorkMessage message =
                new WorkMessage(UUID.randomUUID(), "alice", data, "answers", "c-1", "", "", 1_000, Long.MAX_VALUE / 2);
        assertThat(reply(queues.send(queue, message))).isEqualTo(new QueueReply.Done());
        return message;
    }

    private Delivery take() throws InterruptedException {
        queues.ready(worker.id(), queue);
        Delivery delivery = worker.given.poll(30, TimeUnit.SECONDS);
        assertThat(delivery).isNotNull();
        return delivery;
    }

    private RequestSpecification admin() {
        return given().urlEncodingEnabled(false)
                .header(
                        "Authorization",
                        "Bearer "
                                + DevelopmentToken.of("operator", List.of(), List.of("admin"), Duration.ofMinutes(5))
                                        .sign(keys.privateKey()));
    }

    private static JsonNode json(Response response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        return WireJson.MAPPER.readTree(response.asString());
    }

    private JsonNode entry() throws Exception {
        String before = queue.substring(0, queue.length() - 1);
        JsonNode page = json(admin().get(QUEUES + "?limit=1&after=" + before.replace("/", "%2F")), 200);
        JsonNode entry = page.path("queues").path(0);
        assertThat(entry.path("name").asText()).isEqualTo(queue);
        return entry;
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/queues",
        "GET, /api/v1/queues/x/messages",
        "DELETE, /api/v1/queues/x/messages",
        "POST, /api/v1/queues/x/dead-letters/requeue",
        "DELETE, /api/v1/queues/x",
        "GET, /api/v1/exchanges",
        "DELETE, /api/v1/exchanges/x",
    })
    void onlyAdministratorsMay(String method, String at) throws Exception {
        json(given().request(method, at), 401);
        json(
                given().header("Authorization", "Bearer " + gateway.token("mallory"))
                        .request(method, at),
                403);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/queues?limit=0, 400",
        "GET, /api/v1/queues/x/messages?dead=maybe, 400",
        "GET, /api/v1/queues/x/messages?after=x, 400",
        "GET, /api/v1/queues/x/messages?limit=1001, 400",
        "POST, /api/v1/queues/x/dead-letters/requeue?limit=x, 400",
        "DELETE, /api/v1/queues/%FF, 400",
        "GET, /api/v1/queues/no-such-queue/messages, 404",
        "DELETE, /api/v1/queues/no-such-queue/messages, 404",
        "POST, /api/v1/queues/no-such-queue/dead-letters/requeue, 404",
        "DELETE, /api/v1/queues/no-such-queue, 404",
        "DELETE, /api/v1/exchanges/no-such-exchange, 404",
    })
    void whatCannotBeMeantIsRefused(String method, String at, int status) throws Exception {
        json(admin().request(method, at), status);
    }

    @Test
    void aQueueIsListedWithItsFigures() throws Exception {
        consume();
        WorkMessage message = send("\"secret\"");
        long _ = send("2").weight();
        Delivery delivery = take();
        assertThat(delivery.message()).isEqualTo(message);

        JsonNode entry = entry();
        assertThat(entry.path("owner").asText()).isEqualTo("robot");
        assertThat(entry.path("temporary").asBoolean()).isFalse();
        assertThat(entry.path("messages").asInt()).isEqualTo(2);
        assertThat(entry.path("deadLetters").asInt()).isZero();
        assertThat(entry.path("consumers").asInt()).isEqualTo(1);
        assertThat(entry.path("bytes").asLong()).isGreaterThanOrEqualTo(2 * message.weight() - 20);
        assertThat(entry.path("oldestSentAt").asText()).isEqualTo("1970-01-01T00:00:01Z");

        JsonNode page = json(admin().get(path + "/messages?limit=1"), 200);
        JsonNode first = page.path("messages").path(0);
        assertThat(first.path("number").asLong()).isEqualTo(delivery.number());
        assertThat(first.path("id").asText()).isEqualTo(message.id().toString());
        assertThat(first.path("sender").asText()).isEqualTo("alice");
        assertThat(first.path("replyTo").asText()).isEqualTo("answers");
        assertThat(first.path("correlationId").asText()).isEqualTo("c-1");
        assertThat(page.toString()).doesNotContain("secret");
        JsonNode next =
                json(admin().get(path + "/messages?after=" + page.path("next").asLong()), 200);
        assertThat(next.path("messages")).hasSize(1);
        assertThat(next.path("next").isNull()).isTrue();
    }

    @Test
    void aPurgeLeavesWhatAConsumerHas() throws Exception {
        consume();
        for (int i = 0; i < 3; i++) {
            assertThat(send("1")).isNotNull();
        }
        Delivery delivery = take();
        assertThat(json(admin().delete(path + "/messages"), 200)
                        .path("messages")
                        .asInt())
                .isEqualTo(2);
        assertThat(entry().path("messages").asInt()).isEqualTo(1);
        queues.acknowledge(worker.id(), delivery);
    }

    @Test
    void deadLettersAreSeenAndTriedAgain() throws Exception {
        consume();
        assertThat(send("1")).isNotNull();
        for (int attempt = 1; attempt <= 5; attempt++) {
            // one that is lost comes back at once
            assertThat(take().attempt()).isEqualTo(attempt);
            assertThat(reply(queues.cancel(worker.id(), queue))).isEqualTo(new QueueReply.Done());
            consume();
        }
        JsonNode dead = json(admin().get(path + "/messages?dead=true"), 200);
        assertThat(dead.path("messages")).hasSize(1);
        assertThat(dead.path("messages").path(0).path("attempts").asInt()).isEqualTo(5);
        assertThat(json(admin().get(path + "/messages"), 200).path("messages")).isEmpty();

        assertThat(json(admin().post(path + "/dead-letters/requeue?limit=10"), 200)
                        .path("messages")
                        .asInt())
                .isEqualTo(1);
        assertThat(take().attempt()).isEqualTo(1);
        assertThat(json(admin().delete(path + "/messages?dead=true"), 200)
                        .path("messages")
                        .asInt())
                .isZero();
    }

    @Test
    void whatIsDeletedIsGoneAndItsConsumersKnow() throws Exception {
        try (LogRecorder log = new LogRecorder("io.switchboard.admin")) {
            consume();
            QueueReply reply = reply(queues.bind(worker, "robot", queue, Algorithm.FANOUT, "", true));
            String bound = ((QueueReply.Bound) reply).queue();
            assertThat(admin().delete(path).statusCode()).isEqualTo(204);
            assertThat(worker.closed.poll(30, TimeUnit.SECONDS)).isEqualTo(queue);
            json(admin().delete(path), 404);

            String exchange = path.replace("queues", "exchanges");
            assertThat(admin().get("/api/v1/exchanges?limit=1000").asString()).contains("\"" + queue + "\"");
            assertThat(admin().delete(exchange).statusCode()).isEqualTo(204);
            assertThat(worker.closed.poll(30, TimeUnit.SECONDS)).isEqualTo(queue + ">" + bound);
            json(admin().delete(exchange), 404);
            assertThat(String.join("\n", log.texts()))
                    .contains("act=delete_queue")
                    .contains("act=delete_exchange");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/messages"})
    void aNameIsInLowerCaseWhateverIsSent(String rest) throws Exception {
        consume();
        String upper = path.replace("jobs", "JOBS") + rest;
        assertThat(admin().delete(upper).statusCode()).isLessThan(300);
    }
}
