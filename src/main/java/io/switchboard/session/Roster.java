package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * The sessions of one event loop, and what was taken away from them lately.
 *
 * <p>A withdrawal counts from the task that brings it here: each session compares one number before anything is offered to
 * it or handed over, and catches up first if it is behind. A sweep sees to those to whom nothing happens. So the instant is
 * the same for all sessions of the loop, and nobody waits until thousands of them have changed.
 *
 * <p>Called on its loop only.
 */
final class Roster {
    private static final Logger LOG = Logger.getLogger(Roster.class);

    /** Withdrawals that wait for a sweep at most; one more and the sweep is finished on the spot. */
    static final int MOST_PENDING = 256;

    /** A withdrawal on its way to the sessions of one loop. */
    private record Pending(long number, Withdrawal withdrawal, Reach reach) {}

    private final Loop loop;
    private final Map<UUID, Session> byId;
    private final int sessionsPerTurn;
    private final List<Session> sessions = new ArrayList<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    private long latest;
    private boolean sweeping;
    /** Who leaves when; null: nobody is asked to. */
    private Departures departures;

    /**
     * @param byId where the sessions of all loops can be found
     * @param sessionsPerTurn how many are visited before the loop may do something else
     */
    Roster(Loop loop, Map<UUID, Session> byId, int sessionsPerTurn) {
        this.loop = requireNonNull(loop, "loop");
        this.byId = requireNonNull(byId, "byId");
        this.sessionsPerTurn = sessionsPerTurn;
    }

    void add(Session session) {
        session.place = sessions.size();
        sessions.add(session);
        byId.put(session.id(), session);
        if (departures != null) {
            departures.add(session);
        }
    }

    /** Lets every session leave, and those that come yet; a second time does nothing. */
    void depart(Departure departure) {
        if (departures == null) {
            departures = new Departures(loop, departure, sessions, sessionsPerTurn, new SplittableRandom());
        }
    }

    void remove(Session session) {
        if (byId.remove(session.id(), session)) {
            Session last = sessions.removeLast();
            if (last != session) {
                sessions.set(session.place, last);
                last.place = session.place;
            }
        }
    }

    /** The number of the latest withdrawal: a session that has seen it is up to date. */
    long latest() {
        return latest;
    }

    /** Takes something away from all sessions here, from this instant on. */
    void withdraw(Withdrawal withdrawal, Reach reach) {
        pending.add(new Pending(++latest, withdrawal, reach));
        if (pending.size() > MOST_PENDING) {
            for (Session session : List.copyOf(sessions)) {
                catchUp(session);
            }
            settle(latest);
        } else if (!sweeping) {
            sweeping = true;
            sweep();
        }
    }

    private void sweep() {
        long aim = latest;
        visit(this::catchUp, () -> {
            settle(aim);
            if (pending.isEmpty()) {
                sweeping = false;
            } else {
                sweep();
            }
        });
    }

    private void catchUp(Session session) {
        try {
            session.catchUp();
        } catch (RuntimeException e) {
            session.fail(e);
        }
    }

    /** Every session has seen the withdrawals up to this one. */
    private void settle(long number) {
        while (!pending.isEmpty() && pending.peek().number() <= number) {
            pending.poll().reach().loopDone();
        }
    }

    /**
     * Visits what was withdrawn since.
     *
     * @param since the last that the visitor knows
     * @param visitor whether it concerned the visitor; goes on to the next in any case
     */
    void forPending(long since, Predicate<Withdrawal> visitor) {
        for (Pending one : pending) {
            if (one.number() > since && visitor.test(one.withdrawal())) {
                one.reach().sessionReached();
            }
        }
    }

    /**
     * Visits every session that is here now and still is when its turn comes, some more than once, a bounded number in each
     * task.
     */
    void visit(Consumer<Session> visitor, Runnable done) {
        loop.execute(() -> visit(Integer.MAX_VALUE, visitor, done));
    }

    /** From the last to the first: who takes the place of one that left was visited, or came later. */
    private void visit(int end, Consumer<Session> visitor, Runnable done) {
        int next = Math.min(end, sessions.size());
        int stop = Math.max(0, next - sessionsPerTurn);
        while (next > stop) {
            // a visit may end the session, and then the last one is here
            next--;
            if (next < sessions.size()) {
                try {
                    visitor.accept(sessions.get(next));
                } catch (RuntimeException e) {
                    LOG.error("session not visited", Redacted.of(e));
                }
            }
        }
        if (next == 0) {
            done.run();
        } else {
            int rest = next;
            loop.execute(() -> visit(rest, visitor, done));
        }
    }
}
