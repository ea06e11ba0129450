package io.switchboard.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The members of an object, each taken once. One that nobody takes is something that only a newer version knows, which may be who
 * must not see an event. One thread.
 */
final class Members {
    private final JsonNode object;
    private int taken;

    Members(JsonNode object) throws UnreadableEventException {
        if (!object.isObject()) {
            throw missing();
        }
        this.object = object;
    }

    private static UnreadableEventException missing() {
        return new UnreadableEventException("a member that is missing or of another type");
    }

    private JsonNode take(String name, boolean expected) throws UnreadableEventException {
        JsonNode value = object.path(name);
        if (!expected || value.isMissingNode()) {
            throw missing();
        }
        taken++;
        return value;
    }

    /** The name of the one member that there is. */
    String only() throws UnreadableEventException {
        if (object.size() != 1) {
            throw missing();
        }
        return object.fieldNames().next();
    }

    boolean has(String name) {
        return object.has(name);
    }

    String text(String name) throws UnreadableEventException {
        return take(name, object.path(name).isTextual()).textValue();
    }

    Optional<String> optionalText(String name) throws UnreadableEventException {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    /** False where it is left out. */
    boolean flag(String name) throws UnreadableEventException {
        return has(name) && take(name, object.path(name).isBoolean()).booleanValue();
    }

    /** What has nothing to say but that it is there. */
    void mark(String name) throws UnreadableEventException {
        JsonNode _ = take(name, object.path(name).asBoolean(false));
    }

    int integer(String name) throws UnreadableEventException {
        JsonNode value = object.path(name);
        return take(name, value.isIntegralNumber() && value.canConvertToInt()).intValue();
    }

    long number(String name) throws UnreadableEventException {
        JsonNode value = object.path(name);
        return take(name, value.isIntegralNumber() && value.canConvertToLong()).longValue();
    }

    JsonNode array(String name) throws UnreadableEventException {
        return take(name, object.path(name).isArray());
    }

    Members object(String name) throws UnreadableEventException {
        return new Members(take(name, true));
    }

    /** The members of an object that may have any. */
    Map<String, JsonNode> members(String name) throws UnreadableEventException {
        Map<String, JsonNode> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry :
                take(name, object.path(name).isObject()).properties()) {
            members.put(entry.getKey(), entry.getValue());
        }
        return members;
    }

    /** All were taken. */
    void end() throws UnreadableEventException {
        if (taken != object.size()) {
            throw new UnreadableEventException("a member that is not known");
        }
    }
}
