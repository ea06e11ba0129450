package io.switchboard.service;

import static java.util.Objects.requireNonNull;

/** Thrown by a {@link Serves} method to refuse a call. Has no stack trace: it is an answer. */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status as in {@link ServiceAnswer.Failure}
     * @param message a sentence for the client
     */
    public ServiceException(int status, String message) {
        super(requireNonNull(message, "message"), null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
