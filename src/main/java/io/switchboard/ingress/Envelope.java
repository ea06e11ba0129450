package io.switchboard.ingress;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;
import java.util.Optional;

/**
 * One validated event and what came with it.
 *
 * @param key what tells a retry from another event: CloudEvents' source and id; empty: every one is its own
 * @param retryKey the same over all publishers, topics and replicas: the log takes an event of one such key once
 * @param caller the trace that it belongs to; not valid where there is none
 */
record Envelope(Event event, Optional<String> key, Optional<String> retryKey, SpanContext caller) {
    Envelope {
        requireNonNull(event, "event");
        requireNonNull(key, "key");
        requireNonNull(retryKey, "retryKey");
        requireNonNull(caller, "caller");
    }

    Envelope(Event event, Optional<String> key) {
        this(event, key, SpanContext.getInvalid());
    }

    Envelope(Event event, Optional<String> key, SpanContext caller) {
        this(event, key, Optional.empty(), caller);
    }

    /** The same in the trace of the request that brought it, unless it names one of its own. */
    Envelope within(SpanContext request) {
        return caller.isValid() ? this : new Envelope(event, key, retryKey, request);
    }

    Envelope withRetryKey(String text) {
        return new Envelope(event, key, Optional.of(text), caller);
    }
}
