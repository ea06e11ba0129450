package io.switchboard.hub;

import io.switchboard.auth.Claims;
import java.util.Set;

/**
 * Those whom a list names, prepared so that asking costs a few look-ups however long the list is. Immutable.
 *
 * @param everyone whether it names everybody
 * @param users logins
 * @param roles role ids
 * @param profiles profiles, each by name
 */
public record Subjects(boolean everyone, Set<String> users, Set<String> roles, Set<String> profiles) {
    /** Nobody. */
    public static final Subjects NOBODY = new Subjects(false, Set.of(), Set.of(), Set.of());

    public Subjects {
        users = Set.copyOf(users);
        roles = Set.copyOf(roles);
        profiles = Set.copyOf(profiles);
    }

    /** Whether it names the bearer of these claims. */
    public boolean contains(Claims claims) {
        return everyone
                || users.contains(claims.username())
                || profiles.contains(claims.profile())
                || meet(roles, claims.roles());
    }

    public boolean isEmpty() {
        return !everyone && users.isEmpty() && roles.isEmpty() && profiles.isEmpty();
    }

    /** Walks through the smaller set. */
    private static boolean meet(Set<String> one, Set<String> other) {
        return one.size() <= other.size() ? anyIn(one, other) : anyIn(other, one);
    }

    private static boolean anyIn(Set<String> elements, Set<String> set) {
        for (String element : elements) {
            if (set.contains(element)) {
                return true;
            }
        }
        return false;
    }
}
