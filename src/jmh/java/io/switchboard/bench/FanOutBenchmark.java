package io.switchboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.Position;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Flusher;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.OutboundQueue;
import io.switchboard.session.Session;
import io.switchboard.session.SessionLimits;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.SessionServices;
import io.switchboard.session.Transport;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.TestRevocations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One publication on its way to a thousand sessions, up to the copy into the socket's buffer. Figures are for each
 * receiver; with {@code -prof gc}, {@code gc.alloc.rate.norm} is what the publication itself takes, divided by a thousand.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class FanOutBenchmark {
    private static final int RECEIVERS = 1_000;
    private static final int BURST = 20;
    private static final View VIEW = new View("w", Optional.of("files"), List.of(), View.Permission.READ);
    private static final Guard GUARD = new Guard.HoldsView(VIEW);
    private static final byte[] PAYLOAD = new byte[400];

    private final CountingListener listener = new CountingListener();
    private final ReusingTransport transport = new ReusingTransport();
    private final QueueLoop loop = new QueueLoop();
    private Shard shard;
    private long offset;

    /** An event loop whose tasks run when the benchmark says so. */
    private static final class QueueLoop implements Loop {
        private final Queue<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            tasks.add(task);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        void runAll() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    /** A socket that is always writable, and whose buffer is used again at once. */
    private static final class ReusingTransport implements Transport {
        private final ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(64 * 1024);

        @Override
        public void write(OutboundQueue queue) {
            buffer.clear();
            int count = queue.size();
            for (int i = 0; i < count; i++) {
                queue.peek(i).writeTo(buffer);
            }
            queue.remove(count);
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void close(CloseCode code) {
            throw new IllegalStateException("closed: " + code);
        }

        @Override
        public void abort() {
            throw new IllegalStateException("aborted");
        }
    }

    @Setup
    public void prepare() {
        ObjectMapper mapper = new ObjectMapper();
        shard = new Hub().addShard(loop);
        Flusher flusher = new Flusher(loop, Clock.systemUTC(), new OutboundBudget(1 << 28));
        Claims claims = new Claims(
                "alice",
                "alice",
                "standard",
                Set.of(),
                List.of(VIEW),
                Instant.now().plus(Duration.ofDays(1)));
        SessionServices services = new SessionServices(
                token -> CompletableFuture.completedFuture(claims),
                TestRevocations.by(Clock.systemUTC()),
                new SessionRegistry(),
                new Dialects(List.of(new CellsDialect(mapper))),
                new Detector(mapper),
                Clock.systemUTC(),
                (delay, task) -> () -> {},
                new ConnectionLimits(0, 0, 0, 0),
                listener,
                SessionLimits.ofBytes(1 << 20));
        for (int i = 0; i < RECEIVERS; i++) {
            Session session = new Session(transport, shard, flusher, services);
            session.open(Optional.of(DialectKind.CELLS));
            session.onText("{\"@type\":\"subscribe\",\"jwt\":\"x\"}");
        }
        loop.runAll();
        listener.delivered = 0;
        shard.publish(publication());
        loop.runAll();
        if (listener.delivered != RECEIVERS) {
            throw new IllegalStateException("delivered: " + listener.delivered);
        }
    }

    private Publication publication() {
        return new Publication(
                new Position("bench", ++offset),
                Pace.MERGED.topicOf(VIEW.uuid()),
                GUARD,
                Policy.RELIABLE,
                Optional.empty(),
                PAYLOAD);
    }

    /** Offered and written. */
    @Benchmark
    @OperationsPerInvocation(RECEIVERS)
    public int one() {
        int receivers = shard.publish(publication());
        loop.runAll();
        return receivers;
    }

    /** Twenty that are offered before they are written, to each socket in one piece. */
    @Benchmark
    @OperationsPerInvocation(RECEIVERS * BURST)
    public int burst() {
        int receivers = 0;
        for (int i = 0; i < BURST; i++) {
            receivers += shard.publish(publication());
        }
        loop.runAll();
        return receivers;
    }
}
