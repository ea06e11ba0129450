package io.switchboard.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;

/** Fields of an event: one that is {@code null} counts as absent, and one of another type is refused by its name. */
final class JsonFields {
    private JsonFields() {}

    /** The field, or a missing node where it is absent or {@code null}. */
    static JsonNode field(JsonNode json, String name) {
        JsonNode value = json.path(name);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    /** @param at path of the object that holds the field; empty for the event itself */
    static Optional<String> text(JsonNode json, String at, String name) throws InvalidEventException {
        JsonNode value = field(json, name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw new InvalidEventException(path(at, name), "send a string, or leave it out");
        }
        return Optional.of(value.textValue());
    }

    static Optional<Boolean> bool(JsonNode json, String at, String name) throws InvalidEventException {
        JsonNode value = field(json, name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw new InvalidEventException(path(at, name), "send true or false, or leave it out");
        }
        return Optional.of(value.booleanValue());
    }

    /** An object, or a missing node, in which every field is absent. */
    static JsonNode object(JsonNode json, String at, String name) throws InvalidEventException {
        JsonNode value = field(json, name);
        if (!value.isMissingNode() && !value.isObject()) {
            throw new InvalidEventException(path(at, name), "send an object, or leave it out");
        }
        return value;
    }

    static String path(String at, String name) {
        return at.isEmpty() ? name : at + "." + name;
    }
}
