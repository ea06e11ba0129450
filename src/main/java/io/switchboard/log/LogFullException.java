package io.switchboard.log;

/** Too much is on its way already; nothing was appended. */
public final class LogFullException extends LogException {
    private static final long serialVersionUID = 1L;

    public LogFullException() {
        super("the queue of events is full, try again");
    }
}
