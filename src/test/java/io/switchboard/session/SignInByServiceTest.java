package io.switchboard.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.flamigo.FlamigoDialect;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.service.SubscriptionChange;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import io.switchboard.testing.WireJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service answers with a token, and nobody is signed in by anything else. JSON is written with single quotes here. */
class SignInByServiceTest {
    private static final Duration SIGN_IN_TIMEOUT = Duration.ofSeconds(30);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final CountingListener listener = new CountingListener();
    private final ConnectionLimits limits = new ConnectionLimits(0, 0, 1, 0);
    private final RecordingTransport transport = new RecordingTransport();

    private final List<ServiceCall> calls = new ArrayList<>();
    private final List<String> verified = new ArrayList<>();
    private CompletableFuture<ServiceAnswer> answer = new CompletableFuture<>();
    private CompletableFuture<Claims> claims = new CompletableFuture<>();

    private final Session session = new Session(
            transport,
            shard,
            new Flusher(loop, time.clock(), new OutboundBudget(0)),
            TestServices.by(time)
                    .dialect(new FlamigoDialect(WireJson.MAPPER, true))
                    .listener(listener)
                    .userLimit(limits)
                    .rules(TestServices.rules(List.of("chat.**", "team.{role}"), List.of()))
                    .limits(new SessionLimits(SIGN_IN_TIMEOUT, Duration.ZERO, 0, 0, 3, 0, 1, ChatSettings.USUAL))
                    .calls(call -> {
                        calls.add(call);
                        return answer;
                    })
                    .verifier(token -> {
                        verified.add(token);
                        return claims;
                    })
                    .build());

