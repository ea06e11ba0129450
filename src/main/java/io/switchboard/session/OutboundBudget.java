package io.switchboard.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The bound over what waits for all sessions together. Any thread. */
public final class OutboundBudget {
    private final long limit;
    private final AtomicLong total = new AtomicLong();
    private final List<Flusher> flushers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean relieving = new AtomicBoolean();

    /** @param limit in bytes; 0: no bound */
    public OutboundBudget(long limit) {
        this.limit = limit;
    }

    void add(Flusher flusher) {
        flushers.add(flusher);
    }

    void change(long bytes) {
        total.addAndGet(bytes);
    }

    /** Bytes that wait for all sessions. */
    public long total() {
        return total.get();
    }

    boolean exceeded() {
        return limit > 0 && total.get() > limit;
    }

    /** What is waiting on the average loop, in bytes: at least one loop has that much. */
    long share() {
        return total.get() / flushers.size();
    }

    /** Makes every loop that has its share or more close its fullest sessions, each on its own thread. */
    void relieve() {
        if (!relieving.compareAndSet(false, true)) {
            return;
        }
        AtomicInteger pending = new AtomicInteger(flushers.size());
        for (Flusher flusher : flushers) {
            flusher.loop().execute(() -> {
                try {
                    flusher.relieve();
                } finally {
                    if (pending.decrementAndGet() == 0) {
                        relieving.set(false);
                    }
                }
            });
        }
    }
}
