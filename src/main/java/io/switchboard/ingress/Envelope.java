package io.switchboard.ingress;

import static java.util.Objects.requireNonNull;

import io.switchboard.event.Event;
import java.util.Optional;

/**
 * One validated event and what came with it.
 *
 * @param key what tells a retry from another event: CloudEvents' source and id; empty: every one is its own
 */
record Envelope(Event event, Optional<String> key) {
    Envelope {
        requireNonNull(event, "event");
        requireNonNull(key, "key");
    }
}
