package io.switchboard.session;

/** Hears of what happens to sessions, to count it. Called on event loops: constant time, no locks. */
public interface SessionListener {
    void opened();

    /** The connection is gone; once for each {@link #opened}. */
    void closed();

    void signedIn();

    /** Claims were given up, or ended with the connection; once for each {@link #signedIn}. */
    void signedOut();

    void signInRefused();

    /** Switchboard closes the connection for this reason. */
    void closing(CloseCode code);

    /** Publications were handed over to sockets. */
    void delivered(int publications);

    /** A publication was offered to a session whose claims do not allow it: the index was wrong. */
    void refusedByGuard();

    /** A publication was offered to one of its audience whom the event's own policies do not let read it. */
    void refusedByCondition();

    /** A session went without a publication that it may go without. */
    void thinned(Thinning reason);

    /** Publications were dropped from queues, because claims ended or the connection did. */
    void dropped(int publications);
}
