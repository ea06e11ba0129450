package io.switchboard.service;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Something that happened to a session. Holds no token, no role and no workspace. Immutable.
 *
 * @param timeMillis since 1970
 * @param code with which the session was closed
 */
record LifecycleEvent(
        LifecycleKind kind,
        long timeMillis,
        UUID session,
        Optional<String> dialect,
        Optional<String> user,
        Optional<String> subject,
        OptionalInt code) {
    private static final int OVERHEAD_BYTES = 256;

    /** About how much memory it takes. */
    int weight() {
        return OVERHEAD_BYTES
                + 2
                        * (user.map(String::length).orElse(0)
                                + subject.map(String::length).orElse(0));
    }

    JsonObject json() {
        JsonObject json = new JsonObject()
                .put("event", kind.address())
                .put("time", timeMillis)
                .put("session", session.toString());
        dialect.ifPresent(name -> json.put("dialect", name));
        user.ifPresent(name -> json.put("user", name));
        subject.ifPresent(id -> json.put("subject", id));
        code.ifPresent(number -> json.put("code", number));
        return json;
    }
}
