package io.switchboard.ingress;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.quarkus.runtime.StartupEvent;
import io.switchboard.event.EventReader;
import io.switchboard.event.Replay;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Shard;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.Sequencer;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.testing.Receivers;
import io.switchboard.testing.Routers;
import io.switchboard.testing.TestRooms;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Tracing;
import io.switchboard.trace.WatchedTail;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Events from a thread of the process over its event bus to the answer that they have their place, a hundred at a time, with
 * one event loop and a thousand sessions: none or all of which receive, up to the copy into the socket's buffer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 3)
@Measurement(iterations = 5, time = 3)
public class EventBusBenchmark {
    private static final int SESSIONS = 1_000;
    private static final int EVENTS = 100;

    @Param({"none", "all"})
    public String receive;

    private Vertx vertx;
    private JsonObject event;

    private record NettyLoop(EventLoop loop) implements Loop {
        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            var _ = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    @Setup
    public void prepare() throws InterruptedException {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        Hub hub = new Hub();
        Shard shard = hub.addShard(new NettyLoop(context.nettyEventLoop()));
        GatewayMetrics metrics = new GatewayMetrics(new SimpleMeterRegistry());
        Sequencer<Arrival> log = new Sequencer<>(
                "bench",
                new InFlight.Bounds(0, 0),
                Arrival::weight,
                new Kept<>(
                        new Kept.Bounds(100_000, 32 << 20, Duration.ofHours(1)),
                        Arrival::weight,
                        arrival -> Replay.topicOf(arrival.event())),
                new WatchedTail(Routers.immediate(hub, _ -> {}), metrics, Tracing.off()),
                Clock.systemUTC(),
                Runnable::run);
        Ingress ingress = new Ingress(
                log,
                TestRooms.silent(),
                new IdempotencyWindow(Duration.ofMinutes(1), 1, System::nanoTime),
                metrics,
                Tracing.off());
        ObjectMapper mapper = new ObjectMapper();
        new EventBusIngress(ingress, new EnvelopeReader(mapper, new EventReader(mapper), 0, 0), metrics, Tracing.off())
                .register(new StartupEvent(), vertx);
        CountDownLatch open = new CountDownLatch(1);
        context.nettyEventLoop().execute(() -> {
            new Receivers(shard, Clock.systemUTC()).open(SESSIONS);
            context.nettyEventLoop().execute(open::countDown);
        });
        open.await();
        event = new JsonObject()
                .put("Type", "UPDATE_META")
                .put(
                        "Target",
                        new JsonObject()
                                .put("Uuid", "n")
                                .put("Path", "bench/file.txt")
                                .put("MetaStore", new JsonObject().put("m", "\"" + "x".repeat(200) + "\""))
                                .put(
                                        "AppearsIn",
                                        new JsonArray()
                                                .add(new JsonObject()
                                                        .put(
                                                                "WsUuid",
                                                                receive.equals("all")
                                                                        ? Receivers.VIEW.uuid()
                                                                        : "another")
                                                        .put("Path", "file.txt"))));
    }

    @TearDown
    public void end() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void request() throws InterruptedException {
        CountDownLatch answered = new CountDownLatch(EVENTS);
        for (int i = 0; i < EVENTS; i++) {
            vertx.eventBus().request("tree", event).onComplete(_ -> answered.countDown());
        }
        answered.await();
    }
}
