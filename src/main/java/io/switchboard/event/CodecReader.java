package io.switchboard.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads what {@link CodecWriter} wrote. For one event, in one thread. */
final class CodecReader {
    private final byte[] bytes;
    /** Where the next part begins. */
    private int at;

    /** @param at where the parts begin */
    CodecReader(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /** Every member is looked at, and every byte belongs to something. */
    Event read(JsonNode head) throws UnreadableEventException {
        Members kinds = new Members(head);
        String kind = kinds.only();
        Members members = kinds.object(kind);
        Event event;
        try {
            event = event(kind, members);
        } catch (IllegalArgumentException | DateTimeException _) {
            // a record refused what it was given
            throw new UnreadableEventException("a value that cannot be meant");
        }
        members.end();
        if (at != bytes.length) {
            throw new UnreadableEventException("bytes that belong to nothing");
        }
        return event;
    }

    private Event event(String kind, Members members) throws UnreadableEventException {
        EventTopic topic = EventTopic.of(kind).orElseThrow(CodecReader::unknownKind);
        return switch (topic) {
            case TREE, META -> tree(topic, members);
            case JOB -> new JobEvent(members.text("owner"), textPart(members, "json"));
            case IDM ->
                new IdmEvent(
                        IdmEvent.Change.valueOf(members.text("change")),
                        entity(members.object("entity")),
                        textPart(members, "json"));
            case ACTIVITY ->
                new ActivityEvent(
                        members.text("box"),
                        members.text("ownerType"),
                        members.text("ownerId"),
                        members.text("actorId"),
                        textPart(members, "json"));
            case PUBLISH -> message(members);
            case CHAT -> new RoomEvent(change(members));
            case AUTH -> throw unknownKind();
        };
    }

    private static UnreadableEventException unknownKind() {
        return new UnreadableEventException("a kind that is not known");
    }

    /** Parts come in the order in which they are taken. */
    private byte[] part(Members members, String name) throws UnreadableEventException {
        long length = members.number(name);
        if (length < 0 || length > bytes.length - at) {
            throw new UnreadableEventException("a part that is not all there");
        }
        int from = at;
        at += (int) length;
        return Arrays.copyOfRange(bytes, from, at);
    }

    private Optional<byte[]> optionalPart(Members members, String name) throws UnreadableEventException {
        return members.has(name) ? Optional.of(part(members, name)) : Optional.empty();
    }

    private String textPart(Members members, String name) throws UnreadableEventException {
        return new String(part(members, name), UTF_8);
    }

    private static TreeEvent tree(EventTopic topic, Members members) throws UnreadableEventException {
        return new TreeEvent(
                topic,
                TreeEvent.Type.valueOf(members.text("type")),
                node(members, "source"),
                node(members, "target"),
                members.flag("optimistic"),
                members.flag("silent"),
                members.integer("weight"));
    }

    private static Optional<Node> node(Members event, String name) throws UnreadableEventException {
        if (!event.has(name)) {
            return Optional.empty();
        }
        Members members = event.object(name);
        String uuid = members.text("uuid");
        String path = members.text("path");
        Map<String, String> meta = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : members.members("meta").entrySet()) {
            meta.put(entry.getKey(), text(entry.getValue()));
        }
        List<WorkspaceRelativePath> places = new ArrayList<>();
        for (JsonNode place : members.array("in")) {
            List<String> texts = texts(place, 3);
            places.add(new WorkspaceRelativePath(texts.get(0), texts.get(1), texts.get(2)));
        }
        Node node = new Node(uuid, path, meta, places, members.members("other"));
        members.end();
        return Optional.of(node);
    }

    private static IdmEvent.Entity entity(Members members) throws UnreadableEventException {
        return switch (members.only()) {
            case "acl" -> new IdmEvent.Entity.Acl(members.text("acl"));
            case "role" -> new IdmEvent.Entity.Role(members.text("role"));
            case "user" -> {
                Members user = members.object("user");
                IdmEvent.Entity entity =
                        new IdmEvent.Entity.User(user.optionalText("login"), user.optionalText("uuid"));
                user.end();
                yield entity;
            }
            case "workspace" -> new IdmEvent.Entity.Workspace(members.text("workspace"));
            case "other" -> {
                members.mark("other");
                yield new IdmEvent.Entity.Other();
            }
            default -> throw unknownKind();
        };
    }

