package io.switchboard.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MembersTest {
    private static final int LISTED = 5;
    /** Longer than a small room waits with what it tells. */
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final List<List<String>> announced = new ArrayList<>();
    private final Members members = new LocalMembers(loop, LISTED, change -> announced.add(change.users()));
    private final Room room = new Room(UUID.randomUUID(), new RoomName(RoomType.GLOBAL, ""));

    private void run() {
        loop.runAll();
    }

    private void advance(Duration duration) {
        time.advance(duration);
        run();
    }

    private Members.Gathering join(UUID session, String username) {
        var gathering = members.join(room, session, username).toCompletableFuture();
        run();
        return gathering.resultNow();
    }

    private List<String> users() {
        var users = members.of(room).toCompletableFuture();
        run();
        return users.resultNow();
    }

    @Test
    void everybodyIsToldOfWhoComesAndLeaves() {
        UUID alice = UUID.randomUUID();
        assertThat(join(alice, "alice")).isEqualTo(new Members.Gathering(List.of("alice"), true));
        advance(MOMENT);
        join(UUID.randomUUID(), "bob");
        advance(MOMENT);
        members.leave(room, alice);
        run();

        assertThat(announced).containsExactly(List.of("alice"), List.of("alice", "bob"), List.of("bob"));
    }

    @Test
    void aSecondConnectionOfAUserChangesNothing() {
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        join(first, "alice");
        advance(MOMENT);

        assertThat(join(second, "alice")).isEqualTo(new Members.Gathering(List.of("alice"), false));
        members.leave(room, first);
        run();
        assertThat(users()).containsExactly("alice");
        assertThat(announced).hasSize(1);
    }

    @Test
    void aHeartbeatChangesNothing() {
        UUID alice = UUID.randomUUID();
        join(alice, "alice");
        advance(Duration.ofHours(1));

        assertThat(join(alice, "alice")).isEqualTo(new Members.Gathering(List.of("alice"), false));
        assertThat(users()).containsExactly("alice");
    }

    @Test
    void aLostConnectionCountsUntilTwentySecondsAfterItsLastHeartbeat() {
        UUID alice = UUID.randomUUID();
        join(alice, "alice");
        join(UUID.randomUUID(), "bob");
        advance(Duration.ofSeconds(5));
        join(alice, "alice");
        advance(Duration.ofSeconds(15));
        members.lost(room, alice);
        run();

        advance(Duration.ofMillis(4_999));
        assertThat(users()).containsExactly("alice", "bob");
        advance(Duration.ofMillis(1));
        assertThat(users()).containsExactly("bob");
        assertThat(announced.getLast()).containsExactly("bob");
    }

    @Test
    void oneWhoIsLostLongAfterTheLastHeartbeatIsGoneAtOnce() {
        UUID alice = UUID.randomUUID();
        join(alice, "alice");
        advance(Duration.ofMinutes(1));
        members.lost(room, alice);
        run();
        assertThat(users()).isEmpty();
    }

    @Test
    void aReloadIsNoComingAndGoing() {
        UUID before = UUID.randomUUID();
        join(before, "alice");
        advance(Duration.ofSeconds(1));
        members.lost(room, before);
        run();
        join(UUID.randomUUID(), "alice");
        advance(Duration.ofMinutes(1));

        assertThat(users()).containsExactly("alice");
        assertThat(announced).containsExactly(List.of("alice"));
    }

    @Test
    void manyWhoComeAtOnceAreToldOnce() {
        for (int i = 0; i < 4; i++) {
            join(UUID.randomUUID(), "u" + i);
        }
        assertThat(announced).containsExactly(List.of("u0"));
        advance(MOMENT);
        assertThat(announced).containsExactly(List.of("u0"), List.of("u0", "u1", "u2", "u3"));
        advance(MOMENT);
        assertThat(announced).hasSize(2);
    }

    @Test
    void onlyTheFirstAreNamed() {
        for (int i = 0; i < 2 * LISTED; i++) {
            join(UUID.randomUUID(), "u" + i);
        }
        assertThat(users()).containsExactly("u0", "u1", "u2", "u3", "u4");
    }

    /** What 10,000 who join at once cost is a few announcements and not one for each. */
    @Test
    void aStormIsToldSeldom() {
        int storm = 10_000;
        int listed = 1000;
        Members crowded = new LocalMembers(loop, listed, change -> announced.add(change.users()));
        for (int i = 0; i < storm; i++) {
            var _ = crowded.join(room, UUID.randomUUID(), "u" + i);
            if (i % 10 == 0) {
                advance(Duration.ofMillis(1));
            }
        }
        advance(Duration.ofMinutes(1));
        assertThat(announced).hasSizeBetween(2, 50);
        assertThat(announced.getLast()).hasSize(listed);
    }

    @Test
    void aRoomThatEverybodyLeftIsForgotten() {
        UUID alice = UUID.randomUUID();
        join(alice, "alice");
        assertThat(members.rooms()).isEqualTo(1);
        members.leave(room, alice);
        run();
        assertThat(members.rooms()).isZero();
        assertThat(announced).as("nobody is there to be told").hasSize(1);
    }

    @Test
    void leavingTwiceOrWithoutJoiningDoesNothing() {
        UUID alice = UUID.randomUUID();
        members.leave(room, alice);
        members.lost(room, alice);
        join(alice, "alice");
        members.leave(room, alice);
        members.leave(room, alice);
        run();
        assertThat(users()).isEmpty();
    }
}
