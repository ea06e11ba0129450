package io.switchboard.testing;

import io.switchboard.event.JobFamily;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Listens on the hub of a running application for the jobs of one user. Its loop is whichever thread publishes, so an
 * event is here before its publisher is answered.
 */
public final class HubProbe implements AutoCloseable {
    private static final class CallerLoop implements Loop {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    private final List<String> received = new CopyOnWriteArrayList<>();
    private final Shard shard;
    private final Subscription subscription;

    public HubProbe(Hub hub, String username) {
        shard = hub.addShard(new CallerLoop());
        subscription = shard.subscribe(JobFamily.topicOf(username), new Guard.IsUser(username), this::offer);
    }

    private boolean offer(Publication publication) {
        received.add(RecordingTransport.textOf(publication));
        return true;
    }

    /** What came, in order, as JSON. */
    public List<String> received() {
        return List.copyOf(received);
    }

    @Override
    public void close() {
        shard.unsubscribe(subscription);
    }
}
