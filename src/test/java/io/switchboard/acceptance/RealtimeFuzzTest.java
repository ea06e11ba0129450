package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.hub.Hub;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.Indexed;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Messages of every type of the Realtime dialect, whole, damaged and made up: no exception in the log, and the neighbours receive
 * everything in order. To repeat a run that failed: {@code -Dswitchboard.fuzz.seed=…}; for a longer one:
 * {@code -Dswitchboard.fuzz.inputs=…}.
 */
@QuarkusTest
class RealtimeFuzzTest {
    private static final int INPUTS = Integer.getInteger("switchboard.fuzz.inputs", 3_000);
    private static final int INPUTS_PER_CONNECTION = 12;

    private static final List<String> TYPES = List.of(
            "Ping",
            "Pong",
            "Subscribe",
            "Unsubscribe",
            "Broadcast",
            "History",
            "Authenticate",
            "DirectMessage",
            "Presence",
            "Ack",
            "Status",
            "X-Fuzz",
            "X-");

    private static final List<String> TOPICS = List.of(
            "chat.x",
            "chat.*",
            "chat.**",
            "**",
            "*",
            ">",
            "*.x",
            "updates.*",
            "tree.**",
            "tree.ws",
            "job.*",
            "idm.>",
            "activity.alice",
            "user.alice",
            "session.*",
            "everyone",
            "@x",
            "presence.*",
            "secret",
            "chat.%2A",
            "chat.%",
            "",
            ".",
            "notifications");

    private static final List<String> FIELDS = List.of(
            "topics",
            "topic",
            "payload",
            "token",
            "recover",
            "limit",
            "before",
            "since",
            "timestamp",
            "$all",
            "$connection",
            "offset",
            "epoch",
            "chat.x",
            "ttl",
            "idempotency_key",
            "priority",
            "target_user",
            "query",
            "users",
            "status",
            "metadata",
            "message_id");

    /** Names of users, and texts that are none; nobody who is to hear nothing. */
    private static final List<String> USERS = List.of(
            "mallory",
            "nobody",
            "a.b",
            "*",
            "**",
            "%",
            "{user}",
            "@x",
            "\u00e4\ud83d\ude00",
            "\ud83d",
            "\"\\",
            "\u0000",
            " ",
            "",
            "u".repeat(256),
            "u".repeat(257),
            "u".repeat(5_000));

    private static final List<String> LETTERS = List.of("DirectMessage", "Presence", "Ack");

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
    Hub hub;

    @Inject
    ConnectionLimits limits;

    private LogRecorder log;
    private List<String> tokens;
    private JsonObject position;

    @BeforeEach
    void listen() {
        System.out.println("RealtimeFuzzTest: -Dswitchboard.fuzz.seed=" + seed);
        Logger.getLogger("").addHandler(listener);
        log = new LogRecorder("io.switchboard");
        tokens = List.of(
                gateway.token("mallory", "ws"),
                gateway.token("mallory"),
                gateway.token("alice"),
                gateway.token("mallory", Duration.ofSeconds(-1)),
                gateway.tokenWithRoles("mallory", List.of("admin"), "ws", "other"),
                "x");
    }

