package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * One workspace as the claims of a session describe it. Two sessions may hold the same workspace with other roots or
 * another slug (an older token, a personal folder): each is a view of its own, and equal ones are interned so that what
 * is rendered for a view is rendered once.
 *
 * @param uuid the workspace's uuid
 * @param slug the name under which its paths are shown; empty: the event's, else the uuid
 * @param roots the absolute paths that the workspace shows; empty: visible through {@code AppearsIn} only
 * @param permission what the user may do in it
 */
public record View(String uuid, Optional<String> slug, List<Root> roots, Permission permission) {
    public View {
        requireNonNull(uuid, "uuid");
        requireNonNull(slug, "slug");
        roots = List.copyOf(roots);
        requireNonNull(permission, "permission");
        if (uuid.isEmpty()) {
            throw new IllegalArgumentException("a workspace needs a uuid");
        }
    }

    /** What a user may do in a workspace. */
    public enum Permission {
        READ,
        WRITE
    }

    /**
     * A folder or file that a workspace shows.
     *
     * @param path absolute path, datasource first, without leading or trailing slash, never empty
     * @param key name of the root inside the workspace, needed where there are several roots or the root is a file
     * @param file whether the root is a single file
     */
    public record Root(String path, Optional<String> key, boolean file) {
        public Root {
            path = trimSlashes(path);
            requireNonNull(key, "key");
            if (path.isEmpty()) {
                throw new IllegalArgumentException("a root needs a path below a datasource");
            }
        }

        /** A path without the slashes at either end: the form in which paths and roots are compared. */
        public static String trimSlashes(String path) {
            int from = 0;
            int to = path.length();
            while (from < to && path.charAt(from) == '/') {
                from++;
            }
            while (to > from && path.charAt(to - 1) == '/') {
                to--;
            }
            return path.substring(from, to);
        }
    }
}
