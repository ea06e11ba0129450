package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Entitlement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Takes away what tokens gave, for operators: from the sessions that are signed in, wherever they are, and from every later
 * sign-in with a token that was issued before. Any thread, never blocks.
 *
 * <p>All methods fail with {@link Withdrawals.FullException} where nothing more can be remembered, and with
 * {@link io.switchboard.failure.StoreException} where the act cannot be kept for all replicas: then it counts nowhere.
 */
public interface Revoker {
    /**
     * What an act has done.
     *
     * @param sessions how many sessions it concerned
     * @param until from when on it is forgotten; empty: never
     * @param partial whether there are replicas that did not say in time what they did: they will hear of it, and their sessions
     *     are not counted
     */
    record Effect(int sessions, Optional<Instant> until, boolean partial) {
        public Effect {
            requireNonNull(until, "until");
        }

        /** With what one more session, or another act of the same sort, has done. */
        public Effect and(int moreSessions, boolean alsoPartial) {
            return new Effect(sessions + moreSessions, until, partial || alsoPartial);
        }
    }

    /**
     * Takes a workspace or a role from one user; the sessions stay open.
     *
     * @param user the login or the subject
     * @return when every session has heard of it
     */
    CompletionStage<Effect> withdraw(String user, Entitlement entitlement);

    /**
     * Closes the sessions of one user, and refuses the tokens issued until now.
     *
     * @param user the login or the subject
     * @return when every session has heard of it
     */
    CompletionStage<Effect> revokeUser(String user);

    /**
     * Closes one session, refuses the token that it is signed in with, and closes what else that token has opened.
     *
     * @return when every session has heard of it, empty where there is no such session; or a failure with
     *     {@link io.switchboard.failure.SilentReplicaException} where it may be on a replica that did not answer
     */
    CompletionStage<Optional<Effect>> revokeSession(UUID id);
}
