package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.RoomChange;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Brings what is said in a room into the order of its numbers, where several processes keep messages in one database and place
 * them in one log. Two of them may place 8 before 7, and one may die between keeping 7 and placing it.
 *
 * <p>An event that a number is missing for is held, with what follows of its room, for {@link #PATIENCE}: mostly the missing ones
 * come. Else they are read from the store and delivered in front of it, at its position; what the log has of them later is left
 * out. What is not in the store was deleted. Of a gap so wide that this would be a history the end is read only, and where the store
 * does not answer the room goes on without them: then clients find them in the history.
 *
 * <p>A room of which nothing is remembered begins with any number. Other events pass. Where numbers come in order, as in a single
 * process, it costs a look into a map.
 *
 * <p>Held events count as in flight for the log until they are delivered, so its bound in bytes is theirs as well. The next tail is
 * given the events of rooms one at a time, but on any thread: that of the log, or that of the timer. What was held comes with its own
 * position, which may be before one that was delivered: a client that recovers from there sees something twice, never too little.
 */
public final class RoomOrder implements Tail<Event> {
    /** How long the missing may take. */
    static final Duration PATIENCE = Duration.ofMillis(100);

    /** How long the store may take. */
    static final Duration READING = Duration.ofSeconds(5);

    /** Messages that are read for one gap. */
    static final int WIDEST = 200;

    /** Rooms whose last number is remembered. */
    private static final int MOST_ROOMS = 20_000;

    private static final Logger LOG = Logger.getLogger(RoomOrder.class);

    /** Hears of gaps. Any thread, constant time. */
    public interface Listener {
        /** Some messages were read because the log had not got them. */
        void filled(int messages);

        /** Some numbers were passed over, and nobody knows whether there were messages. */
        void passedOver();
    }

    private final ChatStore store;
    private final Tail<Event> next;
    private final Loop time;
    private final int mostHeld;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Cache<UUID, RoomLine> idle = Caffeine.newBuilder()
            .maximumSize(MOST_ROOMS)
            .executor(Runnable::run)
            .build();
    /** Those in which something is held: they are not forgotten. */
    private final Map<UUID, RoomLine> waiting = new HashMap<>();

    private int held;

    /**
     * @param next what events go on to
     * @param time runs what has waited long enough
     * @param mostHeld events that are held at most, of all rooms; where there are more, rooms go on as they are
     */
    public RoomOrder(ChatStore store, Tail<Event> next, Loop time, int mostHeld, Listener listener) {
        this.store = requireNonNull(store, "store");
        this.next = requireNonNull(next, "next");
        this.time = requireNonNull(time, "time");
        this.mostHeld = mostHeld;
        this.listener = requireNonNull(listener, "listener");
    }

    @Override
    public void deliver(Position position, Event event, Runnable delivered) {
        if (!(event instanceof RoomEvent(RoomChange change))) {
            next.deliver(position, event, delivered);
            return;
        }
        lock.lock();
        try {
            deliver(new RoomLine.Held(position, change, delivered, time.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    /** Events that are held. */
    int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(RoomLine.Held one) {
        UUID room = one.change().room().uuid();
        RoomLine line = waiting.getOrDefault(room, idle.getIfPresent(room));
        if (line == null) {
            if (one.change() instanceof RoomChange.Said said) {
                idle.put(room, new RoomLine(said.message().seq()));
            }
            pass(one);
        } else if (one.change() instanceof RoomChange.Closed) {
            goOn(room, line);
            idle.invalidate(room);
            pass(one);
        } else if (line.mayPass(one)) {
            leave(line, one);
            drain(room, line);
        } else {
            hold(room, line, one);
        }
    }

    private void hold(UUID room, RoomLine line, RoomLine.Held one) {
        line.hold(one);
        held++;
        if (held > mostHeld) {
            goOn(room, line);
        } else if (waiting.putIfAbsent(room, line) == null) {
            line.turn++;
            await(room, line);
        }
    }

    /** Lets go of everything at once. */
    private void goOn(UUID room, RoomLine line) {
        for (RoomLine.Held first = line.first(); first != null; first = line.first()) {
            listener.passedOver();
            take(line, first, line.catchUp(first, List.of(), first.needs()));
            drain(room, line);
        }
    }

    /** What may go goes. Afterwards something is held, or the room does not wait. */
    private void drain(UUID room, RoomLine line) {
        for (RoomLine.Held one = line.next(); one != null; one = line.next()) {
            held--;
            leave(line, one);
        }
        if (line.first() == null && waiting.remove(room, line)) {
            line.turn++;
            idle.put(room, line);
        }
    }

    private void take(RoomLine line, RoomLine.Held first, List<RoomLine.Step> steps) {
        for (RoomLine.Step step : steps) {
            if (step.held()) {
                held--;
            }
            leave(line, step.one());
        }
        line.arrive(first.needs());
    }

    private void leave(RoomLine line, RoomLine.Held one) {
        if (line.leaves(one)) {
            pass(one);
        } else {
            one.delivered().run();
        }
    }

    /** An event that cannot be delivered must not stop those behind it. */
    private void pass(RoomLine.Held one) {
        try {
            next.deliver(one.position(), new RoomEvent(one.change()), one.delivered());
        } catch (RuntimeException e) {
            LOG.errorf(
                    Redacted.of(e),
                    "event not delivered position=%s",
                    one.position().id());
            one.delivered().run();
        }
    }

    // Time

    /** Looks again when the first that is held has waited long enough; unless the room has waited to its end by then. */
    private void await(UUID room, RoomLine line) {
        long turn = line.turn;
        long rest = sinceNanos(line) + PATIENCE.toNanos() - time.nanoTime();
        time.schedule(
                () -> {
                    lock.lock();
                    try {
                        if (line.turn == turn) {
                            look(room, line);
                        }
                    } finally {
                        lock.unlock();
                    }
                },
                Math.max(0, rest));
    }

    private static long sinceNanos(RoomLine line) {
        return requireNonNull(line.first(), "first").sinceNanos();
    }

    private void look(UUID room, RoomLine line) {
        if (time.nanoTime() - sinceNanos(line) < PATIENCE.toNanos()) {
            // what was held before it has gone
            await(room, line);
            return;
        }
        Reading reading = new Reading(room, line, requireNonNull(line.first(), "first"));
        time.schedule(() -> reading.end(Optional.empty()), READING.toNanos());
        CompletionStage<?> _ = store.after(reading.first.change().room(), reading.behind, WIDEST)
                .whenComplete((page, _) -> time.execute(() -> reading.end(Optional.ofNullable(page))));
    }

    /** One question to the store, which has one end. */
    private final class Reading {
        private final UUID room;
        private final RoomLine line;
        private final RoomLine.Held first;
        private final long turn;
        private final long behind;
        private boolean ended;

        private Reading(UUID room, RoomLine line, RoomLine.Held first) {
            this.room = room;
            this.line = line;
            this.first = first;
            this.turn = line.turn;
            this.behind = Math.max(line.last(), first.needs() - WIDEST);
        }

        /** @param page empty: the store did not answer */
        void end(Optional<ChatStore.Page> page) {
            lock.lock();
            try {
                if (!ended && line.turn == turn) {
                    if (first.equals(line.first())) {
                        fill(page);
                    }
                    drain(room, line);
                    if (line.turn == turn) {
                        await(room, line);
                    }
                }
                ended = true;
            } finally {
                lock.unlock();
            }
        }

        private void fill(Optional<ChatStore.Page> page) {
            if (page.isEmpty() || behind > line.last()) {
                listener.passedOver();
            }
            List<Message> messages = page.map(ChatStore.Page::messages).orElse(List.of());
            List<RoomLine.Step> steps = line.catchUp(first, messages, page.isPresent() ? behind : first.needs());
            int filled = (int) steps.stream().filter(step -> !step.held()).count();
            if (filled > 0) {
                listener.filled(filled);
            }
            take(line, first, steps);
        }
    }
}
