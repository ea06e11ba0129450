package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.ChatClient;
import io.switchboard.testing.Crowd;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that do their worst in a room, and what the others notice of it. */
@QuarkusTest
@TestProfile(ChatFaultsTest.Crowded.class)
class ChatFaultsTest {
    private static final int CROWD = 10_000;
    private static final int USERS = 500;
    private static final int POSTS = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Nothing but the rooms is in the way of ten thousand. */
    public static class Crowded implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.auth.timeout", "120s",
                    "switchboard.limits.connections-unauthenticated", "0",
                    "switchboard.limits.messages-per-second", "0",
                    "switchboard.liveness.ping-interval", "0s");
        }
    }

    @Inject
    Gateway gateway;

    @TempDir
    Path folder;

    private final JsonObject lobby = ChatClient.room("GLOBAL", UUID.randomUUID().toString());

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        assertThat(gateway.figure("switchboard.outbound.bytes")).isZero();
    }

    @Test
    void tenThousandJoinAtOnceAndTheRoomIsUsableAllTheTime() throws Exception {
        double slow = gateway.figure("switchboard.closes", "reason", "slow_consumer");
        List<String> said = new ArrayList<>();
        String join = new JsonObject().put("@type", "JOIN").put("Room", lobby).encode();
        for (int i = 0; i < USERS; i++) {
            said.add(Gateway.subscribe(gateway.token("user" + i)) + "\t" + join);
        }
        Path lines = Files.write(folder.resolve("said"), said);
        Process crowd = null;
        try (ChatClient alice = ChatClient.signedIn(gateway.port(), gateway.token("alice"))) {
            String uuid = alice.enter(lobby);
            crowd = Crowd.start(gateway.port(), CROWD, "/chat", lines.toString());
            int updates = 0;
            int users = 1;
            alice.socket().patience(PATIENCE);
            // she writes while they come, and reads what she wrote
            for (int i = 1; i <= POSTS; i++) {
                int arrived = CROWD * i / POSTS;
                await().atMost(PATIENCE).until(() -> gateway.signedIn() >= arrived);
                alice.post(uuid, "m" + i);
                JsonObject message = alice.read();
                while ("ROOM_UPDATE".equals(message.getString("@type"))) {
                    updates++;
                    users = users(message);
                    message = alice.read();
                }
                assertThat(message.getString("Message")).isEqualTo("m" + i);
            }
            while (users < USERS + 1) {
                users = users(alice.wrapped("ROOM_UPDATE"));
                updates++;
            }
            assertThat(updates).as("not one for each").isLessThan(100);
            assertThat(gateway.figure("switchboard.closes", "reason", "slow_consumer"))
                    .isEqualTo(slow);
        } finally {
            if (crowd != null) {
                crowd.destroyForcibly().waitFor();
            }
        }
        // those who were cut off count for a while, and then the room is empty
        await().atMost(PATIENCE).until(() -> gateway.figure("switchboard.chat.rooms") == 0);
    }

    @Test
    void aMemberThatStopsReadingIsClosedAndTheOthersGetEverythingInOrder() throws Exception {
        int messages = 300;
        String filling = "x".repeat(50_000);
        double slow = gateway.figure("switchboard.closes", "reason", "slow_consumer");
        try (RawWebSocket stuck = RawWebSocket.connect(gateway.port(), "127.0.0.1", 4096);
                ChatClient alice = ChatClient.signedIn(gateway.port(), gateway.token("alice"));
                ChatClient bob = ChatClient.signedIn(gateway.port(), gateway.token("bob"))) {
            String uuid = alice.enter(lobby);
            bob.enter(lobby);
            alice.update();
            assertThat(stuck.handshake("/chat")).isEqualTo(101);
            stuck.sendText(Gateway.subscribe(gateway.token("carol")));
            stuck.sendText(
                    new JsonObject().put("@type", "JOIN").put("Room", lobby).encode());
            assertThat(alice.update().getJsonArray("Users")).contains("carol");
            bob.update();

            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> readInOrder(bob, messages));
            for (int i = 0; i < messages; i++) {
                alice.post(uuid, i + " " + filling);
                // one who stopped is told of as having left, if it takes so long
                assertThat(nextText(alice)).startsWith(i + " ");
            }
            reading.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            await().atMost(PATIENCE)
                    .until(() -> gateway.figure("switchboard.closes", "reason", "slow_consumer") == slow + 1);
            stuck.awaitEnd();
        }
    }

    private static int users(JsonObject update) {
        return update.getJsonObject("Room").getJsonArray("Users").size();
    }

    private static void readInOrder(ChatClient client, int messages) {
        try {
            for (int i = 0; i < messages; i++) {
                assertThat(nextText(client)).startsWith(i + " ");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nextText(ChatClient client) throws IOException {
        JsonObject message = client.read();
        while (message.containsKey("@type")) {
            message = client.read();
        }
        return message.getString("Message");
    }
}
