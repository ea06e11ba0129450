package io.switchboard.log;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/**
 * Events on their way to the sockets, bounded together in number and bytes. Any thread.
 *
 * @param <E> the event
 */
public final class InFlight<E> {
    private static final Logger LOG = Logger.getLogger(InFlight.class);

    /** Bounds of what is on its way; 0 switches one off. */
    public record Bounds(int events, long bytes) {}

    private final Bounds bounds;
    private final ToIntFunction<E> weigher;
    private final Tail<E> tail;
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean full;

    /**
     * @param weigher how many bytes an event keeps in memory
     * @param tail what events are handed to
     */
    public InFlight(Bounds bounds, ToIntFunction<E> weigher, Tail<E> tail) {
        this.bounds = requireNonNull(bounds, "bounds");
        this.weigher = requireNonNull(weigher, "weigher");
        this.tail = requireNonNull(tail, "tail");
    }

    /**
     * Takes room for events that are to be handed over.
     *
     * @return whether there is room for all of them; of one that is larger than the bound, where nothing is on its way
     */
    public boolean reserve(Iterable<E> batch) {
        int count = 0;
        long weight = 0;
        for (E event : batch) {
            count++;
            weight += weigher.applyAsInt(event);
        }
        int eventsBefore = events.getAndAdd(count);
        long bytesBefore = bytes.getAndAdd(weight);
        // One that is larger than the bound still passes through an empty queue; other bounds say how large it may be.
        boolean fits = eventsBefore == 0
                || ((bounds.events() == 0 || eventsBefore + count <= bounds.events())
                        && (bounds.bytes() == 0 || bytesBefore + weight <= bounds.bytes()));
        if (!fits) {
            events.addAndGet(-count);
            bytes.addAndGet(-weight);
            full = true;
        }
        return fits;
    }

    /** Gives back the room of an event that will not be handed over. */
    public void giveBack(E event) {
        release(weigher.applyAsInt(event));
    }

    private void release(int weight) {
        events.decrementAndGet();
        bytes.addAndGet(-weight);
        if (full) {
            belowHalf();
        }
    }

    /** Whether so much is on its way that room was refused, and not yet half of it has gone. At no cost. */
    public boolean full() {
        return full && !belowHalf();
    }

    private boolean belowHalf() {
        boolean below = (bounds.events() == 0 || events.get() <= bounds.events() / 2)
                && (bounds.bytes() == 0 || bytes.get() <= bounds.bytes() / 2);
        if (below) {
            full = false;
        }
        return below;
    }

    /** How many events. */
    public int events() {
        return events.get();
    }

    /** How many bytes they keep. */
    public long bytes() {
        return bytes.get();
    }

    /** Hands an event for which there is room to the tail; by one thread at a time. */
    public void hand(Position position, E event) {
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
                release(weight);
            }
        }
    }
}
