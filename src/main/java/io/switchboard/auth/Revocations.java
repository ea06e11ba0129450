package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.auth.Entitlement.Kind;
import io.switchboard.auth.Revocation.Scope;
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
 * <p>Everything is remembered until no token that was issued before can be accepted any more, in memory only; several processes
 * remember the same if each is told of every act. Any thread.
 */
public final class Revocations {
    private static final Logger LOG = Logger.getLogger(Revocations.class);

    /** For ever, as far as a clock of nanoseconds goes. */
    private static final Duration EVER = Duration.ofNanos(Long.MAX_VALUE);

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
        this.users = new Lapsing<>(bound, ticker);
        this.tokens = new Lapsing<>(bound, ticker);
        this.held = new Lapsing<>(bound, ticker);
        this.entitlements = new Lapsing<>(bound, ticker);
        this.all = new Lapsing<>(Kind.values().length, ticker);
    }

    /** An act of this instant, not remembered yet. */
    public Revocation now(Scope scope) {
        return new Revocation(scope, clock.instant());
    }

    /** When an act lapses; empty: never. */
    public Optional<Instant> lapse(Revocation act) {
        return lifetime.isZero() ? Optional.empty() : Optional.of(act.at().plus(lifetime));
    }

    /** For how long acts are remembered; zero: for ever. */
    public Duration lifetime() {
        return lifetime;
    }

    /** How many acts are remembered. */
    public long size() {
        return users.size() + tokens.size() + held.size() + entitlements.size() + all.size();
    }

    /** Whether one more such act could be remembered now. */
    public boolean hasRoom(Scope scope) {
        return switch (scope) {
            case Scope.OfUser(String user) -> users.hasRoom(user);
            case Scope.OfToken(Fingerprint token) -> tokens.hasRoom(token);
            case Scope.OfEntitlement(Entitlement entitlement, Optional<String> user) ->
                user.isEmpty() || held.hasRoom(new Held(user.get(), entitlement));
        };
    }

    /** Whether the act, or a later one that takes away as much, is remembered, or has lapsed. */
    public boolean knows(Revocation act) {
        if (left(act).isZero()) {
            return true;
        }
        Optional<Instant> known = switch (act.scope()) {
            case Scope.OfUser(String user) -> users.get(user);
            case Scope.OfToken(Fingerprint token) -> tokens.get(token);
            case Scope.OfEntitlement(Entitlement entitlement, Optional<String> user) ->
                user.isPresent()
                        ? held.get(new Held(user.get(), entitlement))
                        : entitlements.get(entitlement).or(() -> all.get(entitlement.kind()));
        };
        return known.isPresent() && !known.get().isBefore(act.at());
    }

    /**
     * Remembers an act until no token that was issued before it can be accepted any more. What was withdrawn from everybody is
     * a fact, and cannot be refused: where there is no room to remember it, tokens that were issued until then lose every
     * entitlement of the kind.
     *
     * @return {@code false}: too many are remembered already, and nothing was done
     */
    public boolean remember(Revocation act) {
        Duration left = left(act);
        if (left.isZero()) {
            return true;
        }
        return switch (act.scope()) {
            case Scope.OfUser(String user) -> users.put(user, act.at(), left);
            case Scope.OfToken(Fingerprint token) -> tokens.put(token, act.at(), left);
            case Scope.OfEntitlement(Entitlement entitlement, Optional<String> user) -> {
                if (user.isPresent()) {
                    yield held.put(new Held(user.get(), entitlement), act.at(), left);
                }
                if (!entitlements.put(entitlement, act.at(), left)) {
                    boolean _ = all.put(entitlement.kind(), act.at(), left);
                    LOG.errorf(
                            "Too many withdrawals to remember: at sign-in, tokens issued until now have no %s any more."
                                    + " Raise switchboard.limits.revocations.",
                            entitlement.kind().wireName());
                }
                yield true;
            }
        };
    }

    /** For how long an act still has to be remembered; zero: not at all. */
    private Duration left(Revocation act) {
        if (lifetime.isZero()) {
            return EVER;
        }
        Duration left = Duration.between(clock.instant(), act.at().plus(lifetime));
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Whether claims come from a token that an act of that instant concerns, going by when it was issued. */
    public boolean precedes(Claims claims, Instant act) {
        Optional<Instant> issuedAt = claims.token().issuedAt();
        return issuedAt.isEmpty()
                || !issuedAt.get().isAfter(act.plus(skew))
                || issuedAt.get().isAfter(clock.instant().plus(skew));
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
        return act.isPresent() && precedes(claims, act.get());
    }
}
