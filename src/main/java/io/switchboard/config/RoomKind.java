package io.switchboard.config;

/** Types of chat rooms, as clients call them. */
public enum RoomKind {
    GLOBAL,
    WORKSPACE,
    USER,
    NODE
}
