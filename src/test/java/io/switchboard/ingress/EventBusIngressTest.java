package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.event.EventTopic;
import io.switchboard.event.JobEvent;
import io.switchboard.event.Node;
import io.switchboard.event.TreeEvent;
import io.switchboard.hub.Hub;
import io.switchboard.testing.HubProbe;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class EventBusIngressTest {
    private static final String SECRET = "hunter2";

    @Inject
    Vertx vertx;

    @Inject
    Hub hub;

    private final String user = "user-" + UUID.randomUUID();

    private JsonObject request(String address, Object body) {
        Message<JsonObject> reply = vertx.eventBus()
                .<JsonObject>request(address, body)
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        return reply.body();
    }

    private ReplyException refused(String address, Object body) {
        CompletionException e = catchThrowableOfType(CompletionException.class, () -> request(address, body));
        assertThat(e).as("refusal").hasCauseInstanceOf(ReplyException.class);
        return (ReplyException) e.getCause();
    }

    private JsonObject job(int number) {
        return new JsonObject()
                .put("Job", new JsonObject().put("ID", number))
                .put("TaskUpdated", new JsonObject().put("TriggerOwner", user));
    }

    private static TreeEvent tree(EventTopic topic) {
        return new TreeEvent(
                topic,
                TreeEvent.Type.CREATE,
                Optional.empty(),
                Optional.of(new Node("n", "ds/a", Map.of(), List.of(), Map.of())),
                false,
                false,
                10);
    }

    @Test
    void everyKindOfMessageArrives() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            List<String> ids = Stream.of(
                            job(1), job(2).encode(), job(3).toBuffer(), new JobEvent(user, job(4).encode()))
                    .map(body -> request("job", body))
                    .map(reply -> {
                        assertThat(reply.fieldNames()).containsExactly("id");
                        return reply.getString("id");
                    })
                    .toList();
            JsonArray array =
                    request("job", new JsonArray().add(job(5)).add(job(6))).getJsonArray("ids");
            JsonArray text = request("job", "[" + job(7).encode() + "]").getJsonArray("ids");

            assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-z]+-[1-9][0-9]*"));
            assertThat(array).hasSize(2);
            assertThat(text).hasSize(1);
            assertThat(probe.received())
                    .containsExactlyElementsOf(Stream.of(1, 2, 3, 4, 5, 6, 7)
                            .map(i -> job(i).encode())
                            .toList());
        }
    }

    @Test
    void treeEventsArriveOnTheirAddresses() {
        assertThat(request("tree", tree(EventTopic.TREE)).getString("id")).isNotEmpty();
        assertThat(request("meta", tree(EventTopic.META)).getString("id")).isNotEmpty();
        assertThat(request("tree", new JsonObject("{\"Target\":{\"Path\":\"ds/a\"}}"))
                        .getString("id"))
                .isNotEmpty();
    }

    @Test
    void aCloudEventIsPublishedOnce() {
        JsonObject cloudEvent = new JsonObject()
                .put("specversion", "1.0")
                .put("source", user)
                .put("id", "1")
                .put("type", "t")
                .put("data", job(1));
        try (HubProbe probe = new HubProbe(hub, user)) {
            assertThat(request("job", cloudEvent)).isEqualTo(request("job", cloudEvent));
            assertThat(probe.received()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Target\":{\"Path\":{\"a\":\"hunter2\"}}} | Target.Path: send a string, or leave it out",
                "[{\"Target\":{}},{}] | [1].Target: send the node as it is now: CREATE needs it",
                "hunter2 | send JSON: the body cannot be parsed (line 1, column 1)",
                "`` | send an event, or an array of events, as JSON"
            })
    void whatIsNoEventFailsWith400(String body, String message) {
        ReplyException refused = refused("tree", body);

        assertThat(refused.failureCode()).isEqualTo(400);
        assertThat(refused.getMessage()).isEqualTo(message).doesNotContain(SECRET);
    }

    @Test
    void anotherKindOfMessageFailsWith400() {
        assertThat(refused("tree", 7).failureCode()).isEqualTo(400);
        assertThat(refused("tree", null).failureCode()).isEqualTo(400);
    }

    @Test
    void anEventForAnotherAddressFailsWith400() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            assertThat(refused("tree", new JobEvent(user, "{}")).failureCode()).isEqualTo(400);
            assertThat(refused("tree", tree(EventTopic.META)).failureCode()).isEqualTo(400);
            assertThat(refused("job", tree(EventTopic.TREE)).failureCode()).isEqualTo(400);
            assertThat(probe.received()).isEmpty();
        }
    }

    @Test
    void tooMuchFailsWith413() {
        String tree = "{\"Target\":{\"Path\":\"ds/a\"}}";
        String many = "[" + (tree + ",").repeat(1000) + tree + "]";

        assertThat(refused("tree", many).failureCode()).isEqualTo(413);
        assertThat(refused("job", job(1).put("Label", "x".repeat(1 << 20))).failureCode())
                .isEqualTo(413);
    }

    @Test
    void nothingOfARefusedArrayIsPublished() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            refused("job", new JsonArray().add(job(1)).add(new JsonObject()));

            assertThat(probe.received()).isEmpty();
        }
    }

    /** Messages of one sender are handled in order, so the last one's reply says that all were. */
    @Test
    void whoDoesNotWaitForAReplyNeedsNone() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            assertThatCode(() -> {
                        vertx.eventBus().send("job", "not JSON");
                        vertx.eventBus().send("job", 7);
                        vertx.eventBus().send("job", tree(EventTopic.TREE));
                        vertx.eventBus().send("job", Buffer.buffer());
                        vertx.eventBus().publish("job", job(1));
                        vertx.eventBus().send("job", job(2));
                    })
                    .doesNotThrowAnyException();
            request("job", job(3));

            assertThat(probe.received()).containsExactly(job(1).encode(), job(2).encode(), job(3).encode());
        }
    }

    /** As where a developer's application is started again: the bus is the same, and the next one joins it. */
    @Test
    void whoEndsLeavesTheBusToTheNext() {
        Vertx own = Vertx.vertx();
        try {
            EventBusIngress first = new EventBusIngress(null, null, null, null);
            first.register(null, own);
            first.unregister(null, own);

            EventBusIngress next = new EventBusIngress(null, null, null, null);
            assertThatCode(() -> next.register(null, own)).doesNotThrowAnyException();
        } finally {
            own.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
