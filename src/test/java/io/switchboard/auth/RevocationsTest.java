package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Revocation.Scope;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationsTest {
    private static final Duration LIFETIME = Duration.ofHours(1);

    private final TestTime time = new TestTime();
    private Revocations revocations = revocations(Duration.ZERO, LIFETIME, 0);

    private Revocations revocations(Duration skew, Duration lifetime, int bound) {
        return new Revocations(time, time.ticker(), skew, lifetime, bound);
    }

    private static View view(String uuid) {
        return new View(uuid, Optional.empty(), List.of(), View.Permission.WRITE);
    }

    private Claims claims(String user, Optional<Instant> issuedAt) {
        return new Claims(
                "sub-of-" + user,
                user,
                "",
                Set.of("r1", "r2"),
                List.of(view("w1"), view("w2")),
                Instant.MAX,
                new TokenFacts(issuedAt, Fingerprint.of(user + issuedAt), Set.of()));
    }

    /** A token that was issued so many seconds from now. */
    private Claims issued(String user, int seconds) {
        return claims(user, Optional.of(Instant.ofEpochSecond(time.second() + seconds)));
    }

    private void accepts(Claims claims) throws TokenRejectedException {
        assertThat(revocations.admit(claims)).isSameAs(claims);
    }

    private void refuses(Claims claims) {
        try {
            throw new AssertionError("accepted: " + revocations.admit(claims));
        } catch (TokenRejectedException e) {
            assertThat(e.reason()).isEqualTo(Reason.REVOKED);
        }
    }

    private boolean revokeUser(String user) {
        return revocations.remember(revocations.now(new Scope.OfUser(user)));
    }

    private boolean revokeToken(Fingerprint token) {
        return revocations.remember(revocations.now(new Scope.OfToken(token)));
    }

    private boolean withdraw(String user, Entitlement entitlement) {
        return revocations.remember(revocations.now(new Scope.OfEntitlement(entitlement, Optional.of(user))));
    }

    private void withdraw(Entitlement entitlement) {
        assertThat(revocations.remember(revocations.now(new Scope.OfEntitlement(entitlement, Optional.empty()))))
                .isTrue();
    }

    @Test
    void nothingIsRevokedAtFirst() throws Exception {
        accepts(issued("alice", -10));
        accepts(issued("alice", 1_000));
        accepts(claims("alice", Optional.empty()));
        assertThat(revocations.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice", "sub-of-alice"})
    void aUserIsRevokedByLoginOrSubject(String name) throws Exception {
        assertThat(revokeUser(name)).isTrue();

        refuses(issued("alice", -10));
        refuses(claims("alice", Optional.empty()));
        accepts(issued("bob", -10));
        accepts(issued("Alice", -10));
        accepts(claims("bob", Optional.empty()));
    }

    @Test
    void aTokenOfTheSameInstantIsAnEarlierOne() throws Exception {
        assertThat(revokeUser("alice")).isTrue();
        Claims same = issued("alice", 0);
        Claims next = issued("alice", 1);
        refuses(same);

        time.pass(Duration.ofMillis(999));
        refuses(same);
        // as long as it is from the future it could be of any time
        refuses(next);

        time.pass(Duration.ofMillis(1));
        refuses(same);
        accepts(next);
    }

    @Test
    void aTokenOfTheSameSecondIsAnEarlierOne() throws Exception {
        time.pass(Duration.ofMillis(1));
        assertThat(revokeUser("alice")).isTrue();
        time.pass(Duration.ofMillis(998));

        refuses(issued("alice", 0));
        time.pass(Duration.ofMillis(1));
        accepts(issued("alice", 0));
    }

    @Test
    void theClockOfTheIssuerMayBeAhead() throws Exception {
        revocations = revocations(Duration.ofSeconds(5), LIFETIME, 0);
        assertThat(revokeUser("alice")).isTrue();

        refuses(issued("alice", 5));
        refuses(issued("alice", 6)); // more than the skew from now
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 5)); // a second later than the last that is refused
    }

    @Test
    void aRevocationLapsesWhenNoTokenCanBeLeft() throws Exception {
        Claims old = issued("alice", -10);
        assertThat(revokeUser("alice")).isTrue();
        assertThat(revocations.lapse(revocations.now(new Scope.OfUser("alice"))))
                .contains(time.instant().plus(LIFETIME));

        time.pass(LIFETIME.minusNanos(1));
        refuses(old);
        time.pass(Duration.ofNanos(1));
        accepts(old);
    }

    @Test
    void withSkewItLapsesLater() throws Exception {
        revocations = revocations(Duration.ofSeconds(5), LIFETIME, 0);
        assertThat(revokeUser("alice")).isTrue();
        // issued at the last instant that still counts as before, and valid a skew longer than it says
        Claims last = issued("alice", 5);

        time.pass(LIFETIME.plusSeconds(10).minusNanos(1));
        refuses(last);
        time.pass(Duration.ofNanos(1));
        accepts(last);
    }

    @Test
    void aSecondRevocationCountsFromThen() {
        assertThat(revokeUser("alice")).isTrue();
        time.pass(LIFETIME.dividedBy(2));
        Claims between = issued("alice", -10);
        assertThat(revokeUser("alice")).isTrue();
        refuses(between);
        time.pass(LIFETIME.minusNanos(1));
        refuses(between);
        assertThat(revocations.size()).isEqualTo(1);
    }

    @Test
    void withoutALongestLifetimeNothingLapses() {
        revocations = revocations(Duration.ZERO, Duration.ZERO, 0);
        assertThat(revokeUser("alice")).isTrue();
        time.pass(Duration.ofDays(10_000));

        refuses(claims("alice", Optional.empty()));
        assertThat(revocations.lapse(revocations.now(new Scope.OfUser("alice"))))
                .isEmpty();
    }

    @Test
    void oneTokenIsRevoked() throws Exception {
        Claims token = issued("alice", -10);
        Claims without = claims("alice", Optional.empty());
        assertThat(revokeToken(token.token().fingerprint())).isTrue();

        refuses(token);
        accepts(issued("alice", -11));
        accepts(without);
        assertThat(revokeToken(without.token().fingerprint())).isTrue();
        refuses(without);
    }

    @Test
    void whatIsFullForgetsNothing() throws Exception {
        revocations = revocations(Duration.ZERO, LIFETIME, 2);
        Claims old = issued("alice", -10);
        assertThat(revokeUser("alice")).isTrue();
        assertThat(revokeUser("bob")).isTrue();

        assertThat(revokeUser("carol")).isFalse();

        accepts(issued("carol", -10));
        refuses(old);
        refuses(issued("bob", -10));
        assertThat(revokeUser("alice")).as("known already").isTrue();
        assertThat(revokeToken(Fingerprint.of("x"))).as("counted apart").isTrue();
        time.pass(LIFETIME);
        assertThat(revokeUser("carol")).isTrue();
        refuses(issued("carol", -10));
    }

    @Test
    void whatWasWithdrawnFromAllIsGone() throws Exception {
        withdraw(Entitlement.workspace("w1"));
        withdraw(Entitlement.role("r2"));
        withdraw(Entitlement.role("w2"));
        withdraw(Entitlement.workspace("r1"));

        Claims left = revocations.admit(issued("alice", -10));
        assertThat(left.views()).containsExactly(view("w2"));
        assertThat(left.roles()).containsExactly("r1");
        assertThat(left.token()).isEqualTo(issued("alice", -10).token());
        assertThat(revocations.admit(claims("bob", Optional.empty())).roles()).containsExactly("r1");
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 0));
        time.pass(LIFETIME);
        accepts(issued("bob", -100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice", "sub-of-alice"})
    void whatWasWithdrawnFromOneIsGone(String name) throws Exception {
        assertThat(withdraw(name, Entitlement.workspace("w1"))).isTrue();

        assertThat(revocations.admit(issued("alice", -10)).views()).containsExactly(view("w2"));
        accepts(issued("bob", -10));
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 0));
    }

    @Test
    void whatCannotBeRememberedTakesAllOfItsKind() throws Exception {
        revocations = revocations(Duration.ZERO, LIFETIME, 1);
        withdraw(Entitlement.workspace("x"));
        accepts(issued("alice", -10));

        withdraw(Entitlement.workspace("w1"));

        assertThat(revocations.admit(issued("alice", -10)).views()).isEmpty();
        assertThat(revocations.admit(issued("alice", -10)).roles()).hasSize(2);
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 0));
        time.pass(LIFETIME);
        accepts(issued("alice", -100));
    }

    @Test
    void anActOfBeforeCountsFromWhenItWasDone() throws Exception {
        time.pass(Duration.ofSeconds(100));
        Revocation act =
                new Revocation(new Scope.OfUser("alice"), time.instant().minusSeconds(60));
        assertThat(revocations.knows(act)).isFalse();
        assertThat(revocations.remember(act)).isTrue();

        assertThat(revocations.knows(act)).isTrue();
        refuses(issued("alice", -60));
        accepts(issued("alice", -59));
        assertThat(revocations.lapse(act))
                .contains(time.instant().minusSeconds(60).plus(LIFETIME));
        Claims old = issued("alice", -60);
        time.pass(LIFETIME.minusSeconds(60).minusNanos(1));
        refuses(old);
        time.pass(Duration.ofNanos(1));
        accepts(old);
    }

    @Test
    void whatHasLapsedIsNotRememberedAgain() throws Exception {
        Revocation act = revocations.now(new Scope.OfUser("alice"));
        Claims old = issued("alice", -10);
        time.pass(LIFETIME);

        assertThat(revocations.knows(act)).isTrue();
        assertThat(revocations.remember(act)).isTrue();
        accepts(old);
        assertThat(revocations.size()).isZero();
    }

    @Test
    void anEarlierActDoesNotUndoALaterOne() throws Exception {
        Revocation first = revocations.now(new Scope.OfUser("alice"));
        time.pass(Duration.ofSeconds(10));
        assertThat(revokeUser("alice")).isTrue();
        Claims between = issued("alice", -5);
        assertThat(revocations.knows(first)).isTrue();
        assertThat(revocations.remember(first)).isTrue();

        refuses(between);
        time.pass(LIFETIME.minusSeconds(1));
        refuses(between);
    }

    @Test
    void whatIsKnownTakesNoRoom() {
        revocations = revocations(Duration.ZERO, LIFETIME, 1);
        assertThat(revocations.hasRoom(new Scope.OfUser("alice"))).isTrue();
        assertThat(revokeUser("alice")).isTrue();

        assertThat(revocations.hasRoom(new Scope.OfUser("bob"))).isFalse();
        assertThat(revocations.hasRoom(new Scope.OfUser("alice"))).isTrue();
        assertThat(revocations.hasRoom(new Scope.OfEntitlement(Entitlement.role("r1"), Optional.of("bob"))))
                .isTrue();
        assertThat(revocations.hasRoom(new Scope.OfToken(Fingerprint.of("x")))).isTrue();
    }
}
