package io.switchboard.testing;

import io.switchboard.event.DropReason;
import io.switchboard.event.EventRouter;
import io.switchboard.event.IdmListener;
import io.switchboard.event.MessageFamily;
import io.switchboard.event.NodeLookup;
import io.switchboard.event.RoomFamily;
import io.switchboard.event.TreeMerger;
import io.switchboard.event.TreeRouter;
import io.switchboard.event.TreeSettings;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Event routers as tests need them. */
public final class Routers {
    private static final TreeSettings NOTHING_HELD =
            new TreeSettings(Duration.ZERO, Duration.ZERO, false, 0, 0, 0, Duration.ZERO);

    private static final Loop NO_TIME = new Loop() {
        @Override
        public void execute(Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long nanoTime() {
            throw new UnsupportedOperationException();
        }
    };

    private Routers() {}

    /** Holds nothing, and knows of no node more than its events say. */
    public static EventRouter immediate(Hub hub, Consumer<DropReason> onDrop) {
        return immediate(hub, List.of(), onDrop);
    }

    /** The same, with listeners. */
    public static EventRouter immediate(Hub hub, List<IdmListener> idmListeners, Consumer<DropReason> onDrop) {
        return immediate(hub, TestRooms.family(), idmListeners, onDrop);
    }

    /** The same, with rooms. */
    public static EventRouter immediate(
            Hub hub, RoomFamily rooms, List<IdmListener> idmListeners, Consumer<DropReason> onDrop) {
        TreeRouter tree = new TreeRouter(hub);
        TreeMerger merger = new TreeMerger(NOTHING_HELD, tree, Optional.<NodeLookup>empty(), NO_TIME, onDrop, () -> {});
        return new EventRouter(
                hub, tree, merger, new MessageFamily(TestServices.NO_RULES), rooms, idmListeners, onDrop);
    }
}
