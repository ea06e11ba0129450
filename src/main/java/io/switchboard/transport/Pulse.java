package io.switchboard.transport;

/** Whether a peer that is pinged once an interval still gives signs of life. One thread. */
final class Pulse {
    /** A connection that was made a moment ago is a sign of life too. */
    private boolean excused = true;

    private int missed;

    /** Something came from the peer. */
    void heard() {
        excused = true;
    }

    /** Nothing is read from the peer, so that its silence says nothing. */
    void deaf() {
        excused = true;
    }

    /**
     * An interval is over.
     *
     * @param reading whether the peer is being read from
     * @return intervals in a row in which the peer could have been heard and was not
     */
    int beat(boolean reading) {
        missed = excused ? 0 : missed + 1;
        excused = !reading;
        return missed;
    }
}
