package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** What came of a call. */
public sealed interface ServiceAnswer {
    /** The service has answered. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Reply(byte[] payload, Optional<SubscriptionChange> subscriptions, Optional<Grant> grant)
            implements ServiceAnswer {
        public Reply {
            requireNonNull(payload, "payload");
            requireNonNull(subscriptions, "subscriptions");
            requireNonNull(grant, "grant");
        }
    }

    /** It has not, or said no. */
    record Failure(int status, String message) implements ServiceAnswer {
        public Failure {
            requireNonNull(message, "message");
        }
    }

    /** There is no such service. */
    record Unknown() implements ServiceAnswer {}
}
