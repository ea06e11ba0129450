package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Tells services what happens to sessions: on the event bus, and over HTTP those that asked for it. At most once for each receiver
 * on the bus; over HTTP it is tried several times, so a receiver may see the same id twice. In order for each session and
 * receiver. What a receiver cannot keep up with is dropped and counted.
 *
 * <p>Called on event loops: constant time, never blocks.
 */
public final class LifecycleEvents {
    private final List<Outlet> outlets;
    private final Clock clock;

    LifecycleEvents(List<Outlet> outlets, Clock clock) {
        this.outlets = List.copyOf(outlets);
        this.clock = requireNonNull(clock, "clock");
    }

    /**
     * There is a connection.
     *
     * @param dialect empty: not known yet
     */
    public void opened(UUID session, Optional<String> dialect) {
        tell(
                LifecycleKind.OPENED,
                session,
                dialect,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                List.of());
    }

    /** A session was signed in; again when it is signed in with another token. */
    public void authenticated(Actor actor) {
        Claims claims = actor.claims().orElseThrow();
        tell(
                LifecycleKind.AUTHENTICATED,
                actor.session(),
                Optional.of(actor.dialect()),
                Optional.of(claims.username()),
                Optional.of(claims.subject()),
                OptionalInt.empty(),
                List.of());
    }

    /**
     * The connection is gone.
     *
     * @param user whose it was, by login; empty: nobody was signed in
     * @param code of the close frame; 1006: there was none
     * @param operations whose authorization it waited for
     */
    public void closed(
            UUID session,
            Optional<String> dialect,
            Optional<String> user,
            int code,
            List<AwaitedOperation> operations) {
        tell(LifecycleKind.CLOSED, session, dialect, user, Optional.empty(), OptionalInt.of(code), operations);
    }

    /**
     * The connection of somebody is gone who was signed in, to those who wait for that user; behind {@link #closed}.
     *
     * @param user by login
     * @param code of the close frame
     */
    public void disconnected(UUID session, String dialect, String user, int code) {
        tell(
                LifecycleKind.DISCONNECTED,
                session,
                Optional.of(dialect),
                Optional.of(user),
                Optional.empty(),
                OptionalInt.of(code),
                List.of());
    }

    private void tell(
            LifecycleKind kind,
            UUID session,
            Optional<String> dialect,
            Optional<String> user,
            Optional<String> subject,
            OptionalInt code,
            List<AwaitedOperation> operations) {
        LifecycleEvent event =
                new LifecycleEvent(kind, clock.millis(), session, dialect, user, subject, code, operations);
        for (Outlet outlet : outlets) {
            outlet.offer(event);
        }
    }
}
