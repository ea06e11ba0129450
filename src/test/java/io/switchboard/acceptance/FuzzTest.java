package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.hub.Hub;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.RawWebSocket;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
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
 * Whatever comes on a socket, its neighbours receive everything in order and nothing stays behind. To repeat a run that
 * failed: {@code -Dswitchboard.fuzz.seed=…}; for a longer one: {@code -Dswitchboard.fuzz.inputs=…}.
 */
@QuarkusTest
class FuzzTest {
    private static final int INPUTS = Integer.getInteger("switchboard.fuzz.inputs", 3_000);
    /** So often the neighbours get an event. */
    private static final int EVENT_EVERY = 20;

    private static final List<String> PATHS = List.of(
            "/ws",
            "/ws",
            "/ws/event",
            "/event",
            "/ws?protocol=cells",
            "/chat",
            "/ws/chat",
            "/ws?protocol=stomp",
            "/flamigo");

    private final long seed = Long.getLong("switchboard.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final RandomText texts = new RandomText(random);
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                failures.add(entry.getLoggerName() + " " + entry.getLevel() + " " + entry.getMessage() + " "
                        + entry.getThrown());
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

    private String token;

    @BeforeEach
    void listen() {
        System.out.println("FuzzTest: -Dswitchboard.fuzz.seed=" + seed);
        Logger.getLogger("").addHandler(listener);
        token = gateway.token("mallory", "ws-of-mallory");
    }

    @AfterEach
    void stop() {
        Logger.getLogger("").removeHandler(listener);
    }

    private byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A token as somebody makes it who has another one. */
    private String damagedToken() {
        StringBuilder damaged = new StringBuilder(token);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(damaged.length());
            switch (random.nextInt(4)) {
                case 0 -> damaged.deleteCharAt(at);
                case 1 -> damaged.insert(at, '.');
                case 2 -> damaged.setLength(at + 1);
                default -> damaged.setCharAt(at, (char) (' ' + 1 + random.nextInt(90)));
            }
        }
        return damaged.toString().replace("\\", "\\\\").replace("\"", "\\\"");
    }

    private String text() {
        return switch (random.nextInt(12)) {
            case 10, 11 -> flamigo();
            case 8, 9 -> stomp();
            case 6, 7 -> chat();
            case 0 -> Gateway.subscribe(damagedToken());
            case 1 -> Gateway.subscribe(token);
            case 2 -> "{\"@type\":\"unsubscribe\"}";
            case 3 -> "{\"@type\":" + texts.next() + "}";
            case 4 -> "{\"@type\":\"subscribe\",\"jwt\":" + texts.next() + "}";
            default -> texts.next();
        };
    }

    /** One or more frames, which most often make sense as far as their headers. */
    private String stomp() {
        StringBuilder frames = new StringBuilder();
        if (random.nextBoolean()) {
            frames.append("CONNECT\naccept-version:1.")
                    .append(random.nextInt(4))
                    .append("\nheart-beat:")
                    .append(random.nextInt(3))
                    .append(",0\npasscode:")
                    .append(random.nextInt(3) == 0 ? "" : token)
                    .append("\n\n\0");
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            frames.append(
                    List.of("SUBSCRIBE", "UNSUBSCRIBE", "SEND", "SEND", "ACK", "NACK", "BEGIN", "DISCONNECT", "MESSAGE")
                            .get(random.nextInt(9)));
            for (int j = random.nextInt(5); j > 0; j--) {
                frames.append('\n')
                        .append(List.of("id", "destination", "receipt", "content-length", "ack", "ttl", "x\\c")
                                .get(random.nextInt(7)))
                        .append(':')
                        .append(List.of(
                                        "1",
                                        "/topic/chat.fuzz",
                                        "/topic/chat/*",
                                        "/user/queue/messages",
                                        "/user/topic/registration",
                                        "/app/registration",
                                        "/user/mallory/queue/messages",
                                        "-1",
                                        texts.next())
                                .get(random.nextInt(9)));
            }
            frames.append("\n\n")
                    .append(random.nextBoolean() ? texts.next() : "")
                    .append('\0');
        }
        if (random.nextInt(4) == 0 && !frames.isEmpty()) {
            frames.setLength(random.nextInt(frames.length()));
        }
        return frames.toString();
    }

    /** A command of a room, which most often makes sense as far as its fields. */
    private String chat() {
        return "{\"@type\":\""
                + List.of("JOIN", "LEAVE", "POST", "HISTORY", "DELETE_MSG").get(random.nextInt(5))
                + "\",\"Room\":{\"Type\":"
                + (random.nextInt(4) == 0
                        ? texts.next()
                        : "\"" + List.of("GLOBAL", "WORKSPACE", "USER", "NODE").get(random.nextInt(4)) + "\"")
                + ",\"RoomTypeObject\":" + (random.nextBoolean() ? "\"fuzz\"" : texts.next())
                + "},\"Message\":{\"RoomUuid\":" + texts.next() + ",\"Uuid\":" + texts.next() + ",\"Message\":"
                + (random.nextBoolean() ? "\"{\\\"Offset\\\":0,\\\"Limit\\\":5}\"" : texts.next()) + "}}";
    }

