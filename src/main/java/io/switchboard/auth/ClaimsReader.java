package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Interner;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.View.Permission;
import io.switchboard.auth.View.Root;
import io.switchboard.config.SwitchboardConfig.ClaimNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the claims of a verified token (the Cells dialect's rules, with names that can be set). Any thread. A claim of
 * another shape than expected is refused, never skipped: a message names it and what is expected, and holds no value.
 */
final class ClaimsReader {
    static final int MAX_ROLES = 10_000;
    static final int MAX_WORKSPACES = 10_000;
    static final int MAX_ROOTS = 1_000;

    /** Longest name, id or path, in characters. */
    static final int MAX_TEXT = 4_096;

    private final ClaimNames names;
    private final Interner<View> views = Interner.newWeakInterner();

    ClaimsReader(ClaimNames names) {
        this.names = requireNonNull(names, "names");
    }

    /**
     * @param expiresAt the instant from which the claims are void
     * @param facts what the token says of itself
     */
    Claims read(Map<String, Object> token, Instant expiresAt, TokenFacts facts) throws TokenRejectedException {
        if (Claims.ACTOR_TYPE.equals(token.get("type"))) {
            throw rejected("the token is for a service that is called on behalf of a session, not for signing in");
        }
        Optional<String> username = text(first(token, names.username()));
        if (username.isEmpty()) {
            throw rejected(
                    "the token names no user: it needs one of the claims " + String.join(", ", names.username()));
        }
        String subject = text(first(token, List.of("sub"))).orElse(username.get());
        String profile = text(first(token, names.profile())).orElse("");
        Optional<Claim> roles = first(token, names.roles());
        Optional<Claim> workspaces = first(token, names.workspaces());
        return new Claims(
                subject,
                username.get(),
                profile,
                roles.isPresent() ? roles(roles.get()) : Set.of(),
                workspaces.isPresent() ? views(workspaces.get()) : List.of(),
                expiresAt,
                facts);
    }

    /** A claim that is there: not null, not blank, not an empty array. */
    private record Claim(String name, Object value) {}

    private static Optional<Claim> first(Map<?, ?> token, List<String> names) {
        for (String name : names) {
            Object value = find(token, name);
            if (isPresent(value)) {
                return Optional.of(new Claim(name, value));
            }
        }
        return Optional.empty();
    }

    /** The claim of that very name, else the one at that path; a name in a path may itself hold a slash. */
    private static Object find(Map<?, ?> object, String path) {
        Object literal = object.get(path);
        if (isPresent(literal)) {
            return literal;
        }
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (object.get(path.substring(0, slash)) instanceof Map<?, ?> inner) {
                Object found = find(inner, path.substring(slash + 1));
                if (isPresent(found)) {
                    return found;
                }
            }
        }
        return null;
    }

    private static boolean isPresent(Object value) {
        return switch (value) {
            case null -> false;
            case String text -> !text.isBlank();
            case Collection<?> entries -> !entries.isEmpty();
            default -> true;
        };
    }

    private static Optional<String> text(Optional<Claim> claim) throws TokenRejectedException {
        return claim.isEmpty()
                ? Optional.empty()
                : Optional.of(bounded(claim.get().value, "the claim " + claim.get().name + " must be a string"));
    }

    private static String bounded(Object value, String expected) throws TokenRejectedException {
        if (value instanceof String text && text.length() <= MAX_TEXT) {
            return text;
        }
        throw rejected(expected + " of at most " + MAX_TEXT + " characters");
    }

    private static Set<String> roles(Claim claim) throws TokenRejectedException {
        String expected = "the claim " + claim.name + " must be an array of at most " + MAX_ROLES
                + " strings or a comma-separated string";
        List<?> entries = switch (claim.value) {
            case String text -> List.of(text.split(","));
            case List<?> list -> list;
            default -> throw rejected(expected);
        };
        if (entries.size() > MAX_ROLES) {
            throw rejected(expected);
        }
        Set<String> roles = new LinkedHashSet<>();
        for (Object entry : entries) {
            String role = bounded(entry, expected).strip();
            if (!role.isEmpty()) {
                roles.add(role);
            }
        }
        return roles;
    }

    private List<View> views(Claim claim) throws TokenRejectedException {
        if (!(claim.value instanceof List<?> entries) || entries.size() > MAX_WORKSPACES) {
            throw rejected("the claim " + claim.name + " must be an array of at most " + MAX_WORKSPACES
                    + " ids or objects with a uuid");
        }
        Set<View> result = new LinkedHashSet<>();
        for (Object entry : entries) {
            result.add(views.intern(view(entry, claim.name)));
        }
        return List.copyOf(result);
    }

    private static View view(Object entry, String claim) throws TokenRejectedException {
        String where = "each entry of the claim " + claim;
        if (!(entry instanceof Map<?, ?> workspace)) {
            return new View(
                    id(entry, where + " must be an id or an object with a uuid"),
                    Optional.empty(),
                    List.of(),
                    Permission.WRITE);
        }
        String uuid = id(workspace.get("uuid"), where + " must have a uuid that is a string");
        Optional<String> slug = member(workspace, "slug", where);
        member(workspace, "label", where);
        return new View(uuid, slug, roots(workspace.get("roots"), where), permission(workspace, where));
    }

    private static String id(Object value, String expected) throws TokenRejectedException {
        String id = bounded(value, expected);
        if (id.isBlank()) {
            throw rejected(expected + ", not an empty one");
        }
        return id;
    }

    private static Optional<String> member(Map<?, ?> object, String name, String where) throws TokenRejectedException {
        Object value = object.get(name);
        return value == null
                ? Optional.empty()
                : Optional.of(bounded(value, where + " must have a " + name + " that is a string"))
                        .filter(text -> !text.isBlank());
    }

    private static Permission permission(Map<?, ?> workspace, String where) throws TokenRejectedException {
        Object permission = workspace.get("permission");
        return switch (permission) {
            case null -> Permission.WRITE;
            case String text when text.equals("read") -> Permission.READ;
            case String text when text.equals("write") -> Permission.WRITE;
            default -> throw rejected(where + " must have the permission read or write");
        };
    }

    private static List<Root> roots(Object value, String where) throws TokenRejectedException {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> entries) || entries.size() > MAX_ROOTS) {
            throw rejected(where + " must have roots that are an array of at most " + MAX_ROOTS);
        }
        List<Root> roots = new ArrayList<>(entries.size());
        for (Object entry : entries) {
            roots.add(root(entry, where));
        }
        return roots;
    }

    private static Root root(Object entry, String where) throws TokenRejectedException {
        String expected = where + " must have roots of the form \"<datasource>/<path>\" or {\"path\",\"key\",\"file\"}";
        Object path = entry;
        Optional<String> key = Optional.empty();
        boolean file = false;
        if (entry instanceof Map<?, ?> object) {
            path = object.get("path");
            key = member(object, "key", where + " must have roots, of which each");
            file = switch (object.get("file")) {
                case null -> false;
                case Boolean flag -> flag;
                default -> throw rejected(expected);
            };
        }
        try {
            return new Root(bounded(path, expected), key, file);
        } catch (IllegalArgumentException _) {
            throw rejected(expected);
        }
    }

    private static TokenRejectedException rejected(String detail) {
        return new TokenRejectedException(Reason.CLAIMS, detail);
    }
}
