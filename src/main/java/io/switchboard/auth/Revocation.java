package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * An act by which something was taken away from tokens. Immutable.
 *
 * @param at tokens that were issued later count in full
 */
public record Revocation(Scope scope, Instant at) {
    public Revocation {
        requireNonNull(scope, "scope");
        requireNonNull(at, "at");
    }

    /** What is taken away. */
    public sealed interface Scope {
        /**
         * Everything of one user.
         *
         * @param user the login or the subject
         */
        record OfUser(String user) implements Scope {
            public OfUser {
                requireNonNull(user, "user");
            }
        }

        /** Everything that one token gave, whatever its {@code iat}. */
        record OfToken(Fingerprint token) implements Scope {
            public OfToken {
                requireNonNull(token, "token");
            }
        }

        /**
         * A workspace or a role.
         *
         * @param user of whom, by login or subject; empty: of everybody
         */
        record OfEntitlement(Entitlement entitlement, Optional<String> user) implements Scope {
            public OfEntitlement {
                requireNonNull(entitlement, "entitlement");
                requireNonNull(user, "user");
            }
        }
    }
}