    private Claims claims(String user) {
        return new Claims(user, user, "", Set.of(), List.of(), time.now().plus(Duration.ofMinutes(10)));
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void open() {
        assertThat(limits.acquireUnauthenticated()).isTrue();
        session.open(Opening.of(DialectKind.FLAMIGO));
    }

    private void send(String topic, String payload) {
        session.onText(json("{'topic':'" + topic + "','payload':" + payload + ",'ack':'1'}"));
        loop.runAll();
    }

    private void signIn() {
        answer = new CompletableFuture<>();
        claims = new CompletableFuture<>();
        send("app::websocket:auth", "{'password':'p'}");
    }

    private void answers(ServiceAnswer given) {
        answer.complete(given);
        loop.runAll();
    }

    private void answers(String payload) {
        answers(new ServiceAnswer.Reply(json(payload).getBytes(UTF_8), Optional.empty(), Optional.empty()));
    }

    private void verifies(Claims given) {
        claims.complete(given);
        loop.runAll();
    }

    private static String error(int status, String message) {
        return json("{'topic':'error','payload':{'message':'MESSAGE','status':" + status + "},'ack':'1'}")
                .replace("MESSAGE", message);
    }

    private void assertSaid(String... messages) {
        assertThat(transport.messages()).containsExactly(messages);
    }

    private static String success(String rest) {
        return json("{'topic':'app::websocket:auth','payload':{" + rest + "'success':true},'ack':'1'}");
    }

    @Test
    void theTokenSignsInAndTheRestIsForTheClient() {
        open();
        signIn();

        assertThat(calls).hasSize(1);
        assertThat(calls.getFirst().name()).isEqualTo("websocket:auth");
        assertThat(calls.getFirst().payload())
                .isEqualTo(json("{'password':'p'}").getBytes(UTF_8));
        assertThat(calls.getFirst().actor().session()).isEqualTo(session.id());
        assertThat(calls.getFirst().actor().dialect()).isEqualTo("flamigo");
        assertThat(calls.getFirst().actor().claims()).as("on nobody's behalf").isEmpty();
        answers("{'token':'t','name':'Alice'}");
        assertThat(verified).containsExactly("t");
        assertThat(session.claims()).as("its word alone is worth nothing").isEmpty();
        assertThat(transport.messages()).isEmpty();
        verifies(claims("alice"));

        assertThat(session.claims()).map(Claims::username).contains("alice");
        assertSaid(success("'name':'Alice',"));
        assertThat(listener.signInsRefused).isZero();
    }

    @Test
    void commandsBehindItWaitSoThereIsOneAtATime() {
        open();
        signIn();
        assertThat(transport.isHeld()).isTrue();
        send("app::websocket:auth", "2");
        send("app::a", "3");
        assertThat(calls).hasSize(1);

        answers("{'token':'t'}");
        assertThat(calls).as("nor while the token is verified").hasSize(1);
        assertThat(transport.isHeld()).isTrue();
        CompletableFuture<Claims> first = claims;
        answer = new CompletableFuture<>();
        claims = new CompletableFuture<>();
        first.complete(claims("alice"));
        loop.runAll();
        assertThat(calls).extracting(ServiceCall::name).containsExactly("websocket:auth", "websocket:auth");
        answers(new ServiceAnswer.Failure(403, "not you"));

        assertThat(calls).extracting(ServiceCall::name).containsExactly("websocket:auth", "websocket:auth", "a");
        assertThat(calls.getLast().actor().claims()).as("still signed in").isPresent();
        assertThat(transport.isHeld()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{'token':''}", "{'token':7}", "['t']", "{'success':true}"})
    void anAnswerWithoutATokenSignsNobodyIn(String payload) {
        open();
        signIn();
        answers(payload);

        assertThat(verified).isEmpty();
        assertRefused(401, "the service did not sign you in");
    }

    private void assertRefused(int status, String message) {
        assertSaid(error(status, message));
        assertThat(session.claims()).isEmpty();
        assertThat(session.isOpen()).isTrue();
        assertThat(transport.isHeld()).isFalse();
        assertThat(listener.signInsRefused).isEqualTo(1);
        send("app::a", "1");
        assertThat(transport.messages()).endsWith(error(401, "unauthorized"));
    }

    @Test
    void aTokenThatIsRefusedSignsNobodyIn() {
        open();
        signIn();
        answers("{'token':'t','success':true}");
        claims.completeExceptionally(new TokenRejectedException(Reason.SIGNATURE));
        loop.runAll();

        assertRefused(401, Reason.SIGNATURE.text());
    }

    @Test
    void aTokenThatHasEndedMeanwhileSignsNobodyIn() {
        open();
        signIn();
        answers("{'token':'t'}");
        Claims ended = new Claims("alice", "alice", "", Set.of(), List.of(), time.now());
        verifies(ended);

        assertRefused(401, Reason.EXPIRED.text());
    }

    @Test
    void aServiceThatRefusesSignsNobodyIn() {
        open();
        signIn();
        answers(new ServiceAnswer.Failure(403, "wrong password"));

        assertRefused(403, "wrong password");
    }

    @Test
    void aServiceThatFailsSignsNobodyIn() {
        open();
        signIn();
        answer.completeExceptionally(new IllegalStateException("hunter2"));
        loop.runAll();

        assertRefused(500, "the service failed");
    }

    @Test
    void whereThereIsNoSuchServiceNobodyIsSignedIn() {
        open();
        signIn();
        answers(new ServiceAnswer.Unknown());

        assertRefused(404, "there is no such service");
    }

    @Test
    void whoIsRefusedAllTheTimeIsNotKept() {
        open();
        for (int i = 0; i < 4; i++) {
            signIn();
            answers("{}");
        }

        assertThat(transport.closedWith()).contains(CloseCode.POLICY);
    }

    @Test
    void theTimeToSignInIsNotTheServices() {
        open();
        signIn();
        time.advance(SIGN_IN_TIMEOUT);
        loop.runAll();

        assertThat(transport.closedWith()).contains(CloseCode.SIGN_IN_TIMEOUT);
        assertThat(transport.isHeld()).isFalse();
        answers("{'token':'t'}");
        assertThat(verified).isEmpty();
        assertThat(session.claims()).isEmpty();
    }

    @Test
    void whatComesForAConnectionThatIsGoneIsForgotten() {
        open();
        signIn();
        answers("{'token':'t'}");
        session.onClosed();
        verifies(claims("alice"));

        assertThat(session.claims()).isEmpty();
        assertThat(hub.entries()).isZero();
        assertThat(transport.messages()).isEmpty();
    }

    @Test
    void theServiceSubscribesWhomItSignsIn() {
        open();
        signIn();
        answers(new ServiceAnswer.Reply(
                json("{'token':'t'}").getBytes(UTF_8),
                Optional.of(new SubscriptionChange(List.of("chat/general", "secret/x"), List.of())),
                Optional.empty()));
        verifies(claims("alice"));

        assertSaid(success(""));
        // the topic and what is below it; no rule allows the other
        assertThat(session.change(new SubscriptionChange(List.of(), List.of()), Optional.empty()))
                .contains(2);
    }

    @Test
    void whatTheNextTokenDoesNotAllowIsTold() {
        open();
        signIn();
        answers(new ServiceAnswer.Reply(
                json("{'token':'t'}").getBytes(UTF_8),
                Optional.of(new SubscriptionChange(List.of("team/red", "chat/x"), List.of())),
                Optional.empty()));
        verifies(new Claims(
                "alice", "alice", "", Set.of("red"), List.of(), time.now().plus(Duration.ofMinutes(10))));
        signIn();
        answers("{'token':'u'}");
        verifies(claims("alice"));

        assertSaid(
                success(""), json("{'topic':'websocket:unsubscribed','payload':{'topics':['team/red']}}"), success(""));
    }

    /** As it is told who asks for a strategy that there is not. */
    @Test
    void whoIsNotSignedInIsToldThatBeforeTheScope() {
        open();
        send("nowhere", "1");
        signIn();
        answers("{'token':'t'}");
        verifies(claims("alice"));
        send("nowhere", "1");

        assertSaid(error(401, "unauthorized"), success(""), error(403, "the commands scope is invalid"));
    }

    @Test
    void nobodyIsSubscribedWhoHasTooManyConnections() {
        open();
        assertThat(limits.acquire("alice")).isTrue();
        signIn();
        answers(new ServiceAnswer.Reply(
                json("{'token':'t'}").getBytes(UTF_8),
                Optional.of(new SubscriptionChange(List.of("chat/general"), List.of())),
                Optional.empty()));
        verifies(claims("alice"));

        assertThat(transport.closedWith()).contains(CloseCode.TOO_MANY_CONNECTIONS);
        assertThat(transport.messages()).hasSize(1).allMatch(text -> text.contains("\"status\":429"));
        assertThat(hub.entries()).isZero();
    }

    @Test
    void signingInAgainReplacesTheUser() {
        open();
        signIn();
        answers("{'token':'t'}");
        verifies(claims("alice"));
        signIn();
        assertThat(calls.getLast().actor().claims()).as("whoever it was before").isEmpty();
        answers("{'token':'u'}");
        verifies(claims("bob"));

        assertThat(session.claims()).map(Claims::username).contains("bob");
        assertThat(verified).containsExactly("t", "u");
    }
}
