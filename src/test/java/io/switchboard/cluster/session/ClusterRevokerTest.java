package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenFacts;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.View;
import io.switchboard.dialect.DialectKind;
import io.switchboard.failure.SilentReplicaException;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Flusher;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.Revoker.Effect;
import io.switchboard.session.Session;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.Withdrawals;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.TestServices;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterRevokerTest {
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration LIFETIME = Duration.ofHours(1);

    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final MemoryArchive archive = new MemoryArchive();
    private Node a;
    private Node b;
    private Node c;

    /** A replica as far as sessions and what is taken from them go. */
    private final class Node {
        private final LocalCluster.Replica replica;
        private final Revocations revocations;
        private final SessionRegistry registry = new SessionRegistry();
        private final Withdrawals withdrawals;
        private final ClusterRevoker revoker;
        private final Shard shard = new Hub().addShard(cluster.loop());
        private final OutboundBudget budget = new OutboundBudget(0);

        private Node(String id, int bound) {
            replica = cluster.replica(id);
            revocations = new Revocations(time.clock(), Ticker.systemTicker(), Duration.ZERO, LIFETIME, bound);
            withdrawals = new Withdrawals(registry, revocations, true);
            revoker = new ClusterRevoker(
                    replica,
                    replica,
                    cluster.loop(),
                    cluster.loop()::execute,
                    archive,
                    registry,
                    withdrawals,
                    revocations,
                    PATIENCE);
        }

        private Client connect(String user, String... tokens) {
            return new Client(this, user, tokens);
        }
    }

    /** A client that may sign in with several tokens, one after the other. */
    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session;

        private Client(Node node, String user, String... tokens) {
            session = new Session(
                    transport,
                    node.shard,
                    new Flusher(cluster.loop(), time.clock(), node.budget),
                    TestServices.by(time)
                            .verifier(token -> CompletableFuture.completedFuture(claims(user, token, time.now())))
                            .revocations(node.revocations)
                            .registry(node.registry)
                            .build());
            session.open(Opening.of(DialectKind.CELLS));
            signIn(tokens.length == 0 ? "token of " + user : tokens[0]);
            cluster.pass(Duration.ZERO);
        }

        private void signIn(String token) {
            session.onText("{\"@type\":\"subscribe\",\"jwt\":\"" + token + "\"}");
        }

        private boolean isRevoked() {
            return transport.closedWith().equals(Optional.of(CloseCode.FORBIDDEN));
        }

        private List<String> workspaces() {
            return session.claims().orElseThrow().views().stream()
                    .map(View::uuid)
                    .toList();
        }
    }

    private static Claims claims(String user, String token, Instant issuedAt) {
        List<View> views = List.of(view("w1"), view("w2"));
        return new Claims(
                "sub-of-" + user,
                user,
                "",
                Set.of(),
                views,
                Instant.MAX,
                new TokenFacts(Optional.of(issuedAt), fingerprint(token), Set.of()));
    }

    private static Fingerprint fingerprint(String token) {
        return new Fingerprint(1, 2, 3, token.hashCode());
    }

    private static View view(String uuid) {
        return new View(uuid, Optional.empty(), List.of(), View.Permission.WRITE);
    }

    @BeforeEach
    void start() {
        a = new Node("a", 0);
        b = new Node("b", 0);
        c = new Node("c", 0);
        cluster.agree();
    }

    private <T> T result(CompletionStage<T> stage) {
        cluster.pass(Duration.ofMillis(20));
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private void fails(CompletionStage<?> stage, Class<? extends Throwable> type) {
        cluster.pass(PATIENCE.plusMillis(20));
        assertThat(stage.toCompletableFuture()).isDone();
        assertThatThrownBy(() -> stage.toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(type);
    }

    private Map<Node, Boolean> accepted(Claims claims) {
        return Map.of(a, accepts(a, claims), b, accepts(b, claims), c, accepts(c, claims));
    }

    private static boolean accepts(Node node, Claims claims) {
        try {
            return node.revocations.admit(claims).equals(claims);
        } catch (TokenRejectedException _) {
            return false;
        }
    }

    @Test
    void shouldRevokeAUserOnAllReplicas() {
        Client here = a.connect("alice");
        Client there = b.connect("alice");
        Client alsoThere = b.connect("alice");
        Client bob = c.connect("bob");

        Effect effect = result(a.revoker.revokeUser("alice"));

        assertThat(effect.sessions()).isEqualTo(3);
        assertThat(effect.partial()).isFalse();
        assertThat(effect.until()).contains(archived().getFirst().at().plus(LIFETIME));
        assertThat(List.of(here, there, alsoThere)).allMatch(Client::isRevoked);
        assertThat(bob.isRevoked()).isFalse();
    }

    private List<Revocation> archived() {
        try {
            return archive.all();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldUseTheInstantOfTheActOnAllReplicas() {
        Instant before = time.now();
        Claims until = claims("alice", "t", before);
        Claims after = claims("alice", "t", before.plusNanos(1));
        Effect _ = result(a.revoker.revokeUser("alice"));

        assertThat(archived()).containsExactly(new Revocation(new Scope.OfUser("alice"), before));
        assertThat(accepted(until)).containsValue(false).doesNotContainValue(true);
        assertThat(accepted(after)).containsValue(true).doesNotContainValue(false);
    }

    @Test
    void shouldWithdrawAWorkspaceOnAllReplicas() {
        Client here = a.connect("alice");
        Client there = b.connect("alice");
        Client bob = b.connect("bob");

        Effect effect = result(c.revoker.withdraw("alice", Entitlement.workspace("w1")));

        assertThat(effect.sessions()).isEqualTo(2);
        assertThat(here.workspaces()).containsExactly("w2");
        assertThat(there.workspaces()).containsExactly("w2");
        assertThat(bob.workspaces()).containsExactly("w1", "w2");
        assertThat(here.isRevoked()).isFalse();
    }

    @Test
    void shouldDoNothingAnywhereWhatCannotBeKept() {
        Client here = a.connect("alice");
        Client there = b.connect("alice");
        archive.fail(true);

        fails(a.revoker.revokeUser("alice"), StoreException.class);
        fails(a.revoker.withdraw("alice", Entitlement.workspace("w1")), StoreException.class);
        fails(a.revoker.revokeSession(here.session.id()), StoreException.class);
        fails(a.revoker.revokeSession(there.session.id()), StoreException.class);

        assertThat(List.of(here, there)).noneMatch(Client::isRevoked);
        assertThat(here.workspaces()).containsExactly("w1", "w2");
        assertThat(a.revocations.size() + b.revocations.size()).isZero();
    }

    @Test
    void shouldKeepNothingForWhichThereIsNoRoom() {
        Node full = new Node("full", 1);
        cluster.agree();
        Effect _ = result(full.revoker.revokeUser("alice"));
        Client bob = b.connect("bob");

        fails(full.revoker.revokeUser("bob"), Withdrawals.FullException.class);

        assertThat(archived()).hasSize(1);
        assertThat(bob.isRevoked()).isFalse();
    }

    @Test
    void shouldCloseWhatItCannotRememberAndSayThatThisIsPartial() {
        Node full = new Node("full", 1);
        cluster.agree();
        Effect _ = result(a.revoker.revokeUser("alice"));
        Client bob = full.connect("bob");

        CompletionStage<Effect> effect = a.revoker.revokeUser("bob");

        assertThat(result(effect).partial()).isTrue();
        assertThat(bob.isRevoked()).isTrue();
        assertThat(b.revocations.knows(archived().getLast())).isTrue();
    }

    @Test
    void shouldNotWaitForAReplicaThatSaysNothing() {
        Client there = b.connect("alice");
        c.replica.kill();

        CompletionStage<Effect> effect = a.revoker.revokeUser("alice");
        cluster.pass(PATIENCE.minusMillis(10));
        assertThat(effect.toCompletableFuture()).isNotDone();
        assertThat(there.isRevoked()).isTrue();
        cluster.pass(Duration.ofMillis(20));

        assertThat(effect.toCompletableFuture()).isDone();
        assertThat(effect.toCompletableFuture().join().partial()).isTrue();
        assertThat(effect.toCompletableFuture().join().sessions()).isEqualTo(1);
    }

    @Test
    void shouldTellAgainWhoMissedIt() {
        Client there = c.connect("alice");
        c.replica.cutOff();
        Effect effect = waitFor(a.revoker.revokeUser("alice"));
        assertThat(effect.partial()).isTrue();
        assertThat(there.isRevoked()).isFalse();

        // for so short a time that it never left the view
        c.replica.reconnect();
        cluster.pass(Duration.ofSeconds(2));

        assertThat(there.isRevoked()).isTrue();
    }

    private <T> T waitFor(CompletionStage<T> stage) {
        cluster.pass(PATIENCE);
        return result(stage);
    }

    @Test
    void shouldLearnWhatHappenedWhileItWasCutOff() {
        Client there = c.connect("alice");
        assertThat(c.revoker.isCurrent()).isTrue();
        c.replica.cutOff();
        cluster.agree();
        assertThat(c.revoker.isCurrent()).isFalse();
        Effect effect = result(a.revoker.revokeUser("alice"));
        assertThat(effect.partial()).isFalse();
        assertThat(there.isRevoked()).isFalse();

        c.replica.reconnect();
        cluster.agree();
        cluster.pass(Duration.ofMillis(20));

        assertThat(there.isRevoked()).isTrue();
        assertThat(c.revoker.isCurrent()).isTrue();
    }

    @Test
    void shouldBeOutdatedUntilTheArchiveCanBeRead() {
        c.replica.cutOff();
        cluster.agree();
        Effect _ = result(a.revoker.revokeUser("alice"));
        c.replica.reconnect();
        archive.fail(true);
        cluster.agree();
        cluster.pass(Duration.ofSeconds(5));
        assertThat(c.revoker.isCurrent()).isFalse();

        archive.fail(false);
        cluster.pass(Duration.ofSeconds(10));

        assertThat(c.revoker.isCurrent()).isTrue();
        assertThat(c.revocations.knows(archived().getFirst())).isTrue();
    }

    @Test
    void shouldSayThatItIsPartialWhileItIsCutOffItself() {
        a.replica.cutOff();

        assertThat(waitFor(a.revoker.revokeUser("alice")).partial()).isTrue();
    }

    /** There may be others by now of whom it has not heard. */
    @Test
    void shouldSayThatItIsPartialWhileItsLeaseIsOver() {
        a.replica.cutOff();
        a.replica.reconnect();

        assertThat(result(a.revoker.revokeUser("alice")).partial()).isTrue();
        fails(a.revoker.revokeSession(UUID.randomUUID()), SilentReplicaException.class);
    }

    @Test
    void shouldKnowWhatHappenedBeforeItStarted() {
        Effect _ = result(a.revoker.revokeUser("alice"));
        Effect _ = result(a.revoker.withdraw("bob", Entitlement.workspace("w1")));
        Node late = new Node("late", 0);
        cluster.agree();

        Void _ = result(late.revoker.load());

        assertThat(late.revoker.isCurrent()).isTrue();
        assertThat(archived()).hasSize(2).allMatch(late.revocations::knows);
        Client back = late.connect("bob");
        time.advance(Duration.ofSeconds(1));
        assertThat(back.session.claims()).isPresent();
    }

    @Test
    void shouldFailToLoadWhatItCannotRead() {
        archive.fail(true);

        fails(a.revoker.load(), StoreException.class);
    }

    @Test
    void shouldFailToLoadWhatItCannotRemember() {
        Effect _ = result(a.revoker.revokeUser("alice"));
        Effect _ = result(a.revoker.revokeUser("bob"));
        Node small = new Node("small", 1);

        fails(small.revoker.load(), Withdrawals.FullException.class);
        assertThat(small.revoker.isCurrent()).isFalse();
    }

    /** Whoever was given a new token meanwhile has lost nothing. */
    @Test
    void shouldLeaveSessionsAloneWhoseTokenIsNewerThanAnActThatComesLate() {
        Client old = c.connect("alice", "old");
        c.replica.cutOff();
        cluster.agree();
        Effect _ = result(a.revoker.revokeUser("alice"));
        Effect _ = result(a.revoker.withdraw("bob", Entitlement.workspace("w1")));
        time.advance(Duration.ofSeconds(1));
        Client fresh = c.connect("alice", "new");
        Client bob = c.connect("bob", "new one of bob");

        c.replica.reconnect();
        cluster.agree();
        cluster.pass(Duration.ofMillis(20));

        assertThat(old.isRevoked()).isTrue();
        assertThat(fresh.isRevoked()).isFalse();
        assertThat(bob.workspaces()).containsExactly("w1", "w2");
    }

    // One session

    @Test
    void shouldRevokeASessionOfAnyReplicaWithItsToken() {
        Client session = b.connect("alice", "t");
        Client sameToken = c.connect("alice", "t");
        Client otherToken = c.connect("alice", "u");

        Optional<Effect> effect = result(a.revoker.revokeSession(session.session.id()));

        assertThat(effect.orElseThrow().sessions()).isEqualTo(2);
        assertThat(effect.orElseThrow().partial()).isFalse();
        assertThat(effect.orElseThrow().until())
                .contains(archived().getFirst().at().plus(LIFETIME));
        assertThat(List.of(session, sameToken)).allMatch(Client::isRevoked);
        assertThat(otherToken.isRevoked()).isFalse();
        assertThat(accepted(claims("alice", "t", time.now().plusSeconds(5)))).doesNotContainValue(true);
    }

    @Test
    void shouldRevokeASessionOfItsOwn() {
        Client session = a.connect("alice", "t");
        Client sameToken = c.connect("alice", "t");

        assertThat(result(a.revoker.revokeSession(session.session.id()))
                        .orElseThrow()
                        .sessions())
                .isEqualTo(2);
        assertThat(List.of(session, sameToken)).allMatch(Client::isRevoked);
    }

    /** Between the look at the token and its revocation the archive is written. */
    @Test
    void shouldFollowASessionThatSignsInWithAnotherTokenMeanwhile() {
        Client session = a.connect("alice", "t");
        CompletionStage<Optional<Effect>> effect = a.revoker.revokeSession(session.session.id());
        session.signIn("u");

        assertThat(result(effect).orElseThrow().sessions()).isEqualTo(1);
        assertThat(session.isRevoked()).isTrue();
        assertThat(accepted(claims("alice", "u", time.now()))).doesNotContainValue(true);
    }

    @Test
    void shouldNotFindASessionThatNobodyHas() {
        assertThat(result(a.revoker.revokeSession(UUID.randomUUID()))).isEmpty();
    }

    @Test
    void shouldNotSayThatThereIsNoSessionWhereSomebodyDidNotAnswer() {
        c.replica.kill();

        fails(a.revoker.revokeSession(UUID.randomUUID()), SilentReplicaException.class);
    }

    @Test
    void shouldFindASessionAlthoughSomebodyElseDoesNotAnswer() {
        Client session = b.connect("alice", "t");
        c.replica.kill();

        Effect effect = waitFor(a.revoker.revokeSession(session.session.id())).orElseThrow();

        assertThat(effect.partial()).isTrue();
        assertThat(session.isRevoked()).isTrue();
    }
}
