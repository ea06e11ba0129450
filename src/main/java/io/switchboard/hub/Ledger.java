package io.switchboard.hub;

import io.switchboard.log.Position;

/**
 * Keeps count of what became of publications, for all sessions of a loop at once. Called on event loops: constant time, no
 * locks.
 */
public interface Ledger {
    /** Nothing is counted. */
    Ledger NONE = new Ledger() {
        @Override
        public void offered(Position position, int visited, int refused, int leftOut, int taken) {}

        @Override
        public void settled(Position position, int handedOver, int replaced, int dropped) {}
    };

    /**
     * A publication was offered to the subscribers of one loop.
     *
     * @param visited who were asked
     * @param refused whose claims did not allow it
     * @param leftOut who went without it, being over a limit or behind
     * @param taken in whose queues it was put
     */
    void offered(Position position, int visited, int refused, int leftOut, int taken);

    /**
     * Nobody of one loop waits any more for a publication.
     *
     * @param handedOver whose sockets were given it
     * @param replaced in whose queues a newer one took its place
     * @param dropped from whose queues it was taken, since claims or connections ended
     */
    void settled(Position position, int handedOver, int replaced, int dropped);
}
