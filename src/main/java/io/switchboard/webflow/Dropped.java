package io.switchboard.webflow;

/** What a service published, and nobody will hear of. */
public enum Dropped {
    /** An authorization for which nobody is there: authorizations of as many other ids as possible are kept already. */
    NO_ROOM,
    /** An authorization of an id of which as many as possible are kept already. */
    TOO_MANY_OF_ID,
    /** An authorization that nobody came for in time. */
    TOO_LATE,
    /** An announcement: as many others as possible are remembered already. */
    TOO_MANY_ANNOUNCED
}
