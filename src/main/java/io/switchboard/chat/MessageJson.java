package io.switchboard.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Messages and rooms as JSON (protocol page of Cells, chat): default values are left out, and 64-bit numbers are strings. Pure. */
public final class MessageJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private MessageJson() {}

    /** A message of a user. */
    static String posted(UUID room, String uuid, String author, long timestamp, String text) {
        return posted(room, uuid, author, timestamp, text, MAPPER.createObjectNode());
    }

    /** The same as a service describes it, in what the server does not say itself. */
    static String posted(UUID room, String uuid, String author, long timestamp, String text, ObjectNode described) {
        ObjectNode json = described.deepCopy();
        json.put("Uuid", uuid)
                .put("RoomUuid", room.toString())
                .put("Message", text)
                .put("Author", author)
                .put("Timestamp", Long.toString(timestamp));
        return json.toString();
    }

    /** The same message with another text; what it said before is remembered in its activity. */
    static String edited(String json, String text, Instant now) {
        ObjectNode message = read(json);
        ObjectNode activity = message.withObject("/Activity");
        ArrayNode items = activity.withArray("items");
        items.addObject().put("markdown", message.path("Message").asText("")).put("updated", now.toString());
        return message.put("Message", text).toString();
    }

    /** What members are told of a message that is deleted: which one it was. */
    public static ObjectNode identity(Room room, Message message) {
        return MAPPER.createObjectNode()
                .put("Uuid", message.uuid())
                .put("RoomUuid", room.uuid().toString())
                .put("Author", message.author())
                .put("Timestamp", Long.toString(message.timestamp()));
    }

    /** A room with those who are in it, as a user calls it. */
    public static ObjectNode room(Room room, String viewer, Collection<String> users) {
        ObjectNode json = MAPPER.createObjectNode()
                .put("Uuid", room.uuid().toString())
                // never left out: the web client tells rooms apart by both
                .put("Type", room.name().type().name())
                .put("RoomTypeObject", room.name().objectFor(viewer));
        if (!users.isEmpty()) {
            users.forEach(json.putArray("Users")::add);
        }
        return json;
    }

    /** A room as a service describes it, as a user calls it. */
    public static ObjectNode room(Room room, String viewer, String described) {
        ObjectNode json = read(described);
        String label = json.path("RoomLabel").textValue();
        if (label != null) {
            json.put("RoomLabel", MessageText.harmless(label));
        }
        return json.setAll(room(room, viewer, List.of()));
    }

    /** That there may be messages before one; here numbers are numbers. */
    public static ObjectNode mayHaveMore(Room room, Message first, long offset, int limit) {
        return MAPPER.createObjectNode()
                .put("@type", "MAY_HAVE_MORE")
                .put("RoomUuid", room.uuid().toString())
                .put("Timestamp", first.timestamp())
                .put("Offset", offset)
                .put("Limit", limit);
    }

    /** {@code {"@type":…,…}} around something. */
    public static ObjectNode wrapped(String type, String name, JsonNode value) {
        ObjectNode json = MAPPER.createObjectNode().put("@type", type);
        json.set(name, value);
        return json;
    }

    static ObjectNode read(String json) {
        try {
            return (ObjectNode) MAPPER.readTree(json);
        } catch (JsonProcessingException _) {
            throw new IllegalArgumentException("what is kept of a message is JSON");
        }
    }
}
