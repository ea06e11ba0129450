package io.switchboard.trace;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The spans of an event: {@code append} until it has its place, {@code fan-out} for each event loop that delivers it. Their
 * attributes are a topic of the bus and counts; never a user, a payload, a topic of the hub or a token. Switched off it
 * costs nothing but the question. Any thread.
 */
public final class Tracing {
    private static final String TRACEPARENT = "traceparent";
    /** Longer than any that is in use; what is longer still is no trace context. */
    private static final int LONGEST_TRACEPARENT = 256;

    private static final AttributeKey<String> TOPIC = AttributeKey.stringKey("switchboard.topic");
    private static final AttributeKey<Long> EVENTS = AttributeKey.longKey("switchboard.events");
    private static final AttributeKey<Long> LOOP = AttributeKey.longKey("switchboard.loop");
    private static final AttributeKey<Long> PUBLICATIONS = AttributeKey.longKey("switchboard.publications");
    private static final AttributeKey<Long> RECEIVERS = AttributeKey.longKey("switchboard.receivers");

    private static final TextMapGetter<String> HEADER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(TRACEPARENT);
        }

        @Override
        public String get(String carrier, String key) {
            return key.equals(TRACEPARENT) ? carrier : null;
        }
    };

    private final boolean enabled;
    private final Tracer tracer;

    public Tracing(OpenTelemetry openTelemetry, boolean enabled) {
        this.enabled = enabled;
        this.tracer = openTelemetry.getTracer("io.switchboard");
    }

    /** One that traces nothing. */
    public static Tracing off() {
        return new Tracing(OpenTelemetry.noop(), false);
    }

    /** The trace context in a {@code traceparent} (W3C Trace Context, 3.2); not valid where there is none. Pure. */
    public static SpanContext parse(String traceparent) {
        if (traceparent == null || traceparent.length() > LONGEST_TRACEPARENT) {
            return SpanContext.getInvalid();
        }
        return Span.fromContext(W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, HEADER))
                .getSpanContext();
    }

    /** The same as text: W3C Trace Context, 3.2. Pure. */
    public static String text(SpanContext span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-"
                + span.getTraceFlags().asHex();
    }

    /**
     * Where a request stands: in the span that the platform began for it, else where its {@code traceparent} says. To be
     * called on the thread that reads the request.
     *
     * @param traceparent of the request; null: it has none
     */
    public SpanContext caller(String traceparent) {
        if (!enabled) {
            return SpanContext.getInvalid();
        }
        SpanContext current = Span.current().getSpanContext();
        return current.isValid() ? current : parse(traceparent);
    }

    /**
     * Begins to append events, each of which came in a trace or in none.
     *
     * @param keys what tells a retry of an event from another one
     */
    public Append append(EventTopic topic, List<Event> events, List<Optional<String>> keys, List<SpanContext> callers) {
        long now = System.nanoTime();
        if (!enabled) {
            List<Arrival> arrivals = new ArrayList<>(events.size());
            for (int i = 0; i < events.size(); i++) {
                arrivals.add(new Arrival(events.get(i), SpanContext.getInvalid(), now, keys.get(i), Optional.empty()));
            }
            return new Append(arrivals, List.of());
        }
        Map<SpanContext, Integer> counts = new LinkedHashMap<>();
        callers.forEach(caller -> counts.merge(caller, 1, Integer::sum));
        Map<SpanContext, Span> spans = new LinkedHashMap<>();
        counts.forEach((caller, count) -> spans.put(
                caller,
                tracer.spanBuilder("append")
                        .setParent(within(caller))
                        .setSpanKind(SpanKind.PRODUCER)
                        .setAttribute(TOPIC, topic.address())
                        .setAttribute(EVENTS, (long) count)
                        .startSpan()));
        List<Arrival> arrivals = new ArrayList<>(events.size());
        for (int i = 0; i < events.size(); i++) {
            arrivals.add(new Arrival(
                    events.get(i),
                    requireNonNull(spans.get(callers.get(i))).getSpanContext(),
                    now,
                    keys.get(i),
                    Optional.empty()));
        }
        return new Append(arrivals, List.copyOf(spans.values()));
    }

    /** Events that are being given to the log, with the spans that last until it has answered. */
    public record Append(List<Arrival> arrivals, List<Span> spans) {
        public Append {
            arrivals = List.copyOf(arrivals);
            spans = List.copyOf(spans);
        }

        /** The log has answered. */
        public void placed(boolean accepted) {
            for (Span span : spans) {
                if (!accepted) {
                    span.setStatus(StatusCode.ERROR);
                }
                span.end();
            }
        }
    }

    /** Begins the span of an event loop's part in a delivery; empty where the event is not traced. */
    Optional<FanOut> fanOut(Arrival arrival, int loop) {
        return enabled && arrival.span().isSampled()
                ? Optional.of(new FanOut(tracer.spanBuilder("fan-out")
                        .setParent(within(arrival.span()))
                        .setSpanKind(SpanKind.CONSUMER)
                        .setAttribute(TOPIC, arrival.event().topic().address())
                        .setAttribute(LOOP, (long) loop)
                        .startSpan()))
                : Optional.empty();
    }

    private static Context within(SpanContext parent) {
        return parent.isValid() ? Context.root().with(Span.wrap(parent)) : Context.root();
    }

    /** The span of one event loop's part. */
    record FanOut(Span span) {
        void offered(int publications, int receivers) {
            span.setAttribute(PUBLICATIONS, (long) publications).setAttribute(RECEIVERS, (long) receivers);
        }

        void end() {
            span.end();
        }
    }
}
