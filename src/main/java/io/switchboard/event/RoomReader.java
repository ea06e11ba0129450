package io.switchboard.event;

import static io.switchboard.event.JsonFields.field;
import static io.switchboard.event.JsonFields.object;
import static io.switchboard.event.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.ServiceWord;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Reads what services publish on {@code chat}: {@code {"Message":{…}}}, {@code {"Message":{…},"Details":"DELETE"}} or
 * {@code {"Room":{…}}}; where both are there the message counts. Pure.
 */
final class RoomReader {
    private static final int LONGEST_NAME = 256;

    private RoomReader() {}

    static RoomRequest read(JsonNode json) throws InvalidEventException {
        JsonNode message = object(json, "", "Message");
        JsonNode room = object(json, "", "Room");
        if (message.isMissingNode() && room.isMissingNode()) {
            throw new InvalidEventException("Message", "send a Message, or a Room, as an object");
        }
        if (message.isMissingNode()) {
            return new RoomRequest(new ServiceWord.Describe(uuid(room, "Room", "Uuid"), room.toString()));
        }
        UUID uuid = uuid(message, "Message", "RoomUuid");
        Optional<String> details = text(json, "", "Details");
        if (details.isPresent() && !details.get().isEmpty() && !details.get().equals("DELETE")) {
            throw new InvalidEventException("Details", "send DELETE, or leave it out");
        }
        Optional<String> id = name(message, "Uuid");
        if (details.filter("DELETE"::equals).isPresent()) {
            return new RoomRequest(new ServiceWord.Unsay(
                    uuid,
                    id.orElseThrow(() ->
                            new InvalidEventException("Message.Uuid", "send the uuid of the message to delete"))));
        }
        String author = name(message, "Author")
                .orElseThrow(() -> new InvalidEventException("Message.Author", "send the login of the author"));
        String text = text(message, "Message", "Message").orElse("");
        if (text.isBlank()) {
            throw new InvalidEventException("Message.Message", "send the text of the message");
        }
        object(message, "Message", "Activity");
        object(message, "Message", "Info");
        return new RoomRequest(new ServiceWord.Say(uuid, id, author, timestamp(message), text, message.toString()));
    }

    private static UUID uuid(JsonNode json, String at, String name) throws InvalidEventException {
        String text = text(json, at, name).orElse("");
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw new InvalidEventException(JsonFields.path(at, name), "send the uuid of the room");
        }
    }

    private static Optional<String> name(JsonNode message, String name) throws InvalidEventException {
        Optional<String> value = text(message, "Message", name).filter(text -> !text.isEmpty());
        if (value.isPresent() && value.get().length() > LONGEST_NAME) {
            throw new InvalidEventException("Message." + name, "send at most " + LONGEST_NAME + " characters");
        }
        return value;
    }

    /** Seconds, as the string that proto-JSON writes or as a number. */
    private static OptionalLong timestamp(JsonNode message) throws InvalidEventException {
        JsonNode value = field(message, "Timestamp");
        if (value.isMissingNode()) {
            return OptionalLong.empty();
        }
        try {
            if (value.isTextual()) {
                return OptionalLong.of(Long.parseLong(value.textValue()));
            }
        } catch (NumberFormatException _) {
            throw timestampProblem();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw timestampProblem();
        }
        return OptionalLong.of(value.longValue());
    }

    private static InvalidEventException timestampProblem() {
        return new InvalidEventException("Message.Timestamp", "send seconds since 1970, or leave it out");
    }
}
