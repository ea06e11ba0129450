package io.switchboard.hub;

/** Text that is no topic or no pattern. The message says what to do and repeats nothing of the text. */
public final class InvalidTopicException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidTopicException(String message) {
        super(message, null, false, false);
    }
}
