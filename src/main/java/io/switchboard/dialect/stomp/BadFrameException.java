package io.switchboard.dialect.stomp;

/** Bytes that are no frame of STOMP, or none that we take. The message says what to do and repeats nothing of them. */
final class BadFrameException extends Exception {
    private static final long serialVersionUID = 1L;

    BadFrameException(String message) {
        super(message, null, false, false);
    }
}
