package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.openflow.OpenFlowDialect;
import io.switchboard.dialect.openflow.OpenFlowSettings;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Shard;
import io.switchboard.queue.LocalWorkQueues;
import io.switchboard.queue.QueueSettings;
import io.switchboard.queue.WorkQueues;
import io.switchboard.rule.TopicRules;
import io.switchboard.rule.TopicRules.QueueTexts;
import io.switchboard.rule.TopicRules.RuleTexts;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.storage.QueueQuotas;
import io.switchboard.testing.MemoryQueueStore;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SilentQueueListener;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRevocations;
import io.switchboard.testing.TestServices;
import io.switchboard.testing.WireJson;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Queues in sessions whose rights change. */
class WorkDeskTest {
    private static final Duration DELAY = Duration.ofMillis(50);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final Revocations revocations = TestRevocations.by(time.clock());
    private final SessionRegistry registry = new SessionRegistry(1);
    private final Withdrawals withdrawals = new Withdrawals(registry, revocations, true);
    private final Map<String, Claims> tokens = new HashMap<>();
    private final List<ServiceCall> calls = new ArrayList<>();
    private final WorkQueues queues = new LocalWorkQueues(
            new MemoryQueueStore(new QueueQuotas(0, 0, 0, 0, 0, 0), time.clock()),
            new Owners(List.of(loop)),
            time.clock(),
            new QueueSettings(Duration.ZERO, Duration.ofMinutes(1), 5, Duration.ZERO, Duration.ZERO),
            new SilentQueueListener());

    private static TopicRules rules() {
        return new TopicRules(
                new RuleTexts(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        new QueueTexts(List.of("pool.{role}"), List.of(), List.of("**"), List.of())),
                Map.of());
    }

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private int asked;
        private final Session session = new Session(
                transport,
                shard,
                new Flusher(loop, time.clock(), new OutboundBudget(0)),
                TestServices.by(time)
                        .dialect(new OpenFlowDialect(
                                WireJson.MAPPER,
                                new OpenFlowSettings(
                                        10_000, 0, 0, 0, Duration.ofMinutes(1), Duration.ZERO, Duration.ofHours(1)),
                                System::nanoTime))
                        .revocations(revocations)
                        .registry(registry)
                        .rules(rules())
                        .queues(queues)
                        .calls(call -> {
                            calls.add(call);
                            return CompletableFuture.completedFuture(new ServiceAnswer.Unknown());
                        })
                        .verifier(token -> tokens.containsKey(token)
                                ? CompletableFuture.completedFuture(tokens.get(token))
                                : CompletableFuture.failedFuture(new TokenRejectedException(Reason.MALFORMED)))
                        .limits(new SessionLimits(
                                Duration.ZERO,
                                Duration.ZERO,
                                0,
                                0,
                                0,
                                0,
                                0,
                                ChatSettings.USUAL,
                                new WorkSettings(DELAY, 1, Duration.ZERO)))
                        .build());

        private Client() {
            session.open(Opening.of(DialectKind.OPENFLOW));
            loop.runAll();
        }

        private JsonObject ask(String command, JsonObject data) {
            session.onText(new JsonObject()
                    .put("id", "q" + ++asked)
                    .put("command", command)
                    .put("data", data.encode())
                    .encode());
            loop.runAll();
            return said().stream()
                    .filter(packet -> ("q" + asked).equals(packet.getString("replyto")))
                    .findFirst()
                    .map(packet -> new JsonObject(packet.getString("data")))
                    .orElse(null);
        }

        private void answer(JsonObject packet, String command) {
            session.onText(new JsonObject()
                    .put("id", "a")
                    .put("command", command)
                    .put("replyto", packet.getString("id"))
                    .put("data", "")
                    .encode());
            loop.runAll();
        }

        private List<JsonObject> said() {
            return transport.messages().stream().map(JsonObject::new).toList();
        }

        /** What came without being asked for, by command. */
        private List<JsonObject> begun(String command) {
            return said().stream()
                    .filter(packet -> !packet.containsKey("replyto"))
                    .filter(packet -> packet.getString("command").equals(command))
                    .toList();
        }

        private List<Object> work() {
            return begun("queuemessage").stream()
                    .map(packet -> new JsonObject(packet.getString("data")).getValue("data"))
                    .toList();
        }

