package io.switchboard.log;

/** The log does not answer: whether the events were appended is not known. A retry under the same key appends them once. */
public final class LogUnreachableException extends LogException {
    private static final long serialVersionUID = 1L;

    public LogUnreachableException() {
        super("the log cannot be reached at the moment, try again with the same key");
    }
}
