package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.failure.SilentReplicaException;
import io.switchboard.service.Grant;
import io.switchboard.service.SubscriptionChange;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionFacts;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterSessionsTest {
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final LocalCluster cluster = new LocalCluster(new SimulatedTime());
    private Node a;
    private Node b;
    private Node c;

    /** What was asked of a replica's own sessions. */
    private record Changed(UUID id, SubscriptionChange change, Optional<Grant> grant) {}

    /** Sessions of a replica, without anything behind them. */
    private static final class Local implements SessionDirectory {
        private final NavigableMap<UUID, SessionFacts> sessions = new TreeMap<>();
        private final List<Changed> changes = new ArrayList<>();

        @Override
        public CompletionStage<Page> list(Optional<String> user, Optional<UUID> after, int limit) {
            List<SessionFacts> found = sessions.values().stream()
                    .filter(one -> user.isEmpty() || one.user().equals(user))
                    .filter(one -> after.isEmpty() || one.id().compareTo(after.get()) > 0)
                    .toList();
            return CompletableFuture.completedFuture(
                    new Page(found.stream().limit(limit).toList(), found.size() > limit, false));
        }

        @Override
        public CompletionStage<Optional<SessionFacts>> facts(UUID id) {
            return CompletableFuture.completedFuture(Optional.ofNullable(sessions.get(id)));
        }

        @Override
        public CompletionStage<Optional<Integer>> change(UUID id, SubscriptionChange change, Optional<Grant> grant) {
            if (!sessions.containsKey(id)) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            changes.add(new Changed(id, change, grant));
            return CompletableFuture.completedFuture(Optional.of(7));
        }
    }

    private final class Node {
        private final String id;
        private final LocalCluster.Replica replica;
        private final Local local = new Local();
        private final ClusterSessions sessions;

        private Node(String id) {
            this.id = id;
            replica = cluster.replica(id);
            sessions = new ClusterSessions(replica, replica, local, PATIENCE);
        }

        /** The facts as the cluster has to tell them. */
        private SessionFacts add(String user) {
            SessionFacts facts = new SessionFacts(
                    UUID.randomUUID(),
                    Optional.of(user),
                    Optional.of("sub-of-" + user),
                    Optional.empty(),
                    Instant.parse("2030-01-01T00:00:00.123456789Z"),
                    Optional.of(Instant.MAX),
                    "192.0.2.7",
                    4,
                    5_000_000_000L,
                    Optional.empty());
            local.sessions.put(facts.id(), facts);
            return facts.at(id);
        }
    }

    @BeforeEach
    void start() {
        a = new Node("a");
        b = new Node("b");
        c = new Node("c");
        cluster.agree();
    }

    private <T> T result(CompletionStage<T> stage) {
        cluster.pass(Duration.ofMillis(10));
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private <T> T waitFor(CompletionStage<T> stage) {
        cluster.pass(PATIENCE);
        return result(stage);
    }

    private List<SessionFacts> addMany(int count, String user) {
        List<SessionFacts> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(List.of(a, b, c).get(i % 3).add(user));
        }
        all.sort(Comparator.comparing(SessionFacts::id));
        return all;
    }

    /** All that there is, page by page. */
    private List<SessionFacts> paged(int limit) {
        List<SessionFacts> all = new ArrayList<>();
        Optional<UUID> after = Optional.empty();
        while (true) {
            SessionDirectory.Page page = result(a.sessions.list(Optional.empty(), after, limit));
            assertThat(page.sessions()).hasSizeLessThanOrEqualTo(limit);
            assertThat(page.partial()).isFalse();
            all.addAll(page.sessions());
            if (!page.more()) {
                return all;
            }
            assertThat(page.sessions()).isNotEmpty();
            after = Optional.of(page.sessions().getLast().id());
        }
    }

    @Test
    void shouldListTheSessionsOfAllReplicasInTheOrderOfTheirIds() {
        List<SessionFacts> all = addMany(20, "alice");
        SessionFacts bob = b.add("bob");

        assertThat(result(a.sessions.list(Optional.of("alice"), Optional.empty(), 100)))
                .isEqualTo(new SessionDirectory.Page(all, false, false));
        assertThat(result(a.sessions.list(Optional.of("bob"), Optional.empty(), 100))
                        .sessions())
                .containsExactly(bob);
        assertThat(result(a.sessions.list(Optional.of("carol"), Optional.empty(), 100))
                        .sessions())
                .isEmpty();
    }

    @Test
    void shouldListEverySessionOnceInPages() {
        List<SessionFacts> all = addMany(60, "alice");

        for (int limit : List.of(1, 7, 20, 59, 60, 1_000)) {
            assertThat(paged(limit)).as("pages of %d", limit).isEqualTo(all);
        }
    }

    /** Names as long as they may be: a replica cannot say all in one message. */
    @Test
    void shouldMissNobodyWhereThereIsNoRoomInOneMessage() {
        List<SessionFacts> all = addMany(600, "a".repeat(4_096));

        assertThat(result(a.sessions.list(Optional.empty(), Optional.empty(), 1_000))
                        .more())
                .isTrue();
        assertThat(paged(1_000)).isEqualTo(all);
    }

    @Test
    void shouldSayThatAListIsPartial() {
        SessionFacts here = a.add("alice");
        SessionFacts there = b.add("alice");
        SessionFacts _ = c.add("alice");
        c.replica.kill();

        SessionDirectory.Page page = waitFor(a.sessions.list(Optional.empty(), Optional.empty(), 100));

        assertThat(page.partial()).isTrue();
        assertThat(page.sessions()).containsExactlyInAnyOrder(here, there);
    }

    @Test
    void shouldSayThatAListIsPartialWhileItsLeaseIsOver() {
        SessionFacts here = a.add("alice");
        a.replica.cutOff();
        a.replica.reconnect();

        SessionDirectory.Page page = waitFor(a.sessions.list(Optional.empty(), Optional.empty(), 100));

        assertThat(page.partial()).isTrue();
        assertThat(page.sessions()).containsExactly(here);
    }

    @Test
    void shouldFindASessionOfAnyReplica() {
        SessionFacts here = a.add("alice");
        SessionFacts there = c.add("bob");

        assertThat(result(a.sessions.facts(here.id()))).contains(here);
        assertThat(result(a.sessions.facts(there.id()))).contains(there);
        assertThat(result(a.sessions.facts(UUID.randomUUID()))).isEmpty();
    }

    @Test
    void shouldNotSayThatThereIsNoSessionWhereSomebodyDidNotAnswer() {
        SessionFacts there = b.add("alice");
        c.replica.kill();

        assertThat(result(a.sessions.facts(there.id()))).as("no need to wait").contains(there);
        CompletableFuture<?> unknown = a.sessions.facts(UUID.randomUUID()).toCompletableFuture();
        cluster.pass(PATIENCE);
        assertThat(unknown).isDone();
        assertThatThrownBy(unknown::join).hasCauseInstanceOf(SilentReplicaException.class);
    }

    @Test
    void shouldChangeWhatASessionOfAnyReplicaHears() {
        SubscriptionChange change = new SubscriptionChange(List.of("chat.a", "chat.ü"), List.of("chat.b"));
        Optional<Grant> grant = Optional.of(new Grant(List.of("jobs.**"), Instant.parse("2031-01-01T00:00:00Z")));
        UUID there = b.add("alice").id();
        UUID here = a.add("alice").id();

        assertThat(result(a.sessions.change(there, change, grant))).contains(7);
        assertThat(b.local.changes).containsExactly(new Changed(there, change, grant));
        assertThat(result(a.sessions.change(here, change, Optional.empty()))).contains(7);
        assertThat(a.local.changes).containsExactly(new Changed(here, change, Optional.empty()));
        assertThat(result(a.sessions.change(UUID.randomUUID(), change, grant))).isEmpty();
        assertThat(c.local.changes).isEmpty();
    }
}
