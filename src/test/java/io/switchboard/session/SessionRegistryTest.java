package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.View;
import io.switchboard.dialect.DialectKind;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRevocations;
import io.switchboard.testing.TestServices;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many sessions on several loops: who is found, and that a sweep misses nobody while they come and go. */
@Timeout(60)
class SessionRegistryTest {
    private final SimulatedTime time = new SimulatedTime();
    private final Hub hub = new Hub();
    private final List<SimulatedLoop> loops = List.of(time.loop(), time.loop(), time.loop());
    private final List<Shard> shards = loops.stream().map(hub::addShard).toList();
    private final Revocations revocations = TestRevocations.by(time.clock());
    private final OutboundBudget budget = new OutboundBudget(0);
    private final SessionRegistry registry = new SessionRegistry(2);
    private final Withdrawals withdrawals = new Withdrawals(registry, revocations, true);
    private final List<Session> sessions = new ArrayList<>();

    private Session connect(int loop, String user, String... workspaces) {
        List<View> views = List.of(workspaces).stream()
                .map(uuid -> new View(uuid, Optional.empty(), List.of(), View.Permission.WRITE))
                .toList();
        Claims claims = new Claims(user, user, "", Set.of(), views, time.now().plus(Duration.ofHours(1)));
        Session session = new Session(
                new RecordingTransport(),
                shards.get(loop),
                new Flusher(loops.get(loop), time.clock(), budget),
                TestServices.by(time)
                        .claims(claims)
                        .revocations(revocations)
                        .registry(registry)
                        .build());
        session.open(Opening.of(DialectKind.CELLS));
        session.onText("{\"@type\":\"subscribe\",\"jwt\":\"t\"}");
        sessions.add(session);
        return session;
    }

    private void runAll() {
        // each may give work to the others
        for (int i = 0; i < 3; i++) {
            loops.forEach(SimulatedLoop::runAll);
        }
    }

    private <T> T result(CompletionStage<T> stage) {
        runAll();
        assertThat(stage.toCompletableFuture()).isCompleted();
        return stage.toCompletableFuture().join();
    }

    private List<UUID> ids(Optional<String> user, Optional<UUID> after, int limit) {
        return result(registry.list(user, after, limit)).sessions().stream()
                .map(SessionFacts::id)
                .toList();
    }

    @Test
    void shouldFindASessionByItsId() {
        Session session = connect(1, "alice");
        runAll();

        assertThat(result(registry.facts(session.id())).orElseThrow().user()).contains("alice");
        assertThat(result(registry.facts(UUID.randomUUID()))).isEmpty();
        session.onClosed();
        assertThat(result(registry.facts(session.id()))).isEmpty();
        assertThat(registry.size()).isZero();
    }

    @Test
    void shouldListEverySessionOnceInPages() {
        for (int i = 0; i < 20; i++) {
            connect(i % 3, i % 2 == 0 ? "alice" : "bob");
        }
        runAll();
        List<UUID> all = sessions.stream().map(Session::id).sorted().toList();

        assertThat(ids(Optional.empty(), Optional.empty(), 100)).isEqualTo(all);
        assertThat(result(registry.list(Optional.empty(), Optional.empty(), 19)).more())
                .isTrue();
        assertThat(result(registry.list(Optional.empty(), Optional.empty(), 20)).more())
                .isFalse();
        List<UUID> paged = new ArrayList<>();
        Optional<UUID> after = Optional.empty();
        for (List<UUID> page = ids(Optional.empty(), after, 7); !page.isEmpty(); ) {
            assertThat(page).hasSizeLessThanOrEqualTo(7);
            paged.addAll(page);
            after = Optional.of(page.getLast());
            page = ids(Optional.empty(), after, 7);
        }
        assertThat(paged).isEqualTo(all);
        assertThat(ids(Optional.of("bob"), Optional.empty(), 100)).hasSize(10).isSubsetOf(all);
        assertThat(ids(Optional.of("carol"), Optional.empty(), 100)).isEmpty();
        assertThat(ids(Optional.empty(), Optional.of(all.getLast()), 100)).isEmpty();
    }

