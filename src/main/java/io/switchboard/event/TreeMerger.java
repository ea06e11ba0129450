package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.event.PlaceLookups.Waiting;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pace;
import io.switchboard.log.Position;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Holds changes of nodes until the nodes are quiet, so that a burst of them is one event, and then routes them to those who
 * want events merged (Cells dialect; see {@link Pace#MERGED}).
 *
 * <p>Creations, new content and new metadata of a node are held. Everything else passes at once, but behind what was held
 * of its node: the order of a node's events is that of the log. Who may see a merged event is asked when it leaves, with
 * the claims of then, and only the last place that is known of the node counts.
 *
 * <p>What is held is bounded in nodes and in bytes, above which the oldest leaves at once. It also still counts as in flight
 * for the log, until it is delivered: so held events and those on their way have one bound together.
 *
 * <p>Any thread. One lock, held for the time that it takes to post an event to the loops, keeps leaving in order with
 * passing; a timer takes it for a few events at a time.
 */
public final class TreeMerger {
    private static final Logger LOG = Logger.getLogger(TreeMerger.class);

    /** Nodes that leave before others may have the lock. */
    private static final int NODES_PER_TURN = 64;

    /** What is remembered of one node. */
    private static final class Held {
        private final String uuid;
        /** What waits; null where all was delivered and only the window is not over. */
        private TreeEvent event;
        /** What was delivered before and the window is not over; null where nothing was. */
        private TreeEvent before;

        private Position position;
        private Runnable delivered;
        private long firstNanos;
        private long lastNanos;
        private int weight;

        private Held(String uuid) {
            this.uuid = uuid;
        }

        TreeEvent last() {
            return event == null ? before : event;
        }
    }

    private final TreeSettings settings;
    private final long quietNanos;
    private final long mostNanos;
    private final TreeRouter router;
    private final PlaceLookups lookups;
    private final Loop time;
    private final Consumer<DropReason> onDrop;
    private final Runnable onMerge;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Held> nodes = new HashMap<>();
    /** Those of which something waits, in the order in which it began to. */
    private final SequencedSet<Held> pending = new LinkedHashSet<>();
    /** All of them, in the order of their last event. */
    private final SequencedSet<Held> touched = new LinkedHashSet<>();

    private boolean timed;
    private long wakeNanos;
    private boolean closed;
    private volatile int count;
    private volatile long bytes;

    /**
     * @param lookup who knows where nodes are, if anybody does
     * @param time runs what has waited long enough
     * @param onDrop hears of every event that turned out to be for nobody; any thread
     * @param onMerge hears of every event that became one with an earlier one; any thread
     */
    public TreeMerger(
            TreeSettings settings,
            TreeRouter router,
            Optional<NodeLookup> lookup,
            Loop time,
            Consumer<DropReason> onDrop,
            Runnable onMerge) {
        this.settings = requireNonNull(settings, "settings");
        this.quietNanos = settings.quietWindow().toNanos();
        this.mostNanos = settings.maxHold().toNanos();
        this.router = requireNonNull(router, "router");
        this.time = requireNonNull(time, "time");
        this.onDrop = requireNonNull(onDrop, "onDrop");
        this.onMerge = requireNonNull(onMerge, "onMerge");
        this.lookups = new PlaceLookups(
                lookup,
                settings.lookups(),
                settings.lookupTimeout(),
                time,
                lock,
                placed -> route(placed.position(), placed.event(), placed.delivered()),
                onDrop);
    }

    /** Nodes of which something is held or remembered. */
    public int nodes() {
        return count;
    }

    /** About how many bytes they take. */
    public long bytes() {
        return bytes;
    }

    /**
     * Holds an event, or lets it pass. Called in the order of the log.
     *
     * @param delivered runs once, when nothing of the event is on its way any more
     */
    void deliver(Position position, TreeEvent event, Runnable delivered) {
        lock.lock();
        try {
            if (nodes.isEmpty() && lookups.isEmpty() && router.isIdle(Pace.MERGED)) {
                route(position, event, delivered);
            } else if (isHeld(event)) {
                hold(position, event, delivered);
            } else {
                Optional<Node> known = saysWhere(event);
                event.source().ifPresent(node -> leaveBefore(node.uuid(), known));
                event.target().ifPresent(node -> leaveBefore(node.uuid(), known));
                if (event.type() == TreeEvent.Type.UPDATE_PATH || event.type() == TreeEvent.Type.DELETE) {
                    event.source().ifPresent(this::leaveBelow);
                }
                pass(position, event, delivered);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets everything go, in the order of the last events; from now on everything passes at once. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Held held : List.copyOf(touched)) {
                leave(held, Optional.empty());
            }
            lookups.close();
        } finally {
            lock.unlock();
        }
    }

    private boolean isHeld(TreeEvent event) {
        if (closed || quietNanos == 0 || event.optimistic()) {
            return false;
        }
        return switch (event.type()) {
            case CREATE, UPDATE_CONTENT, UPDATE_META ->
                event.target().isPresent() && !event.target().get().uuid().isEmpty();
            case READ, UPDATE_PATH, UPDATE_USER_META, DELETE -> false;
        };
    }

    // Holding

    private void hold(Position position, TreeEvent event, Runnable delivered) {
        long now = time.nanoTime();
        String uuid = event.target().orElseThrow().uuid();
        Held held = nodes.get(uuid);
        if (held == null) {
            held = new Held(uuid);
            nodes.put(uuid, held);
            if (settings.leadingEdge() && !lacksPlace(event)) {
                held.before = event;
                touch(held, now);
                pass(position, event, delivered);
                makeRoom();
                return;
            }
        }
        if (held.event == null) {
            held.event = held.before == null ? event : TreeMerge.continued(held.before, event);
            held.before = null;
            held.firstNanos = now;
            pending.add(held);
        } else {
            held.event = TreeMerge.merge(held.event, event);
            held.delivered.run();
            onMerge.run();
        }
        held.position = position;
        held.delivered = delivered;
        touch(held, now);
        makeRoom();
    }

    private void touch(Held held, long now) {
        held.lastNanos = now;
        touched.remove(held);
        touched.add(held);
        weigh(held);
        awaitNext(now);
    }

    private void weigh(Held held) {
        int former = held.weight;
        held.weight = held.last().weight();
        account(held.weight - former);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only under the lock
    private void account(int change) {
        bytes += change;
        count = nodes.size();
    }

    private void makeRoom() {
        while (!nodes.isEmpty()
                && ((settings.heldEvents() > 0 && nodes.size() > settings.heldEvents())
                        || (settings.heldBytes() > 0 && bytes > settings.heldBytes()))) {
            leave(pending.isEmpty() ? touched.getFirst() : pending.getFirst(), Optional.empty());
        }
    }

    // Leaving

    /** An event of the node is about to pass. */
    private void leaveBefore(String uuid, Optional<Node> known) {
        Held held = nodes.get(uuid);
        if (held != null) {
            leave(held, known.filter(node -> node.uuid().equals(uuid)));
        }
    }

    /**
     * A folder is about to move or to go: what was held of its content comes before that, or it would seem to be back. And
     * what is remembered of where its content was does not hold any more.
     */
    private void leaveBelow(Node folder) {
        if (touched.isEmpty() || TreePlaces.isFile(folder)) {
            return;
        }
        for (Held held : List.copyOf(touched)) {
            if (TreePlaces.isBelow(held.last().target().orElseThrow(), folder)) {
                leave(held, Optional.empty());
            }
        }
    }

    /** @param known where the node is, for an event that does not say */
    private void leave(Held held, Optional<Node> known) {
        nodes.remove(held.uuid);
        touched.remove(held);
        account(-held.weight);
        if (pending.remove(held)) {
            TreeEvent event = held.event;
            passHeld(held, known.isPresent() && lacksPlace(event) ? TreeMerge.placed(event, known.get()) : event);
        }
    }

    /** What was held for long enough leaves, though the node is not quiet yet. */
    private void leaveUnfinished(Held held) {
        if (!settings.leadingEdge() || lacksPlace(held.event)) {
            leave(held, Optional.empty());
            return;
        }
        pending.remove(held);
        held.before = held.event;
        held.event = null;
        passHeld(held, held.before);
    }

    private void passHeld(Held held, TreeEvent event) {
        try {
            pass(held.position, event, held.delivered);
        } catch (RuntimeException e) {
            LOG.errorf(Redacted.of(e), "held event not delivered position=%s", held.position.id());
            held.delivered.run();
        }
    }

    private void pass(Position position, TreeEvent event, Runnable delivered) {
        Optional<Node> known = saysWhere(event);
        if (known.isPresent()) {
            lookups.settle(known.get().uuid(), known.get());
        } else if (event.type() == TreeEvent.Type.DELETE) {
            event.source().ifPresent(node -> lookups.forget(node.uuid()));
        }
        if (lacksPlace(event) && event.target().isPresent() && !closed) {
            lookups.ask(new Waiting(position, event, delivered));
        } else {
            route(position, event, delivered);
        }
    }

    private void route(Position position, TreeEvent event, Runnable delivered) {
        Optional<DropReason> drop = lacksPlace(event) ? Optional.of(DropReason.NO_PLACE) : Optional.empty();
        if (drop.isPresent()) {
            delivered.run();
        } else {
            drop = router.route(Pace.MERGED, position, event, delivered);
        }
        drop.ifPresent(onDrop);
    }

    /** Whether the event is about a target of which nothing says where it is. */
    private static boolean lacksPlace(TreeEvent event) {
        return switch (event.type()) {
            case CREATE, UPDATE_CONTENT, UPDATE_META, UPDATE_USER_META -> !TreeRouter.hasPlace(event.target());
            case READ, UPDATE_PATH, DELETE -> false;
        };
    }

    /** The node as it was until this event, as far as the event says where. */
    private static Optional<Node> saysWhere(TreeEvent event) {
        Optional<Node> node = switch (event.type()) {
            case UPDATE_PATH -> TreeRouter.hasPlace(event.source()) ? event.source() : event.target();
            case DELETE -> event.source();
            case CREATE, UPDATE_CONTENT, UPDATE_META, UPDATE_USER_META ->
                event.optimistic() ? Optional.<Node>empty() : event.target();
            case READ -> Optional.<Node>empty();
        };
        return node.filter(Node::hasPlace).filter(known -> !known.uuid().isEmpty());
    }

    // Time

    private void awaitNext(long now) {
        if (touched.isEmpty()) {
            return;
        }
        long rest = quietNanos - (now - touched.getFirst().lastNanos);
        if (mostNanos > 0 && !pending.isEmpty()) {
            rest = Math.min(rest, mostNanos - (now - pending.getFirst().firstNanos));
        }
        long wake = now + rest;
        if (timed && wakeNanos - wake <= 0) {
            return;
        }
        timed = true;
        wakeNanos = wake;
        if (rest > 0) {
            time.schedule(() -> sweep(wake), rest);
        } else {
            time.execute(() -> sweep(wake));
        }
    }

    private void sweep(long wake) {
        lock.lock();
        try {
            if (!timed || wake != wakeNanos) {
                // an earlier one took its place
                return;
            }
            timed = false;
            long now = time.nanoTime();
            for (int i = 0; i < NODES_PER_TURN && !touched.isEmpty(); i++) {
                if (now - touched.getFirst().lastNanos >= quietNanos) {
                    leave(touched.getFirst(), Optional.empty());
                } else if (mostNanos > 0 && !pending.isEmpty() && now - pending.getFirst().firstNanos >= mostNanos) {
                    leaveUnfinished(pending.getFirst());
                } else {
                    break;
                }
            }
            awaitNext(now);
        } finally {
            lock.unlock();
        }
    }
}
