package io.switchboard.ingress;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;
import java.util.Optional;

/**
 * One validated event and what came with it.
 *
 * @param key what tells a retry from another event: CloudEvents' source and id; empty: every one is its own
 * @param caller the trace that it belongs to; not valid where there is none
 */
record Envelope(Event event, Optional<String> key, SpanContext caller) {
    Envelope {
        requireNonNull(event, "event");
        requireNonNull(key, "key");
        requireNonNull(caller, "caller");
    }

    Envelope(Event event, Optional<String> key) {
        this(event, key, SpanContext.getInvalid());
    }

    /** The same in the trace of the request that brought it, unless it names one of its own. */
    Envelope within(SpanContext request) {
        return caller.isValid() ? this : new Envelope(event, key, request);
    }
}
