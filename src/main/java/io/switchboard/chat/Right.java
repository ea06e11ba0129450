package io.switchboard.chat;

/** What somebody may do in a room; each includes those before it. */
public enum Right {
    NONE,
    /** Be there, and read. */
    READ,
    /** Write too. */
    WRITE
}
