package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.ChatClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.Postgres;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users notice of the database: that it is there, that it is away, and that it is back. */
class ChatStorageIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonObject ROOM = ChatClient.room("GLOBAL", "lobby");

    @TempDir
    Path folder;

    private String token(String user) throws IOException {
        return DevelopmentToken.of(user, List.of("ws"), List.of("publisher"), Duration.ofMinutes(5))
                .sign(PackagedServer.key(folder));
    }

    private static String[] on(String url) {
        return new String[] {
            "switchboard.storage.kind=postgresql",
            "switchboard.storage.url=" + url,
            "switchboard.storage.username=" + Postgres.USER,
            "switchboard.storage.timeout=2s"
        };
    }

    private void assertEventsGoOn(PackagedServer server, RawWebSocket events, String name) throws IOException {
        assertThat(server.post(
                        "/api/v1/events/tree",
                        token("service"),
                        Gateway.created(name, "ws").encode()))
                .isEqualTo(202);
        assertThat(Gateway.path(events.readText())).isEqualTo("ws/" + name);
    }

    @Test
    void roomsAreKeptInPostgresqlAndAnOutageIsToldAndOver() throws Exception {
        try (Postgres postgres = Postgres.started();
                PackagedServer server = PackagedServer.ready(folder, on(postgres.newDatabase()));
                RawWebSocket events = RawWebSocket.open(server.port(), "/ws/event");
                ChatClient alice = ChatClient.signedIn(server.port(), token("alice"))) {
            events.sendText(Gateway.subscribe(token("bob")));
            String uuid = alice.enter(ROOM);
            alice.post(uuid, "before");
            assertThat(alice.text()).isEqualTo("before");

            postgres.stop();
            alice.post(uuid, "meanwhile");
            assertThat(alice.error()).contains("try again");
            alice.history(ROOM, 0, 10);
            assertThat(alice.error()).contains("try again");
            await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 503);
            assertThat(server.get("/q/health/live")).isEqualTo(200);
            assertEventsGoOn(server, events, "meanwhile");

            postgres.start();
            await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 200);
            alice.post(uuid, "after");
            assertThat(alice.text()).isEqualTo("after");
            alice.history(ROOM, 0, 10);
            alice.update();
            assertThat(List.of(alice.text(), alice.text())).containsExactly("before", "after");
            assertThat(server.output()).doesNotContain("meanwhile");
        }
    }

    @Test
    void aServerStartsWithoutItsDatabase() throws Exception {
        try (Postgres postgres = Postgres.started()) {
            String url = postgres.newDatabase();
            postgres.stop();
            try (PackagedServer server = PackagedServer.alive(folder, on(url));
                    RawWebSocket events = RawWebSocket.open(server.port(), "/ws/event");
                    ChatClient alice = ChatClient.signedIn(server.port(), token("alice"))) {
                events.sendText(Gateway.subscribe(token("bob")));
                alice.join(ROOM);
                assertThat(alice.error()).contains("try again");
                assertThat(server.get("/q/health/ready")).isEqualTo(503);
                // her answer came behind his sign-in in no order: touch until he sees it
                await().atMost(PATIENCE).until(() -> {
                    server.post(
                            "/api/v1/events/tree",
                            token("service"),
                            Gateway.created("early", "ws").encode());
                    return events.readable();
                });

                postgres.start();
                await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 200);
                String uuid = alice.enter(ROOM);
                alice.post(uuid, "at last");
                assertThat(alice.text()).isEqualTo("at last");
            }
        }
    }

    @Test
    void nothingThatWasSeenIsLostWhenPostgresqlRestartsUnderLoad() throws Exception {
        try (Postgres postgres = Postgres.started();
                PackagedServer server = PackagedServer.ready(folder, on(postgres.newDatabase()));
                ChatClient member = ChatClient.signedIn(server.port(), token("member"));
                ChatClient poster = ChatClient.signedIn(server.port(), token("poster"))) {
            String uuid = member.enter(ROOM);
            poster.enter(ROOM);
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger errors = new AtomicInteger();
            CompletableFuture<Void> posting = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; !over.get(); i++) {
                        poster.post(uuid, "m" + i);
                        JsonObject answer = poster.read();
                        while ("ROOM_UPDATE".equals(answer.getString("@type"))) {
                            answer = poster.read();
                        }
                        if ("error".equals(answer.getString("@type"))) {
                            errors.incrementAndGet();
                        }
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            List<String> seen = new ArrayList<>();
            for (int restart = 0; restart < 3; restart++) {
                readMessages(member, seen, seen.size() + 50);
                int before = errors.get();
                postgres.stop();
                await().atMost(PATIENCE).until(() -> errors.get() > before);
                postgres.start();
            }
            readMessages(member, seen, seen.size() + 50);
            over.set(true);
            posting.get(30, TimeUnit.SECONDS);

            member.history(ROOM, 0, seen.size() + 500);
            List<String> history = new ArrayList<>();
            JsonObject message = member.read();
            while (!"ROOM_UPDATE".equals(message.getString("@type"))) {
                seen.add(message.getString("Message"));
                message = member.read();
            }
            member.delete("none", "none");
            message = member.read();
            while (!"error".equals(message.getString("@type"))) {
                history.add(message.getString("Message"));
                message = member.read();
            }
            // one whose commit was in doubt may be kept though nobody was told
            assertThat(history).containsSubsequence(seen);
            assertThat(history.size() - seen.size()).isLessThanOrEqualTo(3);
        }
    }

    private static void readMessages(ChatClient member, List<String> seen, int until) throws IOException {
        while (seen.size() < until) {
            JsonObject message = member.read();
            if (!message.containsKey("@type")) {
                seen.add(message.getString("Message"));
            }
        }
    }
}
