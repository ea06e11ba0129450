package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;

/**
 * Who may see a publication: a predicate over claims, cheap enough to be asked for every candidate. Value objects, since
 * implied subscriptions are found by their guard.
 */
public sealed interface Guard {
    /** Whether claims allow the publication. Pure, any thread. */
    boolean allows(Claims claims);

    /** Those whose claims hold this very view. */
    record HoldsView(View view) implements Guard {
        public HoldsView {
            requireNonNull(view, "view");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.holds(view);
        }
    }

    /** That user, in all sessions. */
    record IsUser(String username) implements Guard {
        public IsUser {
            requireNonNull(username, "username");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.username().equals(username);
        }
    }

    /** Those with that profile. */
    record HasProfile(String profile) implements Guard {
        public HasProfile {
            requireNonNull(profile, "profile");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.profile().equals(profile);
        }
    }
}
