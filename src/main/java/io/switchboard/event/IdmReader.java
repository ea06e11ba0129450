package io.switchboard.event;

import static io.switchboard.event.JsonFields.field;
import static io.switchboard.event.JsonFields.object;
import static io.switchboard.event.JsonFields.text;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.event.IdmEvent.Change;
import io.switchboard.event.IdmEvent.Entity;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the proto-JSON of {@code idm.ChangeEvent}. Pure, any thread. */
final class IdmReader {
    private static final Map<String, Change> CHANGES =
            Stream.of(Change.values()).collect(toUnmodifiableMap(Change::name, identity()));
    private static final String CHANGE_PROBLEM = Stream.of(Change.values())
            .map(Change::name)
            .collect(joining(", ", "send one of ", ", or leave it out for CREATE"));

    private IdmReader() {}

    /** What happened, and to what. */
    record Read(Change change, Entity entity, ObjectNode message) {}

    static Read read(JsonNode json) throws InvalidEventException {
        Change change = change(json);
        return new Read(change, entity(json), message(json, change));
    }

    private static Change change(JsonNode json) throws InvalidEventException {
        JsonNode value = field(json, "Type");
        if (value.isMissingNode()) {
            return Change.CREATE;
        }
        Change change = value.isTextual() ? CHANGES.get(value.textValue()) : null;
        if (change == null) {
            throw new InvalidEventException("Type", CHANGE_PROBLEM);
        }
        return change;
    }

    /** Every object is looked at, so that a wrong field is refused whatever stands before it. */
    private static Entity entity(JsonNode json) throws InvalidEventException {
        JsonNode acl = object(json, "", "Acl");
        JsonNode action = object(acl, "Acl", "Action");
        JsonNode role = object(json, "", "Role");
        JsonNode user = object(json, "", "User");
        JsonNode workspace = object(json, "", "Workspace");
        if (acl.isMissingNode() && role.isMissingNode() && user.isMissingNode() && workspace.isMissingNode()) {
            throw new InvalidEventException("", "send Acl, Role, User or Workspace: an idm event is about one of them");
        }
        Optional<String> aclRole = id(acl, "Acl", "RoleID");
        String actionName = text(action, "Acl.Action", "Name").orElse("");
        Optional<String> roleUuid = id(role, "Role", "Uuid");
        Optional<String> login = id(user, "User", "Login");
        Optional<String> userUuid = id(user, "User", "Uuid");
        Optional<String> workspaceUuid = id(workspace, "Workspace", "UUID");
        if (aclRole.isPresent() && !actionName.startsWith("parameter:") && !actionName.startsWith("action:")) {
            return new Entity.Acl(aclRole.get());
        }
        if (roleUuid.isPresent()) {
            return new Entity.Role(roleUuid.get());
        }
        if (login.isPresent() || userUuid.isPresent()) {
            return new Entity.User(login, userUuid);
        }
        return workspaceUuid.isPresent() ? new Entity.Workspace(workspaceUuid.get()) : new Entity.Other();
    }

    private static Optional<String> id(JsonNode json, String at, String name) throws InvalidEventException {
        return text(json, at, name).filter(id -> !id.isEmpty());
    }

    /** What clients receive: the event as it came, named, without default values and without a user's passwords. */
    private static ObjectNode message(JsonNode json, Change change) {
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("@type", "idm");
        for (Map.Entry<String, JsonNode> property : json.properties()) {
            String name = property.getKey();
            JsonNode value = property.getValue();
            if (name.equals("@type") || (name.equals("Type") && change == Change.CREATE)) {
                continue;
            }
            message.set(name, name.equals("User") && value.isObject() ? withoutPasswords(value) : value);
        }
        return message;
    }

    private static ObjectNode withoutPasswords(JsonNode user) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> property : user.properties()) {
            if (!property.getKey().equals("Password") && !property.getKey().equals("OldPassword")) {
                copy.set(property.getKey(), property.getValue());
            }
        }
        return copy;
    }
}
