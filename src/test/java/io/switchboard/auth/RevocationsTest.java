package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;

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
        assertThat(revocations.revokeUser(name)).isTrue();

        refuses(issued("alice", -10));
        refuses(claims("alice", Optional.empty()));
        accepts(issued("bob", -10));
        accepts(issued("Alice", -10));
        accepts(claims("bob", Optional.empty()));
    }

    @Test
    void aTokenOfTheSameInstantIsAnEarlierOne() throws Exception {
        assertThat(revocations.revokeUser("alice")).isTrue();
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
        assertThat(revocations.revokeUser("alice")).isTrue();
        time.pass(Duration.ofMillis(998));

        refuses(issued("alice", 0));
        time.pass(Duration.ofMillis(1));
        accepts(issued("alice", 0));
    }

    @Test
    void theClockOfTheIssuerMayBeAhead() throws Exception {
        revocations = revocations(Duration.ofSeconds(5), LIFETIME, 0);
        assertThat(revocations.revokeUser("alice")).isTrue();

        refuses(issued("alice", 5));
        refuses(issued("alice", 6)); // more than the skew from now
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 5)); // a second later than the last that is refused
    }

    @Test
    void aRevocationLapsesWhenNoTokenCanBeLeft() throws Exception {
        Claims old = issued("alice", -10);
        assertThat(revocations.revokeUser("alice")).isTrue();
        assertThat(revocations.lapse()).contains(time.instant().plus(LIFETIME));

        time.pass(LIFETIME.minusNanos(1));
        refuses(old);
        time.pass(Duration.ofNanos(1));
        accepts(old);
    }

    @Test
    void withSkewItLapsesLater() throws Exception {
        revocations = revocations(Duration.ofSeconds(5), LIFETIME, 0);
        assertThat(revocations.revokeUser("alice")).isTrue();
        // issued at the last instant that still counts as before, and valid a skew longer than it says
        Claims last = issued("alice", 5);

        time.pass(LIFETIME.plusSeconds(10).minusNanos(1));
        refuses(last);
        time.pass(Duration.ofNanos(1));
        accepts(last);
    }

    @Test
    void aSecondRevocationCountsFromThen() {
        assertThat(revocations.revokeUser("alice")).isTrue();
        time.pass(LIFETIME.dividedBy(2));
        Claims between = issued("alice", -10);
        assertThat(revocations.revokeUser("alice")).isTrue();
        refuses(between);
        time.pass(LIFETIME.minusNanos(1));
        refuses(between);
        assertThat(revocations.size()).isEqualTo(1);
    }

    @Test
    void withoutALongestLifetimeNothingLapses() {
        revocations = revocations(Duration.ZERO, Duration.ZERO, 0);
        assertThat(revocations.revokeUser("alice")).isTrue();
        time.pass(Duration.ofDays(10_000));

        refuses(claims("alice", Optional.empty()));
        assertThat(revocations.lapse()).isEmpty();
    }

    @Test
    void oneTokenIsRevoked() throws Exception {
        Claims token = issued("alice", -10);
        Claims without = claims("alice", Optional.empty());
        assertThat(revocations.revokeToken(token.token().fingerprint())).isTrue();

        refuses(token);
        accepts(issued("alice", -11));
        accepts(without);
        assertThat(revocations.revokeToken(without.token().fingerprint())).isTrue();
        refuses(without);
    }

    @Test
    void whatIsFullForgetsNothing() throws Exception {
        revocations = revocations(Duration.ZERO, LIFETIME, 2);
        Claims old = issued("alice", -10);
        assertThat(revocations.revokeUser("alice")).isTrue();
        assertThat(revocations.revokeUser("bob")).isTrue();

        assertThat(revocations.revokeUser("carol")).isFalse();

        accepts(issued("carol", -10));
        refuses(old);
        refuses(issued("bob", -10));
        assertThat(revocations.revokeUser("alice")).as("known already").isTrue();
        assertThat(revocations.revokeToken(Fingerprint.of("x")))
                .as("counted apart")
                .isTrue();
        time.pass(LIFETIME);
        assertThat(revocations.revokeUser("carol")).isTrue();
        refuses(issued("carol", -10));
    }

    @Test
    void whatWasWithdrawnFromAllIsGone() throws Exception {
        revocations.withdraw(Entitlement.workspace("w1"));
        revocations.withdraw(Entitlement.role("r2"));
        revocations.withdraw(Entitlement.role("w2"));
        revocations.withdraw(Entitlement.workspace("r1"));

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
        assertThat(revocations.withdraw(name, Entitlement.workspace("w1"))).isTrue();

        assertThat(revocations.admit(issued("alice", -10)).views()).containsExactly(view("w2"));
        accepts(issued("bob", -10));
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 0));
    }

    @Test
    void whatCannotBeRememberedTakesAllOfItsKind() throws Exception {
        revocations = revocations(Duration.ZERO, LIFETIME, 1);
        revocations.withdraw(Entitlement.workspace("x"));
        accepts(issued("alice", -10));

        revocations.withdraw(Entitlement.workspace("w1"));

        assertThat(revocations.admit(issued("alice", -10)).views()).isEmpty();
        assertThat(revocations.admit(issued("alice", -10)).roles()).hasSize(2);
        time.pass(Duration.ofSeconds(1));
        accepts(issued("alice", 0));
        time.pass(LIFETIME);
        accepts(issued("alice", -100));
    }
}
