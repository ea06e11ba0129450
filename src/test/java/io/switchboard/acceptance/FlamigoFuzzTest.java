package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.hub.Hub;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.FlamigoClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.Indexed;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Requests of the Flamigo dialect, whole, damaged and made up, to services that answer whatever they like: no exception in the log,
 * every request is answered, and the neighbour receives everything in order. To repeat a run that failed:
 * {@code -Dswitchboard.fuzz.seed=…}; for a longer one: {@code -Dswitchboard.fuzz.inputs=…}.
 */
@QuarkusTest
class FlamigoFuzzTest {
    private static final int INPUTS = Integer.getInteger("switchboard.fuzz.inputs", 3_000);
    private static final int INPUTS_PER_CONNECTION = 12;

    private static final List<String> TOPICS = List.of(
            "app::fuzz:any",
            "app::fuzz:watch",
            "app::fuzz:fail",
            "app::websocket:auth",
            "app::nobody",
            "app::",
            "app::a b",
            "app:fuzz",
            "core::a",
            "error",
            "",
            "\u0000",
            "\ud83d",
            "app::" + "x".repeat(5_000));

    private static final List<String> PATTERNS = List.of(
            "chat/x",
            "chat/*",
            "chat/*/y",
            "chat",
            "*",
            "**",
            "users/u1/**",
            "tree/*",
            "tree/quiet",
            "job/*",
            "presence/*",
            "secret/x",
            "chat.x",
            "chat.**",
            "chat:x",
            "everyone",
            "session/*",
            "a/".repeat(31) + "a");

