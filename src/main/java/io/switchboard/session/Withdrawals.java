package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocations;
import io.switchboard.log.Position;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * Takes away what tokens gave: from the sessions that are signed in, and from every later sign-in with a token that was
 * issued before. Any thread, never blocks.
 *
 * <p>Promise: it is remembered before the first session hears of it, and each session asks what is remembered at the
 * instant at which it takes claims. So neither a verification on its way nor one that was remembered brings back what is
 * gone. From the task on that reaches an event loop, nothing is handed over to its sessions that the claims left do not
 * allow; what waits for them and is not allowed any more is dropped.
 */
public final class Withdrawals {
    private final SessionRegistry sessions;
    private final Revocations revocations;
    private final boolean onIdentityEvents;

    /**
     * What an act has done.
     *
     * @param sessions how many sessions it concerned
     * @param until from when on it is forgotten; empty: never
     */
    public record Effect(int sessions, Optional<Instant> until) {
        public Effect {
            requireNonNull(until, "until");
        }
    }

    /** There is no room to remember one more, and nothing was done. */
    public static final class FullException extends Exception {
        private static final long serialVersionUID = 1L;

        FullException() {
            super(
                    "too many revocations are remembered: raise switchboard.limits.revocations, or wait for older ones"
                            + " to lapse",
                    null,
                    false,
                    false);
        }
    }

    /** @param onIdentityEvents whether {@link #workspaceDeleted} and {@link #roleDeleted} do anything */
    public Withdrawals(SessionRegistry sessions, Revocations revocations, boolean onIdentityEvents) {
        this.sessions = requireNonNull(sessions, "sessions");
        this.revocations = requireNonNull(revocations, "revocations");
        this.onIdentityEvents = onIdentityEvents;
    }

    /**
     * An event says that a workspace was deleted. To be called in the order of the log, behind the delivery of the event
     * itself and before that of the next one.
     *
     * @param announcedAt the event's place: it is still handed over to those who have lost the workspace by it
     */
    public void workspaceDeleted(String uuid, Position announcedAt) {
        deleted(Entitlement.workspace(uuid), announcedAt);
    }

    /** The same for a role. */
    public void roleDeleted(String id, Position announcedAt) {
        deleted(Entitlement.role(id), announcedAt);
    }

    private void deleted(Entitlement entitlement, Position announcedAt) {
        if (onIdentityEvents) {
            revocations.withdraw(entitlement);
            CompletionStage<Integer> _ = sessions.withdraw(
                    new Withdrawal.OfEntitlement(entitlement, Optional.empty(), Optional.of(announcedAt)));
        }
    }

    /**
     * Takes a workspace or a role from one user; the sessions stay open.
     *
     * @param user the login or the subject
     * @return when every session has heard of it; or a failure with {@link FullException}
     */
    public CompletionStage<Effect> withdraw(String user, Entitlement entitlement) {
        return revocations.withdraw(user, entitlement)
                ? spread(new Withdrawal.OfEntitlement(entitlement, Optional.of(user), Optional.empty()), 0)
                : full();
    }

    /**
     * Closes the sessions of one user, and refuses the tokens issued until now.
     *
     * @param user the login or the subject
     * @return when every session has heard of it; or a failure with {@link FullException}
     */
    public CompletionStage<Effect> revokeUser(String user) {
        return revocations.revokeUser(user) ? spread(new Withdrawal.OfUser(user), 0) : full();
    }

    /**
     * Closes one session, refuses the token that it is signed in with, and closes what else that token has opened.
     *
     * @return when every session has heard of it, empty where there is no such session; or a failure with
     *     {@link FullException}
     */
    public CompletionStage<Optional<Effect>> revokeSession(UUID id) {
        Optional<Session> found = sessions.find(id);
        if (found.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Session session = found.get();
        CompletableFuture<CompletionStage<Optional<Effect>>> begun = new CompletableFuture<>();
        try {
            session.loop().execute(() -> {
                try {
                    begun.complete(revoke(session));
                } catch (RuntimeException e) {
                    begun.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException _) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return begun.thenCompose(stage -> stage);
    }

    /** On the session's loop. */
    private CompletionStage<Optional<Effect>> revoke(Session session) {
        session.catchUp();
        if (!session.isOpen()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Optional<Fingerprint> token =
                session.claims().map(claims -> claims.token().fingerprint());
        if (token.isPresent() && !revocations.revokeToken(token.get())) {
            return full();
        }
        session.revoke();
        return token.isEmpty()
                ? CompletableFuture.completedFuture(Optional.of(new Effect(1, Optional.empty())))
                : spread(new Withdrawal.OfToken(token.get()), 1).thenApply(Optional::of);
    }

    private CompletionStage<Effect> spread(Withdrawal withdrawal, int before) {
        Optional<Instant> until = revocations.lapse();
        return sessions.withdraw(withdrawal).thenApply(count -> new Effect(before + count, until));
    }

    private static <T> CompletionStage<T> full() {
        return CompletableFuture.failedFuture(new FullException());
    }
}
