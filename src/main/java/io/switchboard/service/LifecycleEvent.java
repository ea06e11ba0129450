package io.switchboard.service;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Something that happened to a session. Holds no token, no role and no workspace. Immutable.
 *
 * @param timeMillis since 1970
 * @param code with which the session was closed
 * @param operations whose authorization it waited for
 */
record LifecycleEvent(
        LifecycleKind kind,
        long timeMillis,
        UUID session,
        Optional<String> dialect,
        Optional<String> user,
        Optional<String> subject,
        OptionalInt code,
        List<AwaitedOperation> operations) {
    private static final int OVERHEAD_BYTES = 256;

    /** RFC 6455, 7.1.5: there was no close frame. A phone that sleeps looks like that, and comes back. */
    private static final int ABNORMAL = 1006;

    LifecycleEvent {
        operations = List.copyOf(operations);
    }

    /** About how much memory it takes. */
    int weight() {
        return OVERHEAD_BYTES
                + 2
                        * (user.map(String::length).orElse(0)
                                + subject.map(String::length).orElse(0)
                                + operations.stream()
                                        .mapToInt(one -> one.webSocketId().length()
                                                + one.operationId()
                                                        .map(String::length)
                                                        .orElse(0))
                                        .sum());
    }

    /** Its name, and its address on the event bus. */
    String address() {
        return kind == LifecycleKind.DISCONNECTED ? kind.address() + user.orElseThrow() : kind.address();
    }

    JsonObject json() {
        JsonObject json =
                new JsonObject().put("event", address()).put("time", timeMillis).put("session", session.toString());
        dialect.ifPresent(name -> json.put("dialect", name));
        user.ifPresent(name -> json.put("user", name));
        subject.ifPresent(id -> json.put("subject", id));
        code.ifPresent(number -> json.put("code", number).put("clean", number != ABNORMAL));
        if (!operations.isEmpty()) {
            operations.getFirst().addTo(json);
        }
        if (operations.size() > 1) {
            JsonArray all = new JsonArray();
            for (AwaitedOperation operation : operations) {
                JsonObject one = new JsonObject();
                operation.addTo(one);
                all.add(one);
            }
            json.put("operations", all);
        }
        return json;
    }
}
