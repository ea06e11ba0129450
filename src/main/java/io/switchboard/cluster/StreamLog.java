package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsJetStreamMetaData;
import io.nats.client.impl.NatsMessage;
import io.switchboard.failure.Redacted;
import io.switchboard.log.EventLog;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.LogFullException;
import io.switchboard.log.LogUnreachableException;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import io.switchboard.log.TooLargeForLogException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/**
 * The log of a cluster: a stream of JetStream, which every replica reads in full. An event's offset is its number in the stream; the
 * epoch names the stream and how often it was found to have lost something.
 *
 * <p>Promise: an event has its place when the stream has answered; what has a place is handed to the tail of each replica, in the
 * order of places, once. A replica that was cut off goes on where it was. Where something is missing, because the stream has
 * forgotten it meanwhile or was put back, the listener is told and nothing is skipped in silence.
 *
 * @param <E> the event
 */
public final class StreamLog<E> implements EventLog<E>, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(StreamLog.class);

    private static final String FROM = "Switchboard-From";
    private static final String NUMBER = "Switchboard-Number";
    private static final String MESSAGE_ID = "Nats-Msg-Id";

    /** What is said beside an event, in bytes, at most. */
    private static final int HEADER_BYTES = 2048;

    /** How long an event is tried to be appended. */
    private static final Duration APPEND_PATIENCE = Duration.ofSeconds(5);

    /** After which it is tried once more: what was under way when a connection broke has no answer. */
    private static final Duration ATTEMPT = Duration.ofMillis(1500);

    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /** How long the reader waits for room before it looks again whether it is to stop. */
    private static final long ROOM_NANOS = 1_000_000;

    /** Hears what happens to the log. Any thread. */
    public interface Listener {
        /** Something is missing between what was handed to the tail and what follows: sessions have to recover. */
        void interrupted();
    }

    /** Names the stream's lifetime, for all replicas; methods block. */
    interface Epochs {
        /**
         * The epoch of the stream as it is now.
         *
         * @param created when the stream was made, in nanoseconds since 1970
         * @param lost whether the stream has lost something since the epoch that this replica knows
         * @param known by this replica; empty: it has just started
         */
        String epoch(long created, boolean lost, String known) throws IOException, InterruptedException;
    }

    private final String prefix;
    private final String stream;
    private final String self;
    private final NatsLink link;
    private final JetStream jetStream;
    private final StreamCodec<E> codec;
    private final Supplier<Kept<E>> newKept;
    private final long mostKept;
    private final InFlight<E> delivering;
    private final InFlight<E> appending;
    private final Epochs epochs;
    private final Runnable repair;
    private final Listener listener;
    private final String run = UUID.randomUUID().toString();
    private final Map<String, E> own = new ConcurrentHashMap<>();
    private final AtomicBoolean resetting = new AtomicBoolean();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("switchboard-stream").factory());
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();

    /** Held by whoever writes to what is kept: one reader, mostly. */
    private final Object writing = new Object();

    private volatile Kept<E> kept;
    private volatile String epoch = "";
    private volatile boolean reading;
    private volatile boolean closed;
    private volatile long upTo;

    // those of the thread
    private Optional<Reader> reader = Optional.empty();

    /**
     * @param newKept what is kept in memory, empty
     * @param mostKept how many events that may be; 0: any number
     * @param repair makes the stream again where it is lost; blocks
     */
    StreamLog(
            NatsLink link,
            String prefix,
            String self,
            StreamCodec<E> codec,
            Supplier<Kept<E>> newKept,
            long mostKept,
            InFlight.Bounds bounds,
            ToIntFunction<E> weigher,
            Tail<E> tail,
            Epochs epochs,
            Runnable repair,
            Listener listener) {
        this.link = requireNonNull(link, "link");
        this.prefix = prefix + ".";
        this.stream = Streams.logOf(prefix);
        this.self = requireNonNull(self, "self");
        this.codec = requireNonNull(codec, "codec");
        this.newKept = requireNonNull(newKept, "newKept");
        this.mostKept = mostKept;
        this.delivering = new InFlight<>(bounds, weigher, tail);
        this.appending = new InFlight<>(bounds, weigher, tail);
        this.epochs = requireNonNull(epochs, "epochs");
        this.repair = requireNonNull(repair, "repair");
        this.listener = requireNonNull(listener, "listener");
        this.kept = newKept.get();
        try {
            this.jetStream = link.connection()
                    .jetStream(
                            JetStreamOptions.builder().requestTimeout(ATTEMPT).build());
        } catch (IOException e) {
            throw new IllegalStateException("JetStream cannot be used", e);
        }
        link.listen(new NatsLink.Listener() {
            @Override
            public void reconnected() {
                resetSoon();
            }

            @Override
            public void silent(JetStreamSubscription subscription) {
                thread.execute(() -> {
                    if (reader.map(one -> one.reads(subscription)).orElse(false)) {
                        resetSoon();
                    }
                });
            }
        });
    }

    /** Begins to read; completes when everything that the stream had then was handed to the tail. */
    public CompletionStage<Void> start() {
        resetSoon();
        return caughtUp;
    }

    // Appending

    @Override
    public CompletionStage<List<Position>> append(List<E> events) {
        List<E> batch = List.copyOf(events);
        if (!appending.reserve(batch)) {
            return CompletableFuture.failedFuture(new LogFullException());
        }
        CompletableFuture<List<Position>> placed = new CompletableFuture<>();
        append(batch, new ArrayList<>(batch.size()), placed);
        return placed;
    }

    /** One after the other: an array keeps its order whatever fails in between. */
    private void append(List<E> batch, List<Position> positions, CompletableFuture<List<Position>> placed) {
        if (positions.size() == batch.size()) {
            placed.complete(positions);
            return;
        }
        E event = batch.get(positions.size());
        StreamCodec.Written written = codec.write(event);
        if (written.body().length + HEADER_BYTES > link.maxPayload()) {
            giveBackFrom(positions.size(), batch);
            placed.completeExceptionally(new TooLargeForLogException(link.maxPayload() - HEADER_BYTES));
            return;
        }
        String number = run + "-" + UUID.randomUUID();
        Headers headers = new Headers()
                .put(FROM, self)
                .put(NUMBER, number)
                .put(MESSAGE_ID, written.key().orElse(number));
        written.headers().forEach(headers::put);
        Message message = NatsMessage.builder()
                .subject(prefix + written.subject())
                .headers(headers)
                .data(written.body())
                .build();
        own.put(number, event);
        CompletableFuture<PublishAck> acked = new CompletableFuture<>();
        publish(message, System.nanoTime() + APPEND_PATIENCE.toNanos(), acked);
        CompletableFuture<PublishAck> _ = acked.whenComplete((ack, failure) -> {
            appending.giveBack(event);
            if (failure != null) {
                own.remove(number);
                giveBackFrom(positions.size() + 1, batch);
                placed.completeExceptionally(new LogUnreachableException());
                return;
            }
            if (ack.isDuplicate()) {
                own.remove(number);
                codec.duplicate(event);
            }
            positions.add(new Position(epoch, ack.getSeqno(), System.currentTimeMillis()));
            append(batch, positions, placed);
        });
    }

    private void giveBackFrom(int first, List<E> batch) {
        batch.subList(first, batch.size()).forEach(appending::giveBack);
    }

    /** Under one id, so that a second try appends nothing that the first did. */
    private void publish(Message message, long deadlineNanos, CompletableFuture<PublishAck> acked) {
        CompletableFuture<PublishAck> sent;
        try {
            // the client's own time is over seconds later only
            sent = jetStream.publishAsync(message).copy().orTimeout(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IllegalStateException | IllegalArgumentException e) {
            sent = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<PublishAck> _ = sent.whenComplete((ack, failure) -> {
            if (failure == null && ack != null && stream.equals(ack.getStream())) {
                acked.complete(ack);
            } else if (closed || System.nanoTime() + RETRY.toNanos() >= deadlineNanos) {
                acked.completeExceptionally(new LogUnreachableException());
            } else {
                later(() -> publish(message, deadlineNanos, acked), acked);
            }
        });
    }

    private void later(Runnable task, CompletableFuture<?> otherwise) {
        try {
            var _ = thread.schedule(task, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            otherwise.completeExceptionally(new LogUnreachableException());
        }
    }

    @Override
    public String epoch() {
        return epoch;
    }

    @Override
    public Kept<E> kept() {
        return kept;
    }

    @Override
    public boolean full() {
        return appending.full() || delivering.full();
    }

    /** Whether the stream is being read at the moment, as far as is known. */
    public boolean isReading() {
        return reading && link.isConnected();
    }

    /** Events on their way to the sockets. */
    public int eventsInFlight() {
        return delivering.events();
    }

    /** Bytes of events on their way to the sockets. */
    public long bytesInFlight() {
        return delivering.bytes();
    }

    // Reading

    private void resetSoon() {
        reading = false;
        if (resetting.compareAndSet(false, true)) {
            try {
                thread.execute(this::reset);
            } catch (RejectedExecutionException _) {
                LOG.debug("the log is closed");
            }
        }
    }

    /** Begins to read behind what was handed over last. */
    private void reset() {
        resetting.set(false);
        if (closed) {
            return;
        }
        reader.ifPresent(Reader::stop);
        reader = Optional.empty();
        try {
            StreamInfo info = link.connection().jetStreamManagement().getStreamInfo(stream);
            long first;
            synchronized (writing) {
                first = begin(info);
            }
            upTo = info.getStreamState().getLastSequence();
            Reader fresh = new Reader(first);
            fresh.start();
            reader = Optional.of(fresh);
            reading = true;
            checkCaughtUp();
        } catch (IOException | JetStreamApiException e) {
            LOG.debugf("the stream cannot be read cause=%s", e.getClass().getName());
            repair.run();
            var _ = thread.schedule(this::resetSoon, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("the stream cannot be read", Redacted.of(e));
            var _ = thread.schedule(this::resetSoon, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** The first number to read; and what to do where something is missing before it. */
    private long begin(StreamInfo info) throws IOException, InterruptedException {
        long created = info.getCreateTime().toInstant().getEpochSecond() * 1_000_000_000L
                + info.getCreateTime().getNano();
        long firstKept = Math.max(1, info.getStreamState().getFirstSequence());
        long last = info.getStreamState().getLastSequence();
        long handed = kept.last();
        boolean fresh = epoch.isEmpty();
        String now = epochs.epoch(created, !fresh && last < handed, epoch);
        boolean missing = !fresh && (!now.equals(epoch) || firstKept > handed + 1);
        if (!fresh && !missing) {
            return handed + 1;
        }
        long first = mostKept > 0 ? Math.max(firstKept, last - mostKept + 1) : firstKept;
        Kept<E> empty = newKept.get();
        empty.begin(first - 1);
        kept = empty;
        epoch = now;
        if (missing) {
            own.clear();
            LOG.warn("events are missing in the log: sessions have to recover");
            listener.interrupted();
        }
        return first;
    }

    private void checkCaughtUp() {
        if (!caughtUp.isDone() && kept.handed() >= upTo) {
            caughtUp.complete(null);
        }
    }

    /** One consumer of the stream, for as long as nothing is lost between the server and here. */
    private final class Reader {
        private final Kept<E> into = kept;
        private final String of = epoch;
        private final Connection connection = link.connection();
        private final Dispatcher dispatcher = connection.createDispatcher();
        private volatile boolean stopped;
        private Optional<JetStreamSubscription> subscription = Optional.empty();
        private long next;
        private long consumed;

        private Reader(long first) {
            next = first;
        }

        void start() throws IOException, JetStreamApiException {
            subscription = Optional.of(jetStream.subscribe(
                    null,
                    dispatcher,
                    this::received,
                    false,
                    PushSubscribeOptions.builder().stream(stream)
                            .configuration(ConsumerConfiguration.builder()
                                    .deliverPolicy(DeliverPolicy.ByStartSequence)
                                    .startSequence(next)
                                    .ackPolicy(AckPolicy.None)
                                    .maxDeliver(1)
                                    .memStorage(true)
                                    .numReplicas(1)
                                    .flowControl(HEARTBEAT)
                                    .build())
                            .build()));
        }

        boolean reads(JetStreamSubscription other) {
            return subscription.map(other::equals).orElse(false);
        }

        void stop() {
            stopped = true;
            connection.closeDispatcher(dispatcher);
        }

        /** On the dispatcher's thread, one after the other. */
        private void received(Message message) {
            if (message.isJetStream()) {
                synchronized (writing) {
                    read(message);
                }
            }
        }

        private void read(Message message) {
            if (stopped) {
                return;
            }
            NatsJetStreamMetaData about = message.metaData();
            if (about.consumerSequence() != consumed + 1) {
                // one was lost on its way
                stopped = true;
                resetSoon();
                return;
            }
            consumed++;
            long offset = about.streamSequence();
            while (next < offset) {
                // somebody has deleted them
                into.skip();
                next++;
            }
            next = offset + 1;
            place(
                    message,
                    new Position(of, offset, about.timestamp().toInstant().toEpochMilli()));
            checkCaughtUp();
        }

        private void place(Message message, Position position) {
            Optional<E> event = event(message, position.placedAt());
            if (event.isEmpty()) {
                into.skip();
                return;
            }
            List<E> one = List.of(event.get());
            while (!delivering.reserve(one)) {
                if (stopped || closed) {
                    return;
                }
                LockSupport.parkNanos(ROOM_NANOS);
            }
            into.add(position, event.get());
            delivering.hand(position, event.get());
            into.handed(position.offset());
            into.evict(position.placedAt());
        }

        private Optional<E> event(Message message, long storedAt) {
            Headers headers = message.getHeaders();
            String from = headers == null ? null : headers.getFirst(FROM);
            if (self.equals(from)) {
                E mine = own.remove(headers.getFirst(NUMBER));
                if (mine != null) {
                    return Optional.of(mine);
                }
            }
            try {
                return codec.read(new StoredMessage(message, prefix.length(), storedAt));
            } catch (RuntimeException e) {
                LOG.error("an event cannot be read, and is left out", Redacted.of(e));
                return Optional.empty();
            }
        }
    }

    private record StoredMessage(Message message, int prefix, long storedAt) implements StreamCodec.Stored {
        @Override
        public String subject() {
            return message.getSubject().substring(prefix);
        }

        @Override
        public Optional<String> key() {
            return Optional.ofNullable(header(MESSAGE_ID));
        }

        @Override
        public String header(String name) {
            return message.getHeaders() == null ? null : message.getHeaders().getFirst(name);
        }

        @Override
        public byte[] body() {
            return message.getData();
        }
    }

    /** Lets go of what has become too old while nothing was published. Any thread. */
    public void evict(long nowMillis) {
        synchronized (writing) {
            kept.evict(nowMillis);
        }
    }

    @Override
    public void close() {
        closed = true;
        reading = false;
        thread.execute(() -> reader.ifPresent(Reader::stop));
        thread.shutdown();
    }
}
