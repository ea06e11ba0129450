package io.switchboard.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Events are strings here: each weighs its length, and belongs to the channel that its first letter names; a dot to none. */
class KeptTest {
    private static final Duration FOR_EVER = Duration.ZERO;

    private long offset;

    private static Kept<String> kept(int events, long bytes, Duration age) {
        return new Kept<>(
                new Kept.Bounds(events, bytes, age),
                String::length,
                event -> event.startsWith(".") ? Optional.empty() : Optional.of(event.charAt(0)));
    }

    private void add(Kept<String> kept, long atMillis, String... events) {
        for (String event : events) {
            kept.add(new Position("e", ++offset, atMillis), event);
            kept.handed(offset);
        }
    }

    private static List<String> all(Kept<String> kept) {
        List<String> all = new ArrayList<>();
        for (long at = kept.first(); at <= kept.last(); at++) {
            all.add(kept.get(at).orElseThrow().event());
        }
        return all;
    }

    @Test
    void nothingIsKeptAtFirst() {
        Kept<String> kept = kept(0, 0, FOR_EVER);

        assertThat(kept.first()).isEqualTo(1);
        assertThat(kept.last()).isZero();
        assertThat(kept.size()).isZero();
        assertThat(kept.get(0)).isEmpty();
        assertThat(kept.get(1)).isEmpty();
        assertThat(kept.newest('a')).isZero();
        assertThat(kept.reachesBackTo(0)).as("nothing came after it").isTrue();
        assertThat(kept.reachesBackTo(1)).as("it is of another log").isFalse();
        assertThat(kept.reachesBackTo(-1)).isFalse();
    }

    @Test
    void withoutBoundsEverythingIsKept() {
        Kept<String> kept = kept(0, 0, FOR_EVER);
        for (int i = 0; i < 3_000; i++) {
            add(kept, i, "a" + i);
        }
        kept.evict(Long.MAX_VALUE);

        assertThat(kept.size()).isEqualTo(3_000);
        assertThat(kept.get(1)).hasValueSatisfying(entry -> {
            assertThat(entry.position()).isEqualTo(new Position("e", 1, 0));
            assertThat(entry.event()).isEqualTo("a0");
            assertThat(entry.previous()).isZero();
        });
        assertThat(kept.get(3_000)).map(Kept.Entry::event).contains("a2999");
        assertThat(kept.get(3_001)).isEmpty();
        assertThat(kept.get(-1)).isEmpty();
        assertThat(kept.reachesBackTo(0)).isTrue();
    }

    @Test
    void theirNumberIsBounded() {
        Kept<String> kept = kept(2, 0, FOR_EVER);
        add(kept, 0, "a", "b", "c");

        assertThat(all(kept)).containsExactly("b", "c");
        assertThat(kept.size()).isEqualTo(2);
        assertThat(kept.get(1)).isEmpty();
        assertThat(kept.reachesBackTo(0)).isFalse();
        assertThat(kept.reachesBackTo(1))
                .as("what came after the first is here")
                .isTrue();
        assertThat(kept.reachesBackTo(3)).isTrue();
        assertThat(kept.reachesBackTo(4)).isFalse();
    }

    @Test
    void theirBytesAreBounded() {
        Kept<String> kept = kept(0, 10, FOR_EVER);
        add(kept, 0, "aaaa", "bbbb", "cc");
        assertThat(all(kept)).containsExactly("aaaa", "bbbb", "cc");
        add(kept, 0, "d");
        assertThat(all(kept)).containsExactly("bbbb", "cc", "d");
        add(kept, 0, "x".repeat(11));
        assertThat(all(kept)).as("larger than everything").isEmpty();
        assertThat(kept.size()).isZero();
        assertThat(kept.reachesBackTo(4)).isFalse();
        assertThat(kept.reachesBackTo(5)).isTrue();
        add(kept, 0, "e");
        assertThat(all(kept)).containsExactly("e");
    }

    @Test
    void theirAgeIsBounded() {
        Kept<String> kept = kept(0, 0, Duration.ofMillis(100));
        add(kept, 1_000, "a");
        add(kept, 1_050, "b");
        kept.evict(1_100);
        assertThat(all(kept)).containsExactly("a", "b");
        kept.evict(1_101);
        assertThat(all(kept)).containsExactly("b");
        add(kept, 1_151, "c");
        assertThat(all(kept)).as("what is new pushes out what is old").containsExactly("c");
        kept.evict(9_999);
        assertThat(all(kept)).isEmpty();
        assertThat(kept.last()).isEqualTo(3);
        assertThat(kept.first()).isEqualTo(4);
    }

