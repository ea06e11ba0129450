package io.switchboard.session;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.webflow.Registration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Hears of sessions one by one, to tell others. Called on event loops: constant time, never blocks. */
public interface Lifecycle {
    /** Nobody is told. */
    Lifecycle NOBODY = new Lifecycle() {
        @Override
        public void opened(UUID session, Optional<DialectKind> dialect) {}

        @Override
        public void authenticated(UUID session, DialectKind dialect, Claims claims) {}

        @Override
        public void closed(
                UUID session,
                Optional<DialectKind> dialect,
                Optional<String> user,
                int code,
                List<Registration> operations) {}
    };

    /**
     * A connection is open.
     *
     * @param dialect what it speaks, where that is known before its first frame
     */
    void opened(UUID session, Optional<DialectKind> dialect);

    /** Somebody has signed in who was not signed in there before. */
    void authenticated(UUID session, DialectKind dialect, Claims claims);

    /**
     * The connection is gone; once for each {@link #opened}.
     *
     * @param user the login of who was signed in last
     * @param code why Switchboard closed it, or what the client's close frame said: 1005 where it said nothing, 1006 where
     *     there was none (RFC 6455, 7.1.5)
     * @param operations whose authorization it waited for
     */
    void closed(
            UUID session,
            Optional<DialectKind> dialect,
            Optional<String> user,
            int code,
            List<Registration> operations);
}