    @AfterEach
    void stop() {
        Logger.getLogger("").removeHandler(listener);
        log.close();
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private Object value(int depth) {
        return switch (random.nextInt(depth > 4 ? 9 : 12)) {
            case 0 -> any(TOPICS);
            case 1 -> random.nextInt(3) - 1;
            case 2 -> random.nextLong();
            case 3 -> random.nextDouble() * 1e18;
            case 4 -> random.nextBoolean();
            case 5 -> "s".repeat(random.nextInt(300));
            case 6 -> any(tokens);
            case 7 -> position.copy();
            case 8 -> Long.MAX_VALUE;
            case 9 -> object(depth + 1);
            case 10 -> topics();
            default -> {
                JsonArray array = new JsonArray();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(depth + 1));
                }
                yield array;
            }
        };
    }

    private JsonObject object(int depth) {
        JsonObject object = new JsonObject();
        for (int i = random.nextInt(5); i > 0; i--) {
            object.put(any(FIELDS), value(depth));
        }
        return object;
    }

    private JsonArray topics() {
        JsonArray topics = new JsonArray();
        for (int i = random.nextInt(5); i >= 0; i--) {
            topics.add(any(TOPICS));
        }
        return topics;
    }

    private JsonArray users() {
        JsonArray users = new JsonArray();
        for (int i = random.nextInt(3); i >= 0; i--) {
            users.add(any(USERS));
        }
        return users;
    }

    private JsonObject recover() {
        JsonObject recover = new JsonObject();
        for (String name : List.of("$all", "chat.x", "tree.**")) {
            if (random.nextBoolean()) {
                recover.put(
                        name,
                        position.copy().put("offset", Math.max(0, position.getLong("offset") - random.nextInt(50))));
            }
        }
        return recover;
    }

    /** What a message of that type holds, where it is a good one. */
    private JsonObject data(String type) {
        return switch (type) {
            case "Subscribe" -> {
                JsonObject data = new JsonObject().put("topics", topics());
                yield random.nextBoolean() ? data.put("recover", recover()) : data;
            }
            case "Unsubscribe" -> new JsonObject().put("topics", topics());
            case "Broadcast" -> RealtimeClient.said(any(TOPICS), value(0));
            case "History" -> new JsonObject().put("topic", any(TOPICS)).put("limit", 1 + random.nextInt(20));
            case "Authenticate" -> new JsonObject().put("token", any(tokens));
            case "DirectMessage" ->
                new JsonObject().put("target_user", any(USERS)).put("payload", value(0));
            case "Ack" -> new JsonObject().put("message_id", UUID.randomUUID().toString());
            case "Presence" ->
                random.nextBoolean()
                        ? new JsonObject()
                                .put("status", random.nextBoolean() ? "busy" : any(USERS))
                                .put("metadata", object(2))
                        : new JsonObject()
                                .put(
                                        "query",
                                        new JsonObject().put("users", users()).put("topics", topics()));
            default -> object(0);
        };
    }

    private String message() {
        return message(any(TYPES));
    }

    private String message(String type) {
        JsonObject data = data(type);
        for (int i = random.nextInt(3) - 1; i > 0; i--) {
            data.put(any(FIELDS), value(0));
        }
        JsonObject message = new JsonObject().put("type", type).put("data", data);
        switch (random.nextInt(5)) {
            case 0 -> message.put("id", value(3));
            case 1 -> message.put("id", "m" + random.nextInt(5));
            case 2 -> message.put("metadata", object(2));
            case 3 -> message.put("data", value(0));
            default -> message.put("timestamp", value(3));
        }
        return message.encode();
    }

    /** One character here or there. */
    private String damaged(String message) {
        StringBuilder damaged = new StringBuilder(message);
        for (int i = random.nextInt(4); i >= 0 && !damaged.isEmpty(); i--) {
            int at = random.nextInt(damaged.length());
            switch (random.nextInt(4)) {
                case 0 -> damaged.deleteCharAt(at);
                case 1 -> damaged.insert(at, "{}[]\":,\\e9.-".charAt(random.nextInt(12)));
                case 2 -> damaged.setLength(at);
                default -> damaged.insert(at, damaged.substring(at, Math.min(damaged.length(), at + 20)));
            }
        }
        return damaged.toString();
    }

    private byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] binary() {
        byte[] text = (random.nextInt(3) == 0
                        ? RealtimeClient.said(any(TOPICS), 1)
                                .put("name", any(TOPICS))
                                .encode()
                        : any(TOPICS))
                .getBytes(StandardCharsets.UTF_8);
        byte[] content = bytes(40);
        ByteBuffer frame = ByteBuffer.allocate(7 + text.length + content.length);
        frame.put((byte) random.nextInt(6))
                .putInt(random.nextInt(8) == 0 ? random.nextInt() : frame.capacity() - 5)
                .putShort((short) (random.nextInt(8) == 0 ? random.nextInt() : text.length))
                .put(text)
                .put(content);
        return frame.array();
    }

    private byte[] input() {
        int first = RawWebSocket.FIN | RawWebSocket.TEXT;
        return switch (random.nextInt(10)) {
            case 0 -> RawWebSocket.text(damaged(message()));
            case 1 -> RawWebSocket.text(texts.next());
            case 2 -> RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, binary());
            case 3 -> RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, bytes(60));
            case 4 -> random.nextInt(6) == 0 ? RawWebSocket.frame(first, bytes(60)) : RawWebSocket.text(message());
            default -> RawWebSocket.text(message());
        };
    }

    private void attack() throws IOException {
        String query = (random.nextBoolean() ? "&binary=1" : "") + (random.nextBoolean() ? "&acks=client" : "");
        try (RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + tokens.getFirst() + query)) {
            try {
                for (int i = 0; i < INPUTS_PER_CONNECTION; i++) {
                    socket.send(input());
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
        List<RealtimeClient> neighbours = new ArrayList<>();
        try (RealtimeClient alice = RealtimeClient.open(gateway, gateway.token("alice", "quiet"));
                RealtimeClient bob =
                        RealtimeClient.open(gateway, gateway.token("bob", "quiet"), "&binary=1", _ -> {})) {
            neighbours.add(alice);
            neighbours.add(bob);
            for (RealtimeClient neighbour : neighbours) {
                // which nobody else may publish on
                position = neighbour.subscribe("tree.quiet", "notifications").getJsonObject("position");
            }
            int entries = Indexed.entries(hub);
            for (int i = 0; i < INPUTS / INPUTS_PER_CONNECTION; i++) {
                attack();
                gateway.publish("tree", Gateway.created("event-" + i, "quiet"));
                for (RealtimeClient neighbour : neighbours) {
                    JsonObject heard = neighbour.next("Broadcast");
                    assertThat(Gateway.path(heard.getJsonObject("payload").encode()))
                            .as("seed %d, connection %d", seed, i)
                            .isEqualTo("quiet/event-" + i);
                }
            }
            gateway.awaitOpen(2);
            await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 2);
            await().atMost(Duration.ofSeconds(10)).until(() -> Indexed.entries(hub) == entries);
            await().atMost(Duration.ofSeconds(10)).until(() -> gateway.figure("switchboard.mailbox.users") == 2);
            await().atMost(Duration.ofSeconds(10)).until(() -> gateway.figure("switchboard.presence.users") == 2);
            for (RealtimeClient neighbour : neighbours) {
                neighbour.assertQuiet();
            }
            assertThat(gateway.figure("switchboard.outbound.bytes")).isZero();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(log.texts()).as("seed %d", seed).noneMatch(text -> text.contains("\tat "));
    }

    /** Refused or not: whoever sends it is answered, and may go on. */
    @Test
    void whateverIsSaidToUsersAndOfThemTheConnectionGoesOn() throws Exception {
        try (RealtimeClient client =
                RealtimeClient.open(gateway, gateway.token("mallory"), "&acks=client&binary=1", _ -> {})) {
            position = client.subscribe("presence.*").getJsonObject("position");
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < INPUTS / 3; i++) {
                String message = message(any(LETTERS));
                client.socket().sendText(message);
                if (!ids.isEmpty() && random.nextBoolean()) {
                    client.send("Ack", new JsonObject().put("message_id", any(ids)));
                }
                client.send("Ping", new JsonObject().put("timestamp", i));
                JsonObject answer = client.next();
                while (!answer.getString("type").equals("Pong")) {
                    JsonObject data = answer.getJsonObject("data");
                    if (answer.getString("type").equals("DirectMessage")) {
                        ids.add(data.getJsonObject("metadata").getString("message_id"));
                    } else if (answer.getString("type").equals("Error")) {
                        assertThat(data.getInteger("code"))
                                .as("seed %d: %s", seed, message)
                                .isIn(400, 403, 404, 429);
                    }
                    answer = client.next();
                }
                assertThat(answer.getJsonObject("data").getInteger("timestamp")).isEqualTo(i);
            }
        }
        gateway.awaitOpen(0);
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.figure("switchboard.mailbox.users") == 0);
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(log.texts()).as("seed %d", seed).noneMatch(text -> text.contains("\tat "));
    }
}
