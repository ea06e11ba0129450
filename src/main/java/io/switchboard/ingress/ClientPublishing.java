package io.switchboard.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import io.switchboard.log.LogException;
import io.switchboard.log.Position;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Publishing;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Recipients;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/** Publishes what clients say, each message once. */
@Singleton
final class ClientPublishing implements Publishing {
    private static final Logger LOG = Logger.getLogger(ClientPublishing.class);

    private static final String METRIC = "publish";
    /** Behind the number of recipients, as an outcome is remembered. */
    private static final String PARTIAL = "partial";

    private static final String DUPLICATE = "duplicate";
    private static final long RETRY_MILLIS = 1000;

    private final EventLog<Arrival> log;
    private final MessageFamily messages;
    private final Hub hub;
    private final Once once;
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
        this.once = new Once(new IdempotencyWindow(
                config.ingress().idempotencyWindow(), config.ingress().idempotencyKeys(), Ticker.systemTicker()));
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public CompletionStage<Reply> publish(Publisher publisher, Command.Publish message) {
        if (message.content() instanceof Content.Binary) {
            return hand(message);
        }
        String topic = message.topic().toString();
        Content.Message content = (Content.Message) message.content();
        return once.run(
                        new Once.Message(
                                publisher,
                                topic,
                                message.id(),
                                message.idempotencyKey(),
                                Once.digest(
                                        topic.getBytes(UTF_8),
                                        content.payload(),
                                        content.metadata().orElse(new byte[0]))),
                        () -> append(publisher, message).thenApply(ClientPublishing::remembered),
                        new Once.Answers(
                                recipients -> published(recipients, false), recipients -> published(recipients, true)))
                .exceptionally(ClientPublishing::failed);
    }

    private static Reply published(List<String> recipients, boolean duplicate) {
        return new Reply.Published(
                Integer.parseInt(recipients.getFirst()),
                duplicate || recipients.contains(DUPLICATE),
                recipients.contains(PARTIAL));
    }

    private static List<String> remembered(Recipients.Count count) {
        List<String> outcome = new ArrayList<>(List.of(Integer.toString(count.sessions())));
        if (count.partial()) {
            outcome.add(PARTIAL);
        }
        if (count.duplicate()) {
            outcome.add(DUPLICATE);
        }
        return outcome;
    }

    private CompletionStage<Recipients.Count> append(Publisher publisher, Command.Publish message) {
        MessageEvent event = new MessageEvent(
                new Audience.Subscribers(message.topic()),
                message.content(),
                Optional.empty(),
                message.urgent() && publisher.mayPrioritize(),
                message.timeToLive());
        Recipients recipients = new Recipients();
        return log.append(List.of(Arrival.counted(event, Optional.empty(), recipients)))
                .thenCompose(_ -> {
                    metrics.accepted(METRIC, 1);
                    return recipients.total();
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
        if (cause instanceof LogException) {
            return new Reply.Failed(503, "too much is on its way, try again", "", OptionalLong.of(RETRY_MILLIS));
        }
        LOG.error("publishing failed", Redacted.of(cause));
        return new Reply.Failed(500, "the message was not accepted");
    }
}
