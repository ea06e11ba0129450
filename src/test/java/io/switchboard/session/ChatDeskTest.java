package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.Colleagues;
import io.switchboard.chat.LocalColleagues;
import io.switchboard.chat.Right;
import io.switchboard.chat.RoomRights;
import io.switchboard.chat.RoomType;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.cells.ChatDialect;
import io.switchboard.event.EventRouter;
import io.switchboard.event.RoomEvent;
import io.switchboard.event.RoomFamily;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.testing.MemoryChatStore;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.Routers;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRooms;
import io.switchboard.testing.TestServices;
import io.switchboard.testing.WireJson;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a session does in rooms where a setting, the service or the database decides. */
class ChatDeskTest {
    private static final Duration PERMISSION_LASTS = Duration.ofSeconds(60);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0));
    private final Colleagues colleagues = new LocalColleagues();
    private final MemoryChatStore store = new MemoryChatStore();
    private Right answer = Right.WRITE;
    private int asked;
    private long offset;

    private final RoomRights rights = new RoomRights(Set.of(RoomType.NODE), colleagues, (_, _, _) -> {
        asked++;
        return CompletableFuture.completedFuture(answer);
    });
    private final EventRouter router = Routers.immediate(hub, new RoomFamily(rights), List.of(), _ -> {});
    private final ChatRooms rooms = TestRooms.of(
            store,
            rights,
            colleagues,
            TestRooms.AT_ONCE,
            change -> {
                router.deliver(new Position("e", ++offset, 0), new RoomEvent(change), () -> {});
                return CompletableFuture.completedFuture(null);
            },
            time.clock());

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session;
        private int read;

        private Client(String user, ChatSettings settings) {
            session = new Session(
                    transport,
                    shard,
                    flusher,
                    TestServices.by(time)
                            .dialect(new ChatDialect(WireJson.MAPPER))
                            .rooms(rooms)
                            .limits(new SessionLimits(Duration.ZERO, Duration.ZERO, 0, 0, 3, 0, 0, settings))
                            .verifier(token -> token.equals("bad")
                                    ? CompletableFuture.failedFuture(new TokenRejectedException(Reason.SIGNATURE))
                                    : CompletableFuture.completedFuture(new Claims(
                                            user,
                                            user,
                                            "standard",
                                            Set.of(),
                                            List.of(),
                                            time.now().plus(Duration.ofDays(1)))))
                            .build());
            session.open(Opening.of(DialectKind.CHAT));
            say("{\"@type\":\"subscribe\",\"jwt\":\"x\"}");
        }

        private void say(String text) {
            session.onText(text);
            run();
        }

        private void join(String type, String object) {
            say("{\"@type\":\"JOIN\",\"Room\":{\"Type\":\"" + type + "\",\"RoomTypeObject\":\"" + object + "\"}}");
        }

        private void post(String uuid, String text) {
            say("{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"" + uuid + "\",\"Message\":\"" + text + "\"}}");
        }

        private JsonNode next() {
            return WireJson.read(transport.messages().get(read++));
        }

        private String enter(String type, String object) {
            join(type, object);
            return next().at("/Room/Uuid").asText();
        }

        private String error() {
            JsonNode message = next();
            assertThat(message.path("@type").asText()).as("%s", message).isEqualTo("error");
            return message.path("error").asText();
        }

        private boolean idle() {
            return read == transport.messages().size();
        }
    }

    private void run() {
        loop.runAll();
        // what is gathered leaves
        time.advance(Duration.ofMillis(10));
        loop.runAll();
    }

    private void advance(Duration duration) {
        time.advance(duration);
        run();
    }

    @Test
    void whoJoinsGetsWhatWasSaidWhereTheSettingSaysSo() {
        ChatSettings history = new ChatSettings(0, true, PERMISSION_LASTS);
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("GLOBAL", "lobby");
        alice.post(room, "first");
        alice.post(room, "second");

        Client bob = new Client("bob", history);
        bob.join("GLOBAL", "lobby");
        assertThat(bob.next().path("@type").asText()).isEqualTo("ROOM_UPDATE");
        JsonNode next = bob.next();
        while (next.has("@type")) {
            // told as everybody is
            next = bob.next();
        }
        assertThat(next.path("Message").asText()).isEqualTo("first");
        assertThat(bob.next().path("Message").asText()).isEqualTo("second");

        int before = bob.transport.messages().size();
        bob.say("{\"@type\":\"JOIN\",\"Room\":{\"RoomTypeObject\":\"lobby\"},\"Message\":{\"Message\":\"PING\"}}");
        assertThat(bob.transport.messages()).as("never for a heartbeat").hasSize(before);
    }

    @Test
    void aDecisionOfTheServiceCountsForAWhileAndIsThenAskedFor() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("NODE", "n1");
        assertThat(asked).isEqualTo(1);
        advance(Duration.ofSeconds(30));
        alice.post(room, "m1");
        assertThat(alice.next().path("Message").asText()).isEqualTo("m1");
        assertThat(asked).as("it still counts").isEqualTo(1);

        advance(Duration.ofSeconds(31));
        assertThat(asked).as("asked again, whatever the client does").isEqualTo(2);
        alice.post(room, "m2");
        assertThat(alice.next().path("Message").asText()).isEqualTo("m2");
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void aServiceThatChangesItsMindEndsTheRoom() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        Client bob = new Client("bob", ChatSettings.USUAL);
        String room = alice.enter("NODE", "n1");
        bob.enter("NODE", "n1");
        answer = Right.NONE;
        advance(PERMISSION_LASTS);
        assertThat(alice.session.facts().subscriptions()).isZero();
        int before = bob.transport.messages().size();
        answer = Right.WRITE;
        alice.enter("NODE", "n1");
        alice.post(room, "are you there?");
        assertThat(bob.transport.messages()).hasSize(before);
    }

    @Test
    void readOnlyIsAskedAgainToo() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("NODE", "n1");
        answer = Right.READ;
        alice.post(room, "m1");
        assertThat(alice.next().path("Message").asText()).isEqualTo("m1");
        advance(PERMISSION_LASTS);
        alice.post(room, "m2");
        assertThat(alice.error()).contains("read");
    }

    @Test
    void aDatabaseThatHasTooMuchToDoOrIsAwayIsTold() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("GLOBAL", "lobby");
        for (StoreException.Reason reason : StoreException.Reason.values()) {
            store.fail(Optional.of(reason));
            alice.post(room, "lost");
            assertThat(alice.error()).contains("try again");
            alice.join("GLOBAL", "another");
            assertThat(alice.error()).contains("try again");
            alice.say("{\"@type\":\"HISTORY\",\"Room\":{\"RoomTypeObject\":\"lobby\"}}");
            assertThat(alice.error()).contains("try again");
            alice.say("{\"@type\":\"DELETE_MSG\",\"Message\":{\"RoomUuid\":\"" + room + "\",\"Uuid\":\"x\"}}");
            assertThat(alice.error()).contains("try again");
            // still there, and says so without the database
            alice.say(
                    "{\"@type\":\"JOIN\",\"Room\":{\"RoomTypeObject\":\"lobby\"},\"Message\":{\"Message\":\"PING\"}}");
            assertThat(alice.idle()).isTrue();
        }
        store.fail(Optional.empty());
        alice.post(room, "kept");
        assertThat(alice.next().path("Message").asText()).isEqualTo("kept");
        assertThat(alice.session.isOpen()).isTrue();
    }

    @Test
    void aSessionIsInSoManyRoomsAndNoMore() {
        Client alice = new Client("alice", new ChatSettings(2, false, PERMISSION_LASTS));
        alice.enter("GLOBAL", "a");
        alice.enter("GLOBAL", "b");
        alice.join("GLOBAL", "c");
        assertThat(alice.error()).contains("at most 2");
        alice.say("{\"@type\":\"LEAVE\",\"Room\":{\"RoomTypeObject\":\"a\"}}");
        assertThat(alice.enter("GLOBAL", "c")).isNotEmpty();
    }

    @Test
    void nothingIsReadWhileACommandIsUnderWay() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("GLOBAL", "lobby");
        alice.session.onText("{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"" + room + "\",\"Message\":\"m1\"}}");
        assertThat(alice.transport.isHeld()).isTrue();
        alice.session.onText("{\"@type\":\"LEAVE\",\"Room\":{\"RoomTypeObject\":\"lobby\"}}");
        run();
        assertThat(alice.transport.isHeld()).isFalse();
        assertThat(alice.session.facts().subscriptions()).isZero();
    }

    /** What it answers to the close frame must be heard, or it is cut off after a while instead. */
    @Test
    void whoIsClosedIsReadAgain() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        alice.say("{\"@type\":\"subscribe\",\"jwt\":\"bad\"}");
        assertThat(alice.transport.closedWith()).contains(CloseCode.UNAUTHENTICATED);
        assertThat(alice.transport.isHeld()).isFalse();
    }

    /** One who only says that it is still there must not stay in a room that is not. */
    @Test
    void aHeartbeatInARoomThatWasDeletedIsAnError() {
        Client alice = new Client("alice", ChatSettings.USUAL);
        String room = alice.enter("GLOBAL", "lobby");
        var _ = store.delete(UUID.fromString(room));
        run();
        assertThat(alice.next().path("@type").asText()).isEqualTo("ROOM_UPDATE");
        alice.say("{\"@type\":\"JOIN\",\"Room\":{\"RoomTypeObject\":\"lobby\"},\"Message\":{\"Message\":\"PING\"}}");
        assertThat(alice.error()).contains("no such room");
        assertThat(alice.session.facts().subscriptions()).isZero();
        assertThat(alice.enter("GLOBAL", "lobby")).isNotEqualTo(room);
    }
}
