package io.switchboard.config;

/** Who may be in the chat room of a file or folder. */
public enum NodeRooms {
    /** Whom the permission service lets in. */
    ASK,
    /** Everybody who is signed in. */
    SIGNED_IN
}
