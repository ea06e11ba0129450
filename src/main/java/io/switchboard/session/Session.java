package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.PlainError;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscriber;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * One client connection: who it is, what it may see, and what waits for it.
 *
 * <p>Promise: nothing is handed to the transport that the claims of that instant do not allow. What was queued under other
 * claims is taken out when they change or expire; the publication's guard is asked when it is queued, and expiry again
 * when it is handed over.
 *
 * <p>Every method is called on the event loop that owns the session.
 */
public final class Session implements Subscriber {
    private static final Logger LOG = Logger.getLogger(Session.class);

    /** Verifications that one connection may have running; a newer token replaces one that waits. */
    private static final int VERIFICATIONS = 2;

    /** How long the peer has to answer a close frame. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

    /** Timers run in steps of at most this, so that a clock that was set is noticed. */
    private static final Duration LONGEST_TIMER = Duration.ofHours(1);

    private enum Phase {
        OPEN,
        CLOSING,
        CLOSED
    }

    private final SessionServices services;
    private final Transport transport;
    private final Shard shard;
    private final Flusher flusher;
    private final OutboundQueue queue;

    private Phase phase = Phase.OPEN;
    private Dialect dialect;
    private Renderer renderer;

    private Claims claims;
    private long expiresAtMillis;
    /** The guard that these claims passed last: most often the next publication has the same. */
    private Guard allowed;

    private Subscription[] subscriptions = {};
    private HeldView[] views = {};

    private int signInGeneration;
    private int verifying;
    private String waitingToken;

    private Timers.Timer timer;
    private long signInDeadlineNanos;

    private boolean marked;
    /** Where the listener believes the session to stand; null: nowhere. */
    private Standing standing;
    /** Owned by the flusher. */
    long accounted;

    public Session(Transport transport, Shard shard, Flusher flusher, SessionServices services) {
        this.transport = requireNonNull(transport, "transport");
        this.shard = requireNonNull(shard, "shard");
        this.flusher = requireNonNull(flusher, "flusher");
        this.queue = new OutboundQueue(flusher.frames());
        this.services = requireNonNull(services, "services");
        flusher.reportTo(services.listener());
    }

    /**
     * Begins the session.
     *
     * @param kind what the client speaks, where that is known before its first frame
     */
    public void open(Optional<DialectKind> kind) {
        services.listener().opened();
        stand();
        awaitSignIn();
        kind.ifPresent(this::choose);
    }

    /** The claims in force. */
    public Optional<Claims> claims() {
        return Optional.ofNullable(claims);
    }

    /** A whole text message arrived. */
    public void onText(String text) {
        if (phase != Phase.OPEN) {
            return;
        }
        if (dialect == null) {
            Optional<DialectKind> kind = services.detector().detect(text);
            if (kind.isEmpty()) {
                close(CloseCode.POLICY, "the first message is of no protocol that is spoken here");
                return;
            }
            choose(kind.get());
            if (phase != Phase.OPEN) {
                return;
            }
        }
        switch (dialect.decode(text)) {
            case Command.SignIn(String token) -> signIn(token);
            case Command.SignOut() -> signOut();
            case Command.Malformed(String reason) -> close(CloseCode.PROTOCOL, reason);
            case Command.Ignored() -> {
                // by the protocol
            }
        }
    }

    /** A binary message arrived. */
    public void onBinary() {
        close(CloseCode.UNSUPPORTED_DATA, "binary messages are not spoken here");
    }

    private void choose(DialectKind kind) {
        Optional<Dialect> found = services.dialects().find(kind);
        if (found.isPresent()) {
            dialect = found.get();
            renderer = dialect.renderer();
            stand();
        } else {
            close(CloseCode.POLICY, "the protocol " + kind.wireName() + " is not available on this server");
        }
    }

    // Signing in and out

    private void signIn(String token) {
        signInGeneration++;
        if (verifying < VERIFICATIONS) {
            verify(token);
        } else {
            waitingToken = token;
        }
    }

    private void verify(String token) {
        int generation = signInGeneration;
        verifying++;
        CompletionStage<Claims> verification;
        try {
            verification = services.verifier().verify(token);
        } catch (RuntimeException e) {
            verification = CompletableFuture.failedFuture(e);
        }
        verification.whenComplete(
                (verified, failure) -> shard.loop().execute(() -> verified(generation, verified, failure)));
    }

    private void verified(int generation, Claims verified, Throwable failure) {
        verifying--;
        if (waitingToken != null) {
            String token = waitingToken;
            waitingToken = null;
            verify(token);
        }
        if (phase != Phase.OPEN || generation != signInGeneration) {
            return;
        }
        if (failure != null) {
            refuse(failure instanceof CompletionException ? failure.getCause() : failure);
        } else if (!services.clock().instant().isBefore(verified.expiresAt())) {
            refuse(new TokenRejectedException(Reason.EXPIRED));
        } else {
            take(verified);
        }
    }

