package io.switchboard.service;

/** Hears of service calls and of events about sessions, to count them. Any thread; constant time, no locks. */
public interface ServiceListener {
    /** A call takes one of the places that there are. */
    void callStarted();

    /** A call has given its place back; once for each {@link #callStarted}. */
    void callEnded();

    /** A caller has an answer, so long after the call; once for each call, those that never took a place among them. */
    void answered(ServiceAnswer answer, long nanos);

    /** An event about a session has met its fate at one of its receivers. */
    void told(Telling telling);

    /** What becomes of an event about a session at a receiver. */
    enum Telling {
        DELIVERED,
        /** The receiver refused it, or could not be reached however often it was tried. */
        FAILED,
        /** Too many wait already. */
        DROPPED
    }
}
