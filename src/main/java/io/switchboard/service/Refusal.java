package io.switchboard.service;

import io.switchboard.service.ServiceAnswer.Failure;
import java.io.IOException;
import java.util.Optional;

/** What a service that refused a call, or failed, says of it. Pure. */
final class Refusal {
    private Refusal() {}

    /**
     * The failure that the caller is told.
     *
     * @param sentence the service's own; where there is none or a blank one, a general one
     */
    static Failure of(int status, Optional<String> sentence) {
        return new Failure(
                status,
                sentence.filter(text -> !text.isBlank())
                        .orElse(status >= 400 && status < 500 ? "the service refused the call" : "the service failed"));
    }

    /** The same, and where the service did not do its part the exception that counts against it. */
    static Failure checked(int status, Optional<String> sentence) throws BrokenServiceException {
        Failure failure = of(status, sentence);
        if (failure.status() >= 500) {
            throw new BrokenServiceException(failure);
        }
        return failure;
    }

    /** The sentence of a problem (RFC 9457, section 3.1.4), where there is one. */
    static Optional<String> detail(String mediaType, byte[] body) {
        if (!mediaType.startsWith("application/problem+json")) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(StrictJson.tree(body).path("detail").textValue());
        } catch (IOException _) {
            // as good as none
            return Optional.empty();
        }
    }
}
