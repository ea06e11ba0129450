package io.switchboard.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testing.KeptEvents;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events are strings here; each weighs its length. */
class SequencerTest {
    private final List<String> delivered = new ArrayList<>();
    private final List<Runnable> releases = new ArrayList<>();
    private final List<Runnable> handedOver = new ArrayList<>();

    private Sequencer<String> sequencer(int events, long bytes) {
        return new Sequencer<>(
                "e",
                new InFlight.Bounds(events, bytes),
                String::length,
                KeptEvents.all(String::length),
                (_, event, release) -> {
                    delivered.add(event);
                    releases.add(release);
                },
                Clock.systemUTC(),
                handedOver::add);
    }

    private static List<Long> append(Sequencer<String> sequencer, String... events) {
        return sequencer.append(List.of(events)).toCompletableFuture().join().stream()
                .map(Position::offset)
                .toList();
    }

    private static void assertFull(Sequencer<String> sequencer, String... events) {
        int eventsBefore = sequencer.eventsInFlight();
        long bytesBefore = sequencer.bytesInFlight();
        assertThatThrownBy(() -> append(sequencer, events))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(LogFullException.class);
        assertThat(sequencer.eventsInFlight()).isEqualTo(eventsBefore);
        assertThat(sequencer.bytesInFlight()).isEqualTo(bytesBefore);
    }

    private void releaseAll() {
        releases.forEach(Runnable::run);
        releases.clear();
    }

    // Order

