package io.switchboard.service;

/** Nobody has subscribed to what a {@link RequestBus} was asked for. Has no stack trace: it is an answer. */
public final class NoResponderException extends Exception {
    private static final long serialVersionUID = 1L;

    public NoResponderException() {
        super("nobody answers there", null, false, false);
    }
}