    private MessageEvent message(Members members) throws UnreadableEventException {
        Audience audience = audience(members.object("for"));
        Optional<String> key = members.optionalText("key");
        boolean urgent = members.flag("urgent");
        Optional<Duration> timeToLive = members.optionalText("ttl").map(Duration::parse);
        return new MessageEvent(audience, content(members, audience), key, urgent, timeToLive);
    }

    private static Audience audience(Members members) throws UnreadableEventException {
        return switch (members.only()) {
            case "topic" -> new Audience.Subscribers(topic(members, "topic"));
            case "user" -> new Audience.User(members.text("user"));
            case "role" -> new Audience.Role(members.text("role"));
            case "workspace" -> new Audience.Workspace(members.text("workspace"));
            case "session" -> new Audience.Session(UUID.fromString(members.text("session")));
            case "everyone" -> {
                members.mark("everyone");
                yield new Audience.Everyone();
            }
            default -> throw unknownKind();
        };
    }

    private Content content(Members members, Audience audience) throws UnreadableEventException {
        if (members.has("message")) {
            Members message = members.object("message");
            Content content = new Content.Message(
                    shown(message, audience),
                    part(message, "payload"),
                    optionalPart(message, "metadata"),
                    message.optionalText("clientTopic"));
            message.end();
            return content;
        }
        if (members.has("notification")) {
            return new Content.Notification(part(members, "notification"));
        }
        if (members.has("binary")) {
            Members binary = members.object("binary");
            Content content =
                    new Content.Binary(shown(binary, audience), part(binary, "frame"), part(binary, "payload"));
            binary.end();
            return content;
        }
        if (members.has("direct")) {
            Members direct = members.object("direct");
            Content content = new Content.Direct(
                    UUID.fromString(direct.text("id")),
                    direct.text("sender"),
                    part(direct, "payload"),
                    optionalPart(direct, "metadata"),
                    optionalPart(direct, "frame"));
            direct.end();
            return content;
        }
        return members.has("presence")
                ? new Content.Presence(part(members, "presence"))
                : new Content.Event(part(members, "event"));
    }

    private static Topic shown(Members members, Audience audience) throws UnreadableEventException {
        return members.has("shown") ? topic(members, "shown") : audience.topic();
    }

    private static Topic topic(Members members, String name) throws UnreadableEventException {
        return Topic.of(texts(members.array(name)));
    }

    private RoomChange change(Members members) throws UnreadableEventException {
        List<String> named = texts(members.array("room"), 3);
        Room room = new Room(UUID.fromString(named.get(0)), new RoomName(RoomType.valueOf(named.get(1)), named.get(2)));
        if (members.has("said")) {
            return new RoomChange.Said(room, said(members, "said"));
        }
        if (members.has("edited")) {
            return new RoomChange.Edited(room, said(members, "edited"));
        }
        if (members.has("unsaid")) {
            return new RoomChange.Unsaid(room, said(members, "unsaid"));
        }
        if (members.has("gathered")) {
            return new RoomChange.Gathered(room, texts(members.array("gathered")));
        }
        if (members.has("described")) {
            return new RoomChange.Described(room, textPart(members, "described"));
        }
        members.mark("closed");
        return new RoomChange.Closed(room);
    }

    private Message said(Members change, String name) throws UnreadableEventException {
        Members members = change.object(name);
        Message message = new Message(
                members.number("seq"),
                members.text("uuid"),
                members.text("author"),
                members.number("timestamp"),
                textPart(members, "json"));
        members.end();
        return message;
    }

    private static String text(JsonNode value) throws UnreadableEventException {
        if (!value.isTextual()) {
            throw new UnreadableEventException("a member that is missing or of another type");
        }
        return value.textValue();
    }

    private static List<String> texts(JsonNode array) throws UnreadableEventException {
        List<String> texts = new ArrayList<>(array.size());
        for (JsonNode text : array) {
            texts.add(text(text));
        }
        return texts;
    }

    private static List<String> texts(JsonNode array, int count) throws UnreadableEventException {
        if (!array.isArray() || array.size() != count) {
            throw new UnreadableEventException("a list of another length");
        }
        return texts(array);
    }
}
