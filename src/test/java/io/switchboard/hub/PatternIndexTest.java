package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.log.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PatternIndexTest {
    private final PatternIndex index = new PatternIndex();

    private static Pattern pattern(String text) throws Exception {
        return TopicSyntax.DOTTED.pattern(text);
    }

    private static Publication publication(Topic topic) {
        return new Publication(
                new Position("e", 1), topic, new Guard.IsAnybody(), Policy.RELIABLE, Optional.empty(), new byte[] {
                    '{', '}'
                });
    }

    private int offer(String... segments) {
        return index.offer(publication(Topic.of(segments)));
    }

    /** Counts what it is offered, and takes every second. */
    private static final class Counting implements Subscriber {
        private final Pattern pattern;
        private Subscription subscription;
        private int offers;

        private Counting(Pattern pattern) {
            this.pattern = pattern;
        }

        @Override
        public boolean offer(Publication publication) {
            return ++offers % 2 == 1;
        }
    }

    private Counting subscribe(Pattern pattern) {
        Counting subscriber = new Counting(pattern);
        subscriber.subscription = index.add(pattern, subscriber);
        return subscriber;
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldOfferOnceToWhoeverMatches(long seed) {
        Random random = new Random(seed);
        List<Topic> topics = Patterns.topics(List.of("a", "b", "*"), 4);
        List<Pattern.Segment> segments = List.of(
                new Pattern.Literal("a"),
                new Pattern.Literal("b"),
                new Pattern.Literal("*"),
                Pattern.Wildcard.ONE,
                Pattern.Wildcard.MORE);
        List<Counting> subscribers = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(3)) {
                case 0 -> subscribers.add(subscribe(Patterns.random(random, segments, 4)));
                case 1 -> {
                    if (!subscribers.isEmpty()) {
                        leave(subscribers, subscribers.get(random.nextInt(subscribers.size())), random);
                    }
                }
                default -> {
                    Topic topic = topics.get(random.nextInt(topics.size()));
                    int[] before =
                            subscribers.stream().mapToInt(one -> one.offers).toArray();
                    int taken = index.offer(publication(topic));
                    int expected = 0;
                    for (int i = 0; i < before.length; i++) {
                        Counting one = subscribers.get(i);
                        boolean matches = Patterns.matches(one.pattern, topic);
                        assertThat(one.offers - before[i])
                                .as("%s to %s", topic, one.pattern)
                                .isEqualTo(matches ? 1 : 0);
                        expected += matches && one.offers % 2 == 1 ? 1 : 0;
                    }
                    assertThat(taken).isEqualTo(expected);
                }
            }
            assertThat(index.size()).isEqualTo((int)
                    subscribers.stream().map(one -> one.pattern).distinct().count());
        }
        while (!subscribers.isEmpty()) {
            leave(subscribers, subscribers.get(random.nextInt(subscribers.size())), random);
        }
        assertThat(index.size()).isZero();
        assertThat(index.nodes()).as("the root alone").isEqualTo(1);
        topics.forEach(topic -> assertThat(index.offer(publication(topic))).isZero());
    }

    private void leave(List<Counting> subscribers, Counting one, Random random) {
        subscribers.remove(one);
        boolean last = subscribers.stream().noneMatch(other -> other.pattern.equals(one.pattern));
        assertThat(index.remove(one.subscription, one.pattern)).isEqualTo(last);
        if (random.nextInt(4) == 0) {
            assertThat(index.remove(one.subscription, one.pattern)).as("again").isFalse();
        }
    }

    @Test
    void shouldOfferOnceThoughManyWaysLeadThere() throws Exception {
        Counting all = subscribe(pattern("**.**.**"));
        Counting around = subscribe(pattern("**.x.**"));
        Counting end = subscribe(pattern("**.x"));

        index.offer(publication(Topic.of("x", "x", "x", "x", "x", "x")));

        assertThat(all.offers).isEqualTo(1);
        assertThat(around.offers).isEqualTo(1);
        assertThat(end.offers).isEqualTo(1);
        assertThat(offer("x")).isZero();
    }

    /** Ways through wildcards multiply; visits must not. */
    @Test
    @Timeout(20)
    void shouldNotTryEveryWay() throws Exception {
        String most = "**.".repeat(TopicSyntax.MOST_SEGMENTS - 2) + "y.**";
        Counting far = subscribe(pattern(most));
        Counting near = subscribe(pattern("**." + "x.**.".repeat(14) + "z"));
        String[] segments = "x ".repeat(TopicSyntax.MOST_SEGMENTS).strip().split(" ", -1);
        for (int i = 0; i < 1_000; i++) {
            offer(segments);
        }
        assertThat(far.offers + near.offers).isZero();
        segments[TopicSyntax.MOST_SEGMENTS - 2] = "y";
        offer(segments);
        segments[TopicSyntax.MOST_SEGMENTS - 1] = "z";
        offer(segments);

        assertThat(far.offers).isEqualTo(2);
        assertThat(near.offers).isEqualTo(1);
    }

    @Test
    void shouldVisitOnlyWhatMatchesOfManyThousand() throws Exception {
        List<Counting> subscribers = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            subscribers.add(subscribe(pattern(
                    switch (i % 4) {
                        case 0 -> "room.r" + i + ".**";
                        case 1 -> "room.*.u" + i;
                        case 2 -> "**.u" + i;
                        default -> "room.r" + i;
                    })));
        }
        assertThat(index.size()).isEqualTo(100_000);

        assertThat(offer("room", "r4000", "u4001")).isEqualTo(2);
        assertThat(offer("room", "r4003")).isEqualTo(1);
        assertThat(offer("hall", "r4002", "u4002")).isEqualTo(1);
        assertThat(offer("hall", "r4000")).isZero();
        assertThat(subscribers.stream().mapToInt(one -> one.offers).sum()).isEqualTo(4);

        subscribers.forEach(one -> index.remove(one.subscription, one.pattern));
        assertThat(index.size()).isZero();
        assertThat(offer("room", "r4000", "u4001")).isZero();
    }

    @Test
    void shouldGoOnWhenSomeLeaveMeanwhile() throws Exception {
        List<Pattern> patterns = List.of(
                pattern("a.b"), pattern("a.*"), pattern("**"), pattern("**.b"), pattern("*.b"), pattern("%2A.b"));
        // each choice of them that matches, for each of them must be the first once
        for (int choice = 1; choice < 32; choice++) {
            List<Counting> subscribers = new ArrayList<>();
            for (int i = 0; i < patterns.size(); i++) {
                if (i < 5 && (choice & (1 << i)) == 0) {
                    continue;
                }
                Counting counting = new Counting(patterns.get(i));
                // the first one takes everybody out, itself too
                counting.subscription = index.add(counting.pattern, publication -> {
                    subscribers.forEach(one -> index.remove(one.subscription, one.pattern));
                    return counting.offer(publication);
                });
                subscribers.add(counting);
            }

            assertThat(offer("a", "b")).as("choice %d", choice).isEqualTo(1);
            assertThat(index.size()).isZero();
            assertThat(offer("a", "b")).isZero();
        }
    }

    @Test
    void shouldKnowNoTemplates() {
        Pattern template = new Pattern(List.of(new Pattern.Literal("a"), new Pattern.Template("user")));

        assertThatThrownBy(() -> subscribe(template)).isInstanceOf(IllegalArgumentException.class);
        assertThat(index.size()).isZero();
    }
}
