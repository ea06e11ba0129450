package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Ledger;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues that share their frames, against a deque each. */
class OutboundQueueTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    private record Entry(Frame frame, Optional<Publication> publication) {}

    private record Slot(int slot) implements Renderer {
        @Override
        public Frame render(Publication publication) {
            return Frame.text(publication.position().id() + "x".repeat(slot));
        }
    }

    private static final List<Renderer> RENDERERS = List.of(new Slot(0), new Slot(7));

    private static Publication publication(int number) {
        return new Publication(
                new Position("e", number),
                Topic.of("t"),
                new Guard.IsUser("alice"),
                Policy.RELIABLE,
                Optional.empty(),
                new byte[0]);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldBehaveLikeADeque(long seed) {
        Random random = new Random(seed);
        SharedFrames frames = new SharedFrames(Ledger.NONE);
        List<OutboundQueue> queues = new ArrayList<>();
        List<Deque<Entry>> models = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            queues.add(new OutboundQueue(frames));
            models.add(new ArrayDeque<>());
        }
        for (int step = 1; step <= 2_000; step++) {
            int chosen = random.nextInt(queues.size());
            OutboundQueue queue = queues.get(chosen);
            Deque<Entry> model = models.get(chosen);
            switch (random.nextInt(20)) {
                case 0, 1 -> {
                    Frame own = Frame.text("own " + step);
                    queue.add(frames.place(own));
                    model.add(new Entry(own, Optional.empty()));
                }
                case 2, 3, 4, 5 -> {
                    int count = random.nextInt(model.size() + 1);
                    queue.remove(count);
                    for (int i = 0; i < count; i++) {
                        model.remove();
                    }
                }
                case 6, 7 -> {
                    int modulus = 1 + random.nextInt(4);
                    Predicate<Publication> allowed = p -> p.position().offset() % modulus == 0;
                    queue.retain(allowed);
                    model.removeIf(entry -> entry.publication().isPresent()
                            && !allowed.test(entry.publication().get()));
                }
                case 8 -> {
                    if (random.nextInt(10) == 0) {
                        queue.clear();
                        model.clear();
                    }
                }
                case 9 -> frames.settle();
                default -> {
                    // to several, as the hub does
                    Publication publication = publication(step);
                    for (int i = 0; i < queues.size(); i++) {
                        if (random.nextInt(3) > 0) {
                            Renderer renderer = RENDERERS.get(random.nextInt(RENDERERS.size()));
                            queues.get(i).add(frames.place(publication, renderer));
                            models.get(i).add(new Entry(publication.frame(renderer), Optional.of(publication)));
                        }
                    }
                }
            }
            for (int i = 0; i < queues.size(); i++) {
                assertSame(queues.get(i), models.get(i));
            }
        }
        queues.forEach(OutboundQueue::clear);
        frames.settle();
        assertThat(frames.size()).isZero();
    }

    private static void assertSame(OutboundQueue queue, Deque<Entry> model) {
        assertThat(queue.size()).isEqualTo(model.size());
        assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
        assertThat(queue.bytes())
                .isEqualTo(
                        model.stream().mapToLong(entry -> entry.frame().size()).sum());
        int index = 0;
        for (Entry entry : model) {
            if (queue.peek(index) != entry.frame()) { // the very frame, not a copy
                throw new AssertionError("another frame at " + index);
            }
            index++;
        }
    }

    private static Publication value(int number, Policy policy, String key) {
        return new Publication(
                new Position("e", number),
                Topic.of("t"),
                new Guard.IsUser("alice"),
                policy,
                Optional.of(key),
                new byte[0]);
    }

    private static boolean isNewer(Entry older, Publication newer) {
        return older.publication().isPresent()
                && older.publication().get().policy() == Policy.LATEST
                && older.publication().get().slot().equals(newer.slot());
    }

    /** Takes out of the model whatever has a newer value behind it. */
    private static void conflate(Deque<Entry> model) {
        Set<Publication.Slot> newer = new HashSet<>();
        for (Iterator<Entry> i = model.descendingIterator(); i.hasNext(); ) {
            Entry entry = i.next();
            if (entry.publication().isPresent()
                    && entry.publication().get().policy() == Policy.LATEST
                    && !newer.add(entry.publication().get().slot())) {
                i.remove();
            }
        }
    }

    /** Values that replace each other, beside such that do not, written in parts and withdrawn in between. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldKeepTheNewestValueOfEachKey(long seed) {
        Random random = new Random(seed);
        SharedFrames frames = new SharedFrames(Ledger.NONE);
        OutboundQueue queue = new OutboundQueue(frames);
        Deque<Entry> model = new ArrayDeque<>();
        Renderer renderer = RENDERERS.getFirst();
        int keys = 1 + random.nextInt(200);
        int replaced = 0;
        for (int step = 1; step <= 5_000; step++) {
            switch (random.nextInt(40)) {
                case 0 -> {
                    Frame own = Frame.text("own " + step);
                    queue.add(frames.place(own));
                    model.add(new Entry(own, Optional.empty()));
                }
                case 1 -> {
                    int count = random.nextInt(model.size() + 1);
                    queue.remove(count);
                    for (int i = 0; i < count; i++) {
                        model.remove();
                    }
                }
                case 2 -> {
                    int modulus = 2 + random.nextInt(20);
                    Predicate<Publication> allowed = p -> p.position().offset() % modulus != 0;
                    queue.retain(allowed);
                    model.removeIf(entry -> entry.publication().isPresent()
                            && !allowed.test(entry.publication().get()));
                }
                case 3, 4, 5 -> {
                    // as it is before a session lags, and of what is never replaced
                    Publication publication = value(
                            step,
                            random.nextBoolean() || queue.isConflated() ? Policy.RELIABLE : Policy.LATEST,
                            "" + random.nextInt(keys));
                    queue.add(frames.place(publication, renderer));
                    model.add(new Entry(publication.frame(renderer), Optional.of(publication)));
                }
                case 6 -> frames.settle();
                default -> {
                    Publication publication = value(step, Policy.LATEST, "" + random.nextInt(keys));
                    int before = model.size();
                    conflate(model);
                    model.removeIf(entry -> isNewer(entry, publication));
                    assertThat(queue.replace(publication, frames.place(publication, renderer)))
                            .isEqualTo(before - model.size());
                    replaced += before - model.size();
                    model.add(new Entry(publication.frame(renderer), Optional.of(publication)));
                }
            }
            assertSame(queue, model);
            assertThat(queue.remembered()).isLessThanOrEqualTo(model.size());
        }
        assertThat(replaced).isPositive();
        queue.clear();
        frames.settle();
        assertThat(frames.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 100, 5_000})
    void shouldTakeNoMoreRoomThanThereAreKeys(int keys) {
        SharedFrames frames = new SharedFrames(Ledger.NONE);
        OutboundQueue queue = new OutboundQueue(frames);
        Publication first = publication(1);
        queue.add(frames.place(first, RENDERERS.getFirst()));
        for (int i = 2; i <= 200_000; i++) {
            Publication publication = value(i, Policy.LATEST, "" + i % keys);
            int _ = queue.replace(publication, frames.place(publication, RENDERERS.getFirst()));
            assertThat(queue.capacity()).isLessThanOrEqualTo(Math.max(128, 4 * (keys + 1)));
        }
        assertThat(queue.size()).isEqualTo(keys + 1);
        assertThat(queue.remembered()).isEqualTo(keys);
        frames.settle();
        assertThat(frames.size()).isEqualTo(keys + 1);
        assertThat(queue.peek(0)).isSameAs(first.frame(RENDERERS.getFirst()));
    }

    /** Who reads a little all the time never has an empty queue: what was written must be forgotten as well. */
    @Test
    void shouldForgetKeysThatWereHandedOver() {
        SharedFrames frames = new SharedFrames(Ledger.NONE);
        OutboundQueue queue = new OutboundQueue(frames);
        for (int i = 1; i <= 100_000; i++) {
            Publication publication = value(i, Policy.LATEST, "key " + i);
            int _ = queue.replace(publication, frames.place(publication, RENDERERS.getFirst()));
            if (i > 20) {
                queue.remove(1);
            }
        }
        assertThat(queue.remembered()).isEqualTo(20);
    }

    @Test
    void shouldKeepAFrameOnceForAllWhoWaitForIt() {
        SharedFrames frames = new SharedFrames(Ledger.NONE);
        Publication publication = publication(1);
        List<OutboundQueue> queues = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            OutboundQueue queue = new OutboundQueue(frames);
            queue.add(frames.place(publication, RENDERERS.getFirst()));
            queues.add(queue);
        }
        assertThat(frames.size()).isEqualTo(1);
        frames.settle();
        for (OutboundQueue queue : queues) {
            assertThat(frames.size()).isEqualTo(1);
            queue.remove(1);
        }
        assertThat(frames.size()).isZero();
    }
}
