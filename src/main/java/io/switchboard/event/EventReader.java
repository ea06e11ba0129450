package io.switchboard.event;

import static io.switchboard.event.JsonFields.bool;
import static io.switchboard.event.JsonFields.field;
import static io.switchboard.event.JsonFields.text;
import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Turns what an internal service published into an {@link Event}, or says which field is wrong and what to send
 * instead. May be called on any thread, and never blocks. How deep and how large the JSON may be is decided where it
 * is parsed; nothing here follows fields that it does not know.
 *
 * <p>Cells dialect: the proto-JSON of {@code tree.NodeChangeEvent}, {@code jobs.TaskChangeEvent}, {@code idm.ChangeEvent}
 * and {@code activity.PostActivityEvent}, with PascalCase names, enums and int64 as strings. A field that is {@code null} counts as absent, an absent one has its default
 * value, and an int64 may also be a number.
 */
public final class EventReader {
    private static final Map<String, TreeEvent.Type> TYPES =
            Stream.of(TreeEvent.Type.values()).collect(toUnmodifiableMap(TreeEvent.Type::name, identity()));
    private static final String TYPE_PROBLEM = Stream.of(TreeEvent.Type.values())
            .map(TreeEvent.Type::name)
            .collect(joining(", ", "send one of ", ", or leave it out for CREATE"));

    /** In characters, as on Linux: every folder on the way is looked up among the roots. */
    private static final int LONGEST_PATH = 4096;

    private final ObjectMapper mapper;
    private final MessageReader messages;

    /** @param mapper writes the events that are kept as text */
    public EventReader(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.messages = new MessageReader(mapper);
    }

    /**
     * Validates one event.
     *
     * @param topic where it was published
     * @param json the event; is not kept, so the caller may go on using it
     * @param weight about how many bytes it takes, for {@link TreeEvent#weight()}
     * @throws InvalidEventException when the event is not what the topic carries; names the first wrong field, and
     *     never holds a value
     */
    public Event read(EventTopic topic, JsonNode json, int weight) throws InvalidEventException {
        if (!json.isObject()) {
            throw new InvalidEventException("", "send a JSON object");
        }
        return switch (topic) {
            case TREE, META -> tree(topic, json, weight);
            case JOB -> job(json);
            case IDM -> idm(json);
            case ACTIVITY -> activity(json);
            case CHAT -> RoomReader.read(json);
            case AUTH -> OperationReader.read(json);
            case PUBLISH -> messages.read(json);
        };
    }

    private static TreeEvent tree(EventTopic topic, JsonNode json, int weight) throws InvalidEventException {
        TreeEvent.Type type = type(json);
        Optional<Node> source = node(json, "Source");
        Optional<Node> target = node(json, "Target");
        switch (type) {
            case CREATE, UPDATE_CONTENT, UPDATE_META, UPDATE_USER_META -> {
                if (target.isEmpty()) {
                    throw new InvalidEventException("Target", "send the node as it is now: " + type + " needs it");
                }
            }
            case DELETE -> {
                if (source.isEmpty()) {
                    throw new InvalidEventException("Source", "send the node as it was: DELETE needs it");
                }
            }
            case UPDATE_PATH, READ -> {
                if (source.isEmpty() && target.isEmpty()) {
                    throw new InvalidEventException("Target", "send Source, Target or both: " + type + " needs a node");
                }
            }
        }
        return new TreeEvent(
                topic,
                type,
                source,
                target,
                bool(json, "", "Optimistic").orElse(false),
                bool(json, "", "Silent").orElse(false),
                weight);
    }

    private JobEvent job(JsonNode json) throws InvalidEventException {
        JsonNode task = field(json, "TaskUpdated");
        if (!task.isObject()) {
            throw new InvalidEventException("TaskUpdated", "send the task as an object");
        }
        String owner = text(task, "TaskUpdated", "TriggerOwner").orElse("");
        if (owner.isEmpty()) {
            throw new InvalidEventException(
                    "TaskUpdated.TriggerOwner",
                    "send the login of the user who started the task, or " + JobEvent.SYSTEM_USER);
        }
        if (!field(json, "Job").isObject()) {
            throw new InvalidEventException("Job", "send the job as an object");
        }
        return new JobEvent(owner, write(json));
    }

    private IdmEvent idm(JsonNode json) throws InvalidEventException {
        IdmReader.Read read = IdmReader.read(json);
        return new IdmEvent(read.change(), read.entity(), write(read.message()));
    }

    private ActivityEvent activity(JsonNode json) throws InvalidEventException {
        ActivityEvent event = ActivityReader.read(json);
        return event.isForUser()
                ? new ActivityEvent(
                        event.boxName(),
                        event.ownerType(),
                        event.ownerId(),
                        event.actorId(),
                        write(ActivityReader.message(json)))
                : event;
    }

    private String write(JsonNode json) throws InvalidEventException {
        try {
            return mapper.writeValueAsString(json);
        } catch (JsonProcessingException _) {
            // Only a tree that no parser of ours has built gets here; its message might quote the event.
            throw new InvalidEventException(
                    "", "send an event that can be written as JSON: this one is nested too deep");
        }
    }

