package io.switchboard.session;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import io.switchboard.dialect.DialectKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far a session has come, for figures: one of a closed list.
 *
 * @param dialect what it speaks; empty: not known before its first frame
 * @param state where it stands
 * @param index the place in {@link #ALL}
 */
public record Standing(Optional<DialectKind> dialect, State state, int index) {
    /** Where a session stands. */
    public enum State {
        /** Connected, without claims. */
        WAITING,
        SIGNED_IN,
        /** Closed by Switchboard, and its socket is not gone yet. */
        CLOSING
    }

    /** Every standing that there is. */
    public static final List<Standing> ALL = all();

    private static List<Standing> all() {
        List<Standing> all = new ArrayList<>();
        for (State state : State.values()) {
            all.add(new Standing(Optional.empty(), state, all.size()));
            for (DialectKind kind : DialectKind.values()) {
                all.add(new Standing(Optional.of(kind), state, all.size()));
            }
        }
        return List.copyOf(all);
    }

    private static final Map<State, Map<Optional<DialectKind>, Standing>> BY_STATE =
            ALL.stream().collect(groupingBy(Standing::state, toMap(Standing::dialect, identity())));

    static Standing of(Optional<DialectKind> dialect, State state) {
        return BY_STATE.getOrDefault(state, Map.of()).get(dialect);
    }
}
