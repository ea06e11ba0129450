package io.switchboard.dialect;

import java.util.Locale;
import java.util.Optional;

/** The five protocols, by the name that {@code ?protocol=} uses. */
public enum DialectKind {
    CELLS,
    REALTIME,
    STOMP,
    OPENFLOW,
    FLAMIGO;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }

    /** The dialect of that name, if there is one. */
    public static Optional<DialectKind> of(String wireName) {
        for (DialectKind kind : values()) {
            if (kind.wireName.equals(wireName)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
