package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.auth.Revocations;
import io.switchboard.log.Position;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Takes away what tokens gave: from the sessions of this process that are signed in, and from every later sign-in with a token
 * that was issued before. Any thread, never blocks.
 *
 * <p>Promise: it is remembered before the first session hears of it, and each session asks what is remembered at the
 * instant at which it takes claims. So neither a verification on its way nor one that was remembered brings back what is
 * gone. From the task on that reaches an event loop, nothing is handed over to its sessions that the claims left do not
 * allow; what waits for them and is not allowed any more is dropped.
 */
public final class Withdrawals implements Revoker {
    /** How often a session that changes its token all the while is followed before it is closed with what it has. */
    private static final int MOST_TOKENS = 3;

    /** One session was closed, and nothing has to be remembered of it. */
    private static final Effect CLOSED = new Effect(1, Optional.empty(), false);

    private final SessionRegistry sessions;
    private final Revocations revocations;
    private final boolean onIdentityEvents;
    private final Consumer<Revocation> announced;

    /** There is no room to remember one more, and nothing was done. */
    public static final class FullException extends Exception {
        private static final long serialVersionUID = 1L;

        public FullException() {
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
        this(sessions, revocations, onIdentityEvents, _ -> {});
    }

    /**
     * @param onIdentityEvents whether {@link #workspaceDeleted} and {@link #roleDeleted} do anything
     * @param announced is told of what they took away, behind it
     */
    public Withdrawals(
            SessionRegistry sessions,
            Revocations revocations,
            boolean onIdentityEvents,
            Consumer<Revocation> announced) {
        this.sessions = requireNonNull(sessions, "sessions");
        this.revocations = requireNonNull(revocations, "revocations");
        this.onIdentityEvents = onIdentityEvents;
        this.announced = requireNonNull(announced, "announced");
    }

    /**
     * An event says that a workspace was deleted. To be called in the order of the log, behind the delivery of the event
     * itself and before that of the next one.
     *
     * @param announcedAt the event's place: it is still handed over to those who have lost the workspace by it; tokens that
     *     were issued after it was given count in full, the same on every replica
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
            Scope scope = new Scope.OfEntitlement(entitlement, Optional.empty());
            Revocation act = announcedAt.placedAt() == 0
                    ? revocations.now(scope)
                    : new Revocation(scope, Instant.ofEpochMilli(announcedAt.placedAt()));
            boolean _ = revocations.remember(act);
            CompletionStage<Integer> _ = sessions.withdraw(withdrawal(act, Optional.of(announcedAt)));
            announced.accept(act);
        }
    }

    @Override
    public CompletionStage<Effect> withdraw(String user, Entitlement entitlement) {
        return take(revocations.now(new Scope.OfEntitlement(entitlement, Optional.of(user))));
    }

    @Override
    public CompletionStage<Effect> revokeUser(String user) {
        return take(revocations.now(new Scope.OfUser(user)));
    }

    @Override
    public CompletionStage<Optional<Effect>> revokeSession(UUID id) {
        Optional<Session> found = sessions.find(id);
        return found.isEmpty()
                ? CompletableFuture.completedFuture(Optional.empty())
                : onLoop(found.get(), () -> end(found.get()));
    }

    /** On the session's loop. */
    private CompletionStage<Optional<Effect>> end(Session session) {
        session.catchUp();
        if (!session.isOpen()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Optional<Revocation> act = act(session);
        if (act.isPresent() && !revocations.remember(act.get())) {
            return CompletableFuture.failedFuture(new FullException());
        }
        session.revoke();
        return act.isEmpty()
                ? CompletableFuture.completedFuture(Optional.of(CLOSED))
                : spread(act.get()).thenApply(effect -> Optional.of(effect.and(1, false)));
    }

    /** What takes away all that its token gave; empty: it is not signed in. */
    private Optional<Revocation> act(Session session) {
        return session.claims()
                .map(claims -> revocations.now(new Scope.OfToken(claims.token().fingerprint())));
    }

    private CompletionStage<Effect> take(Revocation act) {
        return revocations.remember(act) ? spread(act) : CompletableFuture.failedFuture(new FullException());
    }

    private CompletionStage<Effect> spread(Revocation act) {
        Optional<Instant> until = revocations.lapse(act);
        return sessions.withdraw(withdrawal(act, Optional.empty())).thenApply(count -> new Effect(count, until, false));
    }

    /**
     * Applies an act that others have decided about; to do so again does no harm. The sessions lose what it takes also where
     * there is no room to remember it.
     *
     * @return how many sessions it concerned, when every session has heard of it; or a failure with {@link FullException}
     */
    public CompletionStage<Integer> enforce(Revocation act) {
        boolean remembered = revocations.remember(act);
        return sessions.withdraw(withdrawal(act, Optional.empty()))
                .thenCompose(count -> remembered
                        ? CompletableFuture.completedFuture(count)
                        : CompletableFuture.failedFuture(new FullException()));
    }

    /**
     * Closes one session of this process with the token that it is signed in with, by an act that takes time.
     *
     * @param act takes what the token gave from all sessions; not called where the session is not signed in
     * @return when it is closed and the act is done; empty where there is no such session; or the failure of the act
     */
    public CompletionStage<Optional<Effect>> revokeSession(UUID id, Function<Revocation, CompletionStage<Effect>> act) {
        Optional<Session> found = sessions.find(id);
        return found.isEmpty()
                ? CompletableFuture.completedFuture(Optional.empty())
                : onLoop(found.get(), () -> end(found.get(), act, MOST_TOKENS));
    }

    /** On the session's loop. */
    private CompletionStage<Optional<Effect>> end(
            Session session, Function<Revocation, CompletionStage<Effect>> act, int tokens) {
        session.catchUp();
        if (!session.isOpen()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Optional<Revocation> next = act(session);
        if (next.isEmpty() || tokens == 0) {
            session.revoke();
            return CompletableFuture.completedFuture(Optional.of(CLOSED));
        }
        return act.apply(next.get())
                .thenCompose(effect ->
                        // it is closed, unless it has signed in with another token meanwhile
                        onLoop(session, () -> end(session, act, tokens - 1))
                                .thenApply(more ->
                                        Optional.of(more.map(one -> effect.and(one.sessions(), one.partial()))
                                                .orElse(effect))));
    }

    private static CompletionStage<Optional<Effect>> onLoop(
            Session session, Supplier<CompletionStage<Optional<Effect>>> work) {
        CompletableFuture<CompletionStage<Optional<Effect>>> begun = new CompletableFuture<>();
        try {
            session.loop().execute(() -> {
                try {
                    begun.complete(work.get());
                } catch (RuntimeException e) {
                    begun.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException _) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return begun.thenCompose(stage -> stage);
    }

    private Withdrawal withdrawal(Revocation act, Optional<Position> announcedAt) {
        Predicate<Claims> issuedBefore = claims -> revocations.precedes(claims, act.at());
        return switch (act.scope()) {
            case Scope.OfUser(String user) -> new Withdrawal.OfUser(user, issuedBefore);
            case Scope.OfToken(Fingerprint token) -> new Withdrawal.OfToken(token);
            case Scope.OfEntitlement(Entitlement entitlement, Optional<String> user) ->
                new Withdrawal.OfEntitlement(entitlement, user, issuedBefore, announcedAt);
        };
    }
}
