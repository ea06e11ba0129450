package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What a verified token says of its bearer: who it is and what may be seen. Immutable; a session replaces its claims
 * whole or not at all. Never holds the token itself.
 *
 * @param subject the token's {@code sub}
 * @param username the login, as internal services know it
 * @param profile {@code admin}, {@code standard}, {@code shared}, {@code anon}, or empty where the token names none
 * @param roles role ids
 * @param views the workspaces, interned
 * @param expiresAt the instant from which nothing is delivered any more: {@code exp} plus the clock skew
 */
public record Claims(
        String subject, String username, String profile, Set<String> roles, List<View> views, Instant expiresAt) {
    /** The profile that sees the jobs of the system user. */
    public static final String ADMIN_PROFILE = "admin";

    public Claims {
        requireNonNull(subject, "subject");
        requireNonNull(username, "username");
        requireNonNull(profile, "profile");
        roles = Set.copyOf(roles);
        views = List.copyOf(views);
        requireNonNull(expiresAt, "expiresAt");
    }

    /** Whether the view is among the workspaces; a handful of comparisons, mostly of identities. */
    public boolean holds(View view) {
        return views.contains(view);
    }

    /** Whether one of the views is of that workspace. */
    public boolean holdsWorkspace(String uuid) {
        for (View view : views) {
            if (view.uuid().equals(uuid)) {
                return true;
            }
        }
        return false;
    }
}
