package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Delivery;
import io.switchboard.hub.Ledger;
import io.switchboard.hub.Loop;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Gathers what the sessions of one event loop have to write, so that a burst costs a socket one write.
 *
 * <p>An event that comes alone leaves at the end of the loop's current work, to all its sessions in one go. While events
 * keep coming, writing takes at most half of the loop's time: each turn is followed by a pause of the same length, at most
 * 2 ms. So small rounds stay immediate, those to thousands of sockets carry more frames a write, and whatever else the
 * loop has to do finds room in between.
 *
 * <p>Also keeps account of the bytes that wait, for the bound over all sessions. Called on its loop only, but for
 * {@link #bytes()}.
 */
public final class Flusher {
    /** How long the loop pauses between two turns at most, in nanoseconds. */
    private static final long LONGEST_PAUSE_NANOS = 2_000_000;

    /** Sessions that are written to before the loop may do something else. */
    private static final int SESSIONS_PER_TURN = 256;

    /** Deliveries that are watched until they are written; more at a time are not measured. */
    private static final int MOST_LEGS = 4096;

    /** A leg that ends when so many of the marked sessions have been written to. */
    private record Watched(Delivery.Leg leg, int sessions) {}

    private final Loop loop;
    private final Clock clock;
    private final OutboundBudget budget;
    private final Queue<Watched> legs = new ArrayDeque<>();
    private final SharedFrames frames;
    private final Set<Session> lagging = new LinkedHashSet<>();
    // as large as the largest round, a few bytes a session: to grow it anew each time would cost every receiver more
    private final List<Session> marked = new ArrayList<>();
    private int next;
    private boolean scheduled;
    private boolean burst;
    private long nextTurnNanos;
    private volatile long bytes;
    private Optional<SessionListener> listener = Optional.empty();

    /** One of which no account is kept. */
    public Flusher(Loop loop, Clock clock, OutboundBudget budget) {
        this(loop, clock, budget, Ledger.NONE);
    }

    /** @param ledger counts what is handed over */
    public Flusher(Loop loop, Clock clock, OutboundBudget budget, Ledger ledger) {
        this.frames = new SharedFrames(ledger);
        this.loop = requireNonNull(loop, "loop");
        this.clock = requireNonNull(clock, "clock");
        this.budget = requireNonNull(budget, "budget");
        this.nextTurnNanos = loop.nanoTime();
        budget.add(this);
    }

    /** Bytes that wait for the sessions of this loop; any thread. */
    public long bytes() {
        return bytes;
    }

    Loop loop() {
        return loop;
    }

    /** The frames that wait on this loop. */
    SharedFrames frames() {
        return frames;
    }

    /** Who hears how many publications were handed over: the same for all sessions. */
    void reportTo(SessionListener sessionListener) {
        if (listener.isEmpty()) {
            listener = Optional.of(sessionListener);
        }
    }

    /** Reports what was handed over outside of a turn. */
    void report() {
        listener.ifPresent(frames::report);
    }

    /**
     * Tells the leg when everybody who is marked by now has been written to. That those write whose sockets can take
     * something is all it says: what waits for a client that does not read shows in {@link #bytes()}.
     */
    public void await(Delivery.Leg leg) {
        if (next >= marked.size()) {
            leg.handedOver();
        } else if (legs.size() < MOST_LEGS) {
            legs.add(new Watched(leg, marked.size()));
        } else {
            leg.lost();
        }
    }

    /** The session has something to write; it marks itself once for each round. */
    void mark(Session session) {
        marked.add(session);
        if (!scheduled) {
            scheduled = true;
            burst = loop.nanoTime() < nextTurnNanos;
            awaitTurn();
        }
    }

    private void awaitTurn() {
        long rest = nextTurnNanos - loop.nanoTime();
        if (burst && rest > 0) {
            loop.schedule(this::turn, rest);
        } else {
            loop.execute(this::turn);
        }
    }

    private void turn() {
        frames.settle();
        long began = loop.nanoTime();
        long nowMillis = clock.millis();
        int end = Math.min(marked.size(), next + SESSIONS_PER_TURN);
        while (next < end) {
            Session session = marked.set(next, null);
            next++;
            try {
                session.flush(nowMillis);
            } catch (RuntimeException e) {
                session.fail(e);
            }
        }
        report();
        while (!legs.isEmpty() && legs.element().sessions() <= next) {
            legs.remove().leg().handedOver();
        }
        long ended = loop.nanoTime();
        nextTurnNanos = ended + Math.min(LONGEST_PAUSE_NANOS, ended - began);
        if (next < marked.size()) {
            awaitTurn();
        } else {
            endRound();
        }
    }

    private void endRound() {
        marked.clear();
        next = 0;
        scheduled = false;
        if (budget.exceeded()) {
            budget.relieve();
        }
    }

    /** The session now has so many bytes waiting. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only this loop writes
    void account(Session session, long waiting) {
        long before = session.accounted;
        if (before == waiting) {
            return;
        }
        session.accounted = waiting;
        bytes += waiting - before;
        budget.change(waiting - before);
        if (waiting == 0) {
            lagging.remove(session);
        } else if (before == 0) {
            lagging.add(session);
        }
    }

    /** Closes the fullest sessions here while all loops together are over the bound and this one has its share of it. */
    void relieve() {
        for (Session session : List.copyOf(lagging)) {
            session.recount();
        }
        List<Session> fullestFirst = new ArrayList<>(lagging);
        fullestFirst.sort(
                Comparator.comparingLong((Session session) -> session.accounted).reversed());
        for (Session session : fullestFirst) {
            if (!budget.exceeded() || bytes < budget.share()) {
                return;
            }
            session.closeAsSlow();
        }
    }
}
