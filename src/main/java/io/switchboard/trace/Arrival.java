package io.switchboard.trace;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;

/**
 * An event as the log keeps it: what was published, and when and in which trace it came. Immutable.
 *
 * @param span the span of its acceptance; not valid where it is not traced
 * @param acceptedNanos when it was given to the log, {@link System#nanoTime}
 */
public record Arrival(Event event, SpanContext span, long acceptedNanos) {
    public Arrival {
        requireNonNull(event, "event");
        requireNonNull(span, "span");
    }

    /** About how many bytes it keeps in memory. */
    public int weight() {
        return event.weight();
    }
}
