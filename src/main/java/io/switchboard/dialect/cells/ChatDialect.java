package io.switchboard.dialect.cells;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.switchboard.auth.Claims;
import io.switchboard.chat.ChatCommand;
import io.switchboard.chat.Message;
import io.switchboard.chat.MessageJson;
import io.switchboard.chat.RoomType;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Renderer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * The chat part of the Cells protocol: the client signs in as for events, joins rooms, and gets what is said there, each
 * message as its own JSON. Of a client's room only type and object are read, of its message only room, id and text.
 */
public final class ChatDialect implements SimpleDialect {
    /** Replies need not say what they answer: nothing in the protocol does. */
    private record Unnumbered() implements Request {}

    private static final Request REQUEST = new Unnumbered();

    /** How a JOIN says that it is a heartbeat. */
    private static final String PING = "PING";

    private static final int LONGEST_ID = 256;

    /** A command that cannot be meant. */
    private static final class BadCommandException extends Exception {
        private static final long serialVersionUID = 1L;

        BadCommandException(String message) {
            super(message, null, false, false);
        }
    }

    private final ObjectMapper mapper;

    public ChatDialect(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    @Override
    public DialectKind kind() {
        return DialectKind.CHAT;
    }

    @Override
    public boolean hasRooms() {
        return true;
    }

    @Override
    public Command decode(String text) {
        return CellsFrames.decode(mapper, text, this::command);
    }

    private Command command(JsonNode json) {
        JsonNode type = json.path("@type");
        try {
            return switch (type.isMissingNode() ? "JOIN" : type.asText()) {
                case "JOIN" -> chat(new ChatCommand.Join(room(json), PING.equals(text(message(json), "Message"))));
                case "LEAVE" -> chat(new ChatCommand.Leave(room(json)));
                case "HISTORY" -> chat(history(json));
                case "POST" -> chat(post(message(json)));
                case "DELETE_MSG" -> chat(delete(message(json)));
                default -> new Command.Ignored();
            };
        } catch (BadCommandException e) {
            return new Command.Refused(REQUEST, new Reply.Failed(400, e.getMessage()));
        }
    }

    private static Command chat(ChatCommand command) {
        return new Command.Chat(REQUEST, command);
    }

    private static ChatCommand.Named room(JsonNode json) throws BadCommandException {
        JsonNode room = json.path("Room");
        if (!room.isObject()) {
            throw new BadCommandException("send a Room: an object with Type and RoomTypeObject");
        }
        return new ChatCommand.Named(type(room.path("Type")), text(room, "RoomTypeObject"));
    }

    /** An enum travels by its name or by its number, and the first is left out. */
    private static RoomType type(JsonNode type) throws BadCommandException {
        if (type.isMissingNode() || type.isNull()) {
            return RoomType.GLOBAL;
        }
        for (RoomType one : RoomType.values()) {
            if (one.name().equals(type.textValue()) || (type.isInt() && type.intValue() == one.number())) {
                return one;
            }
        }
        throw new BadCommandException("send a Room whose Type is GLOBAL, WORKSPACE, USER or NODE");
    }

    private static JsonNode message(JsonNode json) {
        JsonNode message = json.path("Message");
        return message.isObject() ? message : MissingNode.getInstance();
    }

    /** A text, which is empty where it is left out. */
    private static String text(JsonNode json, String name) throws BadCommandException {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw new BadCommandException("send " + name + " as a string");
        }
        return value.textValue();
    }

    private ChatCommand history(JsonNode json) throws BadCommandException {
        ChatCommand.Named room = room(json);
        String text = text(message(json), "Message");
        if (text.isEmpty()) {
            return new ChatCommand.History(room, 0, OptionalInt.empty());
        }
        JsonNode page;
        try {
            page = mapper.readTree(text);
        } catch (JsonProcessingException _) {
            page = MissingNode.getInstance();
        }
        JsonNode offset = page.path("Offset");
        JsonNode limit = page.path("Limit");
        if (!page.isObject()
                || !(offset.isMissingNode() || isNumber(offset))
                || !(limit.isMissingNode() || isNumber(limit))
                || offset.asLong() < 0
                || limit.asLong() < 0) {
            throw new BadCommandException(
                    "send a Message whose Message is JSON in a string: {\"Offset\":0,\"Limit\":40}, numbers from 0 on");
        }
        int most = (int) Math.min(limit.asLong(), Integer.MAX_VALUE);
        return new ChatCommand.History(room, offset.asLong(), most == 0 ? OptionalInt.empty() : OptionalInt.of(most));
    }

    private static boolean isNumber(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToLong();
    }

    private static ChatCommand post(JsonNode message) throws BadCommandException {
        String text = text(message, "Message");
        if (text.isBlank()) {
            throw new BadCommandException("send a Message with RoomUuid and the text as its Message");
        }
        return new ChatCommand.Post(id(message, "RoomUuid"), id(message, "Uuid"), text);
    }

    private static ChatCommand delete(JsonNode message) throws BadCommandException {
        String uuid = id(message, "Uuid");
        if (uuid.isEmpty()) {
            throw new BadCommandException("send a Message with RoomUuid and Uuid");
        }
        return new ChatCommand.Delete(id(message, "RoomUuid"), uuid);
    }

    private static String id(JsonNode message, String name) throws BadCommandException {
        String id = text(message, name);
        if (id.length() > LONGEST_ID) {
            throw new BadCommandException("send a " + name + " of at most " + LONGEST_ID + " characters");
        }
        return id;
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return CellsFrames.notice(notice);
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        return switch (reply) {
            case Reply.Done() -> List.of();
            case Reply.Failed failed -> CellsFrames.error(failed.message());
            case Reply.InRoom state -> frames(state);
            default -> throw new IllegalArgumentException("the protocol has no such reply");
        };
    }

    private static List<Frame> frames(Reply.InRoom state) {
        List<Frame> frames = new ArrayList<>(state.messages().size() + 2);
        frames.add(Frame.text(MessageJson.wrapped(
                        "ROOM_UPDATE", "Room", MessageJson.room(state.room(), state.viewer(), state.users()))
                .toString()));
        for (Message message : state.messages()) {
            frames.add(Frame.text(message.json()));
        }
        state.more()
                .ifPresent(page -> frames.add(Frame.text(
                        MessageJson.mayHaveMore(state.room(), state.messages().getFirst(), page.offset(), page.limit())
                                .toString())));
        return frames;
    }

    @Override
    public Renderer renderer() {
        return CellsFrames.RENDERER;
    }

    /** Nothing: a client hears of the rooms that it is in. */
    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        // by the protocol
    }
}