        private void register(String queue) {
            assertThat(ask("registerqueue", object("queuename", queue)).getString("queuename"))
                    .isEqualTo(queue);
            time.advance(DELAY);
            loop.runAll();
        }
    }

    private static JsonObject object(String name, Object value) {
        return new JsonObject().put(name, value);
    }

    private String token(String user, String... roles) {
        String token = user + Set.of(roles);
        tokens.put(
                token,
                new Claims(user, user, "", Set.of(roles), List.of(), time.now().plus(Duration.ofHours(1))));
        return token;
    }

    private Client client(String user, String... roles) {
        Client client = new Client();
        assertThat(client.ask("signin", object("jwt", token(user, roles))).containsKey("error"))
                .isFalse();
        return client;
    }

    private void send(Client sender, String queue, Object data) {
        JsonObject answer =
                sender.ask("queuemessage", object("queuename", queue).put("data", data));
        assertThat(answer.containsKey("error")).as(answer.encode()).isFalse();
    }

    @Test
    void nothingIsGivenBeforeTheClientHadAMomentToBeReady() {
        Client alice = client("alice");
        alice.ask("registerqueue", object("queuename", "q"));
        send(alice, "q", 1);
        assertThat(alice.work()).isEmpty();
        time.advance(DELAY);
        loop.runAll();
        assertThat(alice.work()).containsExactly(1);
    }

    @Test
    void whoLosesTheRightToAPoolIsGivenNothingMoreOfItAndAnotherIs() {
        Client owner = client("owner");
        owner.ask("registerqueue", object("queuename", "pool.w"));
        owner.ask("closequeue", object("queuename", "pool.w"));
        Client alice = client("alice", "w");
        alice.register("pool.w");
        alice.register("mine");
        send(owner, "pool.w", 1);
        assertThat(alice.work()).containsExactly(1);

        withdrawals.withdraw("alice", Entitlement.role("w"));
        loop.runAll();
        send(owner, "pool.w", 2);
        send(owner, "mine", 3);

        assertThat(alice.begun("queueclosed"))
                .extracting(packet -> packet.getString("data"))
                .containsExactly("{\"queuename\":\"pool.w\"}");
        assertThat(alice.work()).containsExactly(1, 3);
        assertThat(alice.transport.closedWith()).isEmpty();
        Client bob = client("bob", "w");
        bob.register("pool.w");
        assertThat(bob.work()).as("what alice had, first").containsExactly(1);
        bob.answer(bob.begun("queuemessage").getFirst(), "queuemessage");
        assertThat(bob.work()).containsExactly(1, 2);
    }

    @Test
    void aRightThatIsWithdrawnWhileAQueueIsAskedForCountsNoMore() {
        Client owner = client("owner");
        owner.register("pool.w");
        owner.ask("closequeue", object("queuename", "pool.w"));
        Client alice = client("alice", "w");
        alice.session.onText(new JsonObject()
                .put("id", "asked")
                .put("command", "registerqueue")
                .put("data", object("queuename", "pool.w").encode())
                .encode());
        withdrawals.withdraw("alice", Entitlement.role("w"));
        loop.runAll();
        time.advance(DELAY);
        loop.runAll();
        send(owner, "pool.w", "secret");

        assertThat(alice.work()).isEmpty();
        assertThat(alice.said().getLast().getString("data"))
                .contains("this queue may not be worked off with your rights");
    }

    @Test
    void whatWaitsForASocketWhenTheRightIsLostIsNeverHandedOver() {
        Client owner = client("owner");
        owner.register("pool.w");
        owner.ask("closequeue", object("queuename", "pool.w"));
        Client alice = client("alice", "w");
        alice.register("pool.w");
        alice.transport.setWritable(false);
        send(owner, "pool.w", "secret");

        withdrawals.withdraw("alice", Entitlement.role("w"));
        loop.runAll();
        alice.transport.setWritable(true);
        alice.session.onWritable();
        loop.runAll();

        assertThat(alice.transport.closedWith()).contains(CloseCode.FORBIDDEN);
        assertThat(alice.work()).isEmpty();
    }

    @Test
    void whoSignsInAsAnotherGivesUpWhatTheFormerHad() {
        Client alice = client("alice");
        alice.register("q");
        send(alice, "q", 1);
        assertThat(alice.work()).containsExactly(1);
        JsonObject given = alice.begun("queuemessage").getFirst();

        alice.ask("signin", object("jwt", token("bob")));
        alice.answer(given, "queuemessage");
        send(alice, "q", 2);
        assertThat(alice.work()).containsExactly(1);

        Client again = client("alice");
        again.register("q");
        assertThat(again.work()).containsExactly(1);
    }

    @Test
    void silenceFreesTheConsumerAndTheMessageComesAgain() {
        Client alice = client("alice");
        alice.register("q");
        send(alice, "q", 1);
        time.advance(Duration.ofMinutes(1));
        loop.runAll();
        assertThat(alice.work()).containsExactly(1, 1);
        // an answer to the first is no answer to the second
        alice.answer(alice.begun("queuemessage").getFirst(), "queuemessage");
        send(alice, "q", 2);
        assertThat(alice.work()).containsExactly(1, 1);
        alice.answer(alice.begun("queuemessage").get(1), "queuemessage");
        assertThat(alice.work()).containsExactly(1, 1, 2);
    }

    @Test
    void anErrorThatRefersToNothingMeansTheOnlyMessageThatIsOpen() {
        Client alice = client("alice");
        alice.register("q");
        send(alice, "q", 1);
        alice.answer(object("id", "invented"), "error");
        assertThat(alice.work()).containsExactly(1, 1);
        // one that refers to what the server began by itself means that
        alice.answer(object("id", "sb-1"), "error");
        assertThat(alice.work()).containsExactly(1, 1);
        // and one to a delivery that is over means nothing
        alice.answer(alice.begun("queuemessage").getFirst(), "error");
        assertThat(alice.work()).containsExactly(1, 1);
    }

    @Test
    void aTokenOfACommandIsTheActorOfThatCommandAlone() {
        Client alice = client("alice");
        alice.ask("anything", object("jwt", token("bob")).put("n", 1));
        alice.ask("anything", object("n", 2));
        assertThat(calls)
                .extracting(call -> call.actor().claims().map(Claims::username))
                .containsExactly(Optional.of("bob"), Optional.of("alice"));
        assertThat(alice.session.claims()).map(Claims::username).contains("alice");
        assertThat(alice.ask("registerqueue", object("jwt", token("bob")).put("queuename", "q"))
                        .getString("error"))
                .isEqualTo("the token is another user's: sign in with it for what lasts");
        assertThat(alice.ask("anything", object("jwt", "forged")).getString("error"))
                .isNotEmpty();
        assertThat(calls).hasSize(2);
        alice.register("q");
        alice.ask(
                "queuemessage",
                object("jwt", token("bob")).put("queuename", "q").put("data", new JsonObject()));
        assertThat(alice.work())
                .containsExactly(
                        object("__user", object("_id", "bob").put("name", "bob").put("username", "bob")));
    }
}