    @Test
    void aChannelIsFollowedBackwards() {
        Kept<String> kept = kept(5, 0, FOR_EVER);
        add(kept, 0, "a1", "b1", ".1", "a2", ".2", "a3", "b2");

        assertThat(kept.newest('a')).isEqualTo(6);
        assertThat(kept.get(6)).map(Kept.Entry::previous).contains(4L);
        assertThat(kept.get(4)).map(Kept.Entry::previous).as("which is gone").contains(1L);
        assertThat(kept.get(1)).isEmpty();
        assertThat(kept.get(3)).map(Kept.Entry::previous).contains(0L);
        assertThat(kept.get(5))
                .map(Kept.Entry::previous)
                .as("not of that channel")
                .contains(0L);
        assertThat(kept.newest('b')).isEqualTo(7);
        add(kept, 0, ".", ".", ".", ".", ".");
        assertThat(kept.newest('a')).isZero();
        assertThat(kept.newest('b')).isZero();
        add(kept, 0, "a4");
        assertThat(kept.get(13))
                .map(Kept.Entry::previous)
                .as("from before that was forgotten")
                .contains(0L);
    }

    /** Whoever asks in between must not take for delivered what nobody can have been offered. */
    @Test
    void anEventHasItsPlaceBeforeItIsHandedOver() {
        Kept<String> kept = kept(0, 0, FOR_EVER);
        add(kept, 0, "a");
        kept.add(new Position("e", 2, 0), "b");

        assertThat(kept.last()).isEqualTo(2);
        assertThat(kept.get(2)).isPresent();
        assertThat(kept.handed()).isEqualTo(1);
        kept.handed(2);
        assertThat(kept.handed()).isEqualTo(2);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isWhatAQueueSays(long seed) {
        Random random = new Random(seed);
        int events = random.nextInt(3) == 0 ? 0 : random.nextInt(1_500);
        long bytes = random.nextInt(3) == 0 ? 0 : random.nextInt(5_000);
        long age = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(2_000);
        Kept<String> kept = kept(events, bytes, Duration.ofMillis(age));
        record Entry(long offset, long at, String event) {}
        Deque<Entry> queue = new ArrayDeque<>();
        long now = 0;
        long weight = 0;
        Map<Character, Long> newest = new HashMap<>();
        for (int step = 0; step < 3_000; step++) {
            now += random.nextInt(4);
            if (random.nextInt(10) > 0) {
                String event = ".ab".charAt(random.nextInt(3)) + "x".repeat(random.nextInt(8));
                add(kept, now, event);
                queue.add(new Entry(offset, now, event));
                weight += event.length();
                newest.put(event.charAt(0), offset);
            } else {
                kept.evict(now);
            }
            while (!queue.isEmpty()
                    && ((events > 0 && queue.size() > events)
                            || (bytes > 0 && weight > bytes)
                            || (age > 0 && now - queue.peek().at() > age))) {
                weight -= queue.remove().event().length();
            }
            long first = queue.isEmpty() ? offset + 1 : queue.peek().offset();
            assertThat(kept.first()).isEqualTo(first);
            assertThat(kept.size()).isEqualTo(queue.size());
            assertThat(kept.reachesBackTo(first - 1)).isTrue();
            assertThat(kept.reachesBackTo(first - 2)).isFalse();
            assertThat(kept.get(first - 1)).isEmpty();
            long probe = first + random.nextInt(queue.size() + 1);
            assertThat(kept.get(probe).map(Kept.Entry::event))
                    .isEqualTo(queue.stream()
                            .filter(entry -> entry.offset() == probe)
                            .map(Entry::event)
                            .findFirst());
            long newestOfA = newest.getOrDefault('a', 0L);
            assertThat(kept.newest('a')).isEqualTo(newestOfA >= first ? newestOfA : 0);
        }
    }

    /** Whoever reads meanwhile sees each event whole and in its place, or not at all; and all that the log says are there. */
    @Test
    @Timeout(60)
    void isReadWhileItIsWritten() throws Exception {
        Kept<String> kept = kept(1_000, 0, FOR_EVER);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(threads.submit(() -> read(kept, done)));
            }
            Future<?> writer = threads.submit(() -> {
                for (int i = 1; i <= 300_000; i++) {
                    add(kept, i, "abc".charAt(i % 3) + "-" + i);
                }
                done.set(true);
            });
            writer.get(60, TimeUnit.SECONDS);
            for (Future<Long> reader : readers) {
                assertThat(reader.get(60, TimeUnit.SECONDS)).as("read at all").isPositive();
            }
        }
        assertThat(kept.size()).isEqualTo(1_000);
    }

    private static long read(Kept<String> kept, AtomicBoolean done) {
        long seen = 0;
        long lastBefore = 0;
        while (!done.get() || seen == 0) {
            long last = kept.last();
            assertThat(last).isGreaterThanOrEqualTo(lastBefore);
            lastBefore = last;
            for (long at = Math.max(1, last - 20); at <= last; at++) {
                Optional<Kept.Entry<String>> entry = kept.get(at);
                if (entry.isPresent()) {
                    assertThat(entry.get().position().offset()).isEqualTo(at);
                    assertThat(entry.get().event()).endsWith("-" + at);
                    assertThat(entry.get().previous()).isEqualTo(Math.max(0, at - 3));
                    seen++;
                } else {
                    assertThat(kept.first())
                            .as("only what was let go is not there")
                            .isGreaterThan(at);
                }
            }
            long newest = kept.newest('a');
            long first = kept.first();
            assertThat(newest == 0 || newest % 3 == 0 || first > newest).isTrue();
        }
        return seen;
    }
}
