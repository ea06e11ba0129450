package io.switchboard.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes the head of one event, and puts aside its parts. {@link CodecReader} takes them in the order of this. One thread. */
final class CodecWriter {
    private final JsonGenerator json;
    private final List<byte[]> parts = new ArrayList<>(3);
    private int partBytes;

    CodecWriter(JsonGenerator json) {
        this.json = json;
    }

    List<byte[]> parts() {
        return parts;
    }

    int partBytes() {
        return partBytes;
    }

    void write(Event event) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart(event.topic().address());
        switch (event) {
            case TreeEvent tree -> tree(tree);
            case JobEvent(String owner, String text) -> {
                json.writeStringField("owner", owner);
                part("json", text);
            }
            case IdmEvent(IdmEvent.Change change, IdmEvent.Entity entity, String text) -> {
                json.writeStringField("change", change.name());
                entity(entity);
                part("json", text);
            }
            case ActivityEvent activity -> {
                json.writeStringField("box", activity.boxName());
                json.writeStringField("ownerType", activity.ownerType());
                json.writeStringField("ownerId", activity.ownerId());
                json.writeStringField("actorId", activity.actorId());
                part("json", activity.json());
            }
            case MessageEvent message -> message(message);
            case RoomEvent(RoomChange change) -> change(change);
            case RoomRequest _, OperationRequest _ ->
                throw new IllegalArgumentException("a request has no place in the log");
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void part(String name, String text) throws IOException {
        part(name, text.getBytes(UTF_8));
    }

    private void part(String name, byte[] bytes) throws IOException {
        json.writeNumberField(name, bytes.length);
        parts.add(bytes);
        partBytes = Math.addExact(partBytes, bytes.length);
    }

    private void part(String name, Optional<byte[]> bytes) throws IOException {
        if (bytes.isPresent()) {
            part(name, bytes.get());
        }
    }

    /** What is mostly false is left out where it is. */
    private void flag(String name, boolean value) throws IOException {
        if (value) {
            json.writeBooleanField(name, true);
        }
    }

    private void text(String name, Optional<String> text) throws IOException {
        if (text.isPresent()) {
            json.writeStringField(name, text.get());
        }
    }

    private void texts(String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private void tree(TreeEvent event) throws IOException {
        json.writeStringField("type", event.type().name());
        node("source", event.source());
        node("target", event.target());
        flag("optimistic", event.optimistic());
        flag("silent", event.silent());
        json.writeNumberField("weight", event.weight());
    }

    private void node(String name, Optional<Node> one) throws IOException {
        if (one.isEmpty()) {
            return;
        }
        Node node = one.get();
        json.writeObjectFieldStart(name);
        json.writeStringField("uuid", node.uuid());
        json.writeStringField("path", node.path());
        json.writeObjectFieldStart("meta");
        for (Map.Entry<String, String> entry : node.metaStore().entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("in");
        for (WorkspaceRelativePath place : node.appearsIn()) {
            json.writeStartArray();
            json.writeString(place.wsUuid());
            json.writeString(place.wsSlug());
            json.writeString(place.path());
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeObjectFieldStart("other");
        for (Map.Entry<String, JsonNode> entry : node.other().entrySet()) {
            json.writeFieldName(entry.getKey());
            json.writeTree(entry.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void entity(IdmEvent.Entity entity) throws IOException {
        json.writeObjectFieldStart("entity");
        switch (entity) {
            case IdmEvent.Entity.Acl(String role) -> json.writeStringField("acl", role);
            case IdmEvent.Entity.Role(String uuid) -> json.writeStringField("role", uuid);
            case IdmEvent.Entity.User(Optional<String> login, Optional<String> uuid) -> {
                json.writeObjectFieldStart("user");
                text("login", login);
                text("uuid", uuid);
                json.writeEndObject();
            }
            case IdmEvent.Entity.Workspace(String uuid) -> json.writeStringField("workspace", uuid);
            case IdmEvent.Entity.Other() -> json.writeBooleanField("other", true);
        }
        json.writeEndObject();
    }

    private void message(MessageEvent event) throws IOException {
        audience(event.audience());
        text("key", event.key());
        flag("urgent", event.urgent());
        text("ttl", event.timeToLive().map(Object::toString));
        switch (event.content()) {
            case Content.Event(byte[] text) -> part("event", text);
            case Content.Message message -> {
                json.writeObjectFieldStart("message");
                shown(message.shown(), event.audience());
                part("payload", message.payload());
                part("metadata", message.metadata());
                text("clientTopic", message.clientTopic());
                json.writeEndObject();
            }
            case Content.Notification(byte[] text) -> part("notification", text);
            case Content.Presence(byte[] text) -> part("presence", text);
            case Content.Binary(Topic shown, byte[] frame, byte[] payload) -> {
                json.writeObjectFieldStart("binary");
                shown(shown, event.audience());
                part("frame", frame);
                part("payload", payload);
                json.writeEndObject();
            }
            case Content.Direct direct -> {
                json.writeObjectFieldStart("direct");
                json.writeStringField("id", direct.id().toString());
                json.writeStringField("sender", direct.sender());
                part("payload", direct.payload());
                part("metadata", direct.metadata());
                part("frame", direct.frame());
                json.writeEndObject();
            }
        }
    }

    private void audience(Audience audience) throws IOException {
        json.writeObjectFieldStart("for");
        switch (audience) {
            case Audience.Subscribers(Topic topic) -> texts("topic", topic.segments());
            case Audience.User(String login) -> json.writeStringField("user", login);
            case Audience.Role(String id) -> json.writeStringField("role", id);
            case Audience.Workspace(String uuid) -> json.writeStringField("workspace", uuid);
            case Audience.Session session ->
                json.writeStringField("session", session.id().toString());
            case Audience.Everyone() -> json.writeBooleanField("everyone", true);
        }
        json.writeEndObject();
    }

    /** Left out where it is the one that the audience is found by, as it mostly is. */
    private void shown(Topic shown, Audience audience) throws IOException {
        if (!shown.equals(audience.topic())) {
            texts("shown", shown.segments());
        }
    }

    private void change(RoomChange change) throws IOException {
        Room room = change.room();
        texts(
                "room",
                List.of(
                        room.uuid().toString(),
                        room.name().type().name(),
                        room.name().object()));
        switch (change) {
            case RoomChange.Said said -> message("said", said.message());
            case RoomChange.Edited edited -> message("edited", edited.message());
            case RoomChange.Unsaid unsaid -> message("unsaid", unsaid.message());
            case RoomChange.Gathered gathered -> texts("gathered", gathered.users());
            case RoomChange.Described described -> part("described", described.json());
            case RoomChange.Closed _ -> json.writeBooleanField("closed", true);
        }
    }

    private void message(String name, Message message) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("seq", message.seq());
        json.writeStringField("uuid", message.uuid());
        json.writeStringField("author", message.author());
        json.writeNumberField("timestamp", message.timestamp());
        part("json", message.json());
        json.writeEndObject();
    }
}
