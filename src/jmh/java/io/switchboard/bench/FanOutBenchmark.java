package io.switchboard.bench;

import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Shard;
import io.switchboard.testing.Receivers;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Queue;
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
    private static final byte[] PAYLOAD = new byte[400];

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

    @Setup
    public void prepare() {
        shard = new Hub().addShard(loop);
        Receivers receivers = new Receivers(shard, Clock.systemUTC());
        receivers.open(RECEIVERS);
        loop.runAll();
        if (one() != RECEIVERS || receivers.listener.delivered != RECEIVERS) {
            throw new IllegalStateException("delivered: " + receivers.listener.delivered);
        }
    }

    /** Offered and written. */
    @Benchmark
    @OperationsPerInvocation(RECEIVERS)
    public int one() {
        int receivers = shard.publish(Receivers.publication(++offset, PAYLOAD));
        loop.runAll();
        return receivers;
    }

    /** Twenty that are offered before they are written, to each socket in one piece. */
    @Benchmark
    @OperationsPerInvocation(RECEIVERS * BURST)
    public int burst() {
        int receivers = 0;
        for (int i = 0; i < BURST; i++) {
            receivers += shard.publish(Receivers.publication(++offset, PAYLOAD));
        }
        loop.runAll();
        return receivers;
    }
}
