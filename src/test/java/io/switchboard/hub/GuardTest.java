package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuardTest {
    private static final View VIEW = new View("w", Optional.empty(), List.of(), View.Permission.READ);
    private static final View OTHER_VIEW = new View("w", Optional.of("slug"), List.of(), View.Permission.READ);
    private static final Claims ALICE =
            new Claims("s", "alice", "standard", Set.of("r1", "r2"), List.of(VIEW), Instant.MAX);
    private static final Claims NOBODY = new Claims("x", "x", "", Set.of(), List.of(), Instant.MAX);

    private static Subjects users(String... users) {
        return new Subjects(false, Set.of(users), Set.of(), Set.of());
    }

    private static Subjects roles(String... roles) {
        return new Subjects(false, Set.of(), Set.of(roles), Set.of());
    }

    private static Subjects everyone() {
        return new Subjects(true, Set.of(), Set.of(), Set.of());
    }

    @Test
    void eachLooksAtItsOwnClaim() {
        assertThat(new Guard.HoldsView(VIEW).allows(ALICE)).isTrue();
        assertThat(new Guard.HoldsView(OTHER_VIEW).allows(ALICE)).isFalse();
        assertThat(new Guard.HoldsWorkspace("w").allows(ALICE)).isTrue();
        assertThat(new Guard.HoldsWorkspace("w").allows(NOBODY)).isFalse();
        assertThat(new Guard.HoldsWorkspace("s").allows(ALICE)).isFalse();
        assertThat(new Guard.IsUser("alice").allows(ALICE)).isTrue();
        assertThat(new Guard.IsUser("s").allows(ALICE)).isFalse();
        assertThat(new Guard.IsSubject("s").allows(ALICE)).isTrue();
        assertThat(new Guard.IsSubject("alice").allows(ALICE)).isFalse();
        assertThat(new Guard.HasRole("r2").allows(ALICE)).isTrue();
        assertThat(new Guard.HasRole("alice").allows(ALICE)).isFalse();
        assertThat(new Guard.HasProfile("standard").allows(ALICE)).isTrue();
        assertThat(new Guard.HasProfile("").allows(ALICE)).isFalse();
    }

    @Test
    void subjectsAreNamedByUserRoleAndProfile() {
        assertThat(users("bob", "alice").contains(ALICE)).isTrue();
        assertThat(users("bob").contains(ALICE)).isFalse();
        assertThat(roles("r2").contains(ALICE)).isTrue();
        assertThat(roles("r0", "r3", "r4", "r5", "r1").contains(ALICE)).isTrue();
        assertThat(roles("r0", "r3", "r4", "r5").contains(ALICE)).isFalse();
        assertThat(new Subjects(false, Set.of(), Set.of(), Set.of("standard")).contains(ALICE))
                .isTrue();
        assertThat(new Subjects(false, Set.of(), Set.of(), Set.of("admin")).contains(ALICE))
                .isFalse();
        assertThat(everyone().contains(NOBODY)).isTrue();
        assertThat(Subjects.NOBODY.contains(ALICE)).isFalse();
        assertThat(Subjects.NOBODY.isEmpty()).isTrue();
        assertThat(roles("r").isEmpty()).isFalse();
    }

    @Test
    void whoIsDeniedMayNotReadWhoeverElseMay() {
        assertThat(new Guard.MayRead(Subjects.NOBODY, users("alice")).allows(ALICE))
                .isTrue();
        assertThat(new Guard.MayRead(Subjects.NOBODY, Subjects.NOBODY).allows(ALICE))
                .isFalse();
        assertThat(new Guard.MayRead(roles("r1"), users("alice")).allows(ALICE)).isFalse();
        assertThat(new Guard.MayRead(users("bob"), everyone()).allows(ALICE)).isTrue();
        assertThat(new Guard.MayRead(everyone(), everyone()).allows(ALICE)).isFalse();
    }

    @Test
    void bothMustAllowAndTheAudienceIsTheFirst() {
        Guard.HoldsView holds = new Guard.HoldsView(VIEW);
        Guard.MayRead mayRead = new Guard.MayRead(Subjects.NOBODY, users("alice"));
        Guard.Both both = new Guard.Both(holds, mayRead);

        assertThat(both.allows(ALICE)).isTrue();
        assertThat(new Guard.Both(holds, new Guard.IsUser("bob")).allows(ALICE)).isFalse();
        assertThat(new Guard.Both(new Guard.HoldsView(OTHER_VIEW), mayRead).allows(ALICE))
                .isFalse();
        assertThat(both.audience()).isSameAs(holds);
        assertThat(holds.audience()).isSameAs(holds);
    }
}
