package io.switchboard.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.event.Audience;
import io.switchboard.event.MessageEvent;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.LogException;
import io.switchboard.mailbox.Postmark;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Publishing;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Recipients;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
    private final BinaryMessages binaries;
    private final OtherReplicas others;
    private final Once once;
    private final GatewayMetrics metrics;

    ClientPublishing(
            EventLog<Arrival> log,
            BinaryMessages binaries,
            OtherReplicas others,
            SwitchboardConfig config,
            GatewayMetrics metrics) {
        this.log = log;
        this.binaries = binaries;
        this.others = others;
        // apart from that of services: no client can make theirs forget
        this.once = new Once(new IdempotencyWindow(
                config.ingress().idempotencyWindow(), config.ingress().idempotencyKeys(), Ticker.systemTicker()));
        this.metrics = metrics;
    }

    @Override
    public CompletionStage<Reply> publish(Publisher publisher, Command.Publish message) {
        return switch (message.content()) {
            case Content.Binary binary -> hand(message.topic(), binary);
            case Content.Message content -> say(publisher, message, content);
            default -> throw new IllegalArgumentException("clients publish messages and bytes");
        };
    }

    private CompletionStage<Reply> say(Publisher publisher, Command.Publish message, Content.Message content) {
        String topic = message.topic().toString();
        Once.Message known = new Once.Message(
                publisher,
                topic,
                message.id(),
                message.idempotencyKey(),
                Once.digest(
                        topic.getBytes(UTF_8),
                        content.payload(),
                        content.metadata().orElse(new byte[0])));
        return once.run(
                        known,
                        () -> append(publisher, message, Once.postmark(known)).thenApply(ClientPublishing::remembered),
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

    private CompletionStage<Recipients.Count> append(
            Publisher publisher, Command.Publish message, Optional<Postmark> postmark) {
        // of the connection that it goes on from; the own key is the log's to know again
        boolean repeated = postmark.map(mark -> mark.keys().stream()
                        .limit(mark.keys().size() - 1L)
                        .anyMatch(key -> others.published(retryKey(key, mark))))
                .orElse(false);
        if (repeated) {
            return CompletableFuture.completedStage(new Recipients.Count(0, true, true));
        }
        MessageEvent event = new MessageEvent(
                new Audience.Subscribers(message.topic()),
                message.content(),
                Optional.empty(),
                message.urgent() && publisher.mayPrioritize(),
                message.timeToLive());
        Recipients recipients = new Recipients();
        return log.append(List.of(Arrival.counted(
                        event, postmark.map(mark -> retryKey(mark.keys().getLast(), mark)), recipients)))
                .thenCompose(_ -> {
                    metrics.accepted(METRIC, 1);
                    return recipients.total();
                });
    }

    /** Hands bytes over at once: they have no place in the log. */
    private CompletionStage<Reply> hand(Topic topic, Content.Binary content) {
        return binaries.hand(topic, content)
                .thenCombine(
                        others.hand(topic, content),
                        (here, elsewhere) ->
                                new Reply.Published(here + elsewhere.sessions(), false, elsewhere.partial()));
    }

    /** With all that the message says: another one under the same key is not lost in its place. */
    private static String retryKey(String key, Postmark mark) {
        return Once.digest(key.getBytes(UTF_8), mark.digest().getBytes(UTF_8));
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
