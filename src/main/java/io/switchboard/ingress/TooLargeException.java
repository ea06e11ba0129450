package io.switchboard.ingress;

/** More, or larger, than one request may carry. The message says how much is allowed. */
final class TooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    TooLargeException(String message) {
        super(message, null, false, false);
    }
}
