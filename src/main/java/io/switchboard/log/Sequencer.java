package io.switchboard.log;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/**
 * The log of a single process: one writer at a time gives offsets and hands the events to the tail.
 *
 * <p>The writer is whichever thread finds nobody writing, so an event on an idle server crosses no thread on its way to
 * the event loops. A thread that would have to write for others for long passes the work to the executor.
 *
 * <p>Everything that was accepted and is not yet delivered is bounded together, in events and in bytes: neither the queue
 * here nor those of the event loops can grow beyond it.
 */
public final class Sequencer<E> implements EventLog<E> {
    /** Events that one thread places for others before it passes the work on. */
    private static final int PLACED_PER_TURN = 256;

    private static final Logger LOG = Logger.getLogger(Sequencer.class);

    /** Bounds of what is on its way; 0 switches one off. */
    public record Bounds(int events, long bytes) {}

    private record Batch<E>(List<E> events, CompletableFuture<List<Position>> placed) {}

    private final String epoch;
    private final Bounds bounds;
    private final ToIntFunction<E> weigher;
    private final Kept<E> kept;
    private final Tail<E> tail;
    private final Executor executor;
    private final Clock clock;
    private final Queue<Batch<E>> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger eventsInFlight = new AtomicInteger();
    private final AtomicLong bytesInFlight = new AtomicLong();
    private volatile boolean full;
    private long offset;

    /**
     * @param epoch names this log's lifetime
     * @param weigher how many bytes an event keeps in memory
     * @param kept keeps what was placed
     * @param clock says since when an event has its place
     * @param executor runs the writer where the calling thread has done its share
     */
    public Sequencer(
            String epoch,
            Bounds bounds,
            ToIntFunction<E> weigher,
            Kept<E> kept,
            Tail<E> tail,
            Clock clock,
            Executor executor) {
        this.epoch = requireNonNull(epoch, "epoch");
        this.bounds = requireNonNull(bounds, "bounds");
        this.weigher = requireNonNull(weigher, "weigher");
        this.kept = requireNonNull(kept, "kept");
        this.tail = requireNonNull(tail, "tail");
        this.clock = requireNonNull(clock, "clock");
        this.executor = requireNonNull(executor, "executor");
    }

    /** A name for the lifetime of a log that no other has had: 64 random bits. */
    public static String newEpoch() {
        return Long.toUnsignedString(new SecureRandom().nextLong(), Character.MAX_RADIX);
    }

    @Override
    public CompletionStage<List<Position>> append(List<E> events) {
        List<E> batch = List.copyOf(events);
        if (batch.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        if (!reserve(batch)) {
            return CompletableFuture.failedFuture(new LogFullException());
        }
        CompletableFuture<List<Position>> placed = new CompletableFuture<>();
        write(new Batch<>(batch, placed));
        return placed;
    }

    private void write(Batch<E> batch) {
        queue.add(batch);
        if (waiting.getAndIncrement() == 0) {
            write();
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

    /** Lets go of what has become too old while nothing was published. Any thread. */
    public void evict() {
        write(new Batch<>(List.of(), new CompletableFuture<>()));
    }

    @Override
    public boolean full() {
        return full && !belowHalf();
    }

    private boolean belowHalf() {
        boolean below = (bounds.events() == 0 || eventsInFlight.get() <= bounds.events() / 2)
                && (bounds.bytes() == 0 || bytesInFlight.get() <= bounds.bytes() / 2);
        if (below) {
            full = false;
        }
        return below;
    }

    /** Events that were accepted and are not yet delivered. */
    public int eventsInFlight() {
        return eventsInFlight.get();
    }

    /** Bytes of the events that were accepted and are not yet delivered. */
    public long bytesInFlight() {
        return bytesInFlight.get();
    }

    private boolean reserve(List<E> batch) {
        long bytes = 0;
        for (E event : batch) {
            bytes += weigher.applyAsInt(event);
        }
        int events = batch.size();
        long eventsBefore = eventsInFlight.getAndAdd(events);
        long bytesBefore = bytesInFlight.getAndAdd(bytes);
        // One that is larger than the bound still passes through an empty queue; other bounds say how large it may be.
        boolean fits = eventsBefore == 0
                || ((bounds.events() == 0 || eventsBefore + events <= bounds.events())
                        && (bounds.bytes() == 0 || bytesBefore + bytes <= bounds.bytes()));
        if (!fits) {
            eventsInFlight.addAndGet(-events);
            bytesInFlight.addAndGet(-bytes);
            full = true;
        }
        return fits;
    }

    /** Runs on one thread at a time: the one that raised {@code waiting} from 0, or the executor in its place. */
    private void write() {
        int placed = 0;
        do {
            placed += place(requireNonNull(queue.poll(), "batch"));
            if (waiting.decrementAndGet() == 0) {
                return;
            }
        } while (placed < PLACED_PER_TURN);
        passOn();
    }

    /** The work must go on whatever happens: nobody else begins to write while {@code waiting} is not 0. */
    private void passOn() {
        try {
            executor.execute(this::write);
        } catch (RejectedExecutionException _) {
            write();
        }
    }

    private int place(Batch<E> batch) {
        List<Position> positions = new ArrayList<>(batch.events().size());
        long now = clock.millis();
        for (E event : batch.events()) {
            Position position = new Position(epoch, ++offset, now);
            positions.add(position);
            kept.add(position, event);
            hand(position, event);
            kept.handed(offset);
        }
        kept.evict(now);
        batch.placed().complete(positions);
        return positions.size();
    }

    private void hand(Position position, E event) {
        Release release = new Release(weigher.applyAsInt(event));
        try {
            tail.deliver(position, event, release);
        } catch (RuntimeException | Error e) {
            // One event that cannot be delivered must not stop those behind it.
            LOG.errorf(Redacted.of(e), "event not delivered position=%s", position.id());
            release.run();
        }
    }

    private final class Release implements Runnable {
        private final int weight;
        private final AtomicInteger pending = new AtomicInteger(1);

        private Release(int weight) {
            this.weight = weight;
        }

        @Override
        public void run() {
            if (pending.getAndSet(0) == 1) {
                eventsInFlight.decrementAndGet();
                bytesInFlight.addAndGet(-weight);
                if (full) {
                    belowHalf();
                }
            }
        }
    }
}
