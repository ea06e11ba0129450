package io.switchboard.log;

/** Too much is on its way already; the publisher should try again a little later. */
public final class LogFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogFullException() {
        super("the queue of events is full, try again", null, false, false);
    }
}
