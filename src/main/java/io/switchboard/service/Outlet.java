package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.service.ServiceListener.Telling;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/**
 * One receiver of events about sessions. A session belongs to one of a few lanes; a lane delivers one event after the other, on a
 * virtual thread that there is only while there is something to do. What waits is bounded, in all lanes together.
 */
final class Outlet {
    private static final Logger LOG = Logger.getLogger(Outlet.class);

    private static final int LANES = 8;

    /** Gives an event to the receiver; blocks until that is done. */
    @FunctionalInterface
    interface Sink {
        void deliver(LifecycleEvent event) throws Exception;
    }

    /** How much may wait; 0: no bound. */
    record Bounds(int entries, long bytes) {
        Bounds {
            entries = entries == 0 ? Integer.MAX_VALUE : entries;
            bytes = bytes == 0 ? Long.MAX_VALUE : bytes;
        }
    }

    private final String label;
    private final Set<LifecycleKind> kinds;
    private final Sink sink;
    private final Bounds bounds;
    private final Executor threads;
    private final ServiceListener listener;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicInteger entries = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean failing = new AtomicBoolean();
    /** Since the last line in the log. */
    private final LongAdder lost = new LongAdder();

    /** @param label for the log: a configured name */
    Outlet(
            String label,
            Set<LifecycleKind> kinds,
            Sink sink,
            Bounds bounds,
            Executor threads,
            ServiceListener listener) {
        this.label = requireNonNull(label, "label");
        this.kinds = Set.copyOf(kinds);
        this.sink = requireNonNull(sink, "sink");
        this.bounds = requireNonNull(bounds, "bounds");
        this.threads = requireNonNull(threads, "threads");
        this.listener = requireNonNull(listener, "listener");
        for (int i = 0; i < LANES; i++) {
            lanes.add(new Lane());
        }
    }

    /** Any thread, constant time. */
    void offer(LifecycleEvent event) {
        if (!kinds.contains(event.kind())) {
            return;
        }
        int nowEntries = entries.incrementAndGet();
        long nowBytes = bytes.addAndGet(event.weight());
        if (nowEntries > bounds.entries() || nowBytes > bounds.bytes()) {
            giveBack(event);
            lose(Telling.DROPPED);
            return;
        }
        lanes.get(Math.floorMod(event.session().hashCode(), LANES)).add(event);
    }

    private void giveBack(LifecycleEvent event) {
        entries.decrementAndGet();
        bytes.addAndGet(-event.weight());
    }

    private void lose(Telling telling) {
        lost.increment();
        listener.told(telling);
        if (failing.compareAndSet(false, true)) {
            LOG.warnf("events about sessions do not reach a service service=%s", label);
        }
    }

    private void delivered() {
        listener.told(Telling.DELIVERED);
        if (failing.get() && failing.compareAndSet(true, false)) {
            LOG.infof("events about sessions reach a service again service=%s lost=%d", label, lost.sumThenReset());
        }
    }

    private final class Lane implements Runnable {
        private final Queue<LifecycleEvent> events = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean running = new AtomicBoolean();

        void add(LifecycleEvent event) {
            events.add(event);
            start();
        }

        private void start() {
            if (!events.isEmpty() && running.compareAndSet(false, true)) {
                try {
                    threads.execute(this);
                } catch (RejectedExecutionException _) {
                    // the application stops
                    running.set(false);
                }
            }
        }

        @Override
        public void run() {
            for (LifecycleEvent event = events.poll(); event != null; event = events.poll()) {
                deliver(event);
            }
            running.set(false);
            // what came in between found a lane that seemed to run
            start();
        }

        private void deliver(LifecycleEvent event) {
            try {
                sink.deliver(event);
                delivered();
            } catch (InterruptedException _) {
                lose(Telling.FAILED);
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.debugf(Redacted.of(e), "event about a session not delivered service=%s", label);
                lose(Telling.FAILED);
            } finally {
                // at the end: what is being delivered takes room, too
                giveBack(event);
            }
        }
    }
}
