package io.switchboard.limit;

import java.time.Duration;

/**
 * So many messages a second on average, and a burst of them at once: a token bucket, kept as the one instant at which it
 * will be full again (the generic cell rate algorithm, ITU-T I.371). One thread.
 */
public final class MessageRate {
    /** However far over the rate somebody was, nobody waits for longer. */
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(5).toNanos();

    private final long intervalNanos;
    private final long burstNanos;
    private long fullAtNanos;

    /**
     * @param perSecond 0: no bound
     * @param burst messages that may come at once
     * @param nowNanos of the clock that the other methods are given
     */
    public MessageRate(int perSecond, int burst, long nowNanos) {
        this.intervalNanos = perSecond == 0 ? 0 : Duration.ofSeconds(1).toNanos() / perSecond;
        this.burstNanos = intervalNanos * burst;
        this.fullAtNanos = nowNanos;
    }

    /**
     * Counts a message that came.
     *
     * @return whether no other is to be taken for now
     */
    public boolean count(long nowNanos) {
        if (fullAtNanos - nowNanos < 0) {
            fullAtNanos = nowNanos;
        }
        long latest = nowNanos + burstNanos + LONGEST_PAUSE_NANOS;
        fullAtNanos += intervalNanos;
        if (fullAtNanos - latest > 0) {
            fullAtNanos = latest;
        }
        return pauseNanos(nowNanos) > 0;
    }

    /** For how long no other message is to be taken, in nanoseconds. */
    public long pauseNanos(long nowNanos) {
        return Math.max(0, fullAtNanos - nowNanos - burstNanos);
    }
}
