package io.switchboard.ingress;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.chat.UnknownRoomException;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.metric.GatewayMetrics;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Publishing over NATS: one event in each message, as JSON or as a CloudEvent in structured JSON. NATS has answered before anybody
 * here sees it, so what is wrong with an event is said in the log and in figures, and nobody is handed it. Any thread.
 */
@Singleton
public final class StreamIngress {
    private static final Logger LOG = Logger.getLogger(StreamIngress.class);

    private static final String PUBLISHER = "nats";

    private final Ingress ingress;
    private final EnvelopeReader envelopes;
    private final GatewayMetrics metrics;

    /** What became of something that was to be done. */
    public enum Outcome {
        DONE,
        /** It was wrong, and will be the next time. */
        REFUSED,
        /** Another time it may go well. */
        FAILED
    }

    /** An event, and the trace in which it was published; not valid: in none. */
    public record Read(Event event, SpanContext caller) {}

    StreamIngress(Ingress ingress, EnvelopeReader envelopes, GatewayMetrics metrics) {
        this.ingress = ingress;
        this.envelopes = envelopes;
        this.metrics = metrics;
    }

    /** Reads an event that has its place already; empty: there is none in it. */
    public Optional<Read> read(EventTopic topic, byte[] body) {
        return envelope(topic, body).map(envelope -> new Read(envelope.event(), envelope.caller()));
    }

    /** Does what a message on {@code chat} or {@code auth} asks for. */
    public CompletionStage<Outcome> perform(EventTopic topic, byte[] body) {
        Optional<Envelope> envelope = envelope(topic, body);
        if (envelope.isEmpty()) {
            return java.util.concurrent.CompletableFuture.completedStage(Outcome.REFUSED);
        }
        return ingress.publish(PUBLISHER, topic, List.of(envelope.get())).handle((_, failure) -> {
            if (failure == null) {
                return Outcome.DONE;
            }
            if (Causes.of(failure) instanceof UnknownRoomException) {
                refuse(topic, 404);
                return Outcome.REFUSED;
            }
            LOG.debugf(Redacted.of(Causes.of(failure)), "message on the stream not done topic=%s", topic.address());
            return Outcome.FAILED;
        });
    }

    private Optional<Envelope> envelope(EventTopic topic, byte[] body) {
        try {
            List<Envelope> read = envelopes.read(topic, body).envelopes();
            if (read.size() == 1) {
                return Optional.of(read.getFirst());
            }
            refuse(topic, 400);
        } catch (InvalidEventException _) {
            refuse(topic, 400);
        } catch (TooLargeException _) {
            refuse(topic, 413);
        }
        return Optional.empty();
    }

    /** Not why: it may name a field after what the event holds. */
    private void refuse(EventTopic topic, int status) {
        metrics.refused(topic.address(), Integer.toString(status));
        LOG.warnf(
                "event over NATS refused topic=%s status=%d; publish it over HTTP to learn why",
                topic.address(), status);
    }
}
