package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** What became of a {@link ServiceCall}. */
public sealed interface ServiceAnswer {
    /**
     * The service answered.
     *
     * @param payload a JSON value in UTF-8, not copied: nobody changes it
     * @param subscriptions what it wants to change of the caller's subscriptions
     * @param grant topics that it opens for the caller
     */
    @SuppressWarnings("ArrayRecordComponent") // answers are never compared
    record Reply(byte[] payload, Optional<SubscriptionChange> subscriptions, Optional<Grant> grant)
            implements ServiceAnswer {
        public Reply {
            requireNonNull(payload, "payload");
            requireNonNull(subscriptions, "subscriptions");
            requireNonNull(grant, "grant");
        }

        /** Not the payload. */
        @Override
        public String toString() {
            return "Reply[bytes=" + payload.length + "]";
        }
    }

    /**
     * The service refused, or failed.
     *
     * @param status one of 400, 401, 403, 404, 429, 500 and 503; any other becomes the one that comes closest
     * @param message a sentence for the client; what is too long is cut off
     */
    record Failure(int status, String message) implements ServiceAnswer {
        /** Longest message, in characters. */
        static final int LONGEST_MESSAGE = 500;

        public Failure {
            status = known(status);
            if (message.length() > LONGEST_MESSAGE) {
                int end = LONGEST_MESSAGE - 1;
                // half of a pair is no character
                message =
                        message.substring(0, Character.isHighSurrogate(message.charAt(end - 1)) ? end - 1 : end) + "…";
            }
        }

        private static int known(int status) {
            return switch (status) {
                case 400, 401, 403, 404, 429, 500, 503 -> status;
                case 408, 502, 504 -> 503;
                default -> status > 400 && status < 500 ? 400 : 500;
            };
        }

        /** Not the message: a service may have quoted what it was sent. */
        @Override
        public String toString() {
            return "Failure[status=" + status + "]";
        }
    }

    /** There is no such service. */
    record Unknown() implements ServiceAnswer {}
}
