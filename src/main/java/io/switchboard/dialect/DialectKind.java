package io.switchboard.dialect;

import java.util.Locale;
import java.util.Optional;

/** The protocols, by the name that {@code ?protocol=} uses. */
public enum DialectKind {
    CELLS,
    /** The chat part of Cells, which has an endpoint of its own and is found nowhere else. */
    CHAT,
    REALTIME,
    STOMP,
    OPENFLOW,
    FLAMIGO;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }

    /** The dialect that a client may ask for by that name, if there is one. */
    public static Optional<DialectKind> of(String wireName) {
        for (DialectKind kind : values()) {
            if (kind != CHAT && kind.wireName.equals(wireName)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