    /** A request of a strategy; most often a sign-in, since nobody else gets any further. */
    private String flamigo() {
        return "{\"topic\":"
                + List.of("\"app::websocket:auth\"", "\"app::method.later\"", "\"core::a\"", texts.next())
                        .get(random.nextInt(4))
                + ",\"payload\":{\"token\":"
                + List.of("\"" + token + "\"", "\"" + damagedToken() + "\"", texts.next())
                        .get(random.nextInt(3))
                + "},\"ack\":" + (random.nextBoolean() ? "\"1\"" : texts.next()) + "}";
    }

    private byte[] input() {
        return switch (random.nextInt(7)) {
            case 0 -> bytes(200);
            case 1 -> RawWebSocket.frame(random.nextInt(256), bytes(200));
            case 2 -> RawWebSocket.unmasked(random.nextInt(256), bytes(20));
            case 3 -> RawWebSocket.headOnly(random.nextInt(256), random.nextLong() >>> random.nextInt(64));
            case 4 -> fragments(utf8(text()));
            default -> RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.TEXT, utf8(text()));
        };
    }

    private byte[] fragments(byte[] message) {
        java.io.ByteArrayOutputStream frames = new java.io.ByteArrayOutputStream();
        int at = 0;
        int first = RawWebSocket.TEXT;
        while (at < message.length) {
            int end = Math.min(message.length, at + 1 + random.nextInt(1 + message.length / 3));
            boolean last = end == message.length && random.nextInt(8) > 0;
            frames.writeBytes(
                    RawWebSocket.frame(first | (last ? RawWebSocket.FIN : 0), Arrays.copyOfRange(message, at, end)));
            if (random.nextInt(3) == 0) {
                frames.writeBytes(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.PING, bytes(10)));
            }
            first = RawWebSocket.CONTINUATION;
            at = end;
        }
        return frames.toByteArray();
    }

    /** A handshake that somebody tampered with; no line ends, since those would make it another request. */
    private String[] header() {
        String value = new String(bytes(40), StandardCharsets.ISO_8859_1).replaceAll("[\r\n\0]", "");
        return switch (random.nextInt(12)) {
            case 0 -> new String[] {"Sec-WebSocket-Protocol: " + value};
            case 1 -> new String[] {"Sec-WebSocket-Extensions: " + value};
            case 2 -> new String[] {"Origin: " + value};
            case 3 -> new String[] {"X-Forwarded-For: " + value, "Forwarded: " + value};
            case 4 -> new String[] {"Authorization: Bearer " + value};
            case 5 -> new String[] {"Authorization: Bearer " + damagedToken()};
            case 6 -> new String[] {"X-Amzn-Oidc-Data: " + token, "Cookie: " + value};
            default -> new String[0];
        };
    }

    private String path() {
        String path = PATHS.get(random.nextInt(PATHS.size()));
        if (random.nextInt(6) > 0) {
            return path;
        }
        StringBuilder query = new StringBuilder(path.contains("?") ? "&" : "?");
        String characters = "tokenprotocol=&%;/?a1zcells.";
        for (int i = random.nextInt(40); i > 0; i--) {
            query.append(characters.charAt(random.nextInt(characters.length())));
        }
        return path + query;
    }

    private void attack() throws IOException {
        try (RawWebSocket socket = RawWebSocket.connect(gateway.port())) {
            try {
                int status = socket.handshake(path(), header());
                assertThat(status).isIn(101, 400, 401, 403, 426, 501);
                if (status != 101) {
                    return;
                }
                for (int i = random.nextInt(4); i >= 0; i--) {
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

    private int entries() {
        return hub.entries();
    }

    @Test
    void nothingThatComesOnASocketHurtsAnybodyElse() throws Exception {
        try (RawWebSocket alice = gateway.signedIn("alice", "ws");
                RawWebSocket bob = gateway.signedIn("bob", "ws")) {
            int entries = entries();
            for (int i = 0; i < INPUTS; i++) {
                attack();
                if (i % EVENT_EVERY == 0) {
                    gateway.publish("tree", Gateway.created("event-" + i, "ws"));
                    for (RawWebSocket neighbour : List.of(alice, bob)) {
                        assertThat(Gateway.path(neighbour.readText()))
                                .as("seed %d, input %d", seed, i)
                                .isEqualTo("ws/event-" + i);
                    }
                }
            }
            gateway.awaitOpen(2);
            gateway.awaitSignedIn(2);
            await().atMost(Duration.ofSeconds(10)).until(() -> limits.connections() == 2);
            assertThat(limits.unauthenticated()).as("seed %d", seed).isZero();
            await().atMost(Duration.ofSeconds(10)).until(() -> entries() == entries);
            assertThat(gateway.figure("switchboard.outbound.bytes")).isZero();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
    }
}
