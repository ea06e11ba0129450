package io.switchboard.ingress;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.event.Audience;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.MessageFamily;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Content;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Publication;
import io.switchboard.log.EventLog;
import io.switchboard.log.LogFullException;
import io.switchboard.log.Position;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Publishing;
import io.switchboard.trace.Arrival;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Publishes what clients say, each message once. The id that a client gave a message counts within its connection, and the
 * one that it goes on from; an idempotency key counts for its user and the topic.
 */
@Singleton
final class ClientPublishing implements Publishing {
    private static final Logger LOG = Logger.getLogger(ClientPublishing.class);

    private static final String METRIC = "publish";
    private static final long RETRY_MILLIS = 1000;

    private final EventLog<Arrival> log;
    private final MessageFamily messages;
    private final Hub hub;
    private final IdempotencyWindow window;
    private final GatewayMetrics metrics;
    private final Clock clock;

    ClientPublishing(
            EventLog<Arrival> log,
            MessageFamily messages,
            Hub hub,
            SwitchboardConfig config,
            GatewayMetrics metrics,
            Clock clock) {
        this.log = log;
        this.messages = messages;
        this.hub = hub;
        // apart from that of services: no client can make theirs forget
        this.window = new IdempotencyWindow(
                config.ingress().idempotencyWindow(), config.ingress().idempotencyKeys(), Ticker.systemTicker());
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public CompletionStage<Reply> publish(Publisher publisher, Command.Publish message) {
        if (message.content() instanceof Content.Binary) {
            return hand(message);
        }
        if (message.idempotencyKey().isPresent()) {
            IdempotencyKey key = new IdempotencyKey(
                    "user " + publisher.username(),
                    message.topic().toString(),
                    IdempotencyKey.Kind.MESSAGE,
                    message.idempotencyKey().get());
            return once(publisher, List.of(key), message, true);
        }
        if (message.id().isPresent()) {
            String id = message.id().get();
            List<IdempotencyKey> keys = publisher.former().isPresent()
                    ? List.of(
                            ofConnection(publisher, publisher.former().get(), id),
                            ofConnection(publisher, publisher.session(), id))
                    : List.of(ofConnection(publisher, publisher.session(), id));
            return once(publisher, keys, message, false);
        }
        return append(publisher, message)
                .thenApply(recipients -> (Reply) new Reply.Published(recipients, false))
                .exceptionally(ClientPublishing::failed);
    }

    /** Whoever names another user's connection has named none. */
    private static IdempotencyKey ofConnection(Publisher publisher, UUID session, String id) {
        return new IdempotencyKey(
                "session " + session + " of " + publisher.username(), "", IdempotencyKey.Kind.MESSAGE, id);
    }

    /**
     * @param keys the first that is known decides; all are taken otherwise
     * @param strict whether the same key must not be used for another message
     */
    private CompletionStage<Reply> once(
            Publisher publisher, List<IdempotencyKey> keys, Command.Publish message, boolean strict) {
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        IdempotencyWindow.Answer answer = new IdempotencyWindow.Answer(digest(message), done);
        for (IdempotencyKey key : keys) {
            Optional<IdempotencyWindow.Answer> before = window.claim(key, answer);
            if (before.isPresent() && before.get().digest().equals(answer.digest())) {
                // what was claimed for it by another key is as good as the answer
                CompletableFuture<List<String>> _ = before.get().ids().whenComplete((ids, failure) -> {
                    if (failure == null) {
                        done.complete(ids);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
                return done.thenApply(ids -> (Reply) new Reply.Published(Integer.parseInt(ids.getFirst()), true))
                        .exceptionally(ClientPublishing::failed);
            }
            if (before.isPresent() && strict) {
                return CompletableFuture.completedFuture(new Reply.Failed(
                        400, "the idempotency key was used for another message; use a new one for a new message"));
            }
            // An id that a client uses again for something else is no retry: nothing must be lost.
        }
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        append(publisher, message).whenComplete((recipients, failure) -> {
            // answered before those who wait for the same
            if (failure == null) {
                reply.complete(new Reply.Published(recipients, false));
                done.complete(List.of(recipients.toString()));
            } else {
                reply.complete(failed(failure));
                done.completeExceptionally(failure);
            }
        });
        return reply;
    }

    private CompletionStage<Integer> append(Publisher publisher, Command.Publish message) {
        MessageEvent event = new MessageEvent(
                new Audience.Subscribers(message.topic()),
                message.content(),
                Optional.empty(),
                message.urgent() && publisher.mayPrioritize(),
                message.timeToLive());
        CompletableFuture<Integer> recipients = new CompletableFuture<>();
        return log.append(List.of(Arrival.counted(event, recipients))).thenCompose(_ -> {
            metrics.accepted(METRIC, 1);
            return recipients;
        });
    }

    /** Hands bytes over at once: they have no place in the log. */
    private CompletionStage<Reply> hand(Command.Publish message) {
        Publication publication = messages.publication(
                new Position(log.epoch(), 0, clock.millis()),
                new MessageEvent(
                        new Audience.Subscribers(message.topic()),
                        message.content(),
                        Optional.empty(),
                        false,
                        Optional.empty()));
        AtomicInteger recipients = new AtomicInteger();
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        hub.post(
                hub.shardsOf(message.topic()),
                shard -> recipients.addAndGet(shard.publish(publication)),
                () -> reply.complete(new Reply.Published(recipients.get(), false)));
        return reply;
    }

    private static Reply failed(Throwable failure) {
        Throwable cause = Causes.of(failure);
        if (cause instanceof LogFullException) {
            return new Reply.Failed(503, "too much is on its way, try again", "", OptionalLong.of(RETRY_MILLIS));
        }
        LOG.error("publishing failed", Redacted.of(cause));
        return new Reply.Failed(500, "the message was not accepted");
    }

    private static String digest(Command.Publish message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(message.topic().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (message.content() instanceof Content.Message content) {
                digest.update((byte) 0);
                digest.update(content.payload());
                digest.update((byte) 0);
                content.metadata().ifPresent(digest::update);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
