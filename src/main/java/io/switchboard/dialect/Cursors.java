package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.log.Position;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * How far a client had come before it connected anew.
 *
 * @param each the last position that it knows, by the text of a pattern
 * @param all the same for everything that it subscribes to and for what is sent to it without
 * @param session the id of its former connection, of which it repeats what was not acknowledged
 */
public record Cursors(Map<String, Position> each, Optional<Position> all, Optional<UUID> session) {
    /** It begins. */
    public static final Cursors NONE = new Cursors(Map.of(), Optional.empty(), Optional.empty());

    public Cursors {
        each = Map.copyOf(each);
        requireNonNull(all, "all");
        requireNonNull(session, "session");
    }

    /** The cursor for a pattern. */
    public Optional<Position> of(String text) {
        return Optional.ofNullable(each.get(text)).or(() -> all);
    }
}
