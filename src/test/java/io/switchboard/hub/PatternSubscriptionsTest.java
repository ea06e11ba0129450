package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.log.Position;
import io.switchboard.testing.SimulatedTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the hub knows of patterns: never a shard too few. */
class PatternSubscriptionsTest {
    private static final Topic GENERAL = Topic.of("chat", "general");

    private final SimulatedTime time = new SimulatedTime();
    private final List<Topic.Kind> published = new ArrayList<>();
    private final Hub hub = new Hub(published::add, Ledger.NONE);

    private static Pattern pattern(String text) throws Exception {
        return TopicSyntax.DOTTED.pattern(text);
    }

    private static Publication publication(Topic topic) {
        return new Publication(
                new Position("e", 1), topic, new Guard.IsAnybody(), Policy.RELIABLE, Optional.empty(), new byte[] {
                    '{', '}'
                });
    }

    @Test
    void aPatternIsKnownBeforeItsSubscriptionReturnsAndUntilTheLastHasGone() throws Exception {
        Shard first = hub.addShard(time.loop());
        Shard second = hub.addShard(time.loop());
        assertThat(hub.shardsOf(GENERAL)).isZero();

        Subscription one = first.subscribe(pattern("chat.*"), _ -> true);
        assertThat(hub.shardsOf(GENERAL)).isEqualTo(1);
        assertThat(hub.shardsOf(Topic.of("updates", "x"))).isZero();
        Subscription same = first.subscribe(pattern("chat.*"), _ -> true);
        Subscription other = first.subscribe(pattern("chat.x"), _ -> true);
        Subscription far = second.subscribe(pattern("**"), _ -> true);
        assertThat(hub.shardsOf(GENERAL)).isEqualTo(3);
        assertThat(hub.shardsOf(Topic.of("updates", "x"))).isEqualTo(2);

        second.unsubscribe(far);
        second.unsubscribe(far);
        first.unsubscribe(one);
        first.unsubscribe(one);
        first.unsubscribe(same);
        assertThat(hub.shardsOf(GENERAL)).as("a bit too many costs a visit").isEqualTo(1);
        assertThat(first.publish(publication(GENERAL))).isZero();
        first.unsubscribe(other);

        assertThat(hub.shardsOf(GENERAL)).isZero();
        assertThat(hub.entries()).isZero();
        assertThat(first.entries()).isZero();
        assertThat(second.entries()).isZero();
    }

    @Test
    void whoeverHasThePatternIsOfferedWhateverTheGuardSays() throws Exception {
        Shard shard = hub.addShard(time.loop());
        List<Long> offerings = new ArrayList<>();
        for (String text : List.of("chat.*", "**", "chat.general", "updates.*")) {
            Subscription _ = shard.subscribe(pattern(text), _ -> {
                offerings.add(shard.offering());
                return offerings.size() % 2 == 1;
            });
        }

        assertThat(shard.publish(publication(GENERAL))).as("taken").isEqualTo(2);
        assertThat(offerings).as("one who holds all three can tell").containsExactly(1L, 1L, 1L);
        assertThat(shard.publish(publication(Topic.of("x")))).isZero();
        assertThat(offerings.getLast()).isEqualTo(2);
        assertThat(published).as("what nobody took is none").containsExactly(Topic.Kind.OTHER);
    }

    /** Claims decide about those, and claims are in the index themselves. */
    @Test
    void guardedTopicsAreNotFoundByPattern() throws Exception {
        Shard shard = hub.addShard(time.loop());
        int[] offers = new int[1];
        Subscription _ = shard.subscribe(pattern("**"), _ -> ++offers[0] > 0);
        for (String kind : List.of("tree", "job", "idm", "activity", "user", "role", "workspace", "session")) {
            Topic topic = Topic.of(kind, "x");
            assertThat(hub.shardsOf(topic)).as(kind).isZero();
            assertThat(shard.publish(publication(topic))).as(kind).isZero();
        }
        assertThat(offers[0]).isZero();
        assertThat(shard.publish(publication(Topic.of("presence", "alice")))).isEqualTo(1);
        assertThat(shard.publish(publication(Topic.of("other")))).isEqualTo(1);
    }

