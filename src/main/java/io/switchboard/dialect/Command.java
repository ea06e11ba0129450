package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.chat.ChatCommand;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Topic;
import io.switchboard.queue.Algorithm;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;

/** What a client's frame asks for. */
public sealed interface Command {
    /** Take the claims of this token in place of those held. */
    record SignIn(String token) implements Command {
        public SignIn {
            requireNonNull(token, "token");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "SignIn[]";
        }
    }

    /** Give the claims up; the connection stays. */
    record SignOut() implements Command {}

    /**
     * Begin, as somebody or as nobody, and say so. Commands behind it wait.
     *
     * @param token empty: as nobody, or as who has signed in already
     */
    record Authenticate(Request request, Optional<String> token) implements Command {
        public Authenticate {
            requireNonNull(request, "request");
            requireNonNull(token, "token");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Authenticate[]";
        }
    }

    /**
     * Sign in with a token that a service has for what the client sent; the service is asked on nobody's behalf. Commands behind
     * it wait, so there is one at a time.
     *
     * @param service its name
     * @param payload what the client sent: JSON, UTF-8
     * @param name who the client says it is: attempts are counted by it; empty: it is not known here
     * @param stays whether the client stays who it is, and wants only to be told
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record AuthenticateBy(Request request, String service, byte[] payload, Optional<String> name, boolean stays)
            implements Command {
        public AuthenticateBy {
            requireNonNull(request, "request");
            requireNonNull(service, "service");
            requireNonNull(payload, "payload");
            requireNonNull(name, "name");
        }

        /** Without what was sent. */
        @Override
        public String toString() {
            return "AuthenticateBy[]";
        }
    }

    /** Say whose token this is, and whether it would sign them in. Commands behind it wait. */
    record Verify(Request request, String token) implements Command {
        public Verify {
            requireNonNull(request, "request");
            requireNonNull(token, "token");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Verify[]";
        }
    }

    /**
     * Do this on behalf of whose token this is, and forget it then. Commands behind it wait until it is verified.
     *
     * @param lasts whether what is done lasts: then it has to be the session's own subject, and its claims count from there on
     */
    record As(Request request, String token, boolean lasts, Command command) implements Command {
        public As {
            requireNonNull(request, "request");
            requireNonNull(token, "token");
            requireNonNull(command, "command");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "As[" + command + "]";
        }
    }

    /**
     * Work off a queue.
     *
     * @param queue its name; empty: a new one, which the server names
     */
    record Consume(Request request, Optional<String> queue) implements Command {
        public Consume {
            requireNonNull(request, "request");
            requireNonNull(queue, "queue");
        }
    }

    /** Work off a queue no longer. */
    record Abandon(Request request, String queue) implements Command {
        public Abandon {
            requireNonNull(request, "request");
            requireNonNull(queue, "queue");
        }
    }

    /**
     * Make an exchange where there is none.
     *
     * @param addQueue whether to work off a new queue, which the server names, to which it sends what the routing key lets through
     */
    record Exchange(Request request, String exchange, Algorithm algorithm, String routingKey, boolean addQueue)
            implements Command {
        public Exchange {
            requireNonNull(request, "request");
            requireNonNull(exchange, "exchange");
            requireNonNull(algorithm, "algorithm");
            requireNonNull(routingKey, "routingKey");
        }
    }

    /**
     * Send to a queue, or to an exchange.
     *
     * @param target its name
     * @param toExchange whether it is an exchange's
     * @param data any JSON value, from who sends it
     * @param replyTo the queue for an answer; empty: none
     * @param correlationId by what the client knows the answer again; empty: by nothing
     * @param routingKey for the exchange; empty: nothing
     * @param timeToLive for how long it may wait
     */
    record Enqueue(
            Request request,
            String target,
            boolean toExchange,
            Function<Claims, String> data,
            String replyTo,
            String correlationId,
            String routingKey,
            Duration timeToLive)
            implements Command {
        public Enqueue {
            requireNonNull(request, "request");
            requireNonNull(target, "target");
            requireNonNull(data, "data");
            requireNonNull(replyTo, "replyTo");
            requireNonNull(correlationId, "correlationId");
            requireNonNull(routingKey, "routingKey");
            requireNonNull(timeToLive, "timeToLive");
        }

        /** Without what is sent. */
        @Override
        public String toString() {
            return "Enqueue[]";
        }
    }

    /** What the client was given of a queue is done. */
    record Finish(UUID delivery) implements Command {
        public Finish {
            requireNonNull(delivery, "delivery");
        }
    }

    /**
     * The client cannot do what it was given of a queue.
     *
     * @param delivery which; empty: the one that it has, if it has one alone
     */
    record Return(Optional<UUID> delivery) implements Command {
        public Return {
            requireNonNull(delivery, "delivery");
        }
    }

    /** End the connection, and say so first. */
    record Leave(Request request) implements Command {
        public Leave {
            requireNonNull(request, "request");
        }
    }

    /**
     * Show, from now on or no longer, what is for the client alone.
     *
     * @param acknowledges whether the client says itself what it has
     */
    record Listen(Request request, Private what, boolean on, boolean acknowledges) implements Command {
        public Listen {
            requireNonNull(request, "request");
            requireNonNull(what, "what");
        }
    }

    /** What a client has to ask for to be shown it, where its dialect does not show it by itself. */
    enum Private {
        /** What users write to the user. */
        LETTERS,
        /** That an operation is authorized which it has registered. */
        AUTHORIZATIONS
    }

    /**
     * Wait for an operation to be authorized.
     *
     * @param id what the client calls it; who knows it may wait for it
     */
    record Register(Request request, String id) implements Command {
        public Register {
            requireNonNull(request, "request");
            requireNonNull(id, "id");
        }

        /** Without the id. */
        @Override
        public String toString() {
            return "Register[]";
        }
    }

    /** Nothing to do, as the dialect asks for frames that it does not know. */
    record Ignored() implements Command {}

    /**
     * Something that the dialect answers by itself.
     *
     * @param answer what the client gets
     */
    record Answered(List<Frame> answer) implements Command {
        public Answered {
            answer = List.copyOf(answer);
        }
    }

    /** Take the claims of this token, of the same subject, and say so. */
    record Refresh(Request request, String token) implements Command {
        public Refresh {
            requireNonNull(request, "request");
            requireNonNull(token, "token");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Refresh[]";
        }
    }

    /** Subscribe to all of the patterns or to none. */
    record Subscribe(Request request, List<TopicName> names, Cursors cursors) implements Command {
        public Subscribe {
            requireNonNull(request, "request");
            names = List.copyOf(names);
            requireNonNull(cursors, "cursors");
        }
    }

    /** Give up the subscriptions to these patterns, as far as there are any. */
    record Unsubscribe(Request request, List<TopicName> names) implements Command {
        public Unsubscribe {
            requireNonNull(request, "request");
            names = List.copyOf(names);
        }
    }

    /**
     * Say something on a topic.
     *
     * @param content what; {@link Content.Message} or {@link Content.Binary}
     * @param urgent whether it asks never to be conflated or thinned
     * @param timeToLive for how long it is of interest
     * @param id how the client calls the message, within its connection
     * @param idempotencyKey how it calls it from whatever connection
     */
    record Publish(
            Request request,
            Topic topic,
            Content content,
            boolean urgent,
            Optional<Duration> timeToLive,
            Optional<String> id,
            Optional<String> idempotencyKey)
            implements Command {
        public Publish {
            requireNonNull(request, "request");
            requireNonNull(topic, "topic");
            requireNonNull(content, "content");
            requireNonNull(timeToLive, "timeToLive");
            requireNonNull(id, "id");
            requireNonNull(idempotencyKey, "idempotencyKey");
        }

        /** Without what is said. */
        @Override
        public String toString() {
            return "Publish[]";
        }
    }

    /**
     * Write to a user.
     *
     * @param recipient by login
     * @param timeToLive how long it may wait for the recipient; empty: as long as the server keeps it
     * @param id how the client calls the message, within its connection
     * @param idempotencyKey how it calls it from whatever connection
     */
    record Direct(
            Request request,
            String recipient,
            Body body,
            Optional<Duration> timeToLive,
            Optional<String> id,
            Optional<String> idempotencyKey)
            implements Command {
        /** What is written. Byte arrays are handed over, not copied, and never changed. */
        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        public sealed interface Body {
            /**
             * JSON, which is kept where the recipient is away.
             *
             * @param payload any JSON value, UTF-8
             * @param metadata a JSON object, UTF-8
             */
            record Json(byte[] payload, Optional<byte[]> metadata) implements Body {
                public Json {
                    requireNonNull(payload, "payload");
                    requireNonNull(metadata, "metadata");
                }
            }

            /**
             * Bytes, which are not kept.
             *
             * @param frame the whole frame from a sender, by login
             * @param payload the same for those who take no binary frames: a JSON object, UTF-8
             */
            record Binary(Function<String, byte[]> frame, byte[] payload) implements Body {
                public Binary {
                    requireNonNull(frame, "frame");
                    requireNonNull(payload, "payload");
                }
            }
        }

        public Direct {
            requireNonNull(request, "request");
            requireNonNull(recipient, "recipient");
            requireNonNull(body, "body");
            requireNonNull(timeToLive, "timeToLive");
            requireNonNull(id, "id");
            requireNonNull(idempotencyKey, "idempotencyKey");
        }

        /** Without what is written, and to whom. */
        @Override
        public String toString() {
            return "Direct[]";
        }
    }

    /**
     * Say what others see of the user.
     *
     * @param status what the user calls it
     * @param metadata the user's own, a JSON object
     */
    record Appear(Request request, String status, Optional<String> metadata) implements Command {
        public Appear {
            requireNonNull(request, "request");
            requireNonNull(status, "status");
            requireNonNull(metadata, "metadata");
        }

        /** Without what is said. */
        @Override
        public String toString() {
            return "Appear[]";
        }
    }

    /**
     * Show who is there.
     *
     * @param users by login
     * @param topics who shares them
     */
    record WhoIsThere(Request request, List<String> users, List<Topic> topics) implements Command {
        public WhoIsThere {
            requireNonNull(request, "request");
            users = List.copyOf(users);
            topics = List.copyOf(topics);
        }
    }

    /** The client has a message that it was sent, and wants it no more. */
    record Acknowledge(UUID message) implements Command {
        public Acknowledge {
            requireNonNull(message, "message");
        }
    }

    /**
     * Show what was said before on a topic, oldest first: the last messages before an offset, or the first behind one.
     *
     * @param limit how many at most
     * @param before only offsets below; empty: up to now
     * @param since only offsets above; empty: from the oldest on
     */
    record History(Request request, Topic topic, int limit, OptionalLong before, OptionalLong since)
            implements Command {
        public History {
            requireNonNull(request, "request");
            requireNonNull(topic, "topic");
            requireNonNull(before, "before");
            requireNonNull(since, "since");
        }
    }

    /**
     * Ask an internal service.
     *
     * @param service its name
     * @param payload JSON, UTF-8
     * @param traceparent the trace that the client is in, as it says (W3C Trace Context)
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Call(Request request, String service, byte[] payload, Optional<String> traceparent) implements Command {
        public Call {
            requireNonNull(request, "request");
            requireNonNull(service, "service");
            requireNonNull(payload, "payload");
            requireNonNull(traceparent, "traceparent");
        }

        /** Without what is asked. */
        @Override
        public String toString() {
            return "Call[]";
        }
    }

    /** Something in a chat room. */
    record Chat(Request request, ChatCommand command) implements Command {
        public Chat {
            requireNonNull(request, "request");
            requireNonNull(command, "command");
        }
    }

    /**
     * A command that cannot be carried out, and after which the connection stays.
     *
     * @param request what the error refers to
     * @param error what is wrong; holds nothing of the frame but names of topics
     */
    record Refused(Request request, Reply.Failed error) implements Command {
        public Refused {
            requireNonNull(request, "request");
            requireNonNull(error, "error");
        }
    }

    /**
     * A command that nobody may give; who is not signed in is told that first, as with one that can be carried out.
     *
     * @param error why not
     */
    record Denied(Request request, Reply.Failed error) implements Command {
        public Denied {
            requireNonNull(request, "request");
            requireNonNull(error, "error");
        }
    }

    /**
     * A frame that is none of the dialect's.
     *
     * @param reason what is wrong, for the client; holds nothing of the frame
     */
    record Malformed(String reason) implements Command {
        public Malformed {
            requireNonNull(reason, "reason");
        }
    }
}
