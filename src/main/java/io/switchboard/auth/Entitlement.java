package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Optional;

/**
 * Something that a token grants by naming it, and that can be withdrawn.
 *
 * @param id the workspace's uuid or the role's id
 */
public record Entitlement(Kind kind, String id) {
    public Entitlement {
        requireNonNull(kind, "kind");
        requireNonNull(id, "id");
    }

    /** What an entitlement is to. */
    public enum Kind {
        WORKSPACE,
        ROLE;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /** The name in paths. */
        public String wireName() {
            return wireName;
        }

        /** The kind of that name, if there is one. */
        public static Optional<Kind> of(String wireName) {
            for (Kind kind : values()) {
                if (kind.wireName.equals(wireName)) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    /** The workspace with this uuid. */
    public static Entitlement workspace(String uuid) {
        return new Entitlement(Kind.WORKSPACE, uuid);
    }

    /** The role with this id. */
    public static Entitlement role(String id) {
        return new Entitlement(Kind.ROLE, id);
    }
}
