package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.Unpooled;
import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenFacts;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.Position;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRevocations;
import io.switchboard.testing.TestServices;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong in a session, one fault at a time. */
class SessionTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration SIGN_IN_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);
    private static final long TOTAL_BYTES = 4_000;
    private static final long BYTES = 3_000;
    private static final int ERRORS_IN_A_ROW = 3;
    private static final int UNAUTHENTICATED = 100;

    private static final View W1 = view("w1", "ds/one");
    private static final View W2 = view("w2", "ds/two");

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final OutboundBudget budget = new OutboundBudget(TOTAL_BYTES);
    private final Flusher flusher = new Flusher(loop, time.clock(), budget);
    private final CountingListener listener = new CountingListener();
    private final ConnectionLimits limits = new ConnectionLimits(0, UNAUTHENTICATED, 2, 0);
    private final Verifier verifier = new Verifier();
    private final Revocations revocations = TestRevocations.by(time.clock());
    private final SessionRegistry registry = new SessionRegistry(1);
    private final Withdrawals withdrawals = new Withdrawals(registry, revocations, true);
    private Timers timers = time.timers();
    private SimpleDialect dialect = new CellsDialect(MAPPER);
    private int droppablePerSecond;
    private int offset;

    /** Results come when the test says so. */
    private static final class Verifier implements TokenVerifier {
        private final Map<String, CompletableFuture<Claims>> started = new LinkedHashMap<>();

        @Override
        public CompletionStage<Claims> verify(String token) {
            return started.computeIfAbsent(token, _ -> new CompletableFuture<>());
        }

        long running() {
            return started.values().stream().filter(result -> !result.isDone()).count();
        }
    }

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session = new Session(
                transport,
                shard,
                flusher,
                TestServices.by(time.clock(), timers)
                        .verifier(verifier)
                        .revocations(revocations)
                        .registry(registry)
                        .dialect(dialect)
                        .userLimit(limits)
                        .listener(listener)
                        .limits(new SessionLimits(
                                SIGN_IN_TIMEOUT,
                                Duration.ZERO,
                                BYTES,
                                droppablePerSecond,
                                ERRORS_IN_A_ROW,
                                0,
                                0,
                                ChatSettings.USUAL))
                        .build());

        private Client(Optional<DialectKind> kind) {
            transport.onMessage(
                    _ -> assertThat(transport.closedWith()).as("closed before").isEmpty());
            assertThat(limits.acquireUnauthenticated()).isTrue();
            session.open(new Opening(kind, Optional.empty(), Manner.USUAL, false));
        }

        private void signIn(String token) {
            session.onText("{\"@type\":\"subscribe\",\"jwt\":\"" + token + "\"}");
        }

        private void signOut() {
            session.onText("{\"@type\":\"unsubscribe\"}");
        }

        private void signIn(String token, Claims claims) {
            signIn(token);
            accept(token, claims);
        }

        private void fill() {
            transport.setWritable(false);
        }

        private void drain() {
            transport.setWritable(true);
            session.onWritable();
            loop.runAll();
        }

        private void assertClosed(CloseCode code, String... messages) {
            assertThat(transport.messages()).containsExactly(messages);
            assertThat(transport.closedWith()).contains(code);
            assertThat(listener.closings).contains(code);
            assertThat(session.claims()).isEmpty();
        }
    }

    private static View view(String uuid, String root) {
        return new View(
                uuid, Optional.of(uuid), List.of(new View.Root(root, Optional.empty(), false)), View.Permission.WRITE);
    }

    private Claims claims(String user, View... views) {
        return new Claims(
                user,
                user,
                "standard",
                Set.of(),
                Arrays.asList(views),
                time.now().plus(Duration.ofMinutes(10)));
    }

    /** The same as a token issued now says it. */
    private Claims token(Claims claims) {
        return new Claims(
                claims.subject(),
                claims.username(),
                claims.profile(),
                claims.roles(),
                claims.views(),
                claims.expiresAt(),
                new TokenFacts(Optional.of(time.now()), new Fingerprint(++offset, 0, 0, 0), Set.of()));
    }

    private Client client() {
        return new Client(Optional.of(DialectKind.CELLS));
    }

    private Client signedIn(String user, View... views) {
        Client client = client();
        client.signIn("token of " + user + " " + ++offset, claims(user, views));
        return client;
    }

    private void accept(String token, Claims claims) {
        assertThat(verifier.started).containsKey(token);
        verifier.started.get(token).complete(claims);
        loop.runAll();
    }

    private void refuse(String token, Throwable failure) {
        verifier.started.get(token).completeExceptionally(failure);
        loop.runAll();
    }

    private Publication publication(View view, String text) {
        return new Publication(
                new Position("e", ++offset),
                Pace.MERGED.topicOf(view.uuid()),
                new Guard.HoldsView(view),
                Policy.RELIABLE,
                Optional.empty(),
                text.getBytes(StandardCharsets.UTF_8));
    }

    private void publish(View view, String text) {
        Publication publication = publication(view, text);
        hub.post(hub.shardsOf(publication.topic()), s -> s.publish(publication), () -> {});
        loop.runAll();
    }

    private static String cellsError(String reason) {
        return "{\"@type\":\"error\",\"jwt\":\"\",\"error\":\"" + reason + "\"}";
    }

    private static String plainError(String reason) {
        return "{\"error\":\"" + reason + "\"}";
    }

    // Signing in

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountOnlyTheLaterSignInWhicheverIsVerifiedFirst(boolean laterFirst) {
        Client client = client();
        client.signIn("former");
        client.signIn("later");

        accept(laterFirst ? "later" : "former", laterFirst ? claims("alice", W2) : claims("alice", W1));
        accept(laterFirst ? "former" : "later", laterFirst ? claims("alice", W1) : claims("alice", W2));

        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);
        publish(W1, "one");
        publish(W2, "two");
        assertThat(client.transport.messages()).containsExactly("two");
        assertThat(listener.signedIn).isEqualTo(1);
    }

    @Test
    void shouldForgetThatAnEarlierSignInFailed() {
        Client client = client();
        client.signIn("former");
        client.signIn("later");

        accept("later", claims("alice", W1));
        refuse("former", new TokenRejectedException(Reason.SIGNATURE));

        assertThat(client.session.claims()).isPresent();
        assertThat(client.transport.closedWith()).isEmpty();
        assertThat(listener.signInsRefused).isZero();
    }

    @Test
    void shouldVerifyOnlyTheNewestOfThoseThatWait() {
        Client client = client();
        for (String token : List.of("t1", "t2", "t3", "t4", "t5")) {
            client.signIn(token);
        }
        assertThat(verifier.started).containsOnlyKeys("t1", "t2");

        accept("t1", claims("t1", W1));
        assertThat(verifier.started).containsOnlyKeys("t1", "t2", "t5");
        assertThat(verifier.running()).isEqualTo(2);
        client.signIn("t6");
        client.signIn("t7");
        assertThat(verifier.running()).isEqualTo(2);

        accept("t5", claims("t5", W1));
        accept("t2", claims("t2", W1));
        assertThat(client.session.claims()).isEmpty();
        accept("t7", claims("t7", W1));

        assertThat(verifier.started).containsOnlyKeys("t1", "t2", "t5", "t7");
        assertThat(client.session.claims().orElseThrow().username()).isEqualTo("t7");
    }

    @Test
    void shouldNotVerifyWhatWaitsAfterSignOut() {
        Client client = client();
        client.signIn("t1");
        client.signIn("t2");
        client.signIn("t3");
        client.signOut();

        accept("t1", claims("alice", W1));
        accept("t2", claims("alice", W1));

        assertThat(verifier.started).containsOnlyKeys("t1", "t2");
        assertThat(client.session.claims()).isEmpty();
        assertThat(hub.entries()).isZero();
    }

    @Test
    void shouldNotSignInAConnectionThatIsGone() {
        Client client = client();
        client.signIn("late");
        client.session.onClosed();

        accept("late", claims("alice", W1));

        assertThat(client.session.claims()).isEmpty();
        assertThat(hub.entries()).isZero();
        assertThat(listener.signedIn).isZero();
    }

    @Test
    void shouldCloseWithTheReasonWhenTheTokenIsMissing() {
        Client client = client();
        client.session.onText("{\"@type\":\"subscribe\"}");
        refuse("", new TokenRejectedException(Reason.MISSING));

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError("the token is missing"));
    }

    @ParameterizedTest
    @EnumSource(value = Reason.class, mode = Mode.EXCLUDE, names = "UNAVAILABLE")
    void shouldCloseWithTheReasonWhenTheTokenIsRefused(Reason reason) {
        Client client = client();
        client.signIn("bad");
        refuse("bad", new TokenRejectedException(reason));

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(reason.text()));
        assertThat(listener.signInsRefused).isEqualTo(1);
    }

    @Test
    void shouldRefuseClaimsThatExpiredMeanwhile() {
        Client client = client();
        client.signIn("slow");
        Claims claims = claims("alice", W1);
        time.advance(SIGN_IN_TIMEOUT.dividedBy(2));
        verifier.started.get("slow").complete(new Claims("alice", "alice", "", Set.of(), claims.views(), time.now()));
        loop.runAll();

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.EXPIRED.text()));
        assertThat(listener.signedIn).isZero();
    }

    @Test
    void shouldSayThatItIsOverloadedWhenTokensCannotBeVerified() {
        Client client = client();
        client.signIn("good");
        refuse("good", new TokenRejectedException(Reason.UNAVAILABLE));

        client.assertClosed(CloseCode.OVERLOADED, cellsError(Reason.UNAVAILABLE.text()));
    }

    @Test
    void shouldTellNobodyWhatAnUnexpectedFailureOfTheVerifierSays() {
        Queue<String> logged = new ConcurrentLinkedQueue<>();
        PatternFormatter formatter = new PatternFormatter("%c %s%e");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(formatter.format(ExtLogRecord.wrap(entry)));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(handler);
        Client client = client();
        try {
            client.signIn("secret");
            refuse("secret", new IllegalStateException("cannot read secret"));
        } finally {
            Logger.getLogger("").removeHandler(handler);
        }

        client.assertClosed(CloseCode.INTERNAL, cellsError("the token could not be verified"));
        assertThat(logged)
                .anyMatch(text -> text.contains("IllegalStateException"))
                .noneMatch(text -> text.contains("secret"));
    }

    @Test
    void shouldBoundTheConnectionsOfAUser() {
        Client first = signedIn("alice", W1);
        signedIn("alice", W1);
        Client third = signedIn("alice", W1);
        third.assertClosed(CloseCode.TOO_MANY_CONNECTIONS, cellsError(CloseCode.TOO_MANY_CONNECTIONS.reason()));
        assertThat(signedIn("bob", W1).session.claims()).isPresent();

        first.session.onClosed();

        assertThat(signedIn("alice", W1).session.claims()).isPresent();
        signedIn("alice", W1)
                .assertClosed(
                        CloseCode.TOO_MANY_CONNECTIONS,
                        third.transport.messages().getFirst());
    }

    @Test
    void shouldNotTakeAnotherPlaceForAFreshTokenOfTheSameUser() {
        Client client = signedIn("alice", W1);
        client.signIn("again", claims("alice", W1));
        client.signIn("and again", claims("alice", W1));
        assertThat(signedIn("alice", W1).session.claims()).isPresent();

        client.session.onClosed();

        assertThat(signedIn("alice", W1).session.claims()).isPresent();
        assertThat(signedIn("alice", W1).session.claims()).isEmpty();
    }

    @Test
    void shouldHoldAPlaceOfThoseWhoAreNotSignedInOnlyUntilItIs() {
        Client client = client();
        assertThat(limits.unauthenticated()).isEqualTo(1);
        client.signIn("t", claims("alice", W1));
        assertThat(limits.unauthenticated()).isZero();
        client.signIn("again", claims("alice", W1));
        client.signIn("other", claims("bob", W1));
        assertThat(limits.unauthenticated())
                .as("one for another is signed in all the time")
                .isZero();
        client.signOut();
        client.signOut();
        assertThat(limits.unauthenticated()).isEqualTo(1);
        client.signIn("back", claims("alice", W1));
        assertThat(limits.unauthenticated()).isZero();
        client.session.onClosed();
        assertThat(limits.unauthenticated()).isZero();
        client().session.onClosed();
        assertThat(limits.unauthenticated()).isZero();
    }

    @Test
    void shouldCloseWhoSignsOutWhereTooManyWait() {
        Client client = signedIn("alice", W1);
        while (limits.acquireUnauthenticated()) {
            // until there is no place left
        }
        client.signOut();

        client.assertClosed(CloseCode.OVERLOADED, cellsError("too many connections wait for a sign-in"));
        client.session.onClosed();
        assertThat(limits.unauthenticated()).isEqualTo(UNAUTHENTICATED);
    }

    // Claims that change

    @Test
    void shouldNotDeliverWhatTheNewClaimsDoNotAllow() {
        Client client = signedIn("alice", W1);
        publish(W1, "before");
        client.signIn("fresh", claims("alice", W2));
        publish(W1, "after");
        publish(W2, "other");

        assertThat(client.transport.messages()).containsExactly("before", "other");
        assertThat(listener.refusedByGuard).isZero();
    }

    @Test
    void shouldTakeOutWhatTheNewClaimsDoNotAllow() {
        Client client = signedIn("alice", W1, W2);
        client.fill();
        publish(W1, "first of w1");
        publish(W2, "first of w2");
        publish(W1, "second of w1");
        publish(W2, "second of w2");

        client.signIn("fresh", claims("alice", W2));
        client.drain();

        assertThat(client.transport.messages()).containsExactly("first of w2", "second of w2");
        assertThat(listener.dropped).isEqualTo(2);
    }

    @Test
    void shouldAskTheGuardEvenIfTheIndexIsWrong() {
        Client client = signedIn("alice", W1);
        Publication foreign = new Publication(
                new Position("e", 1),
                Pace.MERGED.topicOf("w2"),
                new Guard.HoldsView(W2),
                Policy.RELIABLE,
                Optional.empty(),
                "foreign".getBytes(StandardCharsets.UTF_8));

        client.session.offer(foreign);
        client.signIn("fresh", claims("alice", W2));
        client.session.offer(foreign);
        client.signIn("former", claims("alice", W1));
        client.session.offer(foreign);
        loop.runAll();

        assertThat(listener.refusedByGuard).isEqualTo(2);
        assertThat(client.transport.messages())
                .as("what the second claims allow")
                .containsExactly("foreign");
    }

    // What a condition keeps back, and what a session may go without

    private void publish(Guard guard, Policy policy, String text) {
        shard.publish(new Publication(
                new Position("e", ++offset),
                Pace.MERGED.topicOf("w1"),
                guard,
                policy,
                Optional.empty(),
                text.getBytes(StandardCharsets.UTF_8)));
        loop.runAll();
    }

    private static Guard onlyFor(String role) {
        return new Guard.Both(new Guard.HoldsView(W1), new Guard.HasRole(role));
    }

    private Claims inRole(String user, String role) {
        return new Claims(
                user, user, "standard", Set.of(role), List.of(W1), time.now().plus(Duration.ofMinutes(10)));
    }

    @Test
    void shouldOfferToTheAudienceAndKeepBackWhereTheConditionFails() {
        Client alice = client();
        alice.signIn("of alice", inRole("alice", "r1"));
        Client bob = client();
        bob.signIn("of bob", inRole("bob", "r2"));

        publish(onlyFor("r1"), Policy.RELIABLE, "for r1");
        publish(onlyFor("r2"), Policy.RELIABLE, "for r2");
        publish(new Guard.HoldsView(W1), Policy.RELIABLE, "for both");

        assertThat(alice.transport.messages()).containsExactly("for r1", "for both");
        assertThat(bob.transport.messages()).containsExactly("for r2", "for both");
        assertThat(listener.refusedByCondition).isEqualTo(2);
        assertThat(listener.refusedByGuard).isZero();
    }

    @Test
    void shouldTakeOutWhatTheConditionDoesNotAllowAnyMore() {
        Client client = client();
        client.signIn("first", inRole("alice", "r1"));
        client.fill();
        publish(onlyFor("r1"), Policy.RELIABLE, "for r1");
        publish(new Guard.HoldsView(W1), Policy.RELIABLE, "for all");
        client.signIn("second", inRole("alice", "r2"));
        client.drain();

        assertThat(client.transport.messages()).containsExactly("for all");
    }

    private static int count(Client client, String text) {
        return (int) client.transport.messages().stream().filter(text::equals).count();
    }

    @Test
    void shouldGiveASessionOnlySoMuchOfWhatItMayGoWithout() {
        droppablePerSecond = 10;
        Client alice = signedIn("alice", W1);
        for (int i = 0; i < 15; i++) {
            publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
            publish(new Guard.HoldsView(W1), Policy.RELIABLE, "loud");
        }
        assertThat(count(alice, "silent")).isEqualTo(10);
        assertThat(count(alice, "loud")).as("never dropped").isEqualTo(15);
        assertThat(listener.thinned).hasSize(5).containsOnly(Thinning.OVER_BUDGET);

        time.advance(Duration.ofMillis(300));
        for (int i = 0; i < 15; i++) {
            publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        }
        assertThat(count(alice, "silent")).as("three more after 0.3 s").isEqualTo(13);

        Client bob = signedIn("bob", W1);
        publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        assertThat(count(bob, "silent")).as("each has a budget of its own").isEqualTo(1);

        time.advance(Duration.ofSeconds(10));
        for (int i = 0; i < 15; i++) {
            publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        }
        assertThat(count(alice, "silent"))
                .as("no more than a second's worth is in store")
                .isEqualTo(23);
    }

    @Test
    void shouldGiveEverythingWithoutABudget() {
        Client alice = signedIn("alice", W1);
        for (int i = 0; i < 500; i++) {
            publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        }
        assertThat(count(alice, "silent")).isEqualTo(500);
        assertThat(listener.thinned).isEmpty();
    }

    @Test
    void shouldGoWithoutWhileTheClientLagsAndDelayNobodyElse() {
        Client slow = signedIn("slow", W1);
        Client fast = signedIn("fast", W1);
        slow.fill();
        publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "x".repeat(1000));
        publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        publish(new Guard.HoldsView(W1), Policy.RELIABLE, "loud");
        assertThat(fast.transport.messages()).hasSize(3);
        assertThat(listener.thinned).containsExactly(Thinning.LAGGING);

        slow.drain();
        publish(new Guard.HoldsView(W1), Policy.DROPPABLE, "silent");
        assertThat(slow.transport.messages()).hasSize(3).endsWith("loud", "silent");
    }

    @Test
    void shouldLoseNothingOfAWorkspaceThatBothTokensHold() {
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "1");
        client.signIn("fresh");
        publish(W1, "2");
        accept("fresh", claims("alice", W1, W2));
        publish(W1, "3");
        client.drain();

        assertThat(client.transport.messages()).containsExactly("1", "2", "3");
        assertThat(listener.signedIn).isEqualTo(1);
    }

    @Test
    void shouldStaySubscribedWhileClaimsAreReplaced() {
        List<Long> shardsOfTopic = new ArrayList<>();
        List<Long> shardsOfRoot = new ArrayList<>();
        dialect = new Observing(dialect, () -> {
            shardsOfTopic.add(hub.shardsOf(Pace.MERGED.topicOf("w1")));
            shardsOfRoot.add(hub.shardsOfRoot("ds/one", Pace.MERGED));
        });
        Client client = signedIn("alice", W1);
        client.signIn("fresh", claims("alice", W1));

        assertThat(shardsOfTopic).as("before each sign-in").containsExactly(0L, 1L);
        assertThat(shardsOfRoot).containsExactly(0L, 1L);
        assertThat(hub.shardsOf(Pace.MERGED.topicOf("w1"))).isEqualTo(1);
    }

    /** Looks at the world at the moment when claims are about to be subscribed. */
    private record Observing(SimpleDialect cells, Runnable look) implements SimpleDialect {
        @Override
        public DialectKind kind() {
            return cells.kind();
        }

        @Override
        public Command decode(String text) {
            return cells.decode(text);
        }

        @Override
        public List<Frame> notice(Notice notice) {
            return cells.notice(notice);
        }

        @Override
        public Renderer renderer() {
            return cells.renderer();
        }

        @Override
        public void implied(UUID session, Claims claims, Interests interests) {
            look.run();
            cells.implied(session, claims, interests);
        }
    }

    @Test
    void shouldEndEverythingOfTheFormerSubject() {
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "for alice");
        client.signIn("of bob", claims("bob", W1));
        publish(W1, "for bob");
        client.drain();

        assertThat(client.transport.messages()).containsExactly("for bob");
        assertThat(client.session.claims().orElseThrow().username()).isEqualTo("bob");
        assertThat(hub.shardsOf(Topic.of("job", "alice"))).isZero();
        assertThat(hub.shardsOf(Topic.of("job", "bob"))).isEqualTo(1);
        assertThat(listener.signedIn).isEqualTo(1);
        signedIn("alice", W1);
        assertThat(signedIn("alice", W1).session.claims())
                .as("alice's place was given back")
                .isPresent();
    }

    // What others take away

    private void workspaceDeleted(View view) {
        withdrawals.workspaceDeleted(view.uuid(), new Position("e", ++offset));
    }

    @Test
    void shouldGoOnWithWhatIsLeftOfItsClaims() {
        Client client = signedIn("alice", W1, W2);
        publish(W1, "before");
        workspaceDeleted(W1);
        publish(W1, "after");
        publish(W2, "other");

        assertThat(client.transport.messages()).containsExactly("before", "other");
        assertThat(client.transport.closedWith()).isEmpty();
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);
        assertThat(hub.shardsOf(Pace.MERGED.topicOf("w1"))).isZero();
        assertThat(listener.refusedByGuard).isZero();
        assertThat(listener.signedIn).isEqualTo(1);
    }

    /** The claims end with the task that brings the withdrawal, not when its turn in the sweep comes. */
    @Test
    void shouldDeliverNothingBetweenTheWithdrawalAndItsTurn() {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(signedIn("user-" + i, W1, W2));
        }
        workspaceDeleted(W1);
        assertThat(loop.runOne()).isTrue();
        assertThat(shard.publish(publication(W1, "after"))).as("who takes it").isZero();
        assertThat(shard.publish(publication(W2, "other"))).isEqualTo(5);
        loop.runAll();

        clients.forEach(client -> assertThat(client.transport.messages()).containsExactly("other"));
        assertThat(listener.refusedByGuard).isZero();
    }

    @Test
    void shouldDropWhatIsWithdrawnBetweenTheQueueAndTheSocket() {
        Client client = signedIn("alice", W1, W2);
        shard.publish(publication(W1, "waits for its turn"));
        shard.publish(publication(W2, "other"));
        workspaceDeleted(W1);
        loop.runAll();
        assertThat(client.transport.messages())
                .as("handed over before the withdrawal came")
                .containsExactly("waits for its turn", "other");

        client.fill();
        publish(W2, "of w2");
        workspaceDeleted(W2);
        client.drain();

        assertThat(client.transport.messages()).hasSize(2);
        assertThat(listener.dropped).isEqualTo(1);
    }

    @Test
    void shouldDropWhatIsWithdrawnWhileItWaitsForTheEndOfTheTurn() {
        Client client = signedIn("alice", W1);
        workspaceDeleted(W1);
        // both tasks are there: the withdrawal, and behind it the turn in which the frame would be written
        shard.publish(publication(W1, "waits"));
        loop.runAll();

        assertThat(client.transport.messages()).isEmpty();
        assertThat(listener.dropped).isEqualTo(1);
    }

    /** Who loses something must be able to hear of it, however late the socket takes it. */
    @Test
    void shouldStillTellOfTheWithdrawal() {
        Client client = signedIn("alice", W1, W2);
        client.fill();
        publish(W1, "before");
        publish(W1, "deleted");
        withdrawals.workspaceDeleted("w1", new Position("e", offset));
        loop.runAll();
        publish(W2, "also deleted");
        withdrawals.workspaceDeleted("w2", new Position("e", offset));
        client.drain();

        assertThat(client.transport.messages()).containsExactly("deleted", "also deleted");
        assertThat(listener.dropped).isEqualTo(1);
    }

    @Test
    void shouldWithdrawARole() {
        Client client = client();
        Claims claims = new Claims(
                "alice",
                "alice",
                "",
                Set.of("r1", "r2"),
                List.of(W1),
                time.now().plusSeconds(60));
        client.signIn("t", claims);
        withdrawals.roleDeleted("r1", new Position("e", 1));
        withdrawals.roleDeleted("w1", new Position("e", 2));
        loop.runAll();

        assertThat(client.session.claims().orElseThrow().roles()).containsExactly("r2");
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W1);
    }

    @Test
    void shouldWithdrawNothingOnEventsThatAreOnlyASignal() {
        Client client = signedIn("alice", W1);
        Withdrawals signal = new Withdrawals(registry, revocations, false);
        signal.workspaceDeleted("w1", new Position("e", 1));
        signal.roleDeleted("w1", new Position("e", 2));
        publish(W1, "after");

        assertThat(client.transport.messages()).containsExactly("after");
        assertThat(revocations.size()).isZero();
    }

    @Test
    void shouldWithdrawFromOneUserOnly() {
        Client alice = signedIn("alice", W1, W2);
        Client bob = signedIn("bob", W1);
        CompletionStage<Revoker.Effect> effect = withdrawals.withdraw("alice", Entitlement.workspace("w1"));
        assertThat(effect.toCompletableFuture()).isNotDone();
        publish(W1, "one");
        publish(W2, "two");

        assertThat(alice.transport.messages()).containsExactly("two");
        assertThat(bob.transport.messages()).containsExactly("one");
        assertThat(effect.toCompletableFuture().join().sessions()).isEqualTo(1);
        assertThat(effect.toCompletableFuture().join().until())
                .contains(time.now().plus(TestRevocations.LIFETIME));
    }

    @Test
    void shouldNotGetBackWhatWasWithdrawnThroughAnOldToken() {
        Client client = client();
        client.signIn("first", token(claims("alice", W1, W2)));
        Claims old = token(claims("alice", W1, W2));
        Claims ageless = claims("alice", W1, W2);
        client.signIn("on its way");
        workspaceDeleted(W1);
        loop.runAll();
        accept("on its way", old);
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);
        client.signIn("again", old);
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);
        client.signIn("without iat", ageless);
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);

        time.advance(Duration.ofMillis(1));
        client.signIn("issued later", token(claims("alice", W1, W2)));
        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W1, W2);
        publish(W1, "back");
        assertThat(client.transport.messages()).containsExactly("back");
    }

    /** The result is there, its task waits behind the one that brings the withdrawal, and in front of the sweep. */
    @Test
    void shouldNotTakeClaimsThatAreOutdatedOnTheWayToTheLoop() {
        Client client = client();
        client.signIn("t");
        workspaceDeleted(W1);
        verifier.started.get("t").complete(token(claims("alice", W1, W2)));
        loop.runAll();

        assertThat(client.session.claims().orElseThrow().views()).containsExactly(W2);
    }

    @Test
    void shouldCloseTheSessionsOfARevokedUser() {
        Client alice = signedIn("alice", W1);
        Client other = signedIn("alice", W1);
        Client bob = signedIn("bob", W1);
        other.fill();
        publish(W1, "before");
        CompletionStage<Revoker.Effect> effect = withdrawals.revokeUser("alice");
        publish(W1, "after");

        alice.assertClosed(CloseCode.FORBIDDEN, "before", cellsError("the session was revoked"));
        other.assertClosed(CloseCode.FORBIDDEN);
        assertThat(bob.transport.messages()).containsExactly("before", "after");
        assertThat(effect.toCompletableFuture().join().sessions()).isEqualTo(2);
        assertThat(listener.signedIn).isEqualTo(1);
    }

    @Test
    void shouldRefuseARevokedTokenHoweverItComesBack() {
        Claims old = token(claims("alice", W1));
        Client inFlight = client();
        inFlight.signIn("in flight");
        Client again = client();
        again.signIn("first", old);
        again.signIn("re-sign-in");
        Client quick = client();
        quick.signIn("quick");
        // its task is in front of the one that brings the revocation
        verifier.started.get("quick").complete(old);
        var _ = withdrawals.revokeUser("alice");
        loop.runAll();
        quick.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.REVOKED.text()));
        accept("in flight", old);
        inFlight.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.REVOKED.text()));
        accept("re-sign-in", old);
        again.assertClosed(CloseCode.FORBIDDEN, cellsError("the session was revoked"));

        Client back = client();
        back.signIn("later", old);
        back.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.REVOKED.text()));
        time.advance(Duration.ofMillis(1));
        Client fresh = client();
        fresh.signIn("fresh", token(claims("alice", W1)));
        assertThat(fresh.session.claims()).isPresent();
    }

    @Test
    void shouldRefuseAReSignInOfARevokedUserAndEndTheConnection() {
        Client client = client();
        client.signIn("as bob", token(claims("bob", W1)));
        Claims alice = token(claims("alice", W1));
        var _ = withdrawals.revokeUser("alice");
        loop.runAll();
        client.signIn("as alice", alice);

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.REVOKED.text()));
    }

    @Test
    void shouldRevokeOneSessionWithItsToken() {
        Claims token = token(claims("alice", W1));
        Client session = client();
        session.signIn("t", token);
        Client sameToken = client();
        sameToken.signIn("t again", token);
        CompletionStage<Optional<Revoker.Effect>> effect = withdrawals.revokeSession(session.session.id());
        loop.runAll();

        session.assertClosed(CloseCode.FORBIDDEN, cellsError("the session was revoked"));
        sameToken.assertClosed(CloseCode.FORBIDDEN, cellsError("the session was revoked"));
        assertThat(effect.toCompletableFuture().join().orElseThrow().sessions()).isEqualTo(2);
        Client back = client();
        back.signIn("t once more", token);
        back.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.REVOKED.text()));
        Client otherToken = client();
        otherToken.signIn("another", token(claims("alice", W1)));
        assertThat(otherToken.session.claims()).isPresent();
    }

    @Test
    void shouldRevokeASessionThatIsNotSignedIn() {
        Client client = client();
        client.signIn("on its way");
        CompletionStage<Optional<Revoker.Effect>> effect = withdrawals.revokeSession(client.session.id());
        loop.runAll();
        client.assertClosed(CloseCode.FORBIDDEN, cellsError("the session was revoked"));
        assertThat(effect.toCompletableFuture().join().orElseThrow().sessions()).isEqualTo(1);
        accept("on its way", token(claims("alice", W1)));
        assertThat(client.session.claims()).isEmpty();
        assertThat(withdrawals.revokeSession(client.session.id()).toCompletableFuture())
                .as("closing, but not gone")
                .isNotDone();
        loop.runAll();

        client.session.onClosed();
        assertThat(withdrawals
                        .revokeSession(client.session.id())
                        .toCompletableFuture()
                        .join())
                .isEmpty();
    }

    @Test
    void shouldTellWhatIsKnownOfASession() {
        Client client = client();
        assertThat(client.session.facts().user()).isEmpty();
        assertThat(client.session.facts().dialect()).contains("cells");
        client.signIn("t", token(claims("alice", W1, W2)));
        client.fill();
        client.transport.setPendingBytes(10);
        publish(W1, "12345678");

        SessionFacts facts = client.session.facts();
        assertThat(facts.id()).isEqualTo(client.session.id());
        assertThat(facts.user()).contains("alice");
        assertThat(facts.since()).isEqualTo(time.now());
        assertThat(facts.expiresAt()).contains(time.now().plus(Duration.ofMinutes(10)));
        assertThat(facts.subscriptions())
                .as("tree and idm of two workspaces; jobs, activity and idm of her; idm of her subject")
                .isEqualTo(8);
        assertThat(facts.queuedBytes()).as("two bytes of header").isEqualTo(20);
    }

    // The end of claims

    @Test
    void shouldCloseWhenClaimsExpire() {
        Client client = signedIn("alice", W1);
        publish(W1, "first");
        time.advance(Duration.ofMinutes(10).minusMillis(1));
        loop.runAll();
        publish(W1, "second");
        assertThat(client.transport.closedWith()).isEmpty();
        time.advance(Duration.ofMillis(1));
        loop.runAll();

        client.assertClosed(CloseCode.UNAUTHENTICATED, "first", "second", cellsError(Reason.EXPIRED.text()));
    }

    @Test
    void shouldNotDeliverAfterExpiryEvenIfTheTimerIsLate() {
        timers = (_, _) -> () -> {};
        Client client = signedIn("alice", W1);
        publish(W1, "first");
        time.advance(Duration.ofMinutes(10));
        publish(W1, "second");

        client.assertClosed(CloseCode.UNAUTHENTICATED, "first", cellsError(Reason.EXPIRED.text()));
        assertThat(hub.entries()).isZero();
    }

    @Test
    void shouldNotDeliverWhatWaitedUntilExpiry() {
        timers = (_, _) -> () -> {};
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "waits");
        time.advance(Duration.ofMinutes(10));
        client.drain();

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.EXPIRED.text()));
    }

    @Test
    void shouldLiveAsLongAsTheFreshToken() {
        Client client = signedIn("alice", W1);
        time.advance(Duration.ofMinutes(9));
        client.signIn("fresh", claims("alice", W1));
        time.advance(Duration.ofMinutes(9));
        loop.runAll();
        publish(W1, "late");
        assertThat(client.transport.messages()).containsExactly("late");
        time.advance(Duration.ofMinutes(1));
        loop.runAll();
        assertThat(client.transport.closedWith()).contains(CloseCode.UNAUTHENTICATED);
    }

    @Test
    void shouldAwaitSignInAgainAfterSignOut() {
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "waits");
        time.advance(Duration.ofMinutes(5));
        client.signOut();
        client.drain();
        publish(W1, "after");

        assertThat(client.session.claims()).isEmpty();
        assertThat(client.transport.messages()).isEmpty();
        assertThat(hub.entries()).isZero();
        time.advance(SIGN_IN_TIMEOUT.minusNanos(1));
        loop.runAll();
        assertThat(client.transport.closedWith()).isEmpty();
        time.advance(Duration.ofNanos(1));
        loop.runAll();
        client.assertClosed(CloseCode.SIGN_IN_TIMEOUT, cellsError(CloseCode.SIGN_IN_TIMEOUT.reason()));
    }

    @Test
    void shouldCloseWhenNobodySignsInInTime() {
        Client undecided = new Client(Optional.empty());
        Client cells = client();
        time.advance(SIGN_IN_TIMEOUT);
        loop.runAll();

        undecided.assertClosed(CloseCode.POLICY, plainError(CloseCode.SIGN_IN_TIMEOUT.reason()));
        cells.assertClosed(CloseCode.SIGN_IN_TIMEOUT, cellsError(CloseCode.SIGN_IN_TIMEOUT.reason()));
    }

    // Frames that are not understood

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "[]", "1", "{}", "{\"a\":1}", "{\"@type\":"})
    void shouldCloseAnUndecidedConnectionWithAPlainError(String garbage) {
        Client client = new Client(Optional.empty());
        client.session.onText(garbage);

        client.assertClosed(CloseCode.POLICY, plainError("the first message is of no protocol that is spoken here"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "[]", "1"})
    void shouldCloseACellsConnectionWithACellsError(String garbage) {
        Client client = client();
        client.session.onText(garbage);

        assertThat(client.transport.messages())
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .startsWith("{\"@type\":\"error\",\"jwt\":\"\",\"error\":\"the message is not"));
        assertThat(client.transport.closedWith()).contains(CloseCode.PROTOCOL);
    }

    @Test
    void shouldCloseOnBinary() {
        Client undecided = new Client(Optional.empty());
        undecided.session.onBinary(Unpooled.EMPTY_BUFFER);
        undecided.assertClosed(CloseCode.UNSUPPORTED_DATA, plainError("binary messages are not spoken here"));
        Client cells = client();
        cells.session.onBinary(Unpooled.EMPTY_BUFFER);
        cells.assertClosed(CloseCode.UNSUPPORTED_DATA, cellsError("binary messages are not spoken here"));
    }

    @Test
    void shouldIgnoreUnknownTypes() {
        Client client = new Client(Optional.empty());
        client.session.onText("{\"@type\":\"dance\"}");
        client.session.onText("{\"@type\":7}");
        client.session.onText("{}");
        loop.runAll();

        assertThat(client.transport.messages()).isEmpty();
        assertThat(client.transport.closedWith()).isEmpty();
        client.signIn("t", claims("alice", W1));
        assertThat(client.session.claims()).isPresent();
    }

    @Test
    void shouldRefuseADialectThatIsNotAvailable() {
        String reason = "the protocol stomp is not available on this server";
        Client byFrame = new Client(Optional.empty());
        byFrame.session.onText("CONNECT\naccept-version:1.2\n\n\0");
        byFrame.assertClosed(CloseCode.POLICY, plainError(reason));
        new Client(Optional.of(DialectKind.STOMP)).assertClosed(CloseCode.POLICY, plainError(reason));
    }

    @Test
    void shouldIgnoreWhatComesAfterTheClose() {
        Client client = client();
        client.session.onBinary(Unpooled.EMPTY_BUFFER);
        client.signIn("late");
        client.session.onBinary(Unpooled.EMPTY_BUFFER);
        client.session.onText("garbage");
        client.session.onWritable();
        client.session.goAway();
        loop.runAll();

        assertThat(verifier.started).isEmpty();
        assertThat(client.transport.messages()).hasSize(1);
        assertThat(listener.closings).containsExactly(CloseCode.UNSUPPORTED_DATA);
    }

    /** Refuses what begins with "no", and answers what begins with "yes". */
    private record Refusing(SimpleDialect cells) implements SimpleDialect {
        @Override
        public DialectKind kind() {
            return cells.kind();
        }

        @Override
        public Command decode(String text) {
            if (text.startsWith("yes")) {
                return new Command.Answered(List.of(Frame.text(text)));
            }
            return text.startsWith("no")
                    ? new Command.Refused(new Request() {}, new Reply.Failed(400, text))
                    : cells.decode(text);
        }

        @Override
        public List<Frame> notice(Notice notice) {
            return cells.notice(notice);
        }

        @Override
        public List<Frame> reply(Request request, Reply reply) {
            return reply instanceof Reply.Failed failed
                    ? cells.notice(new Notice.Closing(failed.status(), failed.message()))
                    : List.of();
        }

        @Override
        public Renderer renderer() {
            return cells.renderer();
        }

        @Override
        public void implied(UUID session, Claims claims, Interests interests) {
            cells.implied(session, claims, interests);
        }
    }

    @Test
    void shouldCloseOnTooManyErrorsInARow() {
        dialect = new Refusing(dialect);
        Client client = client();
        for (int i = 0; i < 2; i++) {
            client.session.onText("no 1");
            client.session.onText("no 2");
            client.session.onText("{\"@type\":\"ignored\"}");
            client.session.onText("no 3");
            loop.runAll();
            assertThat(client.transport.closedWith()).isEmpty();
            client.signIn("t" + i, claims("alice", W1));
        }
        assertThat(client.transport.messages())
                .hasSize(6)
                .startsWith(cellsError("no 1"), cellsError("no 2"), cellsError("no 3"));
        for (int i = 0; i <= ERRORS_IN_A_ROW; i++) {
            client.session.onText("no " + i);
        }

        assertThat(client.transport.closedWith()).contains(CloseCode.POLICY);
        assertThat(client.transport.messages()).last().isEqualTo(cellsError("too many errors in a row"));
    }

    /** A client that is alive for months makes a mistake now and then; in between it pings. */
    @Test
    void shouldNotTakeErrorsForARowThatIsInterrupted() {
        dialect = new Refusing(dialect);
        Client client = client();
        for (int i = 0; i < 3 * ERRORS_IN_A_ROW; i++) {
            client.session.onText("no");
            client.session.onText("yes");
        }
        loop.runAll();

        assertThat(client.transport.closedWith()).isEmpty();
    }

    @Test
    void shouldBoundTheErrorsThatWaitForASlowClient() {
        dialect = new Refusing(dialect);
        Client client = client();
        client.fill();
        client.session.onText("no" + "x".repeat((int) BYTES));

        assertThat(client.transport.closedWith()).contains(CloseCode.SLOW_CONSUMER);
    }

    // Bounds

    @Test
    void shouldCloseASlowConsumerAndNobodyElse() {
        Client slow = signedIn("alice", W1);
        Client other = signedIn("bob", W1);
        slow.fill();
        String text = "x".repeat(996);
        for (int i = 0; i < 3; i++) {
            publish(W1, text);
        }
        assertThat(slow.transport.closedWith()).as("just at the bound").isEmpty();
        publish(W1, text);

        assertThat(slow.transport.closedWith()).contains(CloseCode.SLOW_CONSUMER);
        assertThat(slow.transport.messages()).isEmpty();
        assertThat(listener.closings).containsExactly(CloseCode.SLOW_CONSUMER);
        assertThat(listener.dropped).isEqualTo(4);
        assertThat(other.transport.messages()).hasSize(4);
        publish(W1, "after");
        assertThat(other.transport.messages()).hasSize(5);
        assertThat(budget.total()).isZero();
    }

    @Test
    void shouldCountWhatTheSocketHoldsAsWaiting() {
        Client slow = signedIn("alice", W1);
        slow.transport.setPendingBytes(BYTES);
        publish(W1, "");
        assertThat(slow.transport.closedWith()).isEmpty();
        slow.transport.setPendingBytes(BYTES + 1);
        publish(W1, "");

        assertThat(slow.transport.closedWith()).contains(CloseCode.SLOW_CONSUMER);
    }

    @Test
    void shouldCloseTheFullestFirstWhenTooMuchWaitsInTotal() {
        Client full = signedIn("alice", W1, W2);
        Client fuller = signedIn("bob", W1);
        Client empty = signedIn("carol", W1);
        full.fill();
        fuller.fill();
        publish(W1, "x".repeat(1_500));
        publish(W2, "x".repeat(400));
        assertThat(budget.total()).isBetween(TOTAL_BYTES - 700, TOTAL_BYTES);
        publish(W1, "x".repeat(500));

        assertThat(budget.total()).isBetween(1_000L, TOTAL_BYTES);
        assertThat(full.transport.closedWith()).as("2,400 bytes").contains(CloseCode.SLOW_CONSUMER);
        assertThat(fuller.transport.closedWith()).as("2,000 bytes").isEmpty();
        assertThat(empty.transport.messages()).hasSize(2);
        fuller.drain();
        assertThat(fuller.transport.messages()).hasSize(2);
    }

    // The end

    @Test
    void shouldWriteWhatWaitsBeforeItGoesAway() {
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "waits");
        client.transport.setWritable(true);
        client.session.goAway();

        client.assertClosed(CloseCode.GOING_AWAY, "waits");
    }

    @Test
    void shouldDeliverNothingThatExpiredWhenItGoesAway() {
        timers = (_, _) -> () -> {};
        Client client = signedIn("alice", W1);
        client.fill();
        publish(W1, "waits");
        time.advance(Duration.ofMinutes(10));
        client.transport.setWritable(true);
        client.session.goAway();

        client.assertClosed(CloseCode.UNAUTHENTICATED, cellsError(Reason.EXPIRED.text()));
    }

    @Test
    void shouldAbortWhenThePeerDoesNotAnswerAClose() {
        Client silent = client();
        Client polite = client();
        silent.session.onBinary(Unpooled.EMPTY_BUFFER);
        polite.session.onBinary(Unpooled.EMPTY_BUFFER);
        polite.session.onClosed();
        time.advance(CLOSE_GRACE.minusNanos(1));
        loop.runAll();
        assertThat(silent.transport.aborted()).isFalse();
        time.advance(Duration.ofNanos(1));
        loop.runAll();

        assertThat(silent.transport.aborted()).isTrue();
        assertThat(polite.transport.aborted()).isFalse();
    }

    @Test
    void shouldLeaveNothingBehind() {
        Client idle = new Client(Optional.empty());
        Client signedIn = signedIn("alice", W1, W2);
        Client full = signedIn("bob", W1);
        Client refused = client();
        Client slow = signedIn("carol", W1);
        Client verifying = client();
        Client away = signedIn("dave", W1);
        full.fill();
        slow.fill();
        publish(W1, "x".repeat(1_000));
        slow.transport.setPendingBytes(BYTES);
        publish(W1, "y");
        refused.signIn("bad");
        refuse("bad", new TokenRejectedException(Reason.SIGNATURE));
        for (int i = 0; i < 3; i++) {
            verifying.signIn("slow " + i);
        }
        away.session.goAway();
        assertThat(slow.transport.closedWith()).contains(CloseCode.SLOW_CONSUMER);
        assertThat(budget.total()).isPositive();
        assertThat(listener.open).isEqualTo(7);

        for (Client client : List.of(idle, signedIn, full, refused, slow, verifying, away)) {
            client.session.onClosed();
            client.session.onClosed();
        }
        loop.runAll();

        assertThat(hub.entries()).isZero();
        assertThat(shard.entries()).isZero();
        assertThat(flusher.frames().size()).isZero();
        assertThat(flusher.bytes()).isZero();
        assertThat(budget.total()).isZero();
        assertThat(time.pendingTimers()).isZero();
        assertThat(listener.open).isZero();
        assertThat(listener.signedIn).isZero();
        assertThat(limits.unauthenticated()).isZero();
        verifier.started.keySet().stream()
                .filter(token -> token.startsWith("slow"))
                .toList()
                .forEach(token -> accept(token, claims("alice", W1)));
        assertThat(hub.entries()).isZero();
        assertThat(verifier.started).doesNotContainKey("slow 2");
    }
}
