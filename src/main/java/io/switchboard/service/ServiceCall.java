package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A call of a client to an internal service.
 *
 * @param name which service; what is no name is answered as unknown
 * @param payload a JSON value in UTF-8, not copied: nobody changes it
 * @param traceparent the client's trace (W3C Trace Context, 3.2); one that is not well-formed is left out
 */
@SuppressWarnings("ArrayRecordComponent") // calls are never compared
public record ServiceCall(String name, Actor actor, byte[] payload, Optional<String> traceparent) {
    private static final Pattern TRACEPARENT = Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    public ServiceCall {
        requireNonNull(name, "name");
        requireNonNull(actor, "actor");
        requireNonNull(payload, "payload");
        traceparent = traceparent.filter(text -> TRACEPARENT.matcher(text).matches());
    }

    /** Neither the payload nor the name, which the client chose. */
    @Override
    public String toString() {
        return "ServiceCall[session=" + actor.session() + "]";
    }
}
