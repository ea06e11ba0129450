package io.switchboard.session;

import io.switchboard.dialect.Dialects;
import io.switchboard.hub.Guard;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What sessions held before they held something else, the latest of it. Any thread. */
public final class Chronicle {
    private static final int MOST = 10_000;

    /** Patterns of all together. */
    private static final int MOST_PATTERNS = 200_000;

    private final Queue<Stood> past = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger patterns = new AtomicInteger();

    void add(Stood stood) {
        past.add(stood);
        int sizeNow = size.incrementAndGet();
        int patternsNow = patterns.addAndGet(stood.patterns().size());
        while (sizeNow > MOST || patternsNow > MOST_PATTERNS) {
            Stood oldest = past.poll();
            if (oldest == null) {
                return;
            }
            sizeNow = size.decrementAndGet();
            patternsNow = patterns.addAndGet(-oldest.patterns().size());
        }
    }

    /** Why an event did, or did not, reach sessions that have held something else since. */
    List<Verdict> verdicts(Optional<String> user, Optional<UUID> session, Trial trial, Dialects dialects) {
        return past.stream()
                .filter(stood -> stood.covers(trial.offset())
                        && session.map(stood.session()::equals).orElse(true)
                        && user.map(stood.claims()::isOf).orElse(true))
                .map(stood -> verdict(stood, trial, dialects))
                .toList();
    }

    private static Verdict verdict(Stood stood, Trial trial, Dialects dialects) {
        Trial.Finding finding = trial.of(
                stood.session(),
                dialects.find(stood.dialect()).orElseThrow(),
                stood.claims(),
                stood.patterns(),
                guard -> guard.allows(stood.claims())
                        || (guard instanceof Guard.IsSession(UUID one) && one.equals(stood.session())));
        return new Verdict(
                stood.session(),
                stood.claims().username(),
                stood.dialect().wireName(),
                finding.against().orElseGet(() -> stood.outcome(trial.offset())));
    }

    /** How many are remembered. */
    int size() {
        return size.get();
    }
}