    @Test
    void shouldListNothingWhereNobodyEverWas() {
        assertThat(ids(Optional.empty(), Optional.empty(), 10)).isEmpty();
    }

    @Test
    void shouldSeeToAFewSessionsInEachTask() {
        for (int i = 0; i < 10; i++) {
            connect(0, "alice", "w");
        }
        runAll();
        withdrawals.workspaceDeleted("w", new Position("e", 1));
        loops.getFirst().runOne();
        assertThat(narrowed()).isZero();
        for (int turns = 1; turns <= 5; turns++) {
            loops.getFirst().runOne();
            assertThat(narrowed()).isEqualTo(2L * turns);
        }
    }

    private long narrowed() {
        return sessions.stream()
                .filter(session -> session.claims()
                        .filter(claims -> claims.views().isEmpty())
                        .isPresent())
                .count();
    }

    @Test
    void shouldMissNobodyWhileSessionsComeAndGo() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            while (sessions.size() < 30) {
                connect(random.nextInt(3), "alice", "w" + round, "w");
            }
            runAll();
            CompletionStage<Revoker.Effect> effect = withdrawals.withdraw("alice", Entitlement.workspace("w" + round));
            for (int step = 0; step < 40; step++) {
                if (random.nextInt(3) == 0 && sessions.size() > 5) {
                    sessions.remove(random.nextInt(sessions.size())).onClosed();
                }
                if (random.nextInt(6) == 0) {
                    connect(random.nextInt(3), "alice", "w" + round);
                }
                loops.get(random.nextInt(3)).runOne();
            }
            assertThat(result(effect).sessions()).isLessThanOrEqualTo(30);
            String gone = "w" + round;
            assertThat(sessions)
                    .allSatisfy(
                            session -> assertThat(session.claims().orElseThrow().views())
                                    .extracting(View::uuid)
                                    .doesNotContain(gone));
            assertThat(registry.size()).isEqualTo(sessions.size());
        }
    }

    @Test
    void shouldFinishOnTheSpotWhenTooManyWithdrawalsWait() {
        Session session = connect(0, "alice", "w");
        runAll();
        List<CompletionStage<Revoker.Effect>> effects = new ArrayList<>();
        for (int i = 0; i <= Roster.MOST_PENDING; i++) {
            effects.add(withdrawals.withdraw("alice", Entitlement.workspace(i == Roster.MOST_PENDING ? "w" : "w" + i)));
        }
        // the withdrawals are in front of the first turn of the sweep
        for (int i = 0; i <= Roster.MOST_PENDING; i++) {
            loops.getFirst().runOne();
        }
        assertThat(session.claims().orElseThrow().views()).isEmpty();
        runAll();
        assertThat(effects).allMatch(effect -> effect.toCompletableFuture().isDone());
        assertThat(effects.getLast().toCompletableFuture().join().sessions()).isEqualTo(1);
        assertThat(effects.getFirst().toCompletableFuture().join().sessions()).isZero();
    }

    /** At the end of the server: what is asked of a loop that has ended gets an answer. */
    @Test
    void shouldNotWaitForALoopThatHasEnded() {
        Loop ended = new Loop() {
            @Override
            public void execute(Runnable task) {
                throw new RejectedExecutionException();
            }

            @Override
            public void schedule(Runnable task, long delayNanos) {
                throw new RejectedExecutionException();
            }

            @Override
            public long nanoTime() {
                return 0;
            }
        };
        registry.roster(ended);
        connect(0, "alice");
        runAll();

        assertThat(result(withdrawals.revokeUser("alice")).sessions()).isEqualTo(1);
        assertThat(ids(Optional.empty(), Optional.empty(), 10)).hasSize(1);
    }
}
