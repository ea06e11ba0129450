package io.switchboard.event;

import static io.switchboard.event.JsonFields.field;
import static io.switchboard.event.JsonFields.object;
import static io.switchboard.event.JsonFields.path;
import static io.switchboard.event.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** Reads the proto-JSON of {@code activity.PostActivityEvent}. Pure, any thread. */
final class ActivityReader {
    private static final String ACTIVITY = "Activity";

    /** What an activity is about; inside an activity names are lower-case. */
    private static final List<String> NAMED = List.of("object", "origin", "target");

    private ActivityReader() {}

    /** The fields that decide, without JSON. */
    static ActivityEvent read(JsonNode json) throws InvalidEventException {
        String box = text(json, "", "BoxName").orElse("");
        String ownerType = text(json, "", "OwnerType").orElse("");
        String ownerId = text(json, "", "OwnerId").orElse("");
        JsonNode activity = object(json, "", ACTIVITY);
        JsonNode actor = object(activity, ACTIVITY, "actor");
        ActivityEvent event = new ActivityEvent(
                box, ownerType, ownerId, text(actor, "Activity.actor", "id").orElse(""), "");
        if (event.isForUser()) {
            if (ownerId.isEmpty()) {
                throw new InvalidEventException("OwnerId", "send the login of the user whose inbox it is for");
            }
            if (activity.isMissingNode()) {
                throw new InvalidEventException(ACTIVITY, "send the activity as an object");
            }
        }
        return event;
    }

    /** What the client receives: the event as it came, named, and no folder of what the activity is about. */
    static ObjectNode message(JsonNode json) throws InvalidEventException {
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("@type", "activity");
        for (Map.Entry<String, JsonNode> property : json.properties()) {
            String name = property.getKey();
            if (!name.equals("@type")) {
                message.set(name, name.equals(ACTIVITY) ? cut(property.getValue()) : property.getValue());
            }
        }
        return message;
    }

    private static ObjectNode cut(JsonNode activity) throws InvalidEventException {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> property : activity.properties()) {
            copy.set(property.getKey(), property.getValue());
        }
        for (String about : NAMED) {
            JsonNode object = object(activity, ACTIVITY, about);
            if (field(object, "name").isMissingNode()) {
                continue;
            }
            ObjectNode named = JsonNodeFactory.instance.objectNode();
            for (Map.Entry<String, JsonNode> property : object.properties()) {
                named.set(property.getKey(), property.getValue());
            }
            named.put(
                    "name",
                    lastSegment(text(object, path(ACTIVITY, about), "name").orElse("")));
            copy.set(about, named);
        }
        return copy;
    }

    private static String lastSegment(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    }
}
