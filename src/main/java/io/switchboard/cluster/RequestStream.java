package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * What services ask for over a stream, done by one replica: each message is given to one of them, and to another one where it was not
 * done in time. At least once; one after the other.
 */
public final class RequestStream implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RequestStream.class);

    private static final int MOST_TRIES = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration FETCH = Duration.ofSeconds(1);

    /** What became of a message. */
    public enum Outcome {
        DONE,
        REFUSED,
        FAILED
    }

    /** Does what a message asks for; any thread, never blocks. */
    @FunctionalInterface
    public interface Performer {
        CompletionStage<Outcome> perform(byte[] body);
    }

    private final NatsLink link;
    private final String stream;
    private final String subject;
    private final String durable;
    private final Performer performer;
    private final Thread thread;
    private volatile boolean closed;

    RequestStream(NatsLink link, String prefix, String last, Performer performer) {
        this.link = requireNonNull(link, "link");
        this.stream = Streams.requestsOf(prefix);
        this.subject = prefix + ".events." + last;
        this.durable = prefix + "-" + last;
        this.performer = requireNonNull(performer, "performer");
        this.thread = Thread.ofVirtual().name("switchboard-requests-" + last).unstarted(this::run);
    }

    /** Begins to take its part. */
    public void start() {
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                work(link.connection()
                        .jetStream()
                        .subscribe(
                                subject,
                                PullSubscribeOptions.builder().stream(stream)
                                        .configuration(ConsumerConfiguration.builder()
                                                .durable(durable)
                                                .ackPolicy(AckPolicy.Explicit)
                                                .ackWait(PATIENCE)
                                                .maxDeliver(MOST_TRIES)
                                                // one after the other: what is said in a room stays in its order
                                                .maxAckPending(1)
                                                .build())
                                        .build()));
            } catch (IOException | JetStreamApiException | IllegalStateException e) {
                LOG.debugf("requests cannot be read cause=%s", e.getClass().getName());
            } catch (InterruptedException _) {
                return;
            }
            LockSupport.parkNanos(RETRY.toNanos());
        }
    }

    private void work(JetStreamSubscription subscription) throws InterruptedException {
        try {
            while (!closed) {
                List<Message> messages = subscription.fetch(1, FETCH);
                for (Message message : messages) {
                    work(message);
                }
            }
        } finally {
            if (subscription.isActive()) {
                subscription.unsubscribe();
            }
        }
    }

    private void work(Message message) throws InterruptedException {
        Outcome outcome;
        try {
            outcome = performer
                    .perform(message.getData())
                    .toCompletableFuture()
                    .get(PATIENCE.toMillis() / 2, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            LOG.debugf("request not done cause=%s", e.getClass().getName());
            outcome = Outcome.FAILED;
        }
        switch (outcome) {
            case DONE -> message.ack();
            case REFUSED -> message.term();
            case FAILED -> message.nakWithDelay(RETRY);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
