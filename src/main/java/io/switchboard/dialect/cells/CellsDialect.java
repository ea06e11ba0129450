package io.switchboard.dialect.cells;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.UUID;

/**
 * The events part of the Cells protocol: the client signs in with {@code {"@type":"subscribe","jwt":"…"}} and receives
 * what its claims imply, each event as its own JSON. There is no cursor, so quick successive changes of a node come as one.
 */
public final class CellsDialect implements SimpleDialect {
    private final ObjectMapper mapper;

    public CellsDialect(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    @Override
    public DialectKind kind() {
        return DialectKind.CELLS;
    }

    @Override
    public Command decode(String text) {
        return CellsFrames.decode(mapper, text, _ -> new Command.Ignored());
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return CellsFrames.notice(notice);
    }

    @Override
    public Renderer renderer() {
        return CellsFrames.RENDERER;
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofEvents(claims, Pace.MERGED, interests);
    }
}
