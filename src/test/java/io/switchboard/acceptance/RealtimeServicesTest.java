package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code X-} messages of a Realtime client, from its socket to a service on the event bus and back. */
@QuarkusTest
class RealtimeServicesTest {
    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();

    /** Says that a reply is more than a payload. */
    private static final DeliveryOptions ENVELOPE =
            new DeliveryOptions().addHeader("content-type", "application/vnd.switchboard.answer+json");

    /** Names of services and topics of their own for each test. */
    private final String own = UUID.randomUUID().toString();

    @AfterEach
    void everybodyIsGone() {
        consumers.forEach(consumer ->
                consumer.unregister().toCompletionStage().toCompletableFuture().join());
        gateway.awaitOpen(0);
    }

    private void serve(String name, java.util.function.Consumer<io.vertx.core.eventbus.Message<JsonObject>> service) {
        consumers.add(vertx.eventBus().<JsonObject>consumer("service." + name, service::accept));
    }

    private RawWebSocket client(String user) throws Exception {
        RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token(user));
        assertThat(socket.readText()).contains("\"connected\"");
        return socket;
    }

    private static void send(RawWebSocket socket, String type, JsonObject data) throws Exception {
        socket.sendText(new JsonObject()
                .put("type", type)
                .put("data", data)
                .put("id", "c1")
                .encode());
    }

    /** Without an id, so that no Ack comes. */
    private static void subscribe(RawWebSocket socket, JsonObject data) throws Exception {
        socket.sendText(
                new JsonObject().put("type", "Subscribe").put("data", data).encode());
    }

    private static JsonObject read(RawWebSocket socket) throws Exception {
        return new JsonObject(socket.readText());
    }

    @Test
    void theAnswerComesBackUnderTheSameTypeWithItsIdAndAnAck() throws Exception {
        String name = "X-Echo-" + own;
        serve(
                name,
                message -> message.reply(
                        new JsonObject().put("said", message.body().getValue("payload"))));
        try (RawWebSocket socket = client("alice")) {
            send(socket, name, new JsonObject().put("a", 1));

            JsonObject answer = read(socket);
            assertThat(answer.getString("type")).isEqualTo(name);
            assertThat(answer.getString("id")).isEqualTo("c1");
            assertThat(answer.getJsonObject("data").getJsonObject("said")).isEqualTo(new JsonObject().put("a", 1));
            JsonObject ack = read(socket);
            assertThat(ack.getString("type")).isEqualTo("Ack");
            assertThat(ack.getJsonObject("data").getString("message_id")).isEqualTo("c1");
        }
    }

    @Test
    void theTraceOfTheClientGoesThrough() throws Exception {
        String name = "X-Trace-" + own;
        String traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        serve(
                name,
                message -> message.reply(new JsonObject()
                        .put("trace", message.headers().get("traceparent"))
                        .put("actor", message.headers().contains("actor"))));
        try (RawWebSocket socket = client("alice")) {
            assertThat(traced(socket, name, traceparent).getString("trace")).isEqualTo(traceparent);
            assertThat(traced(socket, name, traceparent).getBoolean("actor")).isTrue();
            assertThat(traced(socket, name, "no trace").getString("trace")).isNull();
        }
    }

    private static JsonObject traced(RawWebSocket socket, String name, String trace) throws Exception {
        socket.sendText(new JsonObject()
                .put("type", name)
                .put("data", new JsonObject())
                .put("metadata", new JsonObject().put("traceparent", trace))
                .encode());
        return read(socket).getJsonObject("data");
    }

    @Test
    void whatAServiceRefusesIsAnError() throws Exception {
        String name = "X-No-" + own;
        serve(name, message -> message.fail(403, "not today"));
        try (RawWebSocket socket = client("alice")) {
            send(socket, name, new JsonObject());

            JsonObject error = read(socket);
            assertThat(error.getString("type")).isEqualTo("Error");
            assertThat(error.getJsonObject("data").getInteger("code")).isEqualTo(403);
            assertThat(error.getJsonObject("data").getString("message")).isEqualTo("not today");
            assertThat(read(socket).getJsonObject("data").getString("status")).isEqualTo("failed");
        }
    }

    @Test
    void anUnknownServiceIs404() throws Exception {
        try (RawWebSocket socket = client("alice")) {
            send(socket, "X-Nobody-" + own, new JsonObject());

            assertThat(read(socket).getJsonObject("data").getInteger("code")).isEqualTo(404);
            assertThat(read(socket).getJsonObject("data").getString("status")).isEqualTo("failed");
        }
    }

    @Test
    void aServiceSubscribesItsCallerAndOpensATopic() throws Exception {
        String name = "X-Open-" + own;
        String topic = "secret." + own;
        serve(
                name,
                message -> message.reply(
                        new JsonObject()
                                .put("payload", new JsonObject())
                                .put("subscriptions", new JsonObject().put("subscribe", new JsonArray().add(topic)))
                                .put(
                                        "grant",
                                        new JsonObject()
                                                .put("topics", new JsonArray().add(topic))
                                                .put("expires_at", System.currentTimeMillis() + 60_000)),
                        ENVELOPE));
        try (RawWebSocket alice = client("alice");
                RawWebSocket bob = client("bob")) {
            send(alice, name, new JsonObject());
            assertThat(read(alice).getString("type")).isEqualTo(name);
            assertThat(read(alice).getString("type")).isEqualTo("Ack");
            gateway.publish("publish", new JsonObject().put("topic", topic).put("payload", "for one"));
            assertThat(read(alice).getJsonObject("data").getString("payload")).isEqualTo("for one");

            // a grant is its session's alone
            send(bob, "Subscribe", new JsonObject().put("topics", new JsonArray().add(topic)));
            assertThat(read(bob).getJsonObject("data").getInteger("code")).isEqualTo(403);
        }
    }

    @Test
    void aGrantNeverOpensWhatIsGuarded() throws Exception {
        String name = "X-Wide-" + own;
        serve(
                name,
                message -> message.reply(
                        new JsonObject()
                                .put("payload", new JsonObject())
                                .put(
                                        "subscriptions",
                                        new JsonObject()
                                                .put(
                                                        "subscribe",
                                                        new JsonArray()
                                                                .add("tree.**")
                                                                .add("job.**")))
                                .put(
                                        "grant",
                                        new JsonObject()
                                                .put(
                                                        "topics",
                                                        new JsonArray()
                                                                .add("tree.**")
                                                                .add("job.**")
                                                                .add("**"))
                                                .put("expires_at", System.currentTimeMillis() + 60_000)),
                        ENVELOPE));
        try (RawWebSocket alice = client("alice")) {
            subscribe(alice, new JsonObject().put("topics", new JsonArray().add("chat." + own)));
            JsonObject before =
                    read(alice).getJsonObject("data").getJsonObject("details").getJsonObject("position");
            send(alice, name, new JsonObject());
            assertThat(read(alice).getString("type")).isEqualTo(name);
            assertThat(read(alice).getString("type")).isEqualTo("Ack");
            gateway.publish("tree", Gateway.created("x", "ws-" + own));
            gateway.publish("job", Gateway.job("j", "bob"));
            gateway.publish("job", Gateway.job("mine", "alice"));

            JsonObject seen = read(alice).getJsonObject("data");
            assertThat(seen.getString("topic")).isEqualTo("job.alice");
            // nor what is read from the log again
            subscribe(
                    alice,
                    new JsonObject()
                            .put("topics", new JsonArray().add("tree.**").add("job.**"))
                            .put("recover", new JsonObject().put("$all", before)));
            assertThat(read(alice).getJsonObject("data").getString("status")).isEqualTo("subscribed");
            assertThat(read(alice).getJsonObject("data").getString("topic")).isEqualTo("job.alice");
            assertThat(read(alice).getJsonObject("data").getString("status")).isEqualTo("recovered");
        }
    }

    @Test
    void callsUnderWayAreBounded() throws Exception {
        String name = "X-Slow-" + own;
        List<io.vertx.core.eventbus.Message<JsonObject>> calls = new CopyOnWriteArrayList<>();
        serve(name, calls::add);
        try (RawWebSocket socket = client("alice")) {
            for (int i = 0; i < 33; i++) {
                send(socket, name, new JsonObject().put("n", i));
            }
            JsonObject error = read(socket);
            assertThat(error.getJsonObject("data").getInteger("code")).isEqualTo(429);
            assertThat(error.getJsonObject("data").getJsonObject("details").getLong("retry_after_ms"))
                    .isPositive();
            assertThat(read(socket).getJsonObject("data").getString("status")).isEqualTo("failed");
            await().until(() -> calls.size() == 32);
            calls.forEach(call -> call.reply(new JsonObject()));
            for (int i = 0; i < 32; i++) {
                assertThat(read(socket).getString("type")).isEqualTo(name);
                assertThat(read(socket).getString("type")).isEqualTo("Ack");
            }
        }
    }

    @Test
    void servicesHearOfSessions() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        for (String address : List.of("session.opened", "user.authenticated", "session.closed")) {
            consumers.add(vertx.eventBus().<JsonObject>consumer(address, message -> heard.add(message.body())));
        }
        String id;
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token("user-" + own))) {
            id = read(socket).getJsonObject("data").getJsonObject("details").getString("connection_id");
        }

        await().until(() ->
                heard.stream().filter(event -> event.encode().contains(id)).count() == 3);
        assertThat(heard.stream().map(JsonObject::encode).filter(event -> event.contains(id)))
                .anySatisfy(event -> assertThat(event).contains("user-" + own));
        assertThat(heard.toString()).doesNotContain("eyJ");
    }
}
