package io.switchboard.trace;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;
import java.util.Optional;

/**
 * An event as the log keeps it: what was published, and when and in which trace it came. Immutable.
 *
 * @param span the span of its acceptance; not valid where it is not traced
 * @param acceptedNanos when it was given to the log, {@link System#nanoTime}
 * @param key what tells a retry from another event, in all replicas; empty: it is its own
 * @param recipients is told how many sessions it was handed to; empty: nobody asks
 */
public record Arrival(
        Event event, SpanContext span, long acceptedNanos, Optional<String> key, Optional<Recipients> recipients) {
    public Arrival {
        requireNonNull(event, "event");
        requireNonNull(span, "span");
        requireNonNull(key, "key");
        requireNonNull(recipients, "recipients");
    }

    public Arrival(Event event, SpanContext span, long acceptedNanos) {
        this(event, span, acceptedNanos, Optional.empty(), Optional.empty());
    }

    /** One whose recipients are counted. */
    public static Arrival counted(Event event, Optional<String> key, Recipients recipients) {
        return new Arrival(event, SpanContext.getInvalid(), System.nanoTime(), key, Optional.of(recipients));
    }

    /** About how many bytes it keeps in memory. */
    public int weight() {
        return event.weight();
    }
}