    /** There are too many of them for claims to imply each; their guard decides all the same. */
    @Test
    void roomsAreFoundByPattern() throws Exception {
        Shard shard = hub.addShard(time.loop());
        int[] offers = new int[1];
        Subscription _ = shard.subscribe(pattern("room.x"), _ -> ++offers[0] > 0);
        assertThat(hub.shardsOf(Topic.of("room", "x"))).isNotZero();
        assertThat(shard.publish(publication(Topic.of("room", "x")))).isEqualTo(1);
        assertThat(shard.publish(publication(Topic.of("room", "y")))).isZero();
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void noShardIsMissed(long seed) {
        record Taken(int shard, Pattern pattern, Subscription subscription) {}
        Random random = new Random(seed);
        List<Shard> shards = List.of(hub.addShard(time.loop()), hub.addShard(time.loop()), hub.addShard(time.loop()));
        List<Topic> topics = Patterns.topics(List.of("a", "b", "chat"), 3);
        List<Pattern.Segment> segments = List.of(
                new Pattern.Literal("a"),
                new Pattern.Literal("b"),
                new Pattern.Literal("chat"),
                Pattern.Wildcard.ONE,
                Pattern.Wildcard.MORE);
        List<Taken> taken = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            int number = random.nextInt(shards.size());
            if (random.nextInt(5) < 2) {
                Pattern pattern = Patterns.random(random, segments, 3);
                taken.add(new Taken(number, pattern, shards.get(number).subscribe(pattern, _ -> true)));
            } else if (!taken.isEmpty()) {
                Taken one = taken.remove(random.nextInt(taken.size()));
                shards.get(one.shard()).unsubscribe(one.subscription());
            }
            Topic topic = topics.get(random.nextInt(topics.size()));
            long expected = 0;
            for (Taken one : taken) {
                if (Patterns.matches(one.pattern(), topic)) {
                    expected |= 1L << one.shard();
                }
            }
            assertThat(hub.shardsOf(topic) & expected).as("%s", topic).isEqualTo(expected);
            for (int i = 0; i < shards.size(); i++) {
                int shard = i;
                assertThat(shards.get(i).publish(publication(topic))).isEqualTo((int) taken.stream()
                        .filter(one -> one.shard() == shard && Patterns.matches(one.pattern(), topic))
                        .count());
            }
        }
        taken.forEach(one -> shards.get(one.shard()).unsubscribe(one.subscription()));
        assertThat(hub.entries()).isZero();
        shards.forEach(shard -> assertThat(shard.entries()).isZero());
    }

    @Test
    @Timeout(30)
    void noShardIsMissedWhileOthersComeAndGo() throws Exception {
        Pattern chat = pattern("chat.**");
        Pattern all = pattern("**");
        List<Future<Integer>> runs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 4; i++) {
                Shard shard = hub.addShard(time.loop());
                long bit = 1L << shard.number();
                runs.add(threads.submit(() -> {
                    int missed = 0;
                    for (int round = 0; round < 20_000; round++) {
                        Subscription first = shard.subscribe(chat, _ -> true);
                        missed += (hub.shardsOf(GENERAL) & bit) == 0 ? 1 : 0;
                        Subscription second = shard.subscribe(all, _ -> true);
                        shard.unsubscribe(first);
                        missed += (hub.shardsOf(GENERAL) & bit) == 0 ? 1 : 0;
                        shard.unsubscribe(second);
                        missed += (hub.shardsOf(GENERAL) & bit) == 0 ? 0 : 1;
                    }
                    return missed;
                }));
            }
            for (Future<Integer> run : runs) {
                assertThat(run.get(30, TimeUnit.SECONDS)).isZero();
            }
        }
        assertThat(hub.entries()).isZero();
    }
}
