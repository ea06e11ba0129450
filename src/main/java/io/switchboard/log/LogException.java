package io.switchboard.log;

/** The events have no place in the log; the publisher should try again a little later. */
public abstract sealed class LogException extends RuntimeException permits LogFullException, LogUnreachableException {
    private static final long serialVersionUID = 1L;

    LogException(String message) {
        super(message, null, false, false);
    }
}
