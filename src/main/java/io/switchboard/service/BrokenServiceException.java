package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.service.ServiceAnswer.Failure;

/** A service did not do its part: what the caller is told, and what counts against the service. */
final class BrokenServiceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    BrokenServiceException(Failure failure) {
        super(failure.toString(), null, false, false);
        this.failure = requireNonNull(failure, "failure");
    }

    Failure failure() {
        return failure;
    }
}
