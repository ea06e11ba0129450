package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import io.switchboard.log.Position;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The sessions of one loop on their way out: each is told once when its moment is, and closed then. The moments are spread evenly, so
 * that those who take the clients over see a steady stream and no rush.
 *
 * <p>One timer of the loop's at a time, however many sessions there are, and a bounded number of them in each task.
 *
 * <p>Called on its loop only.
 */
final class Departures {
    /** Moments that are closer together share a timer, and the first of them waits for it. */
    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final class Leaver {
        private final Session session;
        private final long atNanos;
        private boolean told;

        private Leaver(Session session, long atNanos) {
            this.session = session;
            this.atNanos = atNanos;
        }
    }

    private final Loop loop;
    private final Departure departure;
    private final int sessionsPerTurn;
    private final RandomGenerator random;
    private final long endNanos;
    private final Queue<Leaver> untold = new ArrayDeque<>();
    private final PriorityQueue<Leaver> staying;
    private boolean telling;
    /** The moment that is waited for, of the wake-up that counts; a former one does nothing. */
    private long awaitedNanos;

    private int wakeUps;
    private boolean waiting;

    /**
     * @param sessions those that are here
     * @param sessionsPerTurn how many are told, or closed, before the loop may do something else
     */
    Departures(Loop loop, Departure departure, List<Session> sessions, int sessionsPerTurn, RandomGenerator random) {
        this.loop = requireNonNull(loop, "loop");
        this.departure = requireNonNull(departure, "departure");
        this.sessionsPerTurn = sessionsPerTurn;
        this.random = requireNonNull(random, "random");
        long now = loop.nanoTime();
        endNanos = now + departure.window().toNanos();
        // clocks of this kind may run over
        staying = new PriorityQueue<>(
                Math.max(1, sessions.size()), Comparator.comparingLong(leaver -> leaver.atNanos - now));
        List<Session> shuffled = new ArrayList<>(sessions);
        // in no order that a client could use, or that would empty one room, or one user's devices, first
        Collections.shuffle(shuffled, random);
        double part = (double) departure.window().toNanos() / Math.max(1, shuffled.size());
        for (int i = 0; i < shuffled.size(); i++) {
            add(shuffled.get(i), now + (long) ((i + random.nextDouble()) * part));
        }
        go();
    }

    /** One that came in meanwhile: it leaves within what is left of the window. */
    void add(Session session) {
        long now = loop.nanoTime();
        add(session, now + (long) (random.nextDouble() * Math.max(0, endNanos - now)));
        go();
    }

    private void add(Session session, long atNanos) {
        Leaver leaver = new Leaver(session, atNanos);
        staying.add(leaver);
        if (departure.atOnce()) {
            leaver.told = true;
        } else {
            untold.add(leaver);
        }
    }

    private void go() {
        if (!telling && !untold.isEmpty()) {
            telling = true;
            tellLater();
        }
        // one that came in may be the next to leave
        if (!staying.isEmpty() && (!waiting || staying.element().atNanos - awaitedNanos < 0)) {
            waiting = true;
            awaitedNanos = staying.element().atNanos;
            closeLater(++wakeUps);
        }
    }

    private void tellLater() {
        Position handed = departure.handed();
        loop.execute(() -> tell(handed));
    }

    private void tell(Position handed) {
        long now = loop.nanoTime();
        for (int i = 0; i < sessionsPerTurn && !untold.isEmpty(); i++) {
            Leaver leaver = untold.remove();
            leaver.told = true;
            Duration left = Duration.ofNanos(Math.max(0, leaver.atNanos - now));
            safely(leaver.session, () -> leaver.session.departing(left, handed));
        }
        telling = false;
        go();
    }

    private void closeLater(int wakeUp) {
        long left = awaitedNanos - loop.nanoTime();
        if (left <= 0) {
            loop.execute(() -> close(wakeUp));
        } else {
            loop.schedule(() -> close(wakeUp), Math.max(TICK_NANOS, left));
        }
    }

    private void close(int wakeUp) {
        if (wakeUp != wakeUps) {
            return;
        }
        long now = loop.nanoTime();
        for (int i = 0; i < sessionsPerTurn && isDue(staying.peek(), now); i++) {
            Leaver leaver = staying.remove();
            safely(leaver.session, leaver.session::goAway);
        }
        waiting = false;
        go();
    }

    /** Whoever has not been told yet is told before: that is under way. */
    private static boolean isDue(Leaver next, long now) {
        return next != null && next.told && next.atNanos - now <= 0;
    }

    private static void safely(Session session, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            session.fail(e);
        }
    }
}
