package io.switchboard.bench;

import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
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

/** What it costs to find those who subscribed to a pattern of a topic, and to subscribe: neither must grow with the patterns. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class PatternBenchmark {
    private static final int TOPICS = 1_000;

    /** Patterns, of which one in three ends with a wildcard and one in three has one in the middle. */
    @Param({"10", "1000", "100000"})
    public int patterns;

    private final Publication[] publications = new Publication[TOPICS];
    private Shard shard;
    private Pattern pattern;
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

    private static String text(int number) {
        return switch (number % 3) {
            case 0 -> "updates.room-" + number + ".state";
            case 1 -> "updates.room-" + number + ".*";
            default -> "updates.*.sensor-" + number;
        };
    }

    @Setup
    public void prepare() throws InvalidTopicException {
        shard = new Hub().addShard(new InlineLoop());
        for (int i = 0; i < patterns; i++) {
            shard.subscribe(TopicSyntax.DOTTED.pattern(text(i)), this::take);
        }
        pattern = TopicSyntax.DOTTED.pattern("updates.room-of-one.**");
        Guard guard = new Guard.IsAnybody();
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < TOPICS; i++) {
            String topic = "updates.room-" + i * (long) patterns / TOPICS + ".state";
            publications[i] = new Publication(
                    new Position("bench", i + 1L),
                    TopicSyntax.DOTTED.topic(topic),
                    guard,
                    Policy.RELIABLE,
                    Optional.empty(),
                    json);
        }
    }

    private boolean take(Publication publication) {
        received += publication.position().offset();
        return true;
    }

    /** One publication, whose topic some patterns hold. */
    @Benchmark
    public long match() {
        next = next + 1 < TOPICS ? next + 1 : 0;
        shard.publish(publications[next]);
        return received;
    }

    /** A subscription that comes and goes among the others. */
    @Benchmark
    public Subscription subscribe() {
        Subscription subscription = shard.subscribe(pattern, this::take);
        shard.unsubscribe(subscription);
        return subscription;
    }
}
