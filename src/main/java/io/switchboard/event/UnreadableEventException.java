package io.switchboard.event;

/** Bytes that are no event, or one of which only a newer version knows. Its message holds nothing of them. */
public final class UnreadableEventException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableEventException(String message) {
        super(message, null, false, false);
    }
}
