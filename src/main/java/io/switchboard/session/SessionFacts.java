package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What may be told of a session, as it was at one instant. Never the token or anything that was delivered.
 *
 * @param id 122 random bits
 * @param user the login, while signed in
 * @param subject {@code sub}, while signed in
 * @param dialect its name, once it is known
 * @param since when the connection was opened
 * @param expiresAt when the claims end, while signed in
 * @param address of the client
 * @param subscriptions how many topics it is subscribed to, implied ones included
 * @param queuedBytes how much waits for its socket
 * @param replica the id of the process that has it, in a cluster
 */
public record SessionFacts(
        UUID id,
        Optional<String> user,
        Optional<String> subject,
        Optional<String> dialect,
        Instant since,
        Optional<Instant> expiresAt,
        String address,
        int subscriptions,
        long queuedBytes,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> replica) {
    public SessionFacts {
        requireNonNull(id, "id");
        requireNonNull(user, "user");
        requireNonNull(subject, "subject");
        requireNonNull(dialect, "dialect");
        requireNonNull(since, "since");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(address, "address");
        requireNonNull(replica, "replica");
    }

    /** The same, with where the session is. */
    public SessionFacts at(String replicaId) {
        return new SessionFacts(
                id,
                user,
                subject,
                dialect,
                since,
                expiresAt,
                address,
                subscriptions,
                queuedBytes,
                Optional.of(replicaId));
    }
}
