package io.switchboard.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Guard;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RoomRightsTest {
    private static final UUID SESSION = UUID.randomUUID();
    private static final UUID OTHER_SESSION = UUID.randomUUID();

    private final Colleagues colleagues = new LocalColleagues();
    private final List<RoomName> questions = new ArrayList<>();
    private Right answer = Right.NONE;

    private RoomRights rights(RoomType... asked) {
        return new RoomRights(Set.of(asked), colleagues, (_, _, room) -> {
            questions.add(room);
            return CompletableFuture.completedFuture(answer);
        });
    }

    private static View view(String uuid, View.Permission permission) {
        return new View(uuid, Optional.empty(), List.of(), permission);
    }

    private static Claims claims(String username, View... views) {
        return new Claims("subject of " + username, username, "standard", Set.of(), List.of(views), Instant.MAX);
    }

    private static View w1() {
        return view("w1", View.Permission.WRITE);
    }

    private static RoomName pair(String one, String other) {
        return RoomName.of(RoomType.USER, one, other).orElseThrow();
    }

    private RoomRights.Decision decision(RoomRights rights, Claims claims, RoomName room) {
        return rights.decide(SESSION, claims, room).toCompletableFuture().resultNow();
    }

    @Test
    void globalRoomsAreForWhoeverIsSignedIn() {
        assertThat(rights().ofClaims(claims("alice"), new RoomName(RoomType.GLOBAL, "")))
                .isEqualTo(Right.WRITE);
    }

    @Test
    void roomsOfWorkspacesAreForThoseWhoHoldThem() {
        RoomName room = new RoomName(RoomType.WORKSPACE, "w1");

        assertThat(rights().ofClaims(claims("alice", w1()), room)).isEqualTo(Right.WRITE);
        assertThat(rights().ofClaims(claims("alice", view("w2", View.Permission.WRITE)), room))
                .isEqualTo(Right.NONE);
        assertThat(rights().ofClaims(claims("alice", view("w1", View.Permission.READ)), room))
                .isEqualTo(Right.READ);
        assertThat(rights().ofClaims(claims("alice", view("w1", View.Permission.READ), w1()), room))
                .as("one of several views lets write")
                .isEqualTo(Right.WRITE);
    }

    @Test
    void roomsOfTwoAreForTwoWhoShareAWorkspaceNow() {
        Claims alice = claims("alice", w1());
        Claims bob = claims("bob", w1());
        assertThat(rights().ofClaims(alice, pair("alice", "bob")))
                .as("bob is not here")
                .isEqualTo(Right.NONE);

        colleagues.present(OTHER_SESSION, bob);
        assertThat(rights().ofClaims(alice, pair("alice", "bob"))).isEqualTo(Right.WRITE);
        assertThat(rights().ofClaims(claims("alice", view("w2", View.Permission.WRITE)), pair("alice", "bob")))
                .isEqualTo(Right.NONE);
        assertThat(rights().ofClaims(claims("carol", w1()), pair("alice", "bob")))
                .as("a third one")
                .isEqualTo(Right.NONE);

        colleagues.present(OTHER_SESSION, claims("bob"));
        assertThat(rights().ofClaims(alice, pair("alice", "bob")))
                .as("bob has lost the workspace")
                .isEqualTo(Right.NONE);
    }

    @Test
    void anyOfSeveralSessionsTells() {
        Claims alice = claims("alice", w1());
        colleagues.present(OTHER_SESSION, claims("bob"));
        colleagues.present(SESSION, claims("bob", w1()));
        assertThat(rights().ofClaims(alice, pair("alice", "bob"))).isEqualTo(Right.WRITE);

        colleagues.absent(SESSION, "bob");
        assertThat(rights().ofClaims(alice, pair("alice", "bob"))).isEqualTo(Right.NONE);
        colleagues.absent(OTHER_SESSION, "bob");
        assertThat(colleagues.size()).isZero();
    }

    @Test
    void theServiceDecidesWhereClaimsSayNothing() {
        RoomRights rights = rights(RoomType.NODE);
        RoomName room = new RoomName(RoomType.NODE, "n1");

        assertThat(rights.ofClaims(claims("alice"), room)).isEqualTo(Right.NONE);
        assertThat(decision(rights, claims("alice"), room)).isEqualTo(new RoomRights.Decision(Right.NONE, true));
        answer = Right.READ;
        assertThat(decision(rights, claims("alice"), room)).isEqualTo(new RoomRights.Decision(Right.READ, true));
        assertThat(questions).containsExactly(room, room);
    }

    @Test
    void roomsOfNodesMayBeOpenToAll() {
        assertThat(decision(rights(), claims("alice"), new RoomName(RoomType.NODE, "n1")))
                .isEqualTo(new RoomRights.Decision(Right.WRITE, false));
        assertThat(questions).isEmpty();
    }

    @Test
    void theServiceIsAskedOfTwoWhoShareNothing() {
        answer = Right.WRITE;
        assertThat(decision(rights(), claims("alice"), pair("alice", "bob")))
                .isEqualTo(new RoomRights.Decision(Right.WRITE, true));
    }

    @Test
    void theServiceIsNotAskedOfAThirdOne() {
        answer = Right.WRITE;
        assertThat(decision(rights(RoomType.USER), claims("carol", w1()), pair("alice", "bob")))
                .isEqualTo(new RoomRights.Decision(Right.NONE, false));
        assertThat(questions).isEmpty();
    }

    @Test
    void theServiceCanTakeOverWhatClaimsWouldAllow() {
        RoomRights rights = rights(RoomType.GLOBAL, RoomType.WORKSPACE);
        assertThat(decision(rights, claims("alice", w1()), new RoomName(RoomType.WORKSPACE, "w1")))
                .isEqualTo(new RoomRights.Decision(Right.NONE, true));
        assertThat(rights.ofClaims(claims("alice"), new RoomName(RoomType.GLOBAL, "")))
                .isEqualTo(Right.NONE);
    }

    @Test
    void claimsThatAreNoWorkspacesAreNotAskedAbout() {
        answer = Right.WRITE;
        assertThat(decision(rights(), claims("alice"), new RoomName(RoomType.WORKSPACE, "w1")))
                .isEqualTo(new RoomRights.Decision(Right.NONE, false));
        assertThat(questions).isEmpty();
    }

    @Test
    void theGuardOfARoomIsFoundByItsEqualAndAsksEachTime() {
        RoomRights rights = rights();
        Room room = new Room(UUID.randomUUID(), pair("alice", "bob"));
        Guard guard = rights.guard(room);
        assertThat(guard).isEqualTo(rights.guard(room)).hasSameHashCodeAs(rights.guard(room));

        Claims alice = claims("alice", w1());
        assertThat(guard.allows(alice)).isFalse();
        colleagues.present(OTHER_SESSION, claims("bob", w1()));
        assertThat(guard.allows(alice)).isTrue();
        colleagues.absent(OTHER_SESSION, "bob");
        assertThat(guard.allows(alice)).isFalse();
    }
}