    private void refuse(Throwable failure) {
        services.listener().signInRefused();
        if (failure instanceof TokenRejectedException rejected) {
            close(
                    rejected.reason() == Reason.UNAVAILABLE ? CloseCode.OVERLOADED : CloseCode.UNAUTHENTICATED,
                    rejected.getMessage());
        } else {
            LOG.error("verification failed unexpectedly", Redacted.of(failure));
            close(CloseCode.INTERNAL, "the token could not be verified");
        }
    }

    private void take(Claims next) {
        if (claims != null && !claims.subject().equals(next.subject())) {
            dropClaims();
        }
        boolean sameUser = claims != null && claims.username().equals(next.username());
        if (!sameUser && !services.userLimit().acquire(next.username())) {
            close(CloseCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_CONNECTIONS.reason());
            return;
        }
        if (claims == null) {
            services.listener().signedIn();
        } else if (!sameUser) {
            services.userLimit().release(claims.username());
        }
        Subscription[] formerSubscriptions = subscriptions;
        HeldView[] formerViews = views;
        subscribe(next);
        claims = next;
        stand();
        allowed = null;
        expiresAtMillis = millis(next.expiresAt());
        // Only now: the hub must see no moment in which what both claims allow has no subscriber.
        unsubscribe(formerSubscriptions, formerViews);
        dropForbidden();
        awaitExpiry();
    }

    private void subscribe(Claims next) {
        List<Subscription> nextSubscriptions = new ArrayList<>();
        List<HeldView> nextViews = new ArrayList<>();
        dialect.implied(next, new Interests() {
            @Override
            public void view(View view) {
                HeldView held = shard.hold(view);
                nextViews.add(held);
                nextSubscriptions.add(shard.subscribe(held.topic(), held.guard(), Session.this));
            }

            @Override
            public void topic(Topic topic, Guard guard) {
                nextSubscriptions.add(shard.subscribe(topic, guard, Session.this));
            }
        });
        subscriptions = nextSubscriptions.toArray(Subscription[]::new);
        views = nextViews.toArray(HeldView[]::new);
    }

    private void unsubscribe(Subscription[] formerSubscriptions, HeldView[] formerViews) {
        for (Subscription subscription : formerSubscriptions) {
            shard.unsubscribe(subscription);
        }
        for (HeldView view : formerViews) {
            shard.release(view);
        }
    }

    private void signOut() {
        signInGeneration++;
        waitingToken = null;
        if (claims != null) {
            dropClaims();
            awaitSignIn();
        }
    }

    private void dropClaims() {
        if (claims == null) {
            return;
        }
        services.userLimit().release(claims.username());
        claims = null;
        allowed = null;
        Subscription[] formerSubscriptions = subscriptions;
        HeldView[] formerViews = views;
        subscriptions = new Subscription[0];
        views = new HeldView[0];
        unsubscribe(formerSubscriptions, formerViews);
        dropForbidden();
        services.listener().signedOut();
        stand();
    }

    /** Tells the listener where the session stands, if that has changed. */
    private void stand() {
        Standing now = phase == Phase.CLOSED
                ? null
                : Standing.of(
                        Optional.ofNullable(dialect).map(Dialect::kind),
                        phase == Phase.CLOSING
                                ? Standing.State.CLOSING
                                : claims == null ? Standing.State.WAITING : Standing.State.SIGNED_IN);
        if (!Objects.equals(now, standing)) {
            if (standing != null) {
                services.listener().left(standing);
            }
            if (now != null) {
                services.listener().entered(now);
            }
            standing = now;
        }
    }

    /** Takes out of the queue what the claims do not allow any more. */
    private void dropForbidden() {
        if (queue.isEmpty()) {
            return;
        }
        int before = queue.size();
        queue.retain(publication -> claims != null && publication.guard().allows(claims));
        if (queue.size() < before) {
            services.listener().dropped(before - queue.size());
            recount();
        }
    }

    // Time

    private void awaitSignIn() {
        cancelTimer();
        if (!services.signInTimeout().isZero()) {
            signInDeadlineNanos =
                    shard.loop().nanoTime() + services.signInTimeout().toNanos();
            timer = schedule(services.signInTimeout());
        }
    }

    private void awaitExpiry() {
        cancelTimer();
        timer = schedule(Duration.ofMillis(expiresAtMillis - services.clock().millis()));
    }

