package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamStatusException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/** The connection to NATS, which comes back by itself. What it is told when is no payload and no password. Any thread. */
public final class NatsLink implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(NatsLink.class);

    private static final Duration RECONNECT_WAIT = Duration.ofMillis(250);
    private static final Duration PING = Duration.ofSeconds(2);

    /** What may wait while NATS cannot be reached, in bytes; more is refused. */
    private static final long BUFFER = 8L * 1024 * 1024;

    /** Hears of the connection. Called on a thread of the client's; must not block it. */
    interface Listener {
        /** It is there again; nothing that the server pushed before goes on by itself. */
        void reconnected();

        /** A consumer has not heard of the server for too long. */
        void silent(JetStreamSubscription subscription);
    }

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean lost = new AtomicBoolean();
    private final Connection connection;

    private NatsLink(Options.Builder options) throws IOException, InterruptedException {
        connection = Nats.connect(options.connectionListener(this::changed)
                .errorListener(new Errors())
                .build());
    }

    /**
     * Connects.
     *
     * @param name by which the server's operator knows this replica
     * @throws IllegalStateException it cannot be reached in time; says what to do
     */
    public static NatsLink connect(ClusterSettings settings, String name) throws InterruptedException {
        Options.Builder options = new Options.Builder()
                .servers(settings.servers().toArray(String[]::new))
                .connectionName(name)
                .maxReconnects(-1)
                .reconnectWait(RECONNECT_WAIT)
                .reconnectJitter(RECONNECT_WAIT)
                .reportNoResponders()
                .reconnectBufferSize(BUFFER)
                .pingInterval(PING)
                .maxPingsOut(2)
                .connectionTimeout(Duration.ofSeconds(2));
        settings.tls().ifPresent(options::sslContext);
        settings.signIn().ifPresent(signIn -> {
            switch (signIn) {
                case ClusterSettings.SignIn.Password(String user, String password) ->
                    options.userInfo(user.toCharArray(), password.toCharArray());
                case ClusterSettings.SignIn.Credentials(var file) ->
                    options.authHandler(Nats.credentials(file.toString()));
            }
        });
        long deadline = System.nanoTime() + settings.connectTimeout().toNanos();
        while (true) {
            try {
                return new NatsLink(options);
            } catch (IOException e) {
                if (System.nanoTime() >= deadline) {
                    throw new IllegalStateException(
                            "no NATS server of switchboard.cluster.nats.servers can be reached, or none lets this replica"
                                    + " sign in: start one with JetStream, and look at the addresses, the user and TLS");
                }
                LOG.warnf("NATS cannot be reached yet cause=%s", e.getClass().getSimpleName());
                LockSupport.parkNanos(RECONNECT_WAIT.toNanos());
            }
        }
    }

    Connection connection() {
        return connection;
    }

    void listen(Listener listener) {
        listeners.add(requireNonNull(listener, "listener"));
    }

    /** Whether NATS can be reached, as far as is known. */
    public boolean isConnected() {
        return connection.getStatus() == Connection.Status.CONNECTED;
    }

    /** What came back to a question. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Answer(Map<String, String> headers, byte[] body) {
        public Answer {
            headers = Map.copyOf(headers);
            requireNonNull(body, "body");
        }
    }

    /**
     * Asks one of those who subscribed, and blocks for the first answer.
     *
     * @return empty: nobody has subscribed
     * @throws TimeoutException no answer in time
     * @throws IOException there is no connection; nobody was asked
     */
    public Optional<Answer> request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, InterruptedException, TimeoutException {
        if (!isConnected()) {
            throw new IOException("NATS is out of reach");
        }
        Headers sent = new Headers();
        headers.forEach(sent::put);
        try {
            Message answer = connection
                    .requestWithTimeout(
                            NatsMessage.builder()
                                    .subject(subject)
                                    .headers(sent)
                                    .data(body)
                                    .build(),
                            timeout)
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            Map<String, String> received = new HashMap<>();
            if (answer.getHeaders() != null) {
                answer.getHeaders().forEach((name, values) -> received.put(name, values.getFirst()));
            }
            return Optional.of(new Answer(received, answer.getData()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof JetStreamStatusException status
                    && status.getStatus().isNoResponders()) {
                return Optional.empty();
            }
            throw new IOException(e.getCause().getClass().getName());
        } catch (CancellationException _) {
            throw new TimeoutException();
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw new IOException(e.getClass().getName());
        }
    }

    /** Of headers and body together, in bytes, as the server says. */
    public long maxPayload() {
        return connection.getMaxPayload();
    }

    private void changed(Connection which, ConnectionListener.Events event) {
        switch (event) {
            case DISCONNECTED -> {
                // comes again with each try to connect that fails
                if (!lost.getAndSet(true)) {
                    LOG.warn("NATS is lost");
                }
            }
            case RECONNECTED -> {
                lost.set(false);
                LOG.info("NATS is back");
                listeners.forEach(Listener::reconnected);
            }
            default -> LOG.debugf("NATS event=%s", event);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of what goes wrong in the client only the kind is told. */
    private final class Errors implements ErrorListener {
        @Override
        public void errorOccurred(Connection conn, String error) {
            LOG.warn("NATS refuses something");
        }

        @Override
        public void exceptionOccurred(Connection conn, Exception e) {
            LOG.debugf("NATS client failed cause=%s", e.getClass().getName());
        }

        @Override
        public void slowConsumerDetected(Connection conn, Consumer consumer) {
            LOG.warn("NATS sends faster than this replica reads");
        }

        @Override
        public void messageDiscarded(Connection conn, Message message) {
            LOG.warn("NATS cannot be reached, and too much waits for it");
        }

        @Override
        public void heartbeatAlarm(
                Connection conn, JetStreamSubscription subscription, long streamSequence, long consumerSequence) {
            listeners.forEach(listener -> listener.silent(subscription));
        }

        @Override
        public void unhandledStatus(Connection conn, JetStreamSubscription subscription, Status status) {
            LOG.debugf("NATS status=%d", status.getCode());
        }
    }
}