    @Test
    @Timeout(60)
    void shouldKeepOneOrderForManyThreads() throws Exception {
        int threads = 8;
        int arrays = 2_000;
        List<Position> positions = Collections.synchronizedList(new ArrayList<>());
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean busy = new AtomicBoolean();
        AtomicBoolean overlapped = new AtomicBoolean();
        try (ExecutorService executor = Executors.newSingleThreadExecutor();
                ExecutorService publishers = Executors.newFixedThreadPool(threads)) {
            Sequencer<String> log = new Sequencer<>(
                    "e",
                    new InFlight.Bounds(0, 0),
                    String::length,
                    KeptEvents.all(String::length),
                    (position, event, release) -> {
                        if (busy.getAndSet(true)) {
                            overlapped.set(true);
                        }
                        positions.add(position);
                        events.add(event);
                        release.run();
                        busy.set(false);
                    },
                    Clock.systemUTC(),
                    executor);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Boolean>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                runs.add(publishers.submit(() -> {
                    start.await();
                    boolean contiguous = true;
                    long last = 0;
                    for (int a = 0; a < arrays; a++) {
                        int array = a;
                        List<String> batch = IntStream.range(0, 1 + a % 4)
                                .mapToObj(i -> thread + "-" + array + "-" + i)
                                .toList();
                        List<Long> offsets = log.append(batch).toCompletableFuture().get(30, TimeUnit.SECONDS).stream()
                                .map(Position::offset)
                                .toList();
                        long first = offsets.getFirst();
                        contiguous &= first > last
                                && offsets.equals(LongStream.range(first, first + batch.size())
                                        .boxed()
                                        .toList());
                        last = offsets.getLast();
                    }
                    return contiguous;
                }));
            }
            start.countDown();
            for (Future<Boolean> run : runs) {
                assertThat(run.get(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(log.eventsInFlight()).isZero();
            assertThat(log.bytesInFlight()).isZero();
        }

        assertThat(overlapped).as("two writers at a time").isFalse();
        int total = threads * IntStream.range(0, arrays).map(a -> 1 + a % 4).sum();
        assertThat(positions)
                .extracting(Position::offset)
                .isEqualTo(LongStream.rangeClosed(1, total).boxed().toList());
        for (int i = 1; i < total; i++) {
            String[] name = events.get(i).split("-", -1);
            int inArray = Integer.parseInt(name[2]);
            if (inArray > 0) {
                assertThat(events.get(i - 1)).isEqualTo(name[0] + "-" + name[1] + "-" + (inArray - 1));
            }
        }
        assertThat(events).doesNotHaveDuplicates();
    }

    @Test
    void shouldGiveAnArrayPlacesNextToEachOther() {
        Sequencer<String> log = sequencer(0, 0);
        assertThat(append(log, "a", "b")).containsExactly(1L, 2L);
        assertThat(append(log)).isEmpty();
        assertThat(append(log, "c")).containsExactly(3L);
        assertThat(delivered).containsExactly("a", "b", "c");
        assertThat(new Position("e", 3).id()).isEqualTo("e-3");
    }

    @Test
    void shouldDeliverInOrderWhatTheTailAppends() {
        List<String> order = new ArrayList<>();
        List<Sequencer<String>> self = new ArrayList<>();
        Sequencer<String> log = new Sequencer<>(
                "e",
                new InFlight.Bounds(0, 0),
                String::length,
                KeptEvents.all(String::length),
                (_, event, release) -> {
                    if (event.equals("a")) {
                        self.getFirst().append(List.of("c"));
                    }
                    order.add(event);
                    release.run();
                },
                Clock.systemUTC(),
                handedOver::add);
        self.add(log);
        log.append(List.of("a", "b"));
        assertThat(order).containsExactly("a", "b", "c");
    }

    @Test
    void shouldNameEveryLifetimeDifferently() {
        assertThat(IntStream.range(0, 1_000).mapToObj(_ -> Sequencer.newEpoch()))
                .doesNotHaveDuplicates();
    }

    // Bounds

    @Test
    void shouldTakeAllEventsOrNone() {
        Sequencer<String> log = sequencer(3, 0);
        append(log, "a", "b");
        assertFull(log, "c", "d");
        assertThat(append(log, "c")).containsExactly(3L);
        assertFull(log, "d");
        assertThat(delivered).containsExactly("a", "b", "c");

        releases.removeFirst().run();
        assertThat(append(log, "d")).containsExactly(4L);
        assertFull(log, "e");
        releaseAll();
        assertThat(log.eventsInFlight()).isZero();
    }

    @Test
    void shouldBoundBytes() {
        Sequencer<String> log = sequencer(0, 10);
        append(log, "12345", "678");
        assertFull(log, "9", "10");
        assertThat(append(log, "90")).containsExactly(3L);
        assertThat(log.bytesInFlight()).isEqualTo(10);
        assertFull(log, "1");
        releases.removeFirst().run();
        assertThat(log.bytesInFlight()).isEqualTo(5);
        assertThat(append(log, "12345")).containsExactly(4L);
    }

    @Test
    void shouldHaveNoBoundWhereItIsOff() {
        Sequencer<String> log = sequencer(0, 0);
        for (int i = 0; i < 1_000; i++) {
            append(log, "x".repeat(1_000));
        }
        assertThat(log.eventsInFlight()).isEqualTo(1_000);
        assertThat(log.bytesInFlight()).isEqualTo(1_000_000);
        releaseAll();
        assertThat(log.bytesInFlight()).isZero();
    }

    @Test
    void shouldPassWhatIsLargerThanTheBoundThroughAnEmptyQueue() {
        Sequencer<String> log = sequencer(2, 3);
        assertThat(append(log, "12345")).containsExactly(1L);
        assertFull(log, "1");
        releaseAll();
        assertThat(append(log, "1", "2", "3")).containsExactly(2L, 3L, 4L);
        assertFull(log, "1");
        releaseAll();
        append(log, "1");
        assertFull(log, "12345");
    }

    @Test
    void shouldCountAReleaseOnce() {
        Sequencer<String> log = sequencer(0, 0);
        append(log, "abc", "de");
        Runnable first = releases.getFirst();
        first.run();
        first.run();
        assertThat(log.eventsInFlight()).isEqualTo(1);
        assertThat(log.bytesInFlight()).isEqualTo(2);
    }

    // Faults

    @Test
    void shouldGoOnWhenAnEventCannotBeDelivered() {
        Sequencer<String> log = new Sequencer<>(
                "e",
                new InFlight.Bounds(2, 0),
                String::length,
                KeptEvents.all(String::length),
                (_, event, release) -> {
                    if (event.equals("bad")) {
                        throw new IllegalStateException("an event that cannot be delivered");
                    }
                    delivered.add(event);
                    releases.add(release);
                },
                Clock.systemUTC(),
                handedOver::add);
        assertThat(append(log, "bad", "a")).containsExactly(1L, 2L);
        assertThat(append(log, "b")).as("the room of the bad one").containsExactly(3L);
        assertThat(delivered).containsExactly("a", "b");
        assertThat(log.eventsInFlight()).isEqualTo(2);
        assertFull(log, "c");
    }

    @Test
    void shouldReleaseOnceWhatIsDeliveredAndThenFails() {
        Sequencer<String> log = new Sequencer<>(
                "e",
                new InFlight.Bounds(0, 0),
                String::length,
                KeptEvents.all(String::length),
                (_, _, release) -> {
                    release.run();
                    throw new IllegalStateException("a tail that fails at its end");
                },
                Clock.systemUTC(),
                handedOver::add);
        append(log, "a", "b");
        assertThat(log.eventsInFlight()).isZero();
        assertThat(log.bytesInFlight()).isZero();
    }

    @Test
    void shouldHandOverWhatWouldKeepAPublisherForLong() {
        List<String> order = new ArrayList<>();
        List<Sequencer<String>> self = new ArrayList<>();
        List<String> others =
                IntStream.range(0, 1_000).mapToObj(i -> "other " + i).toList();
        Sequencer<String> log = new Sequencer<>(
                "e",
                new InFlight.Bounds(0, 0),
                String::length,
                KeptEvents.all(String::length),
                (_, event, release) -> {
                    if (event.equals("own")) {
                        // as if other threads had published meanwhile
                        others.forEach(other -> self.getFirst().append(List.of(other)));
                    }
                    order.add(event);
                    release.run();
                },
                Clock.systemUTC(),
                handedOver::add);
        self.add(log);

        assertThat(append(log, "own")).containsExactly(1L);
        assertThat(order).hasSize(256);
        assertThat(handedOver).hasSize(1);
        log.append(List.of("last"));
        assertThat(order).as("there is a writer already").hasSize(256);
        while (!handedOver.isEmpty()) {
            int before = order.size();
            handedOver.removeFirst().run();
            assertThat(order.size() - before).isLessThanOrEqualTo(256);
        }
        assertThat(order)
                .hasSize(1_002)
                .startsWith("own", "other 0", "other 1")
                .endsWith("other 999", "last")
                .doesNotHaveDuplicates();
        assertThat(log.eventsInFlight()).isZero();
    }

    // Full

    @Test
    void shouldBeFullFromTheFirstRefusalUntilHalfIsFree() {
        Sequencer<String> log = sequencer(4, 0);
        append(log, "a", "b", "c", "d");
        assertThat(log.full()).as("nothing was refused yet").isFalse();
        assertFull(log, "e");
        assertThat(log.full()).isTrue();

        releases.get(0).run();
        assertThat(log.full()).isTrue();
        append(log, "e");
        releases.get(1).run();
        assertThat(log.full()).isTrue();
        releases.get(2).run();
        assertThat(log.full()).isFalse();
    }

    @Test
    void shouldBeFullByBytesAsWell() {
        Sequencer<String> log = sequencer(0, 10);
        append(log, "12345678");
        assertFull(log, "123");
        assertThat(log.full()).isTrue();
        releaseAll();
        assertThat(log.full()).isFalse();
    }

    /** Nothing was on its way, so nothing can make room. */
    @Test
    void shouldNotStayFullAfterABatchThatIsTooLargeByItself() {
        Sequencer<String> log = sequencer(2, 0);
        append(log, "a");
        assertFull(log, "b", "c");
        assertThat(log.full()).isFalse();
    }
}
