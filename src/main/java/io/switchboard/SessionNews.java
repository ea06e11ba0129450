package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.service.Actor;
import io.switchboard.service.AwaitedOperation;
import io.switchboard.service.LifecycleEvents;
import io.switchboard.session.Lifecycle;
import io.switchboard.webflow.Registration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Tells services what happens to sessions. */
final class SessionNews implements Lifecycle {
    private final LifecycleEvents events;

    SessionNews(LifecycleEvents events) {
        this.events = requireNonNull(events, "events");
    }

    @Override
    public void opened(UUID session, Optional<DialectKind> dialect) {
        events.opened(session, dialect.map(DialectKind::wireName));
    }

    @Override
    public void authenticated(UUID session, DialectKind dialect, Claims claims) {
        events.authenticated(new Actor(session, dialect.wireName(), claims));
    }

    @Override
    public void closed(
            UUID session,
            Optional<DialectKind> dialect,
            Optional<String> user,
            int code,
            List<Registration> operations) {
        events.closed(
                session,
                dialect.map(DialectKind::wireName),
                user,
                code,
                operations.stream()
                        .map(one -> new AwaitedOperation(one.id().text(), one.operationId()))
                        .toList());
        // as Flamigo's own server tells it
        if (dialect.equals(Optional.of(DialectKind.FLAMIGO))) {
            user.ifPresent(name -> events.disconnected(session, DialectKind.FLAMIGO.wireName(), name, code));
        }
    }
}
