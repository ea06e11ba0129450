package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.hub.Hub;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.Indexed;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong on the way, and what clients do that no decent one would. To repeat a run that failed:
 * {@code -Dswitchboard.fuzz.seed=…}.
 */
@QuarkusTest
class RealtimeFaultsTest {
    private static final int RECONNECTS = 200;

    private final long seed = Long.getLong("switchboard.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Inject
    Gateway gateway;

    @Inject
    Hub hub;

    private LogRecorder log;

    @BeforeEach
    void listen() {
        System.out.println("RealtimeFaultsTest: -Dswitchboard.fuzz.seed=" + seed);
        log = new LogRecorder("io.switchboard");
    }

    @AfterEach
    void nothingWasThrownAndNobodyIsLeft() {
        log.close();
        assertThat(log.texts()).as("seed %d", seed).noneMatch(text -> text.contains("\tat "));
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    private void publish(String topic, Object payload) {
        gateway.publish("publish", new JsonObject().put("topic", topic).put("payload", payload));
    }

    // Interruptions

    private static final List<String> TOPICS = List.of("chat.cut.a", "chat.cut.b");

    /** One who keeps what was read whole, and where that leaves them. */
    private static final class Reader {
        private final List<Integer> heard = new ArrayList<>();
        private final JsonObject byTopic = new JsonObject();
        private JsonObject all;

        Reader(JsonObject position) {
            all = position;
            TOPICS.forEach(topic -> byTopic.put(topic, position));
        }

        JsonObject subscription(boolean each) {
            JsonObject recover = each ? byTopic.copy() : new JsonObject().put("$all", all);
            return new JsonObject().put("topics", new JsonArray(TOPICS)).put("recover", recover);
        }

        int last() {
            return heard.isEmpty() ? 0 : heard.getLast();
        }

        void read(String text) {
            JsonObject message = new JsonObject(text);
            JsonObject data = message.getJsonObject("data");
            if (message.getString("type").equals("Broadcast")) {
                JsonObject metadata = data.getJsonObject("metadata");
                all = new JsonObject()
                        .put("offset", metadata.getLong("offset"))
                        .put("epoch", metadata.getString("epoch"));
                byTopic.put(data.getString("topic"), all);
                heard.add(data.getJsonObject("payload").getInteger("n"));
            } else if ("recovered".equals(data.getString("status"))) {
                JsonObject topics = data.getJsonObject("details").getJsonObject("topics");
                for (String topic : TOPICS) {
                    JsonObject result = topics.getJsonObject(topic);
                    assertThat(result.getBoolean("recovered")).isTrue();
                    all = new JsonObject()
                            .put("offset", result.getLong("offset"))
                            .put("epoch", result.getString("epoch"));
                    byTopic.put(topic, all);
                }
            }
        }
    }

    /** Counts what comes, and ends at a byte, be it in the middle of a frame. */
    private static final class Cut extends InputStream {
        private final InputStream in;
        private int left;

        Cut(InputStream in, int left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            return left-- > 0 ? in.read() : -1;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (left <= 0) {
                return -1;
            }
            int read = in.read(bytes, from, Math.min(length, left));
            left -= Math.max(0, read);
            return read;
        }
    }

    /** Text of the next frame; what is cut off throws. */
    private static String text(DataInputStream in) throws IOException {
        int first = in.readUnsignedByte();
        assertThat(first).isEqualTo(RawWebSocket.FIN | RawWebSocket.TEXT);
        int length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = (int) in.readLong();
        }
        byte[] payload = new byte[length];
        in.readFully(payload);
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** Connects, goes on from where the reader is, and stops at that byte behind the handshake, or with everything read. */
    private void readOn(Reader reader, boolean each, int bytes, int all) throws IOException {
        try (Socket socket = new Socket()) {
            if (random.nextBoolean()) {
                socket.setReceiveBufferSize(2048);
            }
            socket.setSoTimeout(20_000);
            socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
            // the subscription goes with the upgrade, so that the server may be writing at any byte of ours
            socket.getOutputStream()
                    .write(RawWebSocket.request("/ws?token=" + gateway.token("alice"))
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.read());
            }
            assertThat(head).startsWith("HTTP/1.1 101");
            socket.getOutputStream()
                    .write(RawWebSocket.text(RealtimeClient.message("Subscribe", reader.subscription(each))));
            DataInputStream frames = new DataInputStream(new Cut(in, bytes));
            try {
                while (reader.last() < all) {
                    reader.read(text(frames));
                }
            } catch (java.io.EOFException _) {
                // that is the cut
            }
        }
    }

    /** What was received is what was sent, each once, in order. */
    @Test
    void reconnectInTheMiddleOfABurstCutAtRandomBytePositions200Times() throws Exception {
        BlockingQueue<Integer> bursts = new LinkedBlockingQueue<>();
        CompletableFuture<Void> published = CompletableFuture.runAsync(
                () -> {
                    try {
                        int n = 0;
                        for (int size = bursts.take(); size > 0; size = bursts.take()) {
                            for (int end = n + size; n < end; ) {
                                n++;
                                String filling = "x".repeat(n % 97 == 0 ? 3000 : n % 60);
                                publish(
                                        TOPICS.get(n % 7 % 2),
                                        new JsonObject().put("n", n).put("filling", filling));
                            }
                        }
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                command -> Thread.ofVirtual().start(command));
        Reader reader;
        try (RealtimeClient alice = client("alice")) {
            reader = new Reader(alice.subscribe(TOPICS.toArray(String[]::new)).getJsonObject("position"));
        }
        int sent = 0;
        for (int i = 0; i < RECONNECTS; i++) {
            int burst = 1 + random.nextInt(60);
            bursts.add(burst);
            sent += burst;
            readOn(reader, i % 2 == 0, random.nextInt(random.nextInt(5) == 0 ? 60_000 : 6_000), sent);
            assertThat(reader.last()).as("seed %d", seed).isLessThanOrEqualTo(sent);
        }
        bursts.add(0);
        published.join();
        readOn(reader, random.nextBoolean(), Integer.MAX_VALUE, sent);

        assertThat(reader.heard)
                .as("seed %d", seed)
                .isEqualTo(IntStream.rangeClosed(1, sent).boxed().toList());
    }

    /** More was missed than may wait for a client: it is read from the log as the socket takes it. */
    @Test
    void recoveryOfMoreThanMayWaitForAClient() throws Exception {
        int messages = 400;
        String filling = "x".repeat(10_000);
        JsonObject position;
        try (RealtimeClient alice = client("alice")) {
            position = alice.subscribe("chat.much").getJsonObject("position");
        }
        for (int i = 0; i < messages; i++) {
            publish("chat.much", i + filling);
        }
        // 4 MB against the 1 MB of outbound-bytes, and a socket that takes little at a time
        RawWebSocket socket = RawWebSocket.connect(gateway.port(), "127.0.0.1", 4096);
        assertThat(socket.handshake("/ws?token=" + gateway.token("alice"))).isEqualTo(101);
        try (RealtimeClient alice = RealtimeClient.of(socket, _ -> {})) {
            alice.send(
                    "Subscribe",
                    RealtimeClient.topics("chat.much").put("recover", new JsonObject().put("chat.much", position)));
            alice.status("subscribed");
            for (int i = 0; i < messages; i++) {
                if (i == messages / 2) {
                    publish("chat.much", "live" + filling);
                }
                assertThat(alice.heard()).as("message %d", i).isEqualTo(i + filling);
            }
            // what is new belongs to the recovery where that was not done yet
            JsonObject next = alice.next();
            boolean recoveredFirst = next.getString("type").equals("Status");
            JsonObject live = recoveredFirst ? alice.next() : next;
            JsonObject recovered = recoveredFirst ? next : alice.next();
            assertThat(live.getJsonObject("data").getValue("payload")).isEqualTo("live" + filling);
            assertThat(recovered
                            .getJsonObject("data")
                            .getJsonObject("details")
                            .getJsonObject("topics")
                            .getJsonObject("chat.much")
                            .getBoolean("recovered"))
                    .isTrue();
        }
    }

    @Test
    void aCursorOfAnotherLogIsSaidToMissSomething() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            JsonObject position = alice.subscribe("chat.x").getJsonObject("position");
            publish("chat.lost", 1);
            for (JsonObject wrong : List.of(
                    position.copy().put("epoch", "another"), position.copy().put("offset", Long.MAX_VALUE))) {
                alice.send(
                        "Subscribe",
                        RealtimeClient.topics("chat.lost", "chat.other")
                                .put("recover", new JsonObject().put("chat.lost", wrong)));
                alice.status("subscribed");
                JsonObject topics = alice.status("recovered").getJsonObject("topics");
                assertThat(topics.fieldNames()).containsExactly("chat.lost");
                assertThat(topics.getJsonObject("chat.lost").getBoolean("recovered"))
                        .isFalse();
            }
            alice.assertQuiet();
            publish("chat.lost", 2);
            assertThat(alice.heard()).isEqualTo(2);
        }
    }

    // The end of a token

    /**
     * Tokens that end in the middle of a burst, and others in their place, sent at every instant around that end: either the other one
     * came in time, and nothing is missing, or the connection ends, and nothing was delivered that is younger than the token.
     */
    @Test
    void aTokenThatExpiresInABurstWhileAuthenticateRacesWithIt() throws Exception {
        int racers = 24;
        String next = gateway.token("alice");
        long end = 0;
        AtomicBoolean over = new AtomicBoolean();
        List<RealtimeClient> clients = new ArrayList<>();
        Thread publisher = Thread.ofVirtual().unstarted(() -> {
            for (int n = 1; !over.get(); n++) {
                publish("chat.race", n);
            }
            publish("chat.race", 0);
        });
        try {
            for (int i = 0; i < racers; i++) {
                RealtimeClient client = client("alice");
                clients.add(client);
                client.subscribe("chat.race");
            }
            // only now, however long that took
            String token = gateway.token("alice", Duration.ofSeconds(4));
            for (RealtimeClient client : clients) {
                client.send("Authenticate", new JsonObject().put("token", token));
                assertThat(client.next("AuthStatus").getString("status")).isEqualTo("refreshed");
                end = client.next("AuthStatus").getLong("expires_at");
            }
            long expiry = end;
            List<CompletableFuture<Boolean>> races = clients.stream()
                    .map(client -> CompletableFuture.supplyAsync(
                            () -> race(client, expiry),
                            command -> Thread.ofVirtual().start(command)))
                    .toList();
            publisher.start();
            for (int i = 0; i < racers; i++) {
                long due = expiry + (i - racers / 2) * 2L + (i == 0 ? -500 : 0) + (i == racers - 1 ? 500 : 0);
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> System.currentTimeMillis() >= due);
                try {
                    clients.get(i).send("Authenticate", new JsonObject().put("token", next));
                } catch (IOException _) {
                    // closed already
                }
            }
            over.set(true);
            publisher.join();
            long refreshed = races.stream().filter(CompletableFuture::join).count();
            assertThat(refreshed).isBetween(1L, racers - 1L);
        } finally {
            over.set(true);
            clients.forEach(RealtimeClient::close);
        }
    }

