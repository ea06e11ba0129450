package io.switchboard.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoomNameTest {
    @Test
    void aRoomOfTwoIsTheSameForBoth() {
        RoomName ofAlice = RoomName.of(RoomType.USER, "bob", "alice").orElseThrow();
        RoomName ofBob = RoomName.of(RoomType.USER, "alice", "bob").orElseThrow();

        assertThat(ofAlice).isEqualTo(ofBob);
        assertThat(ofAlice.objectFor("alice")).isEqualTo("bob");
        assertThat(ofAlice.objectFor("bob")).isEqualTo("alice");
        assertThat(ofAlice.users()).containsExactly("alice", "bob");
        assertThat(ofAlice.isOf("alice")).isTrue();
        assertThat(ofAlice.isOf("carol")).isFalse();
    }

    /** Joined by a character that a name may hold, some of these would be one room. */
    @Test
    void noTwoPairsHaveOneRoom() {
        assertThat(RoomName.of(RoomType.USER, "b,c", "a"))
                .isPresent()
                .isNotEqualTo(RoomName.of(RoomType.USER, "c", "a,b"));
        assertThat(RoomName.of(RoomType.USER, "c", "a\u001fb")).isEmpty();
        assertThat(RoomName.of(RoomType.USER, "b\u001fc", "a")).isEmpty();
    }

    @Test
    void nobodyHasARoomWithThemselvesOrWithNobody() {
        assertThat(RoomName.of(RoomType.USER, "alice", "alice")).isEmpty();
        assertThat(RoomName.of(RoomType.USER, "", "alice")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"WORKSPACE", "NODE"})
    void aRoomOfSomethingNamesIt(RoomType type) {
        assertThat(RoomName.of(type, "", "alice")).isEmpty();
        assertThat(RoomName.of(type, "x", "alice")).contains(new RoomName(type, "x"));
        assertThat(new RoomName(type, "x").objectFor("alice")).isEqualTo("x");
        assertThat(new RoomName(type, "x").users()).isEmpty();
    }

    @Test
    void theGlobalRoomNeedsNoName() {
        assertThat(RoomName.of(RoomType.GLOBAL, "", "alice")).contains(new RoomName(RoomType.GLOBAL, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "\u0000", "\u001f"})
    void objectsHoldNoControlCharacters(String object) {
        assertThat(RoomName.of(RoomType.NODE, object, "alice")).isEmpty();
    }

    @Test
    void objectsAreNotEndless() {
        assertThat(RoomName.of(RoomType.NODE, "x".repeat(RoomName.LONGEST_OBJECT), "alice"))
                .isPresent();
        assertThat(RoomName.of(RoomType.NODE, "x".repeat(RoomName.LONGEST_OBJECT + 1), "alice"))
                .isEmpty();
        assertThat(RoomName.of(RoomType.USER, "x".repeat(RoomName.LONGEST_OBJECT), "alice"))
                .isEmpty();
    }
}
