package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.auth.View;
import io.switchboard.log.Position;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HubTest {
    private final SimulatedTime time = new SimulatedTime();
    private final Hub hub = new Hub();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    private static View view(String uuid, String... roots) {
        List<View.Root> list = new ArrayList<>();
        for (String root : roots) {
            list.add(new View.Root(root, Optional.empty(), false));
        }
        return new View(uuid, Optional.empty(), list, View.Permission.READ);
    }

    private static Publication publication(Topic topic, Guard guard) {
        return new Publication(
                new Position("e", 1), topic, guard, Policy.RELIABLE, Optional.empty(), new byte[] {'{', '}'});
    }

    private Shard shard() {
        return hub.addShard(time.loop());
    }

    // What is indexed

    private record Taken(int shard, Optional<Subscription> subscription, Optional<HeldView> held) {}

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldKnowExactlyTheShardsThatHaveSomebody(long seed) {
        Random random = new Random(seed);
        List<Shard> shards = List.of(shard(), shard(), shard());
        List<Topic> topics = List.of(Topic.of("a"), Topic.of("a", "b"), Topic.of("a.b"));
        List<Guard> guards =
                List.of(new Guard.IsUser("a"), new Guard.IsUser("b"), new Guard.HoldsView(view("w", "ds/1")));
        List<View> views = List.of(
                view("w", "ds/1"),
                view("w", "ds/2"),
                view("w"),
                view("v", "ds/1", "ds/2"),
                view("v", "ds/1", "/ds/1/"),
                view("v", "ds/1/2"));
        List<Taken> taken = new ArrayList<>();
        for (int step = 0; step < 500; step++) {
            int number = random.nextInt(shards.size());
            Shard shard = shards.get(number);
            switch (random.nextInt(4)) {
                case 0 -> {
                    Topic topic = topics.get(random.nextInt(topics.size()));
                    Guard guard = guards.get(random.nextInt(guards.size()));
                    taken.add(
                            new Taken(number, Optional.of(shard.subscribe(topic, guard, _ -> true)), Optional.empty()));
                }
                case 1 -> {
                    View view = views.get(random.nextInt(views.size()));
                    taken.add(new Taken(number, Optional.empty(), Optional.of(shard.hold(view, Pace.MERGED))));
                }
                default -> {
                    if (!taken.isEmpty()) {
                        giveBack(shards, taken.remove(random.nextInt(taken.size())), random);
                    }
                }
            }
            for (Topic topic : topics) {
                assertThat(hub.shardsOf(topic))
                        .isEqualTo(bits(
                                taken,
                                t -> t.subscription()
                                        .filter(s -> isOf(s, topic))
                                        .isPresent()));
            }
            for (String root : List.of("ds/1", "ds/2", "ds/1/2", "ds")) {
                assertThat(hub.shardsOfRoot(root, Pace.MERGED))
                        .isEqualTo(bits(
                                taken,
                                t -> t.held().stream()
                                        .flatMap(h -> h.view().roots().stream())
                                        .anyMatch(r -> r.path().equals(root))));
            }
            for (int i = 0; i < shards.size(); i++) {
                assertViews(shards.get(i), i, taken);
            }
        }
        while (!taken.isEmpty()) {
            giveBack(shards, taken.remove(random.nextInt(taken.size())), random);
        }
        assertThat(hub.entries()).isZero();
        assertThat(shards).allSatisfy(shard -> assertThat(shard.entries()).isZero());
    }

    private static void assertViews(Shard shard, int number, List<Taken> taken) {
        for (String uuid : List.of("w", "v")) {
            List<View> found = new ArrayList<>();
            shard.forWorkspace(uuid, Pace.MERGED, held -> found.add(held.view()));
            assertThat(found)
                    .containsExactlyInAnyOrderElementsOf(taken.stream()
                            .filter(t -> t.shard() == number)
                            .flatMap(t -> t.held().stream())
                            .map(HeldView::view)
                            .filter(view -> view.uuid().equals(uuid))
                            .distinct()
                            .toList());
        }
    }

    private static boolean isOf(Subscription subscription, Topic topic) {
        return subscription.subject instanceof Subscription.Subject.OfTopic subject
                && subject.topic().equals(topic);
    }

    private static long bits(List<Taken> taken, Predicate<Taken> filter) {
        return taken.stream().filter(filter).mapToLong(t -> 1L << t.shard()).reduce(0, (a, b) -> a | b);
    }

    private static void giveBack(List<Shard> shards, Taken taken, Random random) {
        Shard shard = shards.get(taken.shard());
        taken.held().ifPresent(shard::release);
        taken.subscription().ifPresent(subscription -> {
            shard.unsubscribe(subscription);
            if (random.nextInt(4) == 0) {
                shard.unsubscribe(subscription);
            }
        });
    }

    @Test
    @Timeout(30)
    void shouldNeverMissAShardWhileOthersComeAndGo() throws Exception {
        Topic topic = Topic.of("t");
        View view = view("w", "ds/1");
        List<Future<Integer>> runs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 4; i++) {
                Shard shard = shard();
                long bit = 1L << shard.number();
                runs.add(threads.submit(() -> {
                    int missed = 0;
                    for (int round = 0; round < 20_000; round++) {
                        Subscription first = shard.subscribe(topic, new Guard.IsUser("a"), _ -> true);
                        Subscription second = shard.subscribe(topic, new Guard.IsUser("b"), _ -> true);
                        HeldView held = shard.hold(view, Pace.MERGED);
                        shard.unsubscribe(first);
                        if ((hub.shardsOf(topic) & hub.shardsOfRoot("ds/1", Pace.MERGED) & bit) == 0) {
                            missed++;
                        }
                        shard.unsubscribe(second);
                        shard.release(held);
                        if (((hub.shardsOf(topic) | hub.shardsOfRoot("ds/1", Pace.MERGED)) & bit) != 0) {
                            missed++;
                        }
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

    @Test
    void shouldRefuseMoreShardsThanThereAreBits() {
        for (int i = 0; i < 64; i++) {
            shard();
        }
        Shard last = hub.shards().getLast();
        Subscription _ = last.subscribe(Topic.of("t"), new Guard.IsUser("a"), _ -> true);
        assertThat(hub.shardsOf(Topic.of("t"))).isEqualTo(Long.MIN_VALUE);
        assertThatThrownBy(this::shard).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldKeepPacesApart() {
        Shard shard = shard();
        View view = view("w", "ds/1");
        HeldView every = shard.hold(view, Pace.EVERY);
        assertThat(hub.shardsOfViews(Pace.EVERY)).isEqualTo(1);
        assertThat(hub.shardsOfViews(Pace.MERGED)).isZero();
        assertThat(hub.shardsOfRoot("ds/1", Pace.MERGED)).isZero();

        HeldView merged = shard.hold(view, Pace.MERGED);
        List<HeldView> found = new ArrayList<>();
        shard.forRoot("ds/1", Pace.MERGED, found::add);
        shard.forWorkspace("w", Pace.EVERY, found::add);
        assertThat(found).containsExactly(merged, every);
        assertThat(merged.topic()).isNotEqualTo(every.topic());
        assertThat(every.topic().toString()).isEqualTo("tree.w");

        shard.release(every);
        assertThat(hub.shardsOfViews(Pace.EVERY)).isZero();
        assertThat(hub.shardsOfRoot("ds/1", Pace.EVERY)).isZero();
        assertThat(hub.shardsOfRoot("ds/1", Pace.MERGED)).isEqualTo(1);
        shard.release(merged);
        assertThat(shard.entries()).isZero();
        assertThat(hub.entries()).isZero();
    }

    // Whom a publication visits

    @Test
    void shouldFindTheAudienceOfAGuardThatHasACondition() {
        Shard shard = shard();
        Topic topic = Topic.of("t");
        Guard audience = new Guard.IsUser("a");
        int[] offers = new int[1];
        Subscription _ = shard.subscribe(topic, audience, _ -> ++offers[0] > 0);

        assertThat(shard.publish(publication(topic, new Guard.Both(audience, new Guard.HasRole("r")))))
                .isEqualTo(1);
        assertThat(shard.publish(publication(topic, new Guard.Both(new Guard.HasRole("r"), audience))))
                .isZero();
        assertThat(offers[0]).isEqualTo(1);
    }

    @Test
    void shouldVisitOnlyThoseOfTheSameGuard() {
        Shard shard = shard();
        int[] offers = new int[10_000];
        List<HeldView> views = new ArrayList<>();
        List<Subscription> subscriptions = new ArrayList<>();
        for (int i = 0; i < offers.length; i++) {
            int number = i;
            HeldView held = shard.hold(view("personal", "ds/" + i), Pace.MERGED);
            views.add(held);
            subscriptions.add(shard.subscribe(held.topic(), held.guard(), _ -> ++offers[number] > 0));
        }

        HeldView one = views.get(4711);
        List<HeldView> found = new ArrayList<>();
        shard.forRoot("ds/4711", Pace.MERGED, found::add);
        assertThat(found).containsExactly(one);
        assertThat(shard.publish(publication(one.topic(), one.guard()))).isEqualTo(1);
        assertThat(offers[4711]).isEqualTo(1);
        assertThat(offers).containsOnlyOnce(1);
        assertThat(shard.publish(publication(one.topic(), new Guard.IsUser("x"))))
                .isZero();
        assertThat(shard.publish(publication(Topic.of("x"), one.guard()))).isZero();

        subscriptions.forEach(shard::unsubscribe);
        views.forEach(shard::release);
        assertThat(shard.entries()).isZero();
        assertThat(hub.entries()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldVisitEverybodyOnceWhenSomeLeaveMeanwhile(long seed) {
        Random random = new Random(seed);
        Shard shard = shard();
        Topic topic = Topic.of("t");
        Guard guard = new Guard.IsUser("a");
        int count = 1 + random.nextInt(100);
        int[] offers = new int[count];
        List<Subscription> subscriptions = new ArrayList<>();
        boolean[] leaves = new boolean[count];
        for (int i = 0; i < count; i++) {
            int number = i;
            leaves[i] = random.nextInt(3) > 0;
            subscriptions.add(shard.subscribe(topic, guard, _ -> {
                offers[number]++;
                if (leaves[number]) {
                    shard.unsubscribe(subscriptions.get(number));
                }
                return true;
            }));
        }

        assertThat(shard.publish(publication(topic, guard))).isEqualTo(count);
        assertThat(offers).containsOnly(1);
        shard.publish(publication(topic, guard));
        for (int i = 0; i < count; i++) {
            assertThat(offers[i]).isEqualTo(leaves[i] ? 1 : 2);
        }
        subscriptions.forEach(shard::unsubscribe);
        assertThat(hub.entries()).isZero();
    }

    @Test
    void shouldNotVisitWhoeverJoinsMeanwhile() {
        Shard shard = shard();
        Topic topic = Topic.of("t");
        Guard guard = new Guard.IsUser("a");
        AtomicInteger late = new AtomicInteger();
        Subscription _ = shard.subscribe(topic, guard, _ -> {
            Subscription _ = shard.subscribe(topic, guard, _ -> late.incrementAndGet() > 0);
            return true;
        });

        assertThat(shard.publish(publication(topic, guard))).isEqualTo(1);
        assertThat(late).hasValue(0);
    }

    @Test
    void shouldServeTheOthersWhenASubscriberThrows() {
        Shard shard = shard();
        Topic topic = Topic.of("t");
        Guard guard = new Guard.IsUser("a");
        AtomicInteger offers = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            Subscription _ = shard.subscribe(topic, guard, _ -> offers.incrementAndGet() > 0);
            Subscription _ = shard.subscribe(topic, guard, _ -> {
                throw new IllegalStateException("a subscriber that fails");
            });
        }

        assertThat(shard.publish(publication(topic, guard))).as("taken").isEqualTo(3);
        assertThat(offers).hasValue(3);
    }

    // Work for shards

    private static final class DeadLoop implements Loop {
        @Override
        public void execute(Runnable task) {
            throw new RejectedExecutionException("ended");
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            throw new RejectedExecutionException("ended");
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    }

    private final AtomicInteger done = new AtomicInteger();

    @Test
    void shouldBeDoneAtOnceWithoutTargets() {
        shard();
        hub.post(0, _ -> assertThat(done).as("no work").hasValue(-1), done::incrementAndGet);
        assertThat(done).hasValue(1);
    }

    @Test
    void shouldBeDoneOnceWhenTheLastShardIs() {
        List<SimulatedLoop> loops = List.of(time.loop(), time.loop(), time.loop());
        loops.forEach(hub::addShard);
        List<Integer> visited = new ArrayList<>();
        hub.post(0b101, shard -> visited.add(shard.number()), done::incrementAndGet);

        loops.get(2).runAll();
        loops.get(1).runAll();
        assertThat(done).hasValue(0);
        loops.get(0).runAll();
        assertThat(done).hasValue(1);
        assertThat(visited).containsExactly(2, 0);
    }

    @Test
    void shouldBeDoneOnceWhenLoopsHaveEnded() {
        SimulatedLoop alive = time.loop();
        hub.addShard(new DeadLoop());
        hub.addShard(alive);
        hub.addShard(new DeadLoop());
        AtomicInteger visited = new AtomicInteger();
        Consumer<Shard> work = _ -> visited.incrementAndGet();

        hub.post(0b111, work, done::incrementAndGet);
        assertThat(done).hasValue(0);
        alive.runAll();
        assertThat(done).hasValue(1);
        assertThat(visited).hasValue(1);
        hub.post(0b101, work, done::incrementAndGet);
        assertThat(done).hasValue(2);
        assertThat(visited).hasValue(1);
    }

    @Test
    void shouldBeDoneOnceWhenWorkThrows() {
        List<SimulatedLoop> loops = List.of(time.loop(), time.loop());
        loops.forEach(hub::addShard);
        hub.post(
                0b11,
                _ -> {
                    throw new IllegalStateException("work that fails");
                },
                done::incrementAndGet);

        loops.forEach(SimulatedLoop::runAll);
        assertThat(done).hasValue(1);
    }

    @Test
    void shouldKeepTheOrderOfWorkOnEachShard() {
        SimulatedLoop loop = time.loop();
        hub.addShard(loop);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            hub.post(1, _ -> order.add(number), () -> {});
        }
        loop.runAll();
        assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }
}
