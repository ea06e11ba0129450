package io.switchboard.dev.cli;

/** A command that could not do its work; the message is for the developer, who needs no stack trace. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }

    CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