    /** Whether the client came through. */
    private static boolean race(RealtimeClient client, long expiry) {
        List<Integer> heard = new ArrayList<>();
        boolean refreshed = false;
        boolean younger = false;
        while (true) {
            RawWebSocket.Frame frame;
            try {
                frame = client.socket().read();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            if (frame.opcode() == RawWebSocket.CLOSE) {
                assertThat(frame.closeCode()).isEqualTo(4401);
                assertThat(refreshed).isFalse();
                assertThat(younger).as("delivered with a token that had ended").isFalse();
                return false;
            }
            JsonObject message = new JsonObject(frame.text());
            JsonObject data = message.getJsonObject("data");
            switch (message.getString("type")) {
                case "AuthStatus" -> {
                    assertThat(data.getString("status")).isEqualTo("refreshed");
                    refreshed = true;
                }
                case "Error" -> assertThat(data.getInteger("code")).isEqualTo(401);
                default -> {
                    int n = data.getInteger("payload");
                    // what waited when the other token came was handed over under that one, and may be younger than the
                    // first
                    younger |= data.getJsonObject("metadata").getLong("sent_at") >= expiry;
                    if (n == 0) {
                        assertThat(refreshed).isTrue();
                        return true;
                    }
                    assertThat(n).isEqualTo(heard.isEmpty() ? n : heard.getLast() + 1);
                    heard.add(n);
                }
            }
        }
    }

    // What no decent client sends

    private static String segments(int count, String segment) {
        return String.join(".", Collections.nCopies(count, segment));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "*", "**", ">", "%61"})
    void aPatternOfAThousandSegments(String segment) throws Exception {
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.**");
            for (int count : new int[] {32, 33, 300, 1000}) {
                String pattern = "chat." + segments(count, segment);
                alice.send("Subscribe", RealtimeClient.topics(pattern));
                assertThat(alice.error()).startsWith("400");
            }
            alice.subscribe("chat." + segments(31, segment));
            String topic = "chat." + segments(31, "a");
            alice.say(topic, "far");
            assertThat(alice.heard()).isEqualTo("far");
            assertThat(bob.heard()).isEqualTo("far");
        }
    }

    /** Wildcards that can be placed in very many ways cost no more than others. */
    @Test
    void patternsThatMeetInManyWays() throws Exception {
        try (RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            List<String> patterns = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                patterns.add("chat." + segments(29, "**") + ".z" + i);
            }
            alice.subscribe(patterns.toArray(String[]::new));
            bob.subscribe("chat.end");
            for (int i = 0; i < 50; i++) {
                alice.say("chat." + segments(31, "a"), i);
            }
            alice.say("chat.end", "end");
            assertThat(bob.heard()).isEqualTo("end");
            alice.assertQuiet();
        }
    }

    @Test
    void aHundredThousandSubscriptionsAskedByOneSession() throws Exception {
        try (RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.many");
            int before = Indexed.entries(hub);
            try (RealtimeClient alice = client("alice")) {
                for (int from = 0; from < 100_000; from += 1000) {
                    JsonArray topics = new JsonArray();
                    for (int i = from; i < from + 1000; i++) {
                        topics.add("chat.many." + i);
                    }
                    alice.send("Subscribe", new JsonObject().put("topics", topics));
                    if (from == 0) {
                        assertThat(alice.status("subscribed").getInteger("active_subscriptions"))
                                .isEqualTo(1000);
                    } else {
                        assertThat(alice.error()).isEqualTo("400 {}");
                        alice.assertQuiet();
                    }
                }
                assertThat(Indexed.entries(hub)).isLessThan(before + 1100);
                bob.say("chat.many", "here");
                assertThat(bob.heard()).isEqualTo("here");
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> Indexed.entries(hub) == before);
        }
    }

    private static final String DIGITS = "9".repeat(2000);

    private static List<String> bombs() {
        List<String> bombs = new ArrayList<>();
        String nested = "[".repeat(30_000);
        String closed = "[".repeat(900) + "]".repeat(900);
        for (String value : List.of(
                nested,
                nested + "]".repeat(30_000),
                closed,
                "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
                "1e999999999",
                "-1e-999999999",
                "1e99999999999999999999",
                DIGITS,
                "0." + DIGITS,
                "{\"a\":1,\"a\":2}",
                "\"\\ud800\"",
                "\"\\u0000\"")) {
            bombs.add("{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.bomb\",\"payload\":" + value + "}}");
            bombs.add("{\"type\":\"Broadcast\",\"id\":" + value + ",\"data\":{\"topic\":\"chat.bomb\",\"payload\":1}}");
            bombs.add("{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.bomb\",\"payload\":1},\"metadata\":{\"ttl\":"
                    + value + "}}");
            bombs.add("{\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.bomb\",\"payload\":1},\"metadata\":{\"x\":"
                    + value + "}}");
            bombs.add("{\"type\":\"Ping\",\"id\":1,\"data\":{\"timestamp\":" + value + "}}");
            bombs.add("{\"type\":\"History\",\"data\":{\"topic\":\"chat.bomb\",\"limit\":" + value + "}}");
            bombs.add("{\"type\":\"History\",\"data\":{\"topic\":\"chat.bomb\",\"since\":" + value + "}}");
            bombs.add("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"chat.b\"],\"recover\":{\"$all\":{\"offset\":"
                    + value + ",\"epoch\":\"e\"}}}}");
            bombs.add("{\"type\":\"Subscribe\",\"data\":{\"topics\":[" + value + "]}}");
            bombs.add("{\"type\":" + value + ",\"data\":{}}");
            bombs.add("{\"type\":\"X-Bomb\",\"data\":{\"x\":" + value + "}}");
            bombs.add(value);
        }
        return bombs;
    }

    /** Every one is answered or delivered; none ends the connection, or costs a neighbour anything. */
    @Test
    void aJsonBomb() throws Exception {
        List<String> bombs = bombs();
        try (RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.bomb.neighbour");
            for (int from = 0; from < bombs.size(); from += 6) {
                try (RealtimeClient alice = client("alice")) {
                    for (String bomb : bombs.subList(from, Math.min(bombs.size(), from + 6))) {
                        alice.socket().sendText(bomb);
                    }
                    alice.send("Ping", "end", new JsonObject());
                    JsonObject message;
                    do {
                        message = alice.next();
                        assertThat(message.getString("type")).isIn("Error", "Ack", "Pong", "Status");
                        if (message.getString("type").equals("Error")) {
                            assertThat(message.getJsonObject("data").getInteger("code"))
                                    .as("%s", message)
                                    .isIn(400, 404);
                        }
                    } while (!"end".equals(message.getValue("id")));
                }
                publish("chat.bomb.neighbour", from);
                assertThat(bob.heard()).isEqualTo(from);
            }
        }
    }

    @Test
    void duplicateKeysAreRefused() throws Exception {
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("chat.twice");
            alice.socket()
                    .sendText(
                            "{\"type\":\"Ping\",\"type\":\"Broadcast\",\"data\":{\"topic\":\"chat.twice\",\"payload\":1}}");
            assertThat(alice.error()).startsWith("400");
            alice.assertQuiet();
        }
    }

    @Test
    void invalidUtf8InEveryPlace() throws Exception {
        byte[] good = RealtimeClient.message("Broadcast", "m", RealtimeClient.said("chat.x", "y"))
                .getBytes(StandardCharsets.UTF_8);
        try (RealtimeClient bob = client("bob")) {
            bob.subscribe("chat.**");
            for (int at = 0; at < good.length; at += 7) {
                byte[] bad = good.clone();
                bad[at] = (byte) 0xff;
                try (RealtimeClient alice = client("alice")) {
                    alice.socket().send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.TEXT, bad));
                    assertThat(alice.toClose()).last().isEqualTo("1007");
                }
            }
            publish("chat.x", "fine");
            assertThat(bob.heard()).isEqualTo("fine");
        }
    }

    /** Frames in pieces, a byte each, are the message that they make together. */
    @Test
    void aMessageInAThousandPieces() throws Exception {
        byte[] message = RealtimeClient.message("Broadcast", RealtimeClient.said("chat.pieces", "ü".repeat(400)))
                .getBytes(StandardCharsets.UTF_8);
        try (RealtimeClient alice = client("alice")) {
            alice.subscribe("chat.pieces");
            for (int i = 0; i < message.length; i++) {
                int first = (i == 0 ? RawWebSocket.TEXT : RawWebSocket.CONTINUATION)
                        | (i == message.length - 1 ? RawWebSocket.FIN : 0);
                alice.socket().send(RawWebSocket.frame(first, Arrays.copyOfRange(message, i, i + 1)));
            }
            assertThat(alice.heard()).isEqualTo("ü".repeat(400));
        }
    }
}
