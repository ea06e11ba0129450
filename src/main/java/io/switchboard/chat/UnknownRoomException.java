package io.switchboard.chat;

/** A service spoke of a room, or of a message, that there is not. */
public final class UnknownRoomException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownRoomException(String what) {
        super(what, null, false, false);
    }
}
