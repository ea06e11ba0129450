package io.switchboard.dialect.cells;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.ChatCommand;
import io.switchboard.chat.ChatCommand.Named;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.WireJson;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatDialectTest {
    private static final Named ROOM = new Named(RoomType.WORKSPACE, "w1");

    private final ChatDialect dialect = new ChatDialect(WireJson.MAPPER);

    private static Stream<Arguments> commands() {
        String room =
                "\"Room\":{\"Type\":\"WORKSPACE\",\"RoomTypeObject\":\"w1\",\"RoomLabel\":\"<x>\",\"Users\":[\"x\"]}";
        return Stream.of(
                Arguments.of("{\"@type\":\"JOIN\"," + room + "}", new ChatCommand.Join(ROOM, false)),
                Arguments.of("{" + room + "}", new ChatCommand.Join(ROOM, false)),
                Arguments.of(
                        "{\"@type\":\"JOIN\",\"Room\":{}}",
                        new ChatCommand.Join(new Named(RoomType.GLOBAL, ""), false)),
                Arguments.of(
                        "{\"@type\":\"JOIN\",\"Room\":{\"Type\":1,\"RoomTypeObject\":\"w1\"}}",
                        new ChatCommand.Join(ROOM, false)),
                Arguments.of(
                        "{\"@type\":\"JOIN\"," + room + ",\"Message\":{\"Message\":\"PING\"}}",
                        new ChatCommand.Join(ROOM, true)),
                Arguments.of(
                        "{\"@type\":\"JOIN\"," + room + ",\"Message\":{\"Message\":\"PONG\"}}",
                        new ChatCommand.Join(ROOM, false)),
                Arguments.of("{\"@type\":\"LEAVE\"," + room + "}", new ChatCommand.Leave(ROOM)),
                Arguments.of(
                        "{\"@type\":\"HISTORY\"," + room
                                + ",\"Message\":{\"Message\":\"{\\\"Offset\\\":40,\\\"Limit\\\":20}\"}}",
                        new ChatCommand.History(ROOM, 40, OptionalInt.of(20))),
                Arguments.of(
                        "{\"@type\":\"HISTORY\"," + room + ",\"Message\":{\"Message\":\"{}\"}}",
                        new ChatCommand.History(ROOM, 0, OptionalInt.empty())),
                Arguments.of(
                        "{\"@type\":\"HISTORY\"," + room + "}", new ChatCommand.History(ROOM, 0, OptionalInt.empty())),
                Arguments.of(
                        "{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"r\",\"Message\":\" hi \",\"Author\":\"x\"}}",
                        new ChatCommand.Post("r", "", " hi ")),
                Arguments.of(
                        "{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"r\",\"Uuid\":\"m\",\"Message\":\"hi\"}}",
                        new ChatCommand.Post("r", "m", "hi")),
                Arguments.of(
                        "{\"@type\":\"DELETE_MSG\",\"Message\":{\"RoomUuid\":\"r\",\"Uuid\":\"m\"}}",
                        new ChatCommand.Delete("r", "m")));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandsAreReadAsTheyAreMeant(String text, ChatCommand command) {
        assertThat(dialect.decode(text))
                .isInstanceOfSatisfying(
                        Command.Chat.class, chat -> assertThat(chat.command()).isEqualTo(command));
    }

    @Test
    void aVeryLargeLimitIsALimit() {
        assertThat(dialect.decode(
                        "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Limit\\\":4294967296}\"}}"))
                .isInstanceOfSatisfying(
                        Command.Chat.class,
                        chat -> assertThat(chat.command())
                                .isEqualTo(new ChatCommand.History(
                                        new Named(RoomType.GLOBAL, ""), 0, OptionalInt.of(Integer.MAX_VALUE))));
    }

    @Test
    void signingInAndOutIsAsForEvents() {
        assertThat(dialect.decode("{\"@type\":\"subscribe\",\"jwt\":\"a.b.c\"}"))
                .isEqualTo(new Command.SignIn("a.b.c"));
        assertThat(dialect.decode("{\"@type\":\"unsubscribe\"}")).isEqualTo(new Command.SignOut());
        assertThat(dialect.decode("hello")).isInstanceOf(Command.Malformed.class);
        assertThat(dialect.decode("{\"@type\":\"DANCE\"}")).isEqualTo(new Command.Ignored());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"@type\":\"JOIN\"}",
                "{\"@type\":\"JOIN\",\"Room\":[]}",
                "{\"@type\":\"JOIN\",\"Room\":{\"Type\":\"CELLAR\"}}",
                "{\"@type\":\"JOIN\",\"Room\":{\"Type\":4}}",
                "{\"@type\":\"JOIN\",\"Room\":{\"RoomTypeObject\":1}}",
                "{\"@type\":\"JOIN\",\"Room\":{},\"Message\":{\"Message\":1}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"x\"}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"[]\"}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Offset\\\":-1}\"}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Limit\\\":-1}\"}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Limit\\\":1.5}\"}}",
                "{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Offset\\\":\\\"1\\\"}\"}}",
                "{\"@type\":\"POST\"}",
                "{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"r\"}}",
                "{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"r\",\"Message\":\" \\n \"}}",
                "{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":{},\"Message\":\"x\"}}",
                "{\"@type\":\"DELETE_MSG\",\"Message\":{\"RoomUuid\":\"r\"}}",
            })
    void whatCannotBeMeantIsRefused(String text) {
        assertThat(dialect.decode(text))
                .isInstanceOfSatisfying(
                        Command.Refused.class,
                        refused -> assertThat(refused.error().message()).startsWith("send "));
    }

    @Test
    void nothingMakesItThrow() {
        RandomText random = new RandomText(new Random(13));
        for (int i = 0; i < 20_000; i++) {
            String text = random.next();
            assertThat(dialect.decode(text)).as("%s", text).isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"POST", "DELETE_MSG"})
    void aPostDoesNotTellWhatItSays(String type) {
        assertThat(dialect.decode("{\"@type\":\"" + type
                        + "\",\"Message\":{\"RoomUuid\":\"r\",\"Uuid\":\"m\",\"Message\":\"hunter2\"}}"))
                .asString()
                .doesNotContain("hunter2");
    }

    private List<JsonNode> frames(Reply reply) {
        Command.Refused any = (Command.Refused) dialect.decode("{\"@type\":\"JOIN\"}");
        return dialect.reply(any.request(), reply).stream()
                .map(RecordingTransport::textOf)
                .map(WireJson::read)
                .toList();
    }

    @Test
    void aRoomIsShownWithItsMessagesAndWhetherThereAreMore() {
        Room room = new Room(
                UUID.randomUUID(), RoomName.of(RoomType.USER, "bob", "alice").orElseThrow());
        Message first = new Message(3, "m3", "bob", 1_700_000_000, "{\"Uuid\":\"m3\"}");
        Message second = new Message(4, "m4", "bob", 1_700_000_001, "{\"Uuid\":\"m4\"}");

        assertThat(frames(new Reply.InRoom(
                        room,
                        "alice",
                        List.of("alice"),
                        List.of(first, second),
                        Optional.of(new Reply.InRoom.Page(4, 2)))))
                .containsExactly(
                        WireJson.read("{\"@type\":\"ROOM_UPDATE\",\"Room\":{\"Uuid\":\"" + room.uuid()
                                + "\",\"Type\":\"USER\",\"RoomTypeObject\":\"bob\",\"Users\":[\"alice\"]}}"),
                        WireJson.read("{\"Uuid\":\"m3\"}"),
                        WireJson.read("{\"Uuid\":\"m4\"}"),
                        WireJson.read("{\"@type\":\"MAY_HAVE_MORE\",\"RoomUuid\":\"" + room.uuid()
                                + "\",\"Timestamp\":1700000000,\"Offset\":4,\"Limit\":2}"));
    }

    /** The web client tells rooms apart by both, so they are sent even where they are what proto-JSON leaves out. */
    @Test
    void typeAndObjectOfARoomAreAlwaysSent() {
        Room room = new Room(UUID.randomUUID(), new RoomName(RoomType.GLOBAL, ""));
        assertThat(frames(new Reply.InRoom(room, "alice", List.of(), List.of(), Optional.empty())))
                .containsExactly(WireJson.read("{\"@type\":\"ROOM_UPDATE\",\"Room\":{\"Uuid\":\"" + room.uuid()
                        + "\",\"Type\":\"GLOBAL\",\"RoomTypeObject\":\"\"}}"));
    }

    @Test
    void errorsAreToldAndSuccessIsSilent() {
        assertThat(frames(new Reply.Failed(403, "join the room first")))
                .containsExactly(WireJson.read("{\"@type\":\"error\",\"error\":\"join the room first\"}"));
        assertThat(frames(new Reply.Done())).isEmpty();
    }
}
