package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Direct messages over real sockets and the default database. */
@QuarkusTest
@TestProfile(RealtimeDirectTest.Rules.class)
class RealtimeDirectTest {
    /** Nobody may write to the root but operators. */
    public static class Rules implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.rules.direct", "*",
                    "switchboard.rules.deny-direct", "root",
                    "switchboard.mailbox.messages-per-sender-and-user", "20",
                    "switchboard.limits.connections-per-user", "10");
        }
    }

    @Inject
    Gateway gateway;

    /** RFC 6455, 7.4.1: 1000. */
    private static final byte[] CLOSE_NORMALLY = {0x03, (byte) 0xe8};

    private final String alice = "alice-" + UUID.randomUUID();
    private final String bob = "bob-" + UUID.randomUUID();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    private RealtimeClient client(String user, String query) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user), query, _ -> {});
    }

    private static JsonObject to(String user, Object payload) {
        return new JsonObject().put("target_user", user).put("payload", payload);
    }

    private static String direct(String id, JsonObject data, JsonObject metadata) {
        return new JsonObject()
                .put("type", "DirectMessage")
                .put("id", id)
                .put("data", data)
                .put("metadata", metadata)
                .encode();
    }

    /** Sends, and reads the Ack behind whatever comes before it. */
    private static JsonObject send(RealtimeClient sender, String id, JsonObject data) throws IOException {
        sender.send("DirectMessage", id, data);
        JsonObject message = sender.next();
        while (!"Ack".equals(message.getString("type"))) {
            message = sender.next();
        }
        return message.getJsonObject("data");
    }

    private static JsonObject queued(RealtimeClient sender, String id, String user, Object payload) throws IOException {
        JsonObject ack = send(sender, id, to(user, payload));
        assertThat(ack)
                .isEqualTo(new JsonObject()
                        .put("message_id", id)
                        .put("status", "queued")
                        .put("code", 404));
        return ack;
    }

    private static Object received(RealtimeClient client) throws IOException {
        return client.next("DirectMessage").getValue("payload");
    }

    @Test
    void allConnectionsOfAUserGetIt() throws Exception {
        try (RealtimeClient one = client(bob);
                RealtimeClient other = client(bob);
                RealtimeClient stranger = client("carol");
                RealtimeClient sender = client(alice)) {
            sender.socket()
                    .sendText(direct(
                            "dm_1",
                            to(bob, new JsonObject().put("message", "hello")),
                            new JsonObject().put("priority", "high").put("message_id", "forged")));

            JsonObject ack = sender.next();
            assertThat(ack.getString("type")).isEqualTo("Ack");
            assertThat(ack.getString("id")).isEqualTo("dm_1");
            assertThat(ack.getJsonObject("data").getString("status")).isEqualTo("delivered");
            assertThat(ack.getJsonObject("data").getJsonArray("delivered_to"))
                    .containsExactlyInAnyOrder(one.id(), other.id());
            for (RealtimeClient receiver : List.of(one, other)) {
                JsonObject data = receiver.next("DirectMessage");
                assertThat(data.getString("from_user")).isEqualTo(alice);
                assertThat(data.getJsonObject("payload")).isEqualTo(new JsonObject().put("message", "hello"));
                JsonObject metadata = data.getJsonObject("metadata");
                assertThat(metadata.getString("priority")).isEqualTo("high");
                assertThat(metadata.getLong("sent_at")).isPositive();
                assertThat(UUID.fromString(metadata.getString("message_id"))).isNotNull();
            }
            stranger.assertQuiet();
            sender.assertQuiet();
        }
    }

    @Test
    void oneMayWriteToOneself() throws Exception {
        try (RealtimeClient both = client(alice)) {
            both.send("DirectMessage", to(alice, "note"));
            assertThat(received(both)).isEqualTo("note");
        }
    }

    @Test
    void whoIsAwayGetsItLaterInOrderAndOnce() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            for (int i = 0; i < 5; i++) {
                sender.send("DirectMessage", "m" + i, to(bob, i));
                JsonObject error = sender.next();
                assertThat(error)
                        .isEqualTo(new JsonObject()
                                .put("type", "Error")
                                .put("id", "m" + i)
                                .put(
                                        "data",
                                        new JsonObject()
                                                .put("code", 404)
                                                .put("message", "User " + bob + " not found or not connected")
                                                .put(
                                                        "details",
                                                        new JsonObject()
                                                                .put("message_id", "m" + i)
                                                                .put("queued", true))));
                assertThat(sender.next("Ack").getString("status")).isEqualTo("queued");
            }
            try (RealtimeClient receiver = client(bob)) {
                for (int i = 0; i < 5; i++) {
                    assertThat(received(receiver)).isEqualTo(i);
                }
                assertThat(send(sender, "m5", to(bob, 5)).getString("status")).isEqualTo("delivered");
                assertThat(received(receiver)).isEqualTo(5);
            }
            try (RealtimeClient again = client(bob)) {
                again.assertQuiet();
                // behind what would have been kept
                assertThat(send(sender, "m6", to(bob, 6)).getString("status")).isEqualTo("delivered");
                assertThat(received(again)).isEqualTo(6);
            }
        }
    }

    @Test
    void aClientThatAcknowledgesGetsItUntilItHas() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            queued(sender, "m0", bob, "first");
            String id;
            try (RealtimeClient receiver = client(bob, "&acks=client")) {
                JsonObject first = receiver.next("DirectMessage");
                assertThat(first.getString("payload")).isEqualTo("first");
                id = first.getJsonObject("metadata").getString("message_id");
                assertThat(send(sender, "m1", to(bob, "second")).getString("status"))
                        .isEqualTo("delivered");
                assertThat(received(receiver)).isEqualTo("second");
            }
            try (RealtimeClient receiver = client(bob, "&acks=client")) {
                JsonObject first = receiver.next("DirectMessage");
                assertThat(first.getJsonObject("metadata").getString("message_id"))
                        .as("the same letter")
                        .isEqualTo(id);
                assertThat(received(receiver)).isEqualTo("second");
                receiver.send("Ack", new JsonObject().put("message_id", id));
                receiver.send("Ack", new JsonObject().put("message_id", "of nobody"));
                receiver.assertQuiet();
            }
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                try (RealtimeClient receiver = client(bob, "&acks=client")) {
                    assertThat(received(receiver)).isEqualTo("second");
                }
            });
        }
    }

    @Test
    void whatIsSentTwiceArrivesOnce() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            queued(sender, "m", bob, "x");
            queued(sender, "m", bob, "x");
            try (RealtimeClient receiver = client(bob)) {
                assertThat(received(receiver)).isEqualTo("x");
                String again = direct("n", to(bob, "y"), new JsonObject().put("idempotency_key", "k"));
                sender.socket().sendText(again);
                assertThat(sender.next("Ack").getBoolean("duplicate")).isNull();
                assertThat(received(receiver)).isEqualTo("y");
                try (RealtimeClient elsewhere = client(alice)) {
                    elsewhere.socket().sendText(again);
                    assertThat(elsewhere.next("Ack").getBoolean("duplicate")).isTrue();
                }
                receiver.assertQuiet();
            }
        }
    }

    @Test
    void aTimeToLiveEndsTheWait() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            sender.socket().sendText(direct("m0", to(bob, 0), new JsonObject().put("ttl", 0)));
            assertThat(sender.error()).isEqualTo("404 {\"queued\":false,\"message_id\":\"m0\"}");
            assertThat(sender.next("Ack").getString("status")).isEqualTo("failed");
            sender.socket().sendText(direct("m1", to(bob, 1), new JsonObject().put("ttl", 1)));
            assertThat(sender.error()).isEqualTo("404 {\"queued\":true,\"message_id\":\"m1\"}");
            assertThat(sender.next("Ack").getString("status")).isEqualTo("queued");
            long over = System.currentTimeMillis() + 1000;
            queued(sender, "m2", bob, 2);
            await().until(() -> System.currentTimeMillis() > over);
            try (RealtimeClient receiver = client(bob)) {
                assertThat(received(receiver)).isEqualTo(2);
                receiver.assertQuiet();
            }
        }
    }

    @Test
    void whoMayNotBeWrittenToIsRefusedWhoeverThatIs() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            sender.send("DirectMessage", to("root", "x"));
            assertThat(sender.error()).isEqualTo("403 {}");
            try (RealtimeClient root = client("root")) {
                sender.send("DirectMessage", to("root", "x"));
                assertThat(sender.error()).isEqualTo("403 {}");
                root.assertQuiet();
            }
        }
    }

    @Test
    void tooMuchIsNotKept() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            for (int i = 0; i < 20; i++) {
                queued(sender, "m" + i, bob, i);
            }
            sender.send("DirectMessage", "m20", to(bob, 20));
            assertThat(sender.error()).isEqualTo("404 {\"queued\":false,\"message_id\":\"m20\"}");
            assertThat(sender.next("Ack").getString("status")).isEqualTo("failed");
            try (RealtimeClient receiver = client(bob)) {
                for (int i = 0; i < 20; i++) {
                    assertThat(received(receiver)).isEqualTo(i);
                }
                receiver.assertQuiet();
            }
        }
    }

    /** Whoever the name belongs to, and whether to anybody: only the name differs in the answer. */
    @Test
    void existingAndInventedNamesAreAnsweredAlike() throws Exception {
        try (RealtimeClient _ = client(bob)) {
            // has been here
        }
        gateway.awaitOpen(0);
        String invented = bob.replace("bob", "bab");
        try (RealtimeClient sender = client(alice)) {
            List<String> answers = new ArrayList<>();
            for (String name : List.of(bob, invented)) {
                sender.send("DirectMessage", "m", to(name, "x"));
                answers.add((sender.next().encode() + sender.next().encode()).replace(name, "NAME"));
            }
            assertThat(answers.getFirst()).isEqualTo(answers.getLast());
        }
    }

    /** The work is the same as well: about as long, in the middle of many. */
    @Test
    void existingAndInventedNamesTakeAboutAsLong() throws Exception {
        // well below the rate at which a client is told to slow down
        int each = 150;
        String[] users = new String[each];
        for (int i = 0; i < each; i++) {
            users[i] = "known-" + i + "-" + UUID.randomUUID();
            try (RealtimeClient _ = client(users[i])) {
                // has been here
            }
        }
        gateway.awaitOpen(0);
        List<Long> known = new ArrayList<>();
        List<Long> invented = new ArrayList<>();
        try (RealtimeClient sender = client(alice)) {
            for (int i = 0; i < each; i++) {
                known.add(timed(sender, users[i]));
                invented.add(timed(sender, "invented-" + i + "-" + UUID.randomUUID()));
            }
        }
        double ratio = (double) median(known) / median(invented);
        // they differ by what the machine does meanwhile, and not by a look-up more or less
        assertThat(ratio).isBetween(0.5, 2.0);
    }

    private static long timed(RealtimeClient sender, String user) throws IOException {
        long begun = System.nanoTime();
        JsonObject ack = send(sender, UUID.randomUUID().toString(), to(user, "x"));
        assertThat(ack.getString("status")).isEqualTo("queued");
        return System.nanoTime() - begun;
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }

    // Bytes

    private static byte[] frame(int type, byte[] payload) {
        return ByteBuffer.allocate(5 + payload.length)
                .put((byte) type)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    private static byte[] prefixed(String text, byte... data) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + bytes.length + data.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .put(data)
                .array();
    }

    @Test
    void bytesReachThoseWhoTakeThemAsTheyAreAndOthersAsText() throws Exception {
        try (RealtimeClient takes = client(bob, "&binary=1");
                RealtimeClient reads = client(bob);
                RealtimeClient sender = client(alice)) {
            sender.binary(frame(2, prefixed(bob, (byte) 1, (byte) 2)));
            assertThat(sender.status("binary_received").getString("type")).isEqualTo("direct_message");
            RawWebSocket.Frame got = takes.socket().read();
            assertThat(got.payload()).isEqualTo(frame(2, prefixed(alice, (byte) 1, (byte) 2)));
            JsonObject text = reads.next("DirectMessage");
            assertThat(text.getString("from_user")).isEqualTo(alice);
            assertThat(text.getJsonObject("payload").getString("data")).isEqualTo("AQI=");

            sender.binary(frame(
                    3,
                    prefixed(
                            new JsonObject()
                                    .put("user", bob)
                                    .put("name", "../../a.txt")
                                    .encode(),
                            (byte) 7)));
            assertThat(sender.status("binary_received").getString("type")).isEqualTo("file_transfer");
            byte[] file = takes.socket().read().payload();
            ByteBuffer header = ByteBuffer.wrap(file, 5, file.length - 5);
            byte[] json = new byte[header.getShort()];
            header.get(json);
            assertThat(new JsonObject(new String(json, StandardCharsets.UTF_8)))
                    .isEqualTo(new JsonObject().put("user", alice).put("name", "a.txt"));
            assertThat(reads.next("DirectMessage").getJsonObject("payload").getString("name"))
                    .isEqualTo("a.txt");
        }
    }

    @Test
    void bytesAreNotKept() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            sender.binary(frame(2, prefixed(bob, (byte) 1)));
            assertThat(sender.error()).isEqualTo("404 {\"queued\":false}");
            try (RealtimeClient receiver = client(bob)) {
                receiver.assertQuiet();
            }
        }
    }

    // Faults

    /** Whatever happens to the recipient's connections meanwhile. */
    @Test
    void noneIsLostRepeatedOrOvertakenWhileTheRecipientComesAndGoes() throws Exception {
        int messages = 400;
        Random random = new Random(7);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try (RealtimeClient sender = client(alice)) {
                for (int i = 0; i < messages; i++) {
                    JsonObject ack = send(sender, "m" + i, to(bob, i));
                    // the quota: it is drained at the next connection
                    while (ack.getString("status").equals("failed")) {
                        ack = send(sender, "m" + i + "-" + UUID.randomUUID(), to(bob, i));
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        List<Integer> all = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        while (seen.size() < messages) {
            try (RealtimeClient receiver = client(bob)) {
                int share = 1 + random.nextInt(20);
                List<Integer> here = new ArrayList<>();
                for (int i = 0; i < share && seen.size() < messages; i++) {
                    int number = (Integer) received(receiver);
                    here.add(number);
                    seen.add(number);
                }
                // what was written to the socket and not read before it was closed is lost to this client:
                // so it says good-bye and reads on
                receiver.socket().send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.CLOSE, CLOSE_NORMALLY));
                for (String text : receiver.toClose()) {
                    if (text.startsWith("{")) {
                        int number = (Integer)
                                new JsonObject(text).getJsonObject("data").getValue("payload");
                        here.add(number);
                        seen.add(number);
                    }
                }
                assertThat(here).isSorted();
                all.addAll(here);
            }
        }
        sending.get(60, TimeUnit.SECONDS);
        assertThat(all).isSorted().doesNotHaveDuplicates().hasSize(messages);
    }

    @Test
    void whatIsNoMessageToAnybodyIsRefused() throws Exception {
        try (RealtimeClient sender = client(alice)) {
            for (JsonObject data : List.of(
                    new JsonObject(),
                    new JsonObject().put("target_user", 7).put("payload", 1),
                    to("", 1),
                    to("x".repeat(257), 1),
                    new JsonObject().put("target_user", bob),
                    new JsonObject().put("target_user", new JsonArray()).put("payload", 1))) {
                sender.send("DirectMessage", data);
                assertThat(sender.error()).as(data.encode()).startsWith("400");
            }
        }
    }
}
