package io.switchboard.session;

/** What is remembered of a session to say later why an event did not reach it. Called on the session's loop only. */
final class SessionRecord {
    /** Publications that it went without and that are remembered one by one: a power of two. */
    private static final int MOST_LEFT_OUT = 64;

    /** Since which offset it holds what it holds: it counts for what comes behind. */
    private long since;

    private long[] leftOut;
    private int next;

    long since() {
        return since;
    }

    /** It holds something else for what comes behind the offset. */
    void changed(long offset) {
        since = offset;
    }

    void leftOut(long offset) {
        if (leftOut == null) {
            leftOut = new long[MOST_LEFT_OUT];
        }
        leftOut[next++ & (MOST_LEFT_OUT - 1)] = offset;
    }

    boolean wasLeftOut(long offset) {
        if (leftOut != null) {
            for (long one : leftOut) {
                if (one == offset) {
                    return true;
                }
            }
        }
        return false;
    }
}
