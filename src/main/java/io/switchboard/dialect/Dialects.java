package io.switchboard.dialect;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The dialects that this server speaks. */
public final class Dialects {
    private final Map<DialectKind, Dialect> dialects = new EnumMap<>(DialectKind.class);

    public Dialects(List<Dialect> dialects) {
        for (Dialect dialect : dialects) {
            if (this.dialects.put(dialect.kind(), dialect) != null) {
                throw new IllegalArgumentException("two dialects of the kind " + dialect.kind());
            }
        }
    }

    /** The dialect of a kind, where it is available. */
    public Optional<Dialect> find(DialectKind kind) {
        return Optional.ofNullable(dialects.get(kind));
    }
}