    private final long seed = Long.getLong("switchboard.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final RandomText texts = new RandomText(random);
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                failures.add(entry.getLoggerName() + " " + entry.getMessage() + " " + entry.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @Inject
    Hub hub;

    @Inject
    ConnectionLimits limits;

    private BusServices services;
    private LogRecorder log;
    private List<String> tokens;

    @BeforeEach
    void listen() {
        System.out.println("FlamigoFuzzTest: -Dswitchboard.fuzz.seed=" + seed);
        Logger.getLogger("").addHandler(listener);
        log = new LogRecorder("io.switchboard");
        services = new BusServices(vertx);
        tokens = List.of(
                gateway.token("mallory", "ws"),
                gateway.token("mallory"),
                gateway.token("eve"),
                gateway.token("mallory", Duration.ofSeconds(-1)),
                "x");
        // of their own, since they answer on other threads than that of the test
        Random answers = new Random(seed);
        services.serve("fuzz:any", call -> call.reply(call.body()));
        services.serve("fuzz:watch", call -> watch(call, answers));
        services.serve("fuzz:fail", call -> call.fail(400 + answers.nextInt(200), "no"));
    }

    private static synchronized void watch(Message<JsonObject> call, Random answers) {
        JsonObject change = new JsonObject();
        for (String how : List.of("subscribe", "unsubscribe")) {
            JsonArray topics = new JsonArray();
            for (int i = answers.nextInt(4); i > 0; i--) {
                topics.add(PATTERNS.get(answers.nextInt(PATTERNS.size())));
            }
            change.put(how, topics);
        }
        JsonObject more = new JsonObject().put("subscriptions", change);
        if (answers.nextBoolean()) {
            more.mergeIn(
                    BusServices.granting(answers.nextInt(2) * 1_000L, PATTERNS.get(answers.nextInt(PATTERNS.size()))));
        }
        BusServices.reply(call, new JsonObject(), more);
    }

    @AfterEach
    void stop() {
        services.close();
        Logger.getLogger("").removeHandler(listener);
        log.close();
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private Object value(int depth) {
        return switch (random.nextInt(depth > 4 ? 6 : 8)) {
            case 0 -> any(TOPICS);
            case 1 -> random.nextLong();
            case 2 -> random.nextDouble() * 1e18;
            case 3 -> random.nextBoolean();
            case 4 -> any(tokens);
            case 5 -> "s".repeat(random.nextInt(300));
            case 6 -> new JsonObject().put("token", value(depth + 1)).put(any(TOPICS), value(depth + 1));
            default -> new JsonArray().add(value(depth + 1)).add(value(depth + 1));
        };
    }

    private JsonObject request() {
        JsonObject request = new JsonObject().put("topic", any(TOPICS)).put("payload", value(0));
        switch (random.nextInt(6)) {
            case 0 -> request.put("ack", value(3));
            case 1 -> request.put("ackId", value(3));
            case 2 -> request.remove(random.nextBoolean() ? "topic" : "payload");
            case 3 -> request.put(random.nextBoolean() ? "topic" : "ack", value(3));
            default ->
                request.put("topic", FlamigoClient.SIGN_IN).put("payload", new JsonObject().put("token", any(tokens)));
        }
        return request;
    }

    private String message() {
        String message = request().encode();
        StringBuilder damaged = new StringBuilder(message);
        for (int i = random.nextInt(8) - 4; i > 0 && !damaged.isEmpty(); i--) {
            int at = random.nextInt(damaged.length());
            switch (random.nextInt(4)) {
                case 0 -> damaged.deleteCharAt(at);
                case 1 -> damaged.insert(at, "{}[]\":,\\e9.-".charAt(random.nextInt(12)));
                case 2 -> damaged.setLength(at);
                default -> damaged.insert(at, damaged.substring(at, Math.min(damaged.length(), at + 20)));
            }
        }
        return random.nextInt(10) == 0 ? texts.next() : damaged.toString();
    }

    private void attack() throws IOException {
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/flamigo")) {
            try {
                for (int i = 0; i < INPUTS_PER_CONNECTION; i++) {
                    socket.sendText(message());
                }
                if (random.nextInt(4) > 0) {
                    // Reads to the end: the server has handled it all by then.
                    socket.finish();
                    socket.awaitEnd();
                }
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException _) {
                // The server ended it while we were still writing.
            }
        }
    }

    @Test
    void nothingThatAClientSendsHurtsAnybodyElse() throws Exception {
        services.serve(
                "fuzz:quiet", call -> BusServices.reply(call, 1, BusServices.subscribing("tree/quiet", "job/alice")));
        try (FlamigoClient alice = FlamigoClient.signedIn(gateway, gateway.token("alice", "quiet"))) {
            alice.call("app::fuzz:quiet", 1);
            int entries = Indexed.entries(hub);
            for (int i = 0; i < INPUTS / INPUTS_PER_CONNECTION; i++) {
                attack();
                gateway.publish("tree", Gateway.created("event-" + i, "quiet"));
                assertThat(Gateway.path(alice.next("tree:quiet").toString()))
                        .as("seed %d, connection %d", seed, i)
                        .isEqualTo("quiet/event-" + i);
            }
            gateway.awaitOpen(1);
            await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 1);
            assertThat(limits.unauthenticated()).as("seed %d", seed).isZero();
            await().atMost(Duration.ofSeconds(10)).until(() -> Indexed.entries(hub) == entries);
            await().atMost(Duration.ofSeconds(10)).until(() -> gateway.figure("switchboard.presence.users") == 1);
            alice.assertQuiet();
            assertThat(gateway.figure("switchboard.outbound.bytes")).isZero();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(log.texts()).as("seed %d", seed).noneMatch(text -> text.contains("\tat "));
    }

    /** Whatever it is, and whatever comes of it. */
    @Test
    void everyRequestHasOneAnswer() throws Exception {
        try (FlamigoClient client = FlamigoClient.signedIn(gateway, gateway.token("mallory"))) {
            for (int i = 0; i < INPUTS / 3; i++) {
                JsonObject request = request();
                if ("app::fuzz:watch".equals(request.getValue("topic"))) {
                    // it may make the client hear of other things
                    request.put("topic", "app::fuzz:any");
                }
                request.remove("ackId");
                request.put("ack", "a" + i);
                client.send(request);
                JsonObject answer = client.next();

                assertThat(answer.getString("ack"))
                        .as("seed %d: %s", seed, request.encode())
                        .isEqualTo("a" + i);
                if (answer.getString("topic").equals("error")) {
                    assertThat(answer.getJsonObject("payload").getInteger("status"))
                            .as("seed %d: %s", seed, request.encode())
                            .isIn(400, 401, 403, 404, 429, 500, 503);
                    // or too many errors in a row would end it
                    client.call("app::fuzz:any", 1);
                }
            }
        }
        gateway.awaitOpen(0);
        assertThat(failures).as("seed %d", seed).isEmpty();
    }
}
