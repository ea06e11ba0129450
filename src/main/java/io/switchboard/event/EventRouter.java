package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Publication;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Takes events from the log's tail to the shards that have somebody for them, each by the rules of its family. Tree and
 * meta events go two ways: at once to those who want every event, and through the {@link TreeMerger} to those who want
 * quick successive changes as one.
 */
public final class EventRouter implements Tail<Event> {
    private static final Logger LOG = Logger.getLogger(EventRouter.class);

    private final Hub hub;
    private final TreeRouter tree;
    private final TreeMerger merger;
    private final Families families;
    private final List<IdmListener> idmListeners;
    private final Consumer<DropReason> onDrop;

    /**
     * @param idmListeners hear of each change of an identity, in their order
     * @param onDrop hears of every event that concerns nobody by its kind; any thread
     */
    public EventRouter(
            Hub hub,
            TreeRouter tree,
            TreeMerger merger,
            MessageFamily messages,
            RoomFamily rooms,
            List<IdmListener> idmListeners,
            Consumer<DropReason> onDrop) {
        this.hub = requireNonNull(hub, "hub");
        this.tree = requireNonNull(tree, "tree");
        this.merger = requireNonNull(merger, "merger");
        this.families = new Families(requireNonNull(messages, "messages"), requireNonNull(rooms, "rooms"));
        this.idmListeners = List.copyOf(idmListeners);
        this.onDrop = requireNonNull(onDrop, "onDrop");
    }

    @Override
    public void deliver(Position position, Event event, Runnable delivered) {
        if (event instanceof TreeEvent node) {
            deliverTree(position, node, delivered);
            return;
        }
        switch (families.of(position, event)) {
            case Families.Published(List<Publication> publications) -> post(publications, delivered);
            case Families.Dropped(DropReason reason) -> drop(reason, delivered);
        }
        if (event instanceof IdmEvent idm) {
            tell(position, idm);
        }
    }

    private void deliverTree(Position position, TreeEvent event, Runnable delivered) {
        if (event.type() == TreeEvent.Type.READ) {
            drop(DropReason.READ, delivered);
            return;
        }
        if (tree.isIdle(Pace.EVERY)) {
            merger.deliver(position, event, delivered);
            return;
        }
        AtomicInteger ways = new AtomicInteger(2);
        Runnable oneWay = () -> {
            if (ways.decrementAndGet() == 0) {
                delivered.run();
            }
        };
        // What the event is dropped for is counted once, on the other way.
        tree.route(Pace.EVERY, position, event, oneWay);
        merger.deliver(position, event, oneWay);
    }

    /** They are of one topic. */
    private void post(List<Publication> publications, Runnable delivered) {
        hub.post(
                hub.shardsOf(publications.getFirst().topic()),
                shard -> publications.forEach(shard::publish),
                delivered);
    }

    private void drop(DropReason reason, Runnable delivered) {
        onDrop.accept(reason);
        delivered.run();
    }

    private void tell(Position position, IdmEvent event) {
        for (IdmListener listener : idmListeners) {
            try {
                listener.changed(position, event);
            } catch (RuntimeException e) {
                LOG.errorf(Redacted.of(e), "listener failed position=%s", position.id());
            }
        }
    }
}
