package io.switchboard.webflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.webflow.WebFlowSettings.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Sessions that come, ask for the same ids, are lost and end, while their ids are authorized, all on real threads. Each round has
 * ids of its own, so that in its end it is known what became of each authorization.
 */
class RegistrationsRaceTest {
    private static final int ROUNDS = 2000;
    private static final int STEPS = 20_000;
    private static final int IDS = 3;
    private static final int SESSION_THREADS = 3;
    private static final int SESSIONS = 4;
    private static final int SERVICES = 2;
    /** Of one id by one service: with those of the others no more than are kept. */
    private static final int AUTHORIZATIONS = Awaited.MOST_KEPT / SERVICES;

    private static final long PATIENCE_SECONDS = 60;

    private final ExecutorService threads = Executors.newFixedThreadPool(SESSION_THREADS + SERVICES);
    private final Queue<Dropped> dropped = new ConcurrentLinkedQueue<>();
    private final LocalRegistrations registrations = new LocalRegistrations(
            new WebFlowSettings(Mode.OPEN, 0, Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), 0),
            Ticker.systemTicker(),
            (_, _) -> {},
            dropped::add);

    /** What happened to one id. */
    private static final class Watched {
        private final WebSocketId id;
        /** The session that holds it, of those that answer when they are asked: nobody may take it from them. */
        private final AtomicReference<Session> holder = new AtomicReference<>();

        private final Map<String, Queue<Session>> hearers = new ConcurrentHashMap<>();
        private final AtomicReference<String> problem = new AtomicReference<>();

        private Watched(WebSocketId id) {
            this.id = id;
        }

        private void check(boolean right, String what) {
            if (!right) {
                problem.compareAndSet(null, what);
            }
        }
    }

    private static final class Session implements Registrant {
        private final UUID session = UUID.randomUUID();
        private final Map<WebSocketId, Watched> asked = new ConcurrentHashMap<>();
        private final Map<WebSocketId, AtomicReference<Thread>> telling = new ConcurrentHashMap<>();
        private final Map<String, Integer> lastOfService = new ConcurrentHashMap<>();
        private final boolean alive;
        private final Optional<ExecutorService> prober;
        private volatile boolean ready;
        private volatile boolean clean;

        /** @param prober answers probes; empty: they are answered at once */
        private Session(boolean alive, Optional<ExecutorService> prober) {
            this.alive = alive;
            this.prober = prober;
        }

        @Override
        public UUID session() {
            return session;
        }

        @Override
        public CompletionStage<Boolean> probe() {
            return prober.isPresent()
                    ? CompletableFuture.supplyAsync(() -> alive, prober.get())
                    : CompletableFuture.completedFuture(alive);
        }

        @Override
        public void authorized(WebSocketId id, String result) {
            Watched watched = asked.get(id);
            AtomicReference<Thread> thread = telling.computeIfAbsent(id, _ -> new AtomicReference<>());
            watched.check(thread.compareAndSet(null, Thread.currentThread()), "told on two threads at a time");
            watched.check(ready, "told though it was never ready");
            watched.hearers
                    .computeIfAbsent(result, _ -> new ConcurrentLinkedQueue<>())
                    .add(this);
            String[] parts = result.split(" ", 2);
            Integer before = lastOfService.put(id.text() + parts[0], Integer.parseInt(parts[1]));
            watched.check(before == null || before < Integer.parseInt(parts[1]), "out of order, or told twice");
            thread.set(null);
        }
    }

    private void live(Session session, List<Watched> ids, Random random) throws Exception {
        boolean readyFirst = random.nextBoolean();
        if (readyFirst) {
            ready(session);
        }
        List<Watched> held = new ArrayList<>();
        List<Future<Boolean>> answers = new ArrayList<>();
        List<Watched> wanted = random.nextInt(3) == 0 ? ids : List.of(ids.get(random.nextInt(IDS)));
        for (Watched one : wanted) {
            session.asked.put(one.id, one);
            answers.add(registrations.register(one.id, session).toCompletableFuture());
        }
        // some end before they know
        for (int i = 0; i < wanted.size() && random.nextInt(4) != 0; i++) {
            if (answers.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                held.add(wanted.get(i));
            }
        }
        if (session.alive) {
            for (Watched one : held) {
                one.check(one.holder.compareAndSet(null, session), "two hold it");
            }
        }
        if (!readyFirst && random.nextInt(4) != 0) {
            ready(session);
        }
        if (random.nextInt(4) == 0) {
            registrations.unready(session);
        }
        for (int i = random.nextInt(100); i > 0; i--) {
            Thread.onSpinWait();
        }
        if (session.alive) {
            for (Watched one : held) {
                one.check(one.holder.compareAndSet(session, null), "somebody took it from a session that was there");
            }
        }
        session.clean = random.nextBoolean();
        List<Registration> released = registrations.end(session, session.clean);
        if (session.alive) {
            for (Watched one : held) {
                one.check(released.contains(new Registration(one.id, Optional.empty())), "lost by one that was there");
            }
        }
    }

    private void ready(Session session) {
        session.ready = true;
        registrations.ready(session);
    }

    private void authorize(int service, List<Watched> ids) {
        for (int i = 0; i < AUTHORIZATIONS; i++) {
            for (Watched one : ids) {
                registrations.keep(one.id, Optional.empty(), service + " " + i);
            }
        }
    }

    private void round(int round) throws Exception {
        List<Watched> ids = IntStream.range(0, IDS)
                .mapToObj(i -> new Watched(WebSocketId.ofOperation(round + " " + i)))
                .toList();
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int thread = 0; thread < SESSION_THREADS; thread++) {
            Random random = new Random(round * 31L + thread);
            tasks.add(() -> {
                for (int i = 0; i < SESSIONS; i++) {
                    boolean later = random.nextInt(3) == 0;
                    live(
                            new Session(random.nextInt(3) != 0, later ? Optional.of(threads) : Optional.empty()),
                            ids,
                            random);
                }
                return null;
            });
        }
        for (int i = 0; i < SERVICES; i++) {
            int service = i;
            tasks.add(() -> {
                authorize(service, ids);
                return null;
            });
        }
        List<Future<Void>> running = new ArrayList<>();
        for (Callable<Void> task : tasks) {
            running.add(threads.submit(task));
        }
        for (Future<Void> task : running) {
            task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        Session last = new Session(true, Optional.empty());
        for (Watched one : ids) {
            last.asked.put(one.id, one);
            assertThat(registrations
                            .register(one.id, last)
                            .toCompletableFuture()
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
        ready(last);
        last.clean = true;
        // whoever is still answered that a session is there may be telling the last one on a thread of its own
        await().pollDelay(Duration.ZERO)
                .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .until(() -> ids.stream()
                        .flatMap(one -> one.hearers.values().stream())
                        .allMatch(hearers -> List.copyOf(hearers).getLast().clean));
        for (Watched one : ids) {
            assertThat(one.problem.get()).as("round " + round).isNull();
            assertThat(one.hearers).as("nothing lost in round " + round).hasSize(SERVICES * AUTHORIZATIONS);
            one.hearers.values().forEach(hearers -> assertHeardWell(round, List.copyOf(hearers)));
        }
        registrations.end(last, true);
    }

    /** Who heard it was lost, but for the last one. */
    private static void assertHeardWell(int round, List<Session> hearers) {
        assertThat(hearers).as("round " + round).doesNotHaveDuplicates();
        assertThat(hearers.subList(0, hearers.size() - 1))
                .as("handed on in round " + round)
                .noneMatch(session -> session.alive && session.clean);
        assertThat(hearers.getLast().clean)
                .as("heard for good in round " + round)
                .isTrue();
    }

    @Test
    @Timeout(300)
    void nothingIsLostAndNobodyHearsWhatIsAnothers() throws Exception {
        try (threads) {
            for (int round = 0; round < ROUNDS; round++) {
                round(round);
            }
        }
        assertThat(dropped).isEmpty();
        assertThat(registrations.registered()).isZero();
        assertThat(registrations.kept()).isZero();
        assertThat(registrations.size()).isZero();
    }

    /** A session that does not mind. */
    private record Careless(UUID session, boolean alive) implements Registrant {
        @Override
        public CompletionStage<Boolean> probe() {
            return CompletableFuture.completedFuture(alive);
        }

        @Override
        public void authorized(WebSocketId id, String result) {}
    }

    @Test
    @Timeout(300)
    void boundsHoldAndNothingIsLeftWhereEverythingHappensAtOnce() throws Exception {
        int most = 5;
        AtomicLong ticks = new AtomicLong();
        LocalRegistrations small = new LocalRegistrations(
                new WebFlowSettings(
                        Mode.ANNOUNCED, 2, Duration.ofNanos(1), Duration.ofNanos(100), Duration.ofNanos(500), most),
                ticks::incrementAndGet,
                (_, task) -> threads.execute(task),
                dropped::add);
        List<WebSocketId> ids = IntStream.range(0, 10)
                .mapToObj(i -> WebSocketId.ofOperation("operation " + i))
                .toList();
        List<Future<Void>> running = new ArrayList<>();
        try (threads) {
            for (int thread = 1; thread < SESSION_THREADS + SERVICES; thread++) {
                Random random = new Random(thread);
                running.add(threads.submit(() -> {
                    for (int i = 0; i < STEPS; i++) {
                        doAnything(small, new Careless(UUID.randomUUID(), random.nextBoolean()), ids, random);
                        assertThat(small.announced()).isBetween(0, most);
                        assertThat(small.kept()).isBetween(0, most * Awaited.MOST_KEPT);
                    }
                    return null;
                }));
            }
            for (Future<Void> one : running) {
                one.get(PATIENCE_SECONDS * 4, TimeUnit.SECONDS);
            }
        }
        assertThat(small.registered()).isZero();
        ticks.addAndGet(500);
        small.sweep();
        assertThat(small.size()).isZero();
        assertThat(small.kept()).isZero();
        assertThat(small.announced()).isZero();
        assertThat(dropped).contains(Dropped.values());
    }

    /** The life of a session, with services in between. */
    private static void doAnything(
            LocalRegistrations registrations, Careless session, List<WebSocketId> ids, Random random) {
        for (int step = random.nextInt(20); step > 0; step--) {
            WebSocketId id = ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    CompletionStage<Boolean> _ = registrations.register(id, session);
                }
                case 3, 4 -> registrations.ready(session);
                case 5 -> registrations.unready(session);
                case 6, 7 -> registrations.keep(id, Optional.of("operation"), "DONE");
                case 8 -> registrations.expect(id, Optional.empty());
                default -> registrations.sweep();
            }
        }
        assertThat(registrations.end(session, random.nextBoolean())).hasSizeBetween(0, 2);
    }
}
