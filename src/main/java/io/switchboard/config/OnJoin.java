package io.switchboard.config;

/** What a client gets that joins a chat room. */
public enum OnJoin {
    /** Who is there. */
    UPDATE,
    /** What was said there as well. */
    HISTORY
}
