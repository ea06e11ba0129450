package io.switchboard.log;

import static java.util.Objects.requireNonNull;

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
import java.util.function.ToIntFunction;

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

    private record Batch<E>(List<E> events, CompletableFuture<List<Position>> placed) {}

    private final String epoch;
    private final Kept<E> kept;
    private final InFlight<E> inFlight;
    private final Executor executor;
    private final Clock clock;
    private final Queue<Batch<E>> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
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
            InFlight.Bounds bounds,
            ToIntFunction<E> weigher,
            Kept<E> kept,
            Tail<E> tail,
            Clock clock,
            Executor executor) {
        this.epoch = requireNonNull(epoch, "epoch");
        this.kept = requireNonNull(kept, "kept");
        this.inFlight = new InFlight<>(bounds, weigher, tail);
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
        if (!inFlight.reserve(batch)) {
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
        return inFlight.full();
    }

    /** Events that were accepted and are not yet delivered. */
    public int eventsInFlight() {
        return inFlight.events();
    }

    /** Bytes of the events that were accepted and are not yet delivered. */
    public long bytesInFlight() {
        return inFlight.bytes();
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
            inFlight.hand(position, event);
            kept.handed(offset);
        }
        kept.evict(now);
        batch.placed().complete(positions);
        return positions.size();
    }
}
