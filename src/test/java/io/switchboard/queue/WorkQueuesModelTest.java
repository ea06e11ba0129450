package io.switchboard.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.failure.StoreException;
import io.switchboard.queue.Consumer.Taken;
import io.switchboard.storage.QueueQuotas;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the order in which consumers come, take, answer and go, the store answers or fails, and the process dies: each message that
 * was accepted is done, dead, or too old in the end; nobody is given one that somebody has; what is done is not given again; and
 * the first time they are given in their order.
 */
class WorkQueuesModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 150;

    /** A few of them fill what is in memory. */
    private static final String LARGE = "x".repeat(150_000);

    private final Workshop shop = new Workshop(
            new QueueSettings(Duration.ofSeconds(1), Duration.ZERO, 4, Duration.ofDays(7), Duration.ofHours(1)),
            new QueueQuotas(0, 0, 0, 0, 0, 0));

    private final List<Worker> workers = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final Set<WorkMessage> accepted = new HashSet<>();
    /** Who has a message, or is being given it. */
    private final Map<UUID, Worker> holders = new HashMap<>();

    private final Set<UUID> done = new HashSet<>();
    private final Set<Long> seen = new HashSet<>();
    private long newest;
    private Random random;

    /** What a consumer was asked to take. */
    private record Asked(Delivery delivery, CompletableFuture<Taken> answer) {}

    /** What was sent, and what came of it. */
    private record Sent(WorkMessage message, CompletableFuture<QueueReply> answer) {}

    private final class Worker implements Consumer {
        private final UUID id = UUID.randomUUID();
        private final Queue<Asked> asked = new ArrayDeque<>();
        private final Queue<Delivery> has = new ArrayDeque<>();
        private boolean gone;

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            UUID message = delivery.message().id();
            CompletableFuture<Taken> answer = new CompletableFuture<>();
            if (seen.add(delivery.number())) {
                assertThat(delivery.number()).isGreaterThan(newest);
                newest = delivery.number();
            }
            if (gone) {
                answer.complete(Taken.GONE);
                return answer;
            }
            assertThat(holders).doesNotContainKey(message);
            assertThat(done).doesNotContain(message);
            assertThat(delivery.message().expiresAt())
                    .isGreaterThan(shop.time.clock().millis());
            assertThat(delivery.attempt()).isBetween(1, 4);
            holders.put(message, this);
            asked.add(new Asked(delivery, answer));
            return answer;
        }

        @Override
        public void closed(String queue) {
            throw new AssertionError("nobody deletes it");
        }

        void answer() {
            Asked next = asked.poll();
            if (next == null) {
                return;
            }
            Delivery delivery = next.delivery();
            int choice = random.nextInt(10);
            if (choice < 7) {
                has.add(delivery);
                next.answer().complete(Taken.TAKEN);
            } else {
                holders.remove(delivery.message().id());
                if (choice == 9) {
                    forget();
                    next.answer().complete(Taken.GONE);
                } else {
                    next.answer().complete(Taken.BUSY);
                }
            }
        }

        void ready() {
            shop.queues.ready(id, "jobs");
        }

        void acknowledge() {
            Delivery delivery = has.poll();
            if (delivery != null) {
                holders.remove(delivery.message().id());
                done.add(delivery.message().id());
                shop.queues.acknowledge(id, delivery);
            }
        }

        void reject() {
            Delivery delivery = has.poll();
            if (delivery != null) {
                holders.remove(delivery.message().id());
                shop.queues.reject(id, delivery);
            }
        }

        void go() {
            boolean cancels = random.nextBoolean();
            forget();
            if (cancels) {
                var _ = shop.queues.cancel(id, "jobs");
            } else {
                shop.queues.gone(id);
            }
            asked.forEach(one -> one.answer().complete(random.nextBoolean() ? Taken.TAKEN : Taken.GONE));
        }

        private void forget() {
            gone = true;
            workers.remove(this);
            holders.values().removeIf(this::equals);
        }
    }

    private void come() {
        Worker worker = new Worker();
        workers.add(worker);
        var _ = shop.queues.consume(worker, "bob", Optional.of("jobs"), false);
    }

    private Optional<Worker> someone() {
        return workers.isEmpty() ? Optional.empty() : Optional.of(workers.get(random.nextInt(workers.size())));
    }

    private void send() {
        Duration timeToLive = random.nextInt(5) == 0 ? Duration.ofSeconds(5) : Duration.ofDays(1);
        WorkMessage message = shop.message(LARGE, timeToLive, "");
        sent.add(new Sent(message, shop.queues.send("jobs", message).toCompletableFuture()));
    }

    private void restart() {
        collect();
        sent.clear();
        workers.forEach(worker -> worker.gone = true);
        workers.clear();
        holders.clear();
        shop.store.recover();
        shop.restart();
        // what was acknowledged a moment ago may come again
        shop.store.kept("jobs").forEach(message -> done.remove(message.id()));
    }

    private void collect() {
        for (Sent one : sent) {
            if (one.answer().getNow(null) instanceof QueueReply.Done) {
                accepted.add(one.message());
            }
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostOrGivenToTwo(int seed) {
        random = new Random(seed);
        shop.store.waits();
        come();
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4 -> send();
                case 5 -> {
                    if (workers.size() < 4) {
                        come();
                    }
                }
                case 6, 7, 8 -> someone().ifPresent(Worker::ready);
                case 9, 10, 11 -> someone().ifPresent(Worker::answer);
                case 12, 13 -> someone().ifPresent(Worker::acknowledge);
                case 14 -> someone().ifPresent(Worker::reject);
                case 15 -> {
                    if (random.nextInt(3) == 0) {
                        someone().ifPresent(Worker::go);
                    }
                }
                case 16 -> {
                    if (random.nextInt(12) == 0) {
                        restart();
                    } else if (random.nextInt(4) == 0) {
                        shop.store.fail(StoreException.Reason.DOWN);
                    }
                }
                case 17 -> shop.store.recover();
                default -> shop.time.advance(Duration.ofMillis(random.nextInt(1_500)));
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                boolean _ = shop.loop.runOne();
            }
            if (random.nextBoolean()) {
                boolean _ = shop.store.next();
            }
        }
        settle();

        collect();
        Set<UUID> dead = new HashSet<>();
        shop.store.dead("jobs").forEach(message -> dead.add(message.id()));
        long now = shop.time.clock().millis();
        for (WorkMessage message : accepted) {
            boolean ended = done.contains(message.id()) ^ dead.contains(message.id());
            assertThat(ended || message.expiresAt() <= now)
                    .as("seed %d message %s", seed, message)
                    .isTrue();
        }
        assertThat(shop.store.kept("jobs")).as("seed %d", seed).isEmpty();
        assertThat(shop.queues.size()).as("seed %d", seed).isZero();
    }

    /** All go, and one comes that does everything. */
    private void settle() {
        shop.store.recover();
        while (!workers.isEmpty()) {
            workers.getFirst().go();
        }
        shop.pass(Duration.ofSeconds(20));
        come();
        Worker last = workers.getFirst();
        for (int idle = 0; idle < 3; ) {
            shop.run();
            last.ready();
            shop.run();
            for (Asked one = last.asked.poll(); one != null; one = last.asked.poll()) {
                last.has.add(one.delivery());
                one.answer().complete(Taken.TAKEN);
            }
            if (last.has.isEmpty()) {
                shop.pass(Duration.ofMinutes(2));
                idle++;
            } else {
                last.acknowledge();
                idle = 0;
            }
        }
        last.go();
        shop.pass(Duration.ofMinutes(2));
    }
}