    private Timers.Timer schedule(Duration delay) {
        Duration step = delay.compareTo(LONGEST_TIMER) < 0 ? delay : LONGEST_TIMER;
        return services.timers().schedule(step, () -> shard.loop().execute(this::onTimer));
    }

    /** Decides by the clocks, not by which timer it was: one that was cancelled too late does no harm. */
    private void onTimer() {
        if (phase != Phase.OPEN) {
            return;
        }
        if (claims != null) {
            if (services.clock().millis() >= expiresAtMillis) {
                expire();
            } else {
                awaitExpiry();
            }
        } else if (!services.signInTimeout().isZero()) {
            long rest = signInDeadlineNanos - shard.loop().nanoTime();
            if (rest <= 0) {
                close(
                        dialect == null ? CloseCode.POLICY : CloseCode.SIGN_IN_TIMEOUT,
                        CloseCode.SIGN_IN_TIMEOUT.reason());
            } else {
                cancelTimer();
                timer = schedule(Duration.ofNanos(rest));
            }
        }
    }

    private void expire() {
        close(CloseCode.UNAUTHENTICATED, Reason.EXPIRED.text());
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private static long millis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException _) {
            return Long.MAX_VALUE;
        }
    }

    // Delivery

    @Override
    @SuppressWarnings("ReferenceEquality") // another guard that is equal is asked like any other
    public void offer(Publication publication) {
        Guard guard = publication.guard();
        if (guard != allowed) {
            if (claims == null || !guard.allows(claims)) {
                services.listener().refusedByGuard();
                return;
            }
            allowed = guard;
        }
        queue.add(flusher.frames().place(publication, renderer));
        if (exceeds(queue.bytes())) {
            flush(services.clock().millis());
            flusher.report();
            if (phase != Phase.OPEN) {
                return;
            }
        }
        mark();
    }

    /** The transport can take more. */
    public void onWritable() {
        if (phase == Phase.OPEN) {
            mark();
        }
    }

    private void mark() {
        if (!marked) {
            marked = true;
            flusher.mark(this);
        }
    }

    /** Hands over what waits, if the claims still hold. */
    void flush(long nowMillis) {
        marked = false;
        if (phase != Phase.OPEN) {
            return;
        }
        if (claims != null && nowMillis >= expiresAtMillis) {
            expire();
            return;
        }
        transport.write(queue);
        recount();
        if (exceeds(accounted)) {
            closeAsSlow();
        }
    }

    private boolean exceeds(long bytes) {
        long bound = services.outboundBytes();
        return bound > 0 && bytes > bound;
    }

    void recount() {
        flusher.account(this, phase == Phase.OPEN ? queue.bytes() + transport.pendingBytes() : 0);
    }

    /** Writing failed in a way that should not happen: this session ends, the others do not notice. */
    void fail(RuntimeException failure) {
        LOG.error("session failed", Redacted.of(failure));
        transport.abort();
    }

    void closeAsSlow() {
        close(CloseCode.SLOW_CONSUMER, CloseCode.SLOW_CONSUMER.reason());
    }

    // The end

    /**
     * Ends the session: tells the client why as far as its socket takes it, and forgets everything else that waited.
     *
     * @param reason for the client, in its dialect
     */
    public void close(CloseCode code, String reason) {
        if (phase != Phase.OPEN) {
            return;
        }
        services.listener().closing(code);
        end(Phase.CLOSING);
        queue.add(flusher.frames().place(errorFrame(reason)));
        transport.write(queue);
        flusher.report();
        queue.clear();
        transport.close(code);
        if (phase == Phase.CLOSING) {
            timer = services.timers().schedule(CLOSE_GRACE, () -> shard.loop().execute(this::abortIfStillThere));
        }
    }

    /** The server is going away: no error, since nothing went wrong. */
    public void goAway() {
        if (phase != Phase.OPEN) {
            return;
        }
        flush(services.clock().millis());
        flusher.report();
        if (phase != Phase.OPEN) {
            return;
        }
        services.listener().closing(CloseCode.GOING_AWAY);
        end(Phase.CLOSING);
        transport.close(CloseCode.GOING_AWAY);
    }

    private Frame errorFrame(String reason) {
        return dialect == null ? PlainError.of(reason) : dialect.error(reason);
    }

    /** The connection is gone, whoever ended it. */
    public void onClosed() {
        if (phase == Phase.CLOSED) {
            return;
        }
        end(Phase.CLOSED);
        services.listener().closed();
    }

    private void end(Phase last) {
        phase = last;
        signInGeneration++;
        waitingToken = null;
        cancelTimer();
        dropClaims();
        stand();
        queue.clear();
        recount();
    }

    private void abortIfStillThere() {
        if (phase == Phase.CLOSING) {
            transport.abort();
        }
    }
}
