package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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
 * @param token which token it was, and when it was issued
 */
public record Claims(
        String subject,
        String username,
        String profile,
        Set<String> roles,
        List<View> views,
        Instant expiresAt,
        TokenFacts token) {
    /** The profile that sees the jobs of the system user. */
    public static final String ADMIN_PROFILE = "admin";

    /**
     * The claim {@code type} of the tokens that Switchboard itself signs for services, on behalf of a user. Whoever has one was
     * called by Switchboard and may not sign in with it, whichever key signed it.
     */
    public static final String ACTOR_TYPE = "websocket";

    public Claims {
        requireNonNull(subject, "subject");
        requireNonNull(username, "username");
        requireNonNull(profile, "profile");
        roles = Set.copyOf(roles);
        views = List.copyOf(views);
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(token, "token");
    }

    /** Claims that no token stands behind; to revocation they are as old as can be. */
    public Claims(
            String subject, String username, String profile, Set<String> roles, List<View> views, Instant expiresAt) {
        this(subject, username, profile, roles, views, expiresAt, TokenFacts.NONE);
    }

    /** Whether this is the user whom somebody calls so, by login or by subject. */
    public boolean isOf(String user) {
        return username.equals(user) || subject.equals(user);
    }

    /** Whether the workspace or the role is among them. */
    public boolean grant(Entitlement entitlement) {
        return switch (entitlement.kind()) {
            case WORKSPACE -> views.stream().anyMatch(view -> view.uuid().equals(entitlement.id()));
            case ROLE -> roles.contains(entitlement.id());
        };
    }

    /** The claims without what was withdrawn; the very same where they hold nothing of it. */
    public Claims without(Predicate<Entitlement> withdrawn) {
        List<View> views = this.views.stream()
                .filter(view -> !withdrawn.test(Entitlement.workspace(view.uuid())))
                .toList();
        Set<String> roles = this.roles.stream()
                .filter(role -> !withdrawn.test(Entitlement.role(role)))
                .collect(Collectors.toUnmodifiableSet());
        return views.size() == this.views.size() && roles.size() == this.roles.size()
                ? this
                : new Claims(subject, username, profile, roles, views, expiresAt, token);
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
