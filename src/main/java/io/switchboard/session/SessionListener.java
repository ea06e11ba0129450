package io.switchboard.session;

import io.switchboard.hub.Topic;

/** Hears of what happens to sessions, to count it. Called on event loops: constant time, no locks. */
public interface SessionListener {
    void opened();

    /** A session now stands here; every open session stands somewhere. */
    default void entered(Standing standing) {}

    /** A session does not stand here any more; once for each {@link #entered}. */
    default void left(Standing standing) {}

    /** The connection is gone; once for each {@link #opened}. */
    void closed();

    void signedIn();

    /** Claims were given up, or ended with the connection; once for each {@link #signedIn}. */
    void signedOut();

    void signInRefused();

    /** Switchboard closes the connection for this reason. */
    void closing(CloseCode code);

    /** Publications were handed over to sockets; reported once a turn of writing, not for each session. */
    void delivered(Topic.Kind kind, int publications);

    /** A publication was offered to a session whose claims do not allow it: the index was wrong. */
    void refusedByGuard();

    /** A publication was offered to one of its audience whom the event's own policies do not let read it. */
    void refusedByCondition();

    /** A session went without a publication that it may go without. */
    void thinned(Thinning reason);

    /** A command was refused because there were too many of its kind. */
    default void limited(CommandKind kind) {}

    /** Publications were dropped from queues, because claims ended or the connection did. */
    void dropped(int publications);
}
