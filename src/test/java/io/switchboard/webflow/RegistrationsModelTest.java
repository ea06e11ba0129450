package io.switchboard.webflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testing.SimulatedTime;
import io.switchboard.webflow.WebFlowSettings.Mode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Does random things to a few ids, sessions and probes, one after the other, and compares what each session is told, and when,
 * with a second, naive reading of the rules: it looks at every id at every step and counts nothing.
 */
class RegistrationsModelTest {
    private static final int STEPS = 200;
    private static final int IDS = 4;
    private static final int SESSIONS = 5;
    private static final int PER_SESSION = 2;
    private static final int MOST = 2;
    private static final int MOST_OF_ID = 8;
    private static final long PROBE = 20;
    private static final long KEPT = 60;
    private static final long ANNOUNCED = 100;

    static LongStream seeds() {
        String one = System.getProperty("switchboard.test.seed");
        return one == null ? LongStream.rangeClosed(1, 2000) : LongStream.of(Long.parseLong(one));
    }

    @ParameterizedTest(name = "seed {0}: repeat with -Dswitchboard.test.seed={0}")
    @MethodSource("seeds")
    void itDoesWhatANaiveReadingOfTheRulesDoes(long seed) {
        new Run(seed).run();
    }

    @ParameterizedTest
    @ValueSource(longs = 7)
    void everyRuleIsExercised(long seed) {
        Map<String, Integer> counts = new TreeMap<>();
        for (long s = seed; s < seed + 60; s++) {
            new Run(s).run().forEach((rule, count) -> counts.merge(rule, count, Integer::sum));
        }
        // A model in which nothing happens would be right as well.
        assertThat(counts.keySet())
                .contains(
                        "taken",
                        "held already",
                        "asked already",
                        "not announced",
                        "too many registrations",
                        "still there",
                        "half-open",
                        "second newcomer",
                        "out of time",
                        "answered too late",
                        "passed on at the end",
                        "newcomer ended",
                        "handed at once",
                        "handed later",
                        "again",
                        "forgotten at a clean end",
                        "operation said",
                        "TOO_LATE",
                        "NO_ROOM",
                        "TOO_MANY_OF_ID",
                        "TOO_MANY_ANNOUNCED");
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isGreaterThan(20));
    }

    private static WebSocketId id(int number) {
        return WebSocketId.of("operation-" + number).orElseThrow();
    }

    /** A session, and what the model thinks of it. */
    private static final class Session implements Registrant {
        private final UUID session = UUID.randomUUID();
        private final List<String> answers = new ArrayList<>();
        private final List<String> told = new ArrayList<>();
        private final Queue<CompletableFuture<Boolean>> probes = new ArrayDeque<>();

        private final List<String> expectedAnswers = new ArrayList<>();
        private final List<String> expectedTold = new ArrayList<>();
        private final Queue<Probe> expectedProbes = new ArrayDeque<>();
        /** Held, or asked for, in the order in which it did. */
        private final List<Id> ids = new ArrayList<>();

        private boolean ready;

        @Override
        public UUID session() {
            return session;
        }

        @Override
        public CompletionStage<Boolean> probe() {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            probes.add(answer);
            return answer;
        }

        @Override
        public void authorized(WebSocketId id, String result) {
            told.add(id.text() + " " + result);
        }

        boolean isAsExpected() {
            return answers.equals(expectedAnswers)
                    && told.equals(expectedTold)
                    && probes.size() == expectedProbes.size();
        }
    }

    private static final class Probe {
        private final Id id;
        private final long until;

        private Probe(Id id, long until) {
            this.id = id;
            this.until = until;
        }
    }

    private record Authorization(String result, long until) {}

    /** An id, as the model sees it. */
    private static final class Id {
        private final int number;
        private Session holder;
        /** And how often they asked. */
        private final Map<Session, Integer> newcomers = new LinkedHashMap<>();

        private Probe probe;
        private List<Authorization> waiting = new ArrayList<>();
        private final List<Authorization> handed = new ArrayList<>();
        private long announcedUntil = -1;
        private String operation;

        private Id(int number) {
            this.number = number;
        }

        private String name() {
            return id(number).text();
        }
    }

    private static final class Run {
        private final Random random;
        private final boolean announced;
        private final boolean sweeps;
        private final SimulatedTime time = new SimulatedTime();
        private final List<Dropped> dropped = new ArrayList<>();
        private final LocalRegistrations registrations;

        private long now;
        private final List<Id> ids = IntStream.range(0, IDS).mapToObj(Id::new).toList();
        private final List<Probe> probes = new ArrayList<>();
        private final List<Session> open = new ArrayList<>();
        private final List<Session> all = new ArrayList<>();
        private final Map<String, Integer> counts = new TreeMap<>();
        private int authorizations;

        private Run(long seed) {
            this.random = new Random(seed);
            this.announced = seed % 3 == 0;
            this.sweeps = seed % 2 == 0;
            this.registrations = new LocalRegistrations(
                    new WebFlowSettings(
                            announced ? Mode.ANNOUNCED : Mode.OPEN,
                            PER_SESSION,
                            Duration.ofSeconds(PROBE),
                            Duration.ofSeconds(KEPT),
                            Duration.ofSeconds(ANNOUNCED),
                            MOST),
                    time.loop()::nanoTime,
                    (delay, task) -> time.timers().schedule(delay, task),
                    dropped::add);
        }

        private void count(String rule) {
            counts.merge(rule, 1, Integer::sum);
        }

        private void drop(Dropped why) {
            count(why.name());
        }

        private Map<String, Integer> run() {
            for (int step = 0; step < STEPS; step++) {
                step();
                check("after step " + step);
            }
            while (!open.isEmpty()) {
                release(open.getFirst(), random.nextBoolean());
            }
            pass(ANNOUNCED);
            registrations.sweep();
            check("in the end");
            assertThat(registrations.size()).isZero();
            assertThat(registrations.kept()).isZero();
            assertThat(registrations.announced()).isZero();
            for (Dropped why : Dropped.values()) {
                assertThat(dropped.stream().filter(why::equals))
                        .as(why.name())
                        .hasSize(counts.getOrDefault(why.name(), 0));
            }
            return counts;
        }

        private void check(String when) {
            for (Session session : all) {
                if (!session.isAsExpected()) {
                    assertThat(session.answers).as("answers " + when).isEqualTo(session.expectedAnswers);
                    assertThat(session.told).as("told " + when).isEqualTo(session.expectedTold);
                    assertThat(session.probes).as("probes " + when).hasSameSizeAs(session.expectedProbes);
                }
            }
            assertThat(registrations.registered()).as("registered " + when).isEqualTo((int)
                    ids.stream().filter(id -> id.holder != null).count());
            if (sweeps) {
                registrations.sweep();
                assertThat(registrations.kept())
                        .as("kept " + when)
                        .isEqualTo(
                                ids.stream().mapToInt(id -> id.waiting.size()).sum());
                assertThat(registrations.announced()).as("announced " + when).isEqualTo((int)
                        ids.stream().filter(this::isAnnounced).count());
            }
        }

        private void step() {
            Id id = ids.get(random.nextInt(IDS));
            switch (random.nextInt(21)) {
                case 0, 1 -> {
                    if (open.size() < SESSIONS) {
                        Session session = new Session();
                        open.add(session);
                        all.add(session);
                    }
                }
                case 2 -> any().ifPresent(session -> release(session, random.nextBoolean()));
                case 3, 4, 5, 6, 7 -> any().ifPresent(session -> register(session, id));
                case 8, 9 -> any().ifPresent(session -> heed(session, true));
                case 10 -> any().ifPresent(session -> heed(session, false));
                case 11, 12, 13, 14 -> {
                    for (int i = random.nextInt(10) == 0 ? 10 : 1; i > 0; i--) {
                        authorize(id);
                    }
                }
                case 15 -> announce(id);
                case 16, 17 ->
                    all.stream()
                            .filter(session -> !session.expectedProbes.isEmpty())
                            .findAny()
                            .ifPresent(session -> answer(session, random.nextBoolean()));
                case 18, 19 -> pass(random.nextInt((int) PROBE));
                default -> registrations.sweep();
            }
        }

        private Optional<Session> any() {
            return open.isEmpty() ? Optional.empty() : Optional.of(open.get(random.nextInt(open.size())));
        }

        private Optional<String> operation() {
            return random.nextBoolean() ? Optional.empty() : Optional.of("operation " + random.nextInt(100));
        }

        // What is done, and what the model makes of it

        private void register(Session session, Id id) {
            CompletionStage<Void> _ = registrations
                    .register(id(id.number), session)
                    .thenAccept(held -> session.answers.add(id.name() + " " + held));

            if (id.holder == session) {
                count("held already");
                answer(session, id, true);
            } else if (id.newcomers.containsKey(session)) {
                count("asked already");
                id.newcomers.merge(session, 1, Integer::sum);
            } else if (announced && !isAnnounced(id)) {
                count("not announced");
                answer(session, id, false);
            } else if (session.ids.size() == PER_SESSION) {
                count("too many registrations");
                answer(session, id, false);
            } else if (id.holder == null) {
                count("taken");
                session.ids.add(id);
                id.holder = session;
                answer(session, id, true);
            } else {
                session.ids.add(id);
                id.newcomers.put(session, 1);
                if (id.probe == null) {
                    id.probe = new Probe(id, now + PROBE);
                    probes.add(id.probe);
                    id.holder.expectedProbes.add(id.probe);
                }
            }
            settle(id, "handed later");
        }

        private void answer(Session session, Id id, boolean held) {
            session.expectedAnswers.add(id.name() + " " + held);
        }

        private void heed(Session session, boolean ready) {
            if (ready) {
                registrations.ready(session);
            } else {
                registrations.unready(session);
            }

            session.ready = ready;
            session.ids.forEach(id -> settle(id, "handed later"));
        }

        private void authorize(Id id) {
            String result = "result " + authorizations++;
            Optional<String> operation = operation();
            registrations.keep(id(id.number), operation, result);

            id.operation = operation.orElse(id.operation);
            if (id.waiting.size() == MOST_OF_ID) {
                drop(Dropped.TOO_MANY_OF_ID);
            } else {
                id.waiting.add(new Authorization(result, now + KEPT));
            }
            while (id.waiting.size() + id.handed.size() > MOST_OF_ID) {
                id.handed.removeFirst();
            }
            settle(id, "handed at once");
        }

        private void announce(Id id) {
            Optional<String> operation = operation();
            registrations.expect(id(id.number), operation);

            id.operation = operation.orElse(id.operation);
            if (isAnnounced(id) || ids.stream().filter(this::isAnnounced).count() < MOST) {
                id.announcedUntil = now + ANNOUNCED;
            } else {
                drop(Dropped.TOO_MANY_ANNOUNCED);
            }
            settle(id, "");
        }

        private boolean isAnnounced(Id id) {
            return now < id.announcedUntil;
        }

        private void release(Session session, boolean clean) {
            List<String> held = registrations.end(session, clean).stream()
                    .map(one -> one.id().text() + " " + one.operationId().orElse(""))
                    .toList();

            List<String> expected = new ArrayList<>();
            for (Id id : List.copyOf(session.ids)) {
                Integer asked = id.newcomers.remove(session);
                if (asked != null) {
                    count("newcomer ended");
                    refuse(session, id, asked);
                }
                if (id.holder == session) {
                    expected.add(id.name() + " " + (id.operation == null ? "" : id.operation));
                    if (id.operation != null) {
                        count("operation said");
                    }
                    if (clean && !id.handed.isEmpty()) {
                        count("forgotten at a clean end");
                    }
                    if (!id.newcomers.isEmpty()) {
                        count("passed on at the end");
                    }
                    lose(id, !clean);
                }
                settle(id, "handed later");
            }
            open.remove(session);
            assertThat(held).isEqualTo(expected);
        }

        private void answer(Session session, boolean alive) {
            Probe probe = session.expectedProbes.remove();
            session.probes.remove().complete(alive);

            if (probe.id.probe == probe) {
                over(probe, alive);
            } else {
                count("answered too late");
            }
        }

        private void over(Probe probe, boolean alive) {
            Id id = probe.id;
            id.probe = null;
            probes.remove(probe);
            if (alive) {
                count("still there");
                id.newcomers.forEach((session, asked) -> refuse(session, id, asked));
                id.newcomers.clear();
            } else if (!id.newcomers.isEmpty()) {
                count("half-open");
                id.holder.ids.remove(id);
                lose(id, true);
            }
            settle(id, "handed later");
        }

        private void refuse(Session session, Id id, int asked) {
            session.ids.remove(id);
            for (int i = 0; i < asked; i++) {
                answer(session, id, false);
            }
        }

        /** Its holder is gone, and the first newcomer is the next. */
        private void lose(Id id, boolean again) {
            id.holder = null;
            id.probe = null;
            if (again && !id.handed.isEmpty()) {
                count("again");
                id.handed.addAll(id.waiting);
                id.waiting = new ArrayList<>(id.handed);
            }
            id.handed.clear();
            if (id.newcomers.size() > 1) {
                count("second newcomer");
            }
            id.newcomers.forEach((session, asked) -> {
                if (id.holder == null) {
                    id.holder = session;
                    for (int i = 0; i < asked; i++) {
                        answer(session, id, true);
                    }
                } else {
                    refuse(session, id, asked);
                }
            });
            id.newcomers.clear();
        }

        private void pass(long seconds) {
            now += seconds;
            for (Id id : ids) {
                while (!id.waiting.isEmpty() && id.waiting.getFirst().until <= now) {
                    id.waiting.removeFirst();
                    drop(Dropped.TOO_LATE);
                }
                id.handed.removeIf(one -> one.until <= now);
                settle(id, "");
            }
            for (Probe probe : List.copyOf(probes)) {
                if (probe.until <= now && probe.id.probe == probe) {
                    count("out of time");
                    over(probe, false);
                }
            }

            time.advance(Duration.ofSeconds(seconds));
        }

        private void settle(Id id, String how) {
            if (id.holder != null && id.holder.ready) {
                for (Authorization one : id.waiting) {
                    count(how);
                    id.holder.expectedTold.add(id.name() + " " + one.result);
                }
                id.handed.addAll(id.waiting);
                id.waiting.clear();
            } else if (ids.stream().filter(other -> !other.waiting.isEmpty()).count() > MOST) {
                id.waiting.forEach(_ -> drop(Dropped.NO_ROOM));
                id.waiting.clear();
            }
            if (id.holder == null && id.newcomers.isEmpty() && id.waiting.isEmpty() && !isAnnounced(id)) {
                id.operation = null;
            }
        }
    }
}
