package io.switchboard.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.MessageJson;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomRights;
import io.switchboard.chat.RoomType;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.log.Position;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Chat rooms: those who may be in a room hear of what happens there, as the Cells protocol writes it. Any thread. */
public final class RoomFamily {
    private static final String ROOM_UPDATE = "ROOM_UPDATE";

    private final RoomRights rights;

    public RoomFamily(RoomRights rights) {
        this.rights = requireNonNull(rights, "rights");
    }

    /** What those in the room are told; in a room of two each hears of it as of the other's. */
    List<Publication> publications(Position position, RoomChange change) {
        Room room = change.room();
        // a new one each time: sessions remember which guard let them pass last, and these may change their mind
        Guard guard = rights.guard(room);
        return switch (change) {
            case RoomChange.Said said ->
                List.of(publication(position, room, guard, said.message().json()));
            case RoomChange.Edited edited ->
                List.of(publication(position, room, guard, edited.message().json()));
            case RoomChange.Unsaid unsaid ->
                List.of(publication(
                        position,
                        room,
                        guard,
                        MessageJson.wrapped("DELETE_MSG", "Message", MessageJson.identity(room, unsaid.message()))
                                .toString()));
            case RoomChange.Gathered gathered ->
                updates(position, room, guard, viewer -> MessageJson.room(room, viewer, gathered.users()));
            case RoomChange.Described described ->
                updates(position, room, guard, viewer -> MessageJson.room(room, viewer, described.json()));
            case RoomChange.Closed _ ->
                updates(position, room, guard, viewer -> MessageJson.room(room, viewer, List.of()));
        };
    }

    private static List<Publication> updates(
            Position position, Room room, Guard guard, Function<String, JsonNode> describe) {
        if (room.name().type() != RoomType.USER) {
            return List.of(publication(position, room, guard, update(describe.apply(""))));
        }
        return room.name().users().stream()
                .map(user -> publication(
                        position, room, new Guard.Both(guard, new Guard.IsUser(user)), update(describe.apply(user))))
                .toList();
    }

    private static String update(JsonNode room) {
        return MessageJson.wrapped(ROOM_UPDATE, "Room", room).toString();
    }

    private static Publication publication(Position position, Room room, Guard guard, String json) {
        return new Publication(position, room.topic(), guard, Policy.RELIABLE, Optional.empty(), json.getBytes(UTF_8));
    }
}
