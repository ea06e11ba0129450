package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.Presence;
import io.switchboard.queue.QueueReply;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** What came of a {@link Command}. */
public sealed interface Reply {
    /**
     * The client may go on.
     *
     * @param session its id
     * @param claims of who is signed in; empty: nobody
     */
    record Authenticated(UUID session, Optional<Claims> claims) implements Reply {
        public Authenticated {
            requireNonNull(session, "session");
            requireNonNull(claims, "claims");
        }
    }

    /**
     * A service had a token for what the client sent.
     *
     * @param token the client's, from now on
     * @param claims of the token
     * @param rest what else the service says: a JSON object, UTF-8
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Introduced(String token, Claims claims, byte[] rest) implements Reply {
        public Introduced {
            requireNonNull(token, "token");
            requireNonNull(claims, "claims");
            requireNonNull(rest, "rest");
        }

        /** Without the token, and what else was said. */
        @Override
        public String toString() {
            return "Introduced[]";
        }
    }

    /** A token is good, and signs nobody in. */
    record Verified(String token, Claims claims) implements Reply {
        public Verified {
            requireNonNull(token, "token");
            requireNonNull(claims, "claims");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Verified[]";
        }
    }

    /** What came of something that was asked of queues, unless it {@linkplain Failed failed}. */
    record Queued(QueueReply reply) implements Reply {
        public Queued {
            requireNonNull(reply, "reply");
        }
    }

    /**
     * Whether the client waits for an operation.
     *
     * @param id as the client called it
     */
    record Registered(String id, boolean succeeded) implements Reply {
        public Registered {
            requireNonNull(id, "id");
        }

        /** Without the id. */
        @Override
        public String toString() {
            return "Registered[" + succeeded + "]";
        }
    }

    /**
     * The patterns are subscribed to.
     *
     * @param active how many patterns the connection is subscribed to now
     * @param position everything behind it will be delivered
     */
    record Subscribed(List<TopicName> names, int active, Position position) implements Reply {
        public Subscribed {
            names = List.copyOf(names);
            requireNonNull(position, "position");
        }
    }

    /**
     * What was missed has been sent, as far as it could be.
     *
     * @param complete for each pattern, by its text, whether nothing is missing
     * @param position everything behind it will be delivered
     */
    record Recovered(Map<String, Boolean> complete, Position position) implements Reply {
        public Recovered {
            complete = Map.copyOf(complete);
            requireNonNull(position, "position");
        }
    }

    /** The patterns are not subscribed to, or not any more. */
    record Unsubscribed(List<TopicName> names, int active) implements Reply {
        public Unsubscribed {
            names = List.copyOf(names);
        }
    }

    /**
     * A message was handed over.
     *
     * @param recipients to how many connections
     * @param duplicate whether that happened before, and not again
     */
    record Published(int recipients, boolean duplicate, boolean partial) implements Reply {
        /** One that was counted everywhere. */
        public Published(int recipients, boolean duplicate) {
            this(recipients, duplicate, false);
        }
    }

    /**
     * A message to a user was handed over.
     *
     * @param connections to which of the user's
     * @param duplicate whether that happened before, and not again
     */
    record Delivered(List<UUID> connections, boolean duplicate) implements Reply {
        public Delivered {
            connections = List.copyOf(connections);
        }
    }

    /**
     * A user has no connection that could take a message. Says the same of users whom nobody knows.
     *
     * @param queued whether it waits for one
     */
    record Away(String user, boolean queued) implements Reply {
        public Away {
            requireNonNull(user, "user");
        }
    }

    /**
     * Who is there.
     *
     * @param users as others see them
     * @param topics who shares them
     */
    record There(List<Presence> users, Map<Topic, Gatherings.Crowd> topics) implements Reply {
        public There {
            users = List.copyOf(users);
            topics = Map.copyOf(topics);
        }
    }

    /**
     * What was said on a topic, oldest first.
     *
     * @param epoch of all offsets
     * @param firstOffset the oldest that the log has
     * @param lastOffset the newest that the log has
     * @param more whether there is more in the direction that was asked for
     */
    record Past(Topic topic, List<Publication> messages, String epoch, long firstOffset, long lastOffset, boolean more)
            implements Reply {
        public Past {
            requireNonNull(topic, "topic");
            messages = List.copyOf(messages);
            requireNonNull(epoch, "epoch");
        }
    }

    /**
     * A service has answered.
     *
     * @param payload JSON, UTF-8
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Called(byte[] payload) implements Reply {
        public Called {
            requireNonNull(payload, "payload");
        }
    }

    /** It was done, and those whom it concerns are told. */
    record Done() implements Reply {}

    /**
     * A room as it is.
     *
     * @param viewer who asked
     * @param users who is there, or the first of them
     * @param messages what was said, oldest first; none: it was not asked for, or there is nothing
     * @param more what to ask for to get those before; empty: there are none, or it was not asked for
     */
    record InRoom(Room room, String viewer, List<String> users, List<Message> messages, Optional<Page> more)
            implements Reply {
        /**
         * Part of what was said.
         *
         * @param offset how many of the last messages to leave out
         * @param limit how many at most
         */
        public record Page(long offset, int limit) {}

        public InRoom {
            requireNonNull(room, "room");
            requireNonNull(viewer, "viewer");
            users = List.copyOf(users);
            messages = List.copyOf(messages);
            requireNonNull(more, "more");
        }
    }

    /**
     * The claims are those of the new token.
     *
     * @param dropped patterns that they do not allow
     */
    record Refreshed(Instant expiresAt, List<TopicName> dropped) implements Reply {
        public Refreshed {
            requireNonNull(expiresAt, "expiresAt");
            dropped = List.copyOf(dropped);
        }
    }

    /**
     * It was not done.
     *
     * @param status by the table of errors, which is that of HTTP
     * @param message what to do about it
     * @param topic which one it is about, as the client wrote it; empty: none
     * @param retryAfterMillis how long to wait before trying again
     */
    record Failed(int status, String message, String topic, OptionalLong retryAfterMillis) implements Reply {
        /** To a command that needs somebody who is signed in. */
        public static final Failed SIGN_IN_FIRST = new Failed(401, "sign in first");

        /** To a call of a service that there is not. */
        public static final Failed NO_SUCH_SERVICE = new Failed(404, "there is no such service");

        public Failed {
            requireNonNull(message, "message");
            requireNonNull(topic, "topic");
            requireNonNull(retryAfterMillis, "retryAfterMillis");
        }

        public Failed(int status, String message) {
            this(status, message, "", OptionalLong.empty());
        }

        /** The same about a topic. */
        public static Failed of(int status, String message, String topic) {
            return new Failed(status, message, topic, OptionalLong.empty());
        }
    }
}
