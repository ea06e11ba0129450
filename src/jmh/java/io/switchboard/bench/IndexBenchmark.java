package io.switchboard.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.View;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventRouter;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.testing.Routers;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find the one view of many that an event concerns: it must not grow with their number. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class IndexBenchmark {
    /** Different events, spread evenly over the views. */
    private static final int EVENTS = 1_000;

    private static final Position POSITION = new Position("bench", 1);

    @Param({"1000", "100000"})
    public int views;

    private final Event[] byRoot = new Event[EVENTS];
    private final Event[] byUuid = new Event[EVENTS];
    private final Event[] ofNobody = new Event[EVENTS];
    private final Publication[] publications = new Publication[EVENTS];
    private final String[] roots = new String[EVENTS];
    private Shard shard;
    private EventRouter router;
    private int next;
    private long received;

    /** Does at once what it is given. */
    private static final class InlineLoop implements Loop {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            task.run();
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    }

    @Setup
    public void prepare() throws JsonProcessingException, InvalidEventException {
        Hub hub = new Hub();
        shard = hub.addShard(new InlineLoop());
        router = Routers.immediate(hub, reason -> {
            throw new IllegalStateException("dropped: " + reason);
        });
        ObjectMapper mapper = new ObjectMapper();
        EventReader reader = new EventReader(mapper);
        int step = views / EVENTS;
        for (int i = 0; i < views; i++) {
            String root = "ds/home/user" + i;
            HeldView held = shard.hold(
                    new View(
                            "workspace-" + i,
                            Optional.of("files"),
                            List.of(new View.Root(root, Optional.empty(), false)),
                            View.Permission.WRITE),
                    Pace.MERGED);
            shard.subscribe(held.topic(), held.guard(), publication -> ++received > 0);
            if (i % step == 0) {
                int at = i / step;
                String node = "{\"Type\":\"UPDATE_CONTENT\",\"Target\":{\"Uuid\":\"n\",\"Type\":\"LEAF\",";
                byRoot[at] = read(mapper, reader, node + "\"Path\":\"" + root + "/a/b/file.txt\"}}");
                byUuid[at] = read(
                        mapper,
                        reader,
                        node + "\"AppearsIn\":[{\"WsUuid\":\"workspace-" + i + "\",\"Path\":\"a/b/file.txt\"}]}}");
                ofNobody[at] = read(mapper, reader, node + "\"Path\":\"ds/home/nobody" + i + "/a/b/file.txt\"}}");
                roots[at] = root;
                publications[at] = new Publication(
                        POSITION, held.topic(), held.guard(), Policy.RELIABLE, Optional.empty(), new byte[200]);
            }
        }
        check(byRoot, 1);
        check(byUuid, 1);
        check(ofNobody, 0);
    }

    private static Event read(ObjectMapper mapper, EventReader reader, String json)
            throws JsonProcessingException, InvalidEventException {
        return reader.read(EventTopic.TREE, mapper.readTree(json), json.length());
    }

    private void check(Event[] events, int expected) {
        for (Event event : events) {
            received = 0;
            router.deliver(POSITION, event, () -> {});
            if (received != expected) {
                throw new IllegalStateException("received by " + received);
            }
        }
    }

    private int next() {
        next = next + 1 == EVENTS ? 0 : next + 1;
        return next;
    }

    /** To those who subscribed to a topic, once it is known. */
    @Benchmark
    public int publish() {
        return shard.publish(publications[next()]);
    }

    @Benchmark
    public long findByRoot() {
        shard.forRoot(roots[next()], Pace.MERGED, held -> received++);
        return received;
    }

    /** The whole way from the log to the subscriber, by the root that the path is under. */
    @Benchmark
    public long deliverByRoot() {
        router.deliver(POSITION, byRoot[next()], () -> {});
        return received;
    }

    /** The same, by the workspace that the event names. */
    @Benchmark
    public long deliverByUuid() {
        router.deliver(POSITION, byUuid[next()], () -> {});
        return received;
    }

    /** An event that concerns nobody. */
    @Benchmark
    public long deliverToNobody() {
        router.deliver(POSITION, ofNobody[next()], () -> {});
        return received;
    }
}
