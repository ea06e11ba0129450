package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.log.Position;
import java.util.Optional;
import java.util.function.Predicate;

/** Something that is taken away from the sessions that are signed in. Immutable. */
sealed interface Withdrawal {
    /** Whether there is something of it in these claims. */
    boolean concerns(Claims claims);

    /**
     * A workspace or a role.
     *
     * @param user of whom, by login or subject; empty: of everybody
     * @param issuedBefore whether the token of claims is one that it concerns
     * @param announcedAt the event that tells of it: the last that it allows
     */
    record OfEntitlement(
            Entitlement entitlement,
            Optional<String> user,
            Predicate<Claims> issuedBefore,
            Optional<Position> announcedAt)
            implements Withdrawal {
        public OfEntitlement {
            requireNonNull(entitlement, "entitlement");
            requireNonNull(user, "user");
            requireNonNull(issuedBefore, "issuedBefore");
            requireNonNull(announcedAt, "announcedAt");
        }

        @Override
        public boolean concerns(Claims claims) {
            return (user.isEmpty() || claims.isOf(user.get()))
                    && claims.grant(entitlement)
                    && issuedBefore.test(claims);
        }
    }

    /**
     * Everything of one user, by login or subject.
     *
     * @param issuedBefore whether the token of claims is one that it concerns
     */
    record OfUser(String user, Predicate<Claims> issuedBefore) implements Withdrawal {
        public OfUser {
            requireNonNull(user, "user");
            requireNonNull(issuedBefore, "issuedBefore");
        }

        @Override
        public boolean concerns(Claims claims) {
            return claims.isOf(user) && issuedBefore.test(claims);
        }
    }

    /** Everything that one token gave. */
    record OfToken(Fingerprint token) implements Withdrawal {
        public OfToken {
            requireNonNull(token, "token");
        }

        @Override
        public boolean concerns(Claims claims) {
            return claims.token().fingerprint().equals(token);
        }
    }
}
