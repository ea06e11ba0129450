package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.auth.Entitlement.Kind;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * What was taken away from tokens that are still valid by themselves: users and single tokens that are refused, workspaces
 * and roles that do not count any more. A token that was issued later counts in full.
 *
 * <p>A token counts as issued later if its {@code iat} is after the instant of the act by more than the clock skew, and
 * not in the future by more than that. {@code iat} has whole seconds, so a token of the same second is an earlier one,
 * and so is a token without {@code iat}.
 *
 * <p>Everything is remembered until no token that was issued before can be accepted any more, in memory only. Any thread.
 */
public final class Revocations {
    private static final Logger LOG = Logger.getLogger(Revocations.class);

    /** An entitlement of one user. */
    private record Held(String user, Entitlement entitlement) {}

    private final Clock clock;
    private final Duration skew;
    private final Duration lifetime;
    private final Lapsing<String> users;
    private final Lapsing<Fingerprint> tokens;
    private final Lapsing<Held> held;
    private final Lapsing<Entitlement> entitlements;
    private final Lapsing<Kind> all;

    /**
     * @param skew by how much the clock of the issuer may be ahead
     * @param tokenLifetime the longest lifetime of a token that is accepted; zero: nothing is ever forgotten
     * @param bound how many acts of each sort are remembered; 0: any number
     */
    public Revocations(Clock clock, Ticker ticker, Duration skew, Duration tokenLifetime, int bound) {
        this.clock = requireNonNull(clock, "clock");
        this.skew = requireNonNull(skew, "skew");
        // a token may be issued a skew later by our clock and still count as earlier, and it expires a skew later
        this.lifetime = tokenLifetime.isZero() ? Duration.ZERO : tokenLifetime.plus(skew.multipliedBy(2));
        this.users = new Lapsing<>(lifetime, bound, ticker);
        this.tokens = new Lapsing<>(lifetime, bound, ticker);
        this.held = new Lapsing<>(lifetime, bound, ticker);
        this.entitlements = new Lapsing<>(lifetime, bound, ticker);
        this.all = new Lapsing<>(lifetime, Kind.values().length, ticker);
    }

    /** When an act of now lapses; empty: never. */
    public Optional<Instant> lapse() {
        return lifetime.isZero()
                ? Optional.empty()
                : Optional.of(clock.instant().plus(lifetime));
    }

    /** How many acts are remembered. */
    public long size() {
        return users.size() + tokens.size() + held.size() + entitlements.size() + all.size();
    }

    /**
     * Refuses the tokens that the user has had until now.
     *
     * @param user the login or the subject
     * @return {@code false}: too many are remembered already, and nothing was done
     */
    public boolean revokeUser(String user) {
        return users.put(user, clock.instant());
    }

    /**
     * Refuses one token, whatever its {@code iat}.
     *
     * @return {@code false}: too many are remembered already, and nothing was done
     */
    public boolean revokeToken(Fingerprint token) {
        return tokens.put(token, clock.instant());
    }

    /**
     * Takes an entitlement out of the tokens that the user has had until now.
     *
     * @param user the login or the subject
     * @return {@code false}: too many are remembered already, and nothing was done
     */
    public boolean withdraw(String user, Entitlement entitlement) {
        return held.put(new Held(user, entitlement), clock.instant());
    }

    /**
     * Takes an entitlement out of everybody's tokens. What happened cannot be refused: where there is no room to remember
     * it, tokens that were issued until now lose every entitlement of the kind.
     */
    public void withdraw(Entitlement entitlement) {
        if (!entitlements.put(entitlement, clock.instant())) {
            boolean _ = all.put(entitlement.kind(), clock.instant());
            LOG.errorf(
                    "Too many withdrawals to remember: at sign-in, tokens issued until now have no %s any more."
                            + " Raise switchboard.limits.revocations.",
                    entitlement.kind().wireName());
        }
    }

    /**
     * What is left of claims.
     *
     * @return the very same where nothing was taken away
     * @throws TokenRejectedException {@link Reason#REVOKED}
     */
    public Claims admit(Claims claims) throws TokenRejectedException {
        if (tokens.get(claims.token().fingerprint()).isPresent()
                || outdated(users.get(claims.username()), claims)
                || outdated(users.get(claims.subject()), claims)) {
            throw new TokenRejectedException(Reason.REVOKED);
        }
        if (entitlements.isEmpty() && held.isEmpty() && all.isEmpty()) {
            return claims;
        }
        return claims.without(entitlement -> outdated(entitlements.get(entitlement), claims)
                || outdated(all.get(entitlement.kind()), claims)
                || outdated(held.get(new Held(claims.username(), entitlement)), claims)
                || outdated(held.get(new Held(claims.subject(), entitlement)), claims));
    }

    private boolean outdated(Optional<Instant> act, Claims claims) {
        if (act.isEmpty()) {
            return false;
        }
        Optional<Instant> issuedAt = claims.token().issuedAt();
        return issuedAt.isEmpty()
                || !issuedAt.get().isAfter(act.get().plus(skew))
                || issuedAt.get().isAfter(clock.instant().plus(skew));
    }
}
