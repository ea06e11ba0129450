package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.admin.EventTrace;
import io.switchboard.admin.EventTrace.Counts;
import io.switchboard.admin.EventTrace.OfSession;
import io.switchboard.admin.Traces;
import io.switchboard.failure.SilentReplicaException;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterTracesTest {
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final String EVENT = "4g05nkp4l5j0-17";
    private static final Optional<String> ALICE = Optional.of("alice");

    private final LocalCluster cluster = new LocalCluster(new SimulatedTime());
    private Node a;
    private Node b;
    private Node c;

    /** What a replica knows by itself, whatever is asked; and what it was asked. */
    private final class Node implements Traces {
        private final LocalCluster.Replica replica;
        private final ClusterTraces traces;
        private final List<String> asked = new ArrayList<>();
        private Optional<Found> known = Optional.empty();

        private Node(String id) {
            replica = cluster.replica(id);
            traces = new ClusterTraces(replica, replica, this, PATIENCE);
        }

        @Override
        public CompletionStage<Optional<Found>> of(String id, Optional<String> user, Optional<UUID> session) {
            asked.add(id + user + session);
            return CompletableFuture.completedFuture(known);
        }
    }

    @BeforeEach
    void start() {
        a = new Node("a");
        b = new Node("b");
        c = new Node("c");
        cluster.agree();
    }

    private static EventTrace trace(Counts counts, OptionalLong last, List<OfSession> sessions, boolean partial) {
        return new EventTrace(
                EVENT, Optional.of("publish"), Optional.of("chat.general"), 1_000, counts, last, sessions, partial);
    }

    private static Optional<Traces.Found> knows(Counts counts, OptionalLong last, OfSession... sessions) {
        return Optional.of(new Traces.Found(trace(counts, last, List.of(sessions), false), true, true));
    }

    private static OfSession session(String user) {
        return new OfSession(UUID.randomUUID().toString(), user, "realtime", "handed_over");
    }

    private <T> T result(CompletionStage<T> stage) {
        cluster.pass(Duration.ofMillis(10));
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    @Test
    void shouldAddWhatAllReplicasKnow() {
        OfSession here = session("alice");
        OfSession there = session("alice");
        a.known = knows(new Counts(1, 2, 3, 4, 5, 6, 7, 8), OptionalLong.empty(), here);
        b.known = knows(new Counts(10, 20, 30, 40, 50, 60, 70, 80), OptionalLong.of(1_005), there);
        c.known = knows(new Counts(0, 0, 0, 0, 0, 0, 0, 0), OptionalLong.of(1_002));

        Traces.Found found = result(a.traces.of(EVENT, ALICE, Optional.empty())).orElseThrow();

        assertThat(found.trace())
                .isEqualTo(trace(
                        new Counts(11, 22, 33, 44, 55, 66, 77, 88),
                        OptionalLong.of(1_005),
                        List.of(here, there),
                        false));
        assertThat(b.asked).containsExactly(EVENT + ALICE + Optional.empty());
    }

    @Test
    void shouldSayThatItIsPartialWhereSomebodyDidNotAnswer() {
        a.known = knows(Counts.NONE, OptionalLong.empty());
        b.known = a.known;
        c.replica.kill();

        CompletionStage<Optional<Traces.Found>> found = a.traces.of(EVENT, Optional.empty(), Optional.empty());
        cluster.pass(PATIENCE);

        assertThat(result(found).orElseThrow().trace().partial()).isTrue();
    }

    /** One that started later does not have it in its log: what its sessions had is not known. */
    @Test
    void shouldSayThatItIsPartialWhereSomebodyDoesNotHaveTheEvent() {
        a.known = knows(Counts.NONE, OptionalLong.empty());
        b.known = a.known;

        assertThat(result(a.traces.of(EVENT, ALICE, Optional.empty()))
                        .orElseThrow()
                        .trace()
                        .partial())
                .isTrue();
        assertThat(result(a.traces.of(EVENT, Optional.empty(), Optional.empty()))
                        .orElseThrow()
                        .trace()
                        .partial())
                .as("nobody was asked for")
                .isFalse();
    }

    @Test
    void shouldFindWhatOnlyOthersKnow() {
        OfSession there = session("alice");
        b.known = knows(new Counts(1, 0, 0, 1, 1, 0, 0, 0), OptionalLong.of(1_005), there);

        Traces.Found found = result(a.traces.of(EVENT, ALICE, Optional.empty())).orElseThrow();

        assertThat(found.counted()).isTrue();
        assertThat(found.judged()).isTrue();
        assertThat(found.trace().sessions()).containsExactly(there);
    }

    @Test
    void shouldKnowNothingOfWhatNobodyKnows() {
        assertThat(result(a.traces.of(EVENT, ALICE, Optional.empty()))).isEmpty();

        c.replica.kill();
        CompletableFuture<?> unknown =
                a.traces.of(EVENT, ALICE, Optional.empty()).toCompletableFuture();
        cluster.pass(PATIENCE);
        assertThat(unknown).isDone();
        assertThatThrownBy(unknown::join).hasCauseInstanceOf(SilentReplicaException.class);
    }

    @Test
    void shouldSayThatItIsPartialWhereThereIsNoRoomInOneMessage() {
        List<OfSession> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            many.add(session("a".repeat(4_096)));
        }
        a.known = knows(Counts.NONE, OptionalLong.empty());
        b.known = knows(Counts.NONE, OptionalLong.empty(), many.toArray(OfSession[]::new));
        c.known = a.known;

        EventTrace trace = result(a.traces.of(EVENT, ALICE, Optional.empty()))
                .orElseThrow()
                .trace();

        assertThat(trace.partial()).isTrue();
        assertThat(trace.sessions()).hasSizeBetween(100, 299).isSubsetOf(many);
    }
}
