package io.switchboard.trace;

import io.switchboard.log.Position;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** What became of an event, counted over all sessions and all that it became. Any thread. */
public final class Fate {
    private static final int VISITED = 0;
    private static final int REFUSED = 1;
    private static final int LEFT_OUT = 2;
    private static final int QUEUED = 3;
    private static final int HANDED_OVER = 4;
    private static final int REPLACED = 5;
    private static final int DROPPED = 6;

    private final Position position;
    private final AtomicIntegerArray counts = new AtomicIntegerArray(DROPPED + 1);
    private volatile long lastHandedOver;

    Fate(Position position) {
        this.position = position;
    }

    void offered(int visited, int refused, int leftOut, int taken) {
        counts.addAndGet(VISITED, visited);
        add(REFUSED, refused);
        add(LEFT_OUT, leftOut);
        add(QUEUED, taken);
    }

    void settled(int handedOver, int replaced, int dropped, long nowMillis) {
        if (handedOver > 0) {
            counts.addAndGet(HANDED_OVER, handedOver);
            lastHandedOver = nowMillis;
        }
        add(REPLACED, replaced);
        add(DROPPED, dropped);
    }

    private void add(int count, int number) {
        if (number > 0) {
            counts.addAndGet(count, number);
        }
    }

    public Position position() {
        return position;
    }

    /** Sessions that the index named, as often as it named them. */
    public int visited() {
        return counts.get(VISITED);
    }

    /** Of those, whose claims did not allow it. */
    public int refused() {
        return counts.get(REFUSED);
    }

    /** Of those, that went without it because they were over a limit or behind. */
    public int leftOut() {
        return counts.get(LEFT_OUT);
    }

    /** Of those, in whose queues it was put. */
    public int queued() {
        return counts.get(QUEUED);
    }

    /** Of those, whose sockets were given it. */
    public int handedOver() {
        return counts.get(HANDED_OVER);
    }

    /** Of those, in whose queues a newer one took its place. */
    public int replaced() {
        return counts.get(REPLACED);
    }

    /** Of those, from whose queues it was taken since claims or connections ended. */
    public int dropped() {
        return counts.get(DROPPED);
    }

    /** Of those, in whose queues it still is. */
    public int waiting() {
        return Math.max(0, queued() - handedOver() - replaced() - dropped());
    }

    /** When an event loop had last given it to all that waited there, in milliseconds since the epoch; 0: not yet. */
    public long lastHandedOver() {
        return lastHandedOver;
    }
}
