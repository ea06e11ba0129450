package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.queue.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a session tells its client without being asked. */
public sealed interface Notice {
    /** The connection is open and signed in; the first thing of all. */
    record Welcome(UUID session, Instant now) implements Notice {
        public Welcome {
            requireNonNull(session, "session");
            requireNonNull(now, "now");
        }
    }

    /**
     * An operation that the client waits for is authorized, or not.
     *
     * @param id as the client called it
     * @param result as the service said
     */
    record Authorized(String id, String result) implements Notice {
        public Authorized {
            requireNonNull(id, "id");
            requireNonNull(result, "result");
        }

        /** Without the id. */
        @Override
        public String toString() {
            return "Authorized[]";
        }
    }

    /**
     * The client goes on with another token.
     *
     * @param claims of the token
     */
    record Renewed(String token, Claims claims) implements Notice {
        public Renewed {
            requireNonNull(token, "token");
            requireNonNull(claims, "claims");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Renewed[]";
        }
    }

    /**
     * Something to do, from a queue.
     *
     * @param id by which the client says what became of it
     */
    record Work(UUID id, Delivery delivery) implements Notice {
        public Work {
            requireNonNull(id, "id");
            requireNonNull(delivery, "delivery");
        }
    }

    /** A queue is not the client's to work off any more. */
    record QueueClosed(String queue) implements Notice {
        public QueueClosed {
            requireNonNull(queue, "queue");
        }
    }

    /**
     * An exchange is gone.
     *
     * @param queue the client's own queue, which it sent to
     */
    record ExchangeClosed(String exchange, String queue) implements Notice {
        public ExchangeClosed {
            requireNonNull(exchange, "exchange");
            requireNonNull(queue, "queue");
        }
    }

    /** The token ends soon. */
    record TokenExpiring(Instant expiresAt) implements Notice {
        public TokenExpiring {
            requireNonNull(expiresAt, "expiresAt");
        }
    }

    /**
     * Subscriptions ended, since what allowed them did.
     *
     * @param active how many patterns are left
     */
    record Dropped(List<TopicName> names, int active) implements Notice {
        public Dropped {
            names = List.copyOf(names);
        }
    }

    /**
     * Publications were left out while the client read too slowly; what follows is whole again.
     *
     * @param topic of which; empty: of several more
     * @param missed how many
     */
    record Gap(Optional<Topic> topic, long missed) implements Notice {
        public Gap {
            requireNonNull(topic, "topic");
        }
    }

    /**
     * The server is about to end, and the connection with it.
     *
     * @param left until it is closed
     * @param position everything up to here that the client may hear of came before; empty: it has asked for what it missed, and
     *     that is still coming
     */
    record Departing(Duration left, Optional<Position> position) implements Notice {
        public Departing {
            requireNonNull(left, "left");
            requireNonNull(position, "position");
        }
    }

    /** Somebody has ended the session, and not the client. */
    record Revoked() implements Notice {}

    /**
     * The connection is about to be closed.
     *
     * @param status by the table of errors
     * @param reason for the client
     */
    record Closing(int status, String reason) implements Notice {
        public Closing {
            requireNonNull(reason, "reason");
        }
    }
}
