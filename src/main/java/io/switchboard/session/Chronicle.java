package io.switchboard.session;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

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

    List<Stood> find(Predicate<Stood> wanted) {
        return past.stream().filter(wanted).toList();
    }

    /** How many are remembered. */
    int size() {
        return size.get();
    }
}