    private static TreeEvent.Type type(JsonNode json) throws InvalidEventException {
        JsonNode value = field(json, "Type");
        if (value.isMissingNode()) {
            return TreeEvent.Type.CREATE;
        }
        TreeEvent.Type type = value.isTextual() ? TYPES.get(value.textValue()) : null;
        if (type == null) {
            throw new InvalidEventException("Type", TYPE_PROBLEM);
        }
        return type;
    }

    private static Optional<Node> node(JsonNode event, String at) throws InvalidEventException {
        JsonNode json = field(event, at);
        if (json.isMissingNode()) {
            return Optional.empty();
        }
        if (!json.isObject()) {
            throw new InvalidEventException(at, "send a node as an object, or leave it out");
        }
        String uuid = "";
        String path = "";
        Map<String, String> metaStore = Map.of();
        List<WorkspaceRelativePath> appearsIn = List.of();
        Map<String, JsonNode> other = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : json.properties()) {
            String name = property.getKey();
            JsonNode value = property.getValue();
            if (value.isNull()) {
                continue;
            }
            switch (name) {
                case "Uuid" -> uuid = text(json, at, name).orElse("");
                case "Path" -> path = path(json, at);
                case "MetaStore" -> metaStore = metaStore(value, at + ".MetaStore");
                case "AppearsIn" -> appearsIn = appearsIn(value, at + ".AppearsIn");
                case "Type" -> other.put(name, nodeType(value, at));
                case "Size" -> other.put(name, size(value, at));
                case "MTime" -> other.put(name, mTime(value, at));
                case "Etag" -> text(json, at, name).ifPresent(etag -> other.put(name, TextNode.valueOf(etag)));
                // A copy, because the event is shared between threads and the caller may still change its own tree.
                default -> other.put(name, value.isContainerNode() ? value.deepCopy() : value);
            }
        }
        return Optional.of(new Node(uuid, path, metaStore, appearsIn, other));
    }

    private static String path(JsonNode json, String at) throws InvalidEventException {
        String path = text(json, at, "Path").orElse("");
        if (path.length() > LONGEST_PATH) {
            throw new InvalidEventException(at + ".Path", "send a path of at most " + LONGEST_PATH + " characters");
        }
        return path;
    }

    private static Map<String, String> metaStore(JsonNode json, String at) throws InvalidEventException {
        if (!json.isObject()) {
            throw new InvalidEventException(at, "send an object of JSON-encoded strings");
        }
        Map<String, String> metaStore = new LinkedHashMap<>();
        for (String key : (Iterable<String>) json::fieldNames) {
            JsonNode value = field(json, key);
            if (value.isMissingNode()) {
                continue;
            }
            if (!value.isTextual()) {
                throw new InvalidEventException(
                        at + "." + key,
                        "send the value JSON-encoded in a string, such as \"true\" or \"\\\"text\\\"\"");
            }
            metaStore.put(key, value.textValue());
        }
        return metaStore;
    }

    private static List<WorkspaceRelativePath> appearsIn(JsonNode json, String at) throws InvalidEventException {
        if (!json.isArray()) {
            throw new InvalidEventException(at, "send an array of objects with WsUuid, WsSlug and Path");
        }
        List<WorkspaceRelativePath> appearsIn = new ArrayList<>(json.size());
        for (int i = 0; i < json.size(); i++) {
            JsonNode entry = json.get(i);
            if (entry.isNull()) {
                continue;
            }
            String entryAt = at + "[" + i + "]";
            if (!entry.isObject()) {
                throw new InvalidEventException(entryAt, "send an object with WsUuid, WsSlug and Path");
            }
            String uuid = text(entry, entryAt, "WsUuid").orElse("");
            if (uuid.isEmpty()) {
                throw new InvalidEventException(entryAt + ".WsUuid", "send the uuid of the workspace");
            }
            appearsIn.add(new WorkspaceRelativePath(
                    uuid,
                    text(entry, entryAt, "WsSlug").orElse(""),
                    text(entry, entryAt, "Path").orElse("")));
        }
        return appearsIn;
    }

    private static JsonNode nodeType(JsonNode value, String at) throws InvalidEventException {
        if (value.isTextual()) {
            switch (value.textValue()) {
                case "LEAF", "COLLECTION", "UNKNOWN" -> {
                    return value;
                }
                default -> {}
            }
        }
        throw new InvalidEventException(at + ".Type", "send LEAF, COLLECTION or UNKNOWN, or leave it out");
    }

    private static JsonNode size(JsonNode value, String at) throws InvalidEventException {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return TextNode.valueOf(value.asText());
        }
        if (value.isTextual()) {
            try {
                return TextNode.valueOf(Long.toString(Long.parseLong(value.textValue())));
            } catch (NumberFormatException _) {
                // refused below, without the value
            }
        }
        throw new InvalidEventException(at + ".Size", "send the size in bytes as a string of a 64-bit integer");
    }

    private static JsonNode mTime(JsonNode value, String at) throws InvalidEventException {
        if (value.isTextual()) {
            return value;
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return TextNode.valueOf(value.asText());
        }
        throw new InvalidEventException(at + ".MTime", "send the time in seconds since 1970 as a string");
    }
}
