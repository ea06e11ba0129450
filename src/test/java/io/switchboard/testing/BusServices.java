package io.switchboard.testing;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Services on the event bus that end with a test. */
public final class BusServices implements AutoCloseable {
    private static final DeliveryOptions ENVELOPE =
            new DeliveryOptions().addHeader("content-type", "application/vnd.switchboard.answer+json");

    private final Vertx vertx;
    private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();

    public BusServices(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Answers calls of that name. */
    public void serve(String name, Consumer<Message<JsonObject>> service) {
        listen("service." + name, service);
    }

    /** Hears of what is sent to an address. */
    public void listen(String address, Consumer<Message<JsonObject>> listener) {
        consumers.add(vertx.eventBus().<JsonObject>consumer(address, listener::accept));
    }

    /** Answers with a payload and more than that. */
    public static void reply(Message<JsonObject> call, Object payload, JsonObject more) {
        call.reply(new JsonObject().put("payload", payload).mergeIn(more), ENVELOPE);
    }

    /** That the caller is to be subscribed to these. */
    public static JsonObject subscribing(String... topics) {
        return changing("subscribe", topics);
    }

    public static JsonObject unsubscribing(String... topics) {
        return changing("unsubscribe", topics);
    }

    private static JsonObject changing(String how, String... topics) {
        return new JsonObject().put("subscriptions", new JsonObject().put(how, new JsonArray(List.of((Object[])
                        topics))));
    }

    /** That the caller may hear of these for so long. */
    public static JsonObject granting(long millis, String... topics) {
        return new JsonObject()
                .put(
                        "grant",
                        new JsonObject()
                                .put("topics", new JsonArray(List.of((Object[]) topics)))
                                .put("expires_at", System.currentTimeMillis() + millis));
    }

    @Override
    public void close() {
        consumers.forEach(consumer ->
                consumer.unregister().toCompletionStage().toCompletableFuture().join());
    }
}
