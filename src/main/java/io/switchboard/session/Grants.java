package io.switchboard.session;

import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Topics that services have opened for one session, each until its time is over. They stand beside the rules and never open a
 * guarded topic: of those the claims alone decide. Called on the session's loop only.
 */
final class Grants {
    /** Patterns at most; the oldest end first. */
    private static final int MOST = 1000;

    private record Opened(Pattern pattern, long untilMillis) {}

    private final List<Opened> opened = new ArrayList<>();

    void add(List<Pattern> patterns, Instant expiresAt) {
        for (Pattern pattern : patterns) {
            opened.add(new Opened(pattern, expiresAt.toEpochMilli()));
        }
        while (opened.size() > MOST) {
            opened.removeFirst();
        }
    }

    /** Whether one of them covers the pattern. */
    boolean cover(Pattern asked, long nowMillis) {
        for (Opened one : opened) {
            if (one.untilMillis() > nowMillis && one.pattern().covers(asked, _ -> Set.of())) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of them holds the topic. */
    boolean open(Topic topic, long nowMillis) {
        for (Opened one : opened) {
            if (one.untilMillis() > nowMillis && one.pattern().matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /** Forgets those whose time is over, and says when the next one ends. */
    OptionalLong expire(long nowMillis) {
        opened.removeIf(one -> one.untilMillis() <= nowMillis);
        return opened.stream().mapToLong(Opened::untilMillis).min();
    }

    boolean isEmpty() {
        return opened.isEmpty();
    }

    void clear() {
        opened.clear();
    }
}
