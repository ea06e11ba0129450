package io.switchboard.ingress;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.LocalEventBusCodec;
import io.switchboard.chat.UnknownRoomException;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.event.JobEvent;
import io.switchboard.event.TreeEvent;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.log.LogException;
import io.switchboard.log.TooLargeForLogException;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Tracing;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Publishing over the event bus of the process: an address for each {@link EventTopic}; a message is a JSON object or
 * array, the same as text, or a {@link TreeEvent} or {@link JobEvent}; a header {@code traceparent} says in which trace. The
 * reply is {@code {"id":…}} or {@code {"ids":[…]}}; a refusal
 * has the failure code that HTTP would answer with.
 */
@Singleton
final class EventBusIngress {
    private static final Logger LOG = Logger.getLogger(EventBusIngress.class);

    private static final String PUBLISHER = "event bus";

    private final Ingress ingress;
    private final EnvelopeReader envelopes;
    private final GatewayMetrics metrics;
    private final Tracing tracing;
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();

    EventBusIngress(Ingress ingress, EnvelopeReader envelopes, GatewayMetrics metrics, Tracing tracing) {
        this.ingress = ingress;
        this.envelopes = envelopes;
        this.metrics = metrics;
        this.tracing = tracing;
    }

    void register(@Observes StartupEvent event, Vertx vertx) {
        EventBus bus = vertx.eventBus();
        bus.registerDefaultCodec(TreeEvent.class, new LocalEventBusCodec<>("switchboard.tree"));
        bus.registerDefaultCodec(JobEvent.class, new LocalEventBusCodec<>("switchboard.job"));
        for (EventTopic topic : EventTopic.values()) {
            consumers.add(bus.localConsumer(topic.address(), message -> receive(topic, message)));
        }
    }

    /** The bus outlives the application where that is started again for developers. */
    void unregister(@Observes ShutdownEvent event, Vertx vertx) {
        consumers.forEach(MessageConsumer::unregister);
        EventBus bus = vertx.eventBus();
        bus.unregisterDefaultCodec(TreeEvent.class);
        bus.unregisterDefaultCodec(JobEvent.class);
    }

    private void receive(EventTopic topic, Message<Object> message) {
        try {
            EnvelopeReader.Published published = read(topic, message.body())
                    .within(tracing.caller(message.headers().get("traceparent")));
            ingress.publish(PUBLISHER, topic, published.envelopes())
                    .whenComplete((ids, failure) -> reply(topic, message, published.array(), ids, failure));
        } catch (InvalidEventException e) {
            refuse(topic, message, 400, e.field().isEmpty() ? e.getMessage() : e.field() + ": " + e.getMessage());
        } catch (TooLargeException e) {
            refuse(topic, message, 413, e.getMessage());
        } catch (RuntimeException e) {
            LOG.errorf(Redacted.of(e), "event bus message not handled topic=%s", topic.address());
            refuse(topic, message, 500, "the event was not accepted");
        }
    }

    private EnvelopeReader.Published read(EventTopic topic, Object body)
            throws InvalidEventException, TooLargeException {
        return switch (body) {
            case Event event when event.topic() == topic -> envelopes.take(event);
            case Event _ -> throw new InvalidEventException("", "send the event to the address of its topic");
            case JsonObject json -> envelopes.read(topic, json.toBuffer().getBytes());
            case JsonArray json -> envelopes.read(topic, json.toBuffer().getBytes());
            case String text -> envelopes.read(topic, text.getBytes(StandardCharsets.UTF_8));
            case Buffer buffer -> envelopes.read(topic, buffer.getBytes());
            case null, default ->
                throw new InvalidEventException(
                        "", "send a JsonObject, a JsonArray, a string, a TreeEvent or a JobEvent");
        };
    }

    private void reply(EventTopic topic, Message<Object> message, boolean array, List<String> ids, Throwable failure) {
        if (failure == null) {
            message.reply(
                    array
                            ? new JsonObject().put("ids", new JsonArray(ids))
                            : new JsonObject().put("id", ids.getFirst()));
            return;
        }
        Throwable cause = Causes.of(failure);
        switch (cause) {
            case LogException full -> refuse(topic, message, 503, full.getMessage());
            case TooLargeForLogException large -> refuse(topic, message, 413, large.getMessage());
            case StoreException store -> refuse(topic, message, 503, store.getMessage());
            case UnknownRoomException unknown -> refuse(topic, message, 404, unknown.getMessage());
            default -> {
                LOG.errorf(Redacted.of(cause), "publishing failed topic=%s", topic.address());
                refuse(topic, message, 500, "the event was not accepted");
            }
        }
    }

    private void refuse(EventTopic topic, Message<Object> message, int status, String detail) {
        metrics.refused(topic.address(), Integer.toString(status));
        if (message.replyAddress() == null) {
            // Nobody waits for an answer. Not the detail: it may name a field after what the event holds.
            LOG.warnf("event refused topic=%s status=%d; publish with request() to learn why", topic.address(), status);
        } else {
            message.fail(status, detail);
        }
    }
}
