package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** A call of an internal service. */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record ServiceCall(String name, Actor actor, byte[] payload, Optional<String> traceparent) {
    public ServiceCall {
        requireNonNull(name, "name");
        requireNonNull(actor, "actor");
        requireNonNull(payload, "payload");
        requireNonNull(traceparent, "traceparent");
    }
}
