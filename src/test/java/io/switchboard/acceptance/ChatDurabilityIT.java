package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.ChatClient;
import io.switchboard.testing.PackagedServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members of a room have seen is there when the server comes back, however it ended. */
class ChatDurabilityIT {
    private static final int KILLS = 5;
    private static final JsonObject ROOM = ChatClient.room("GLOBAL", "storm");

    @TempDir
    Path folder;

    private final Random random = new Random(20261121);

    private ChatClient client(PackagedServer server, String user) throws IOException {
        String token = DevelopmentToken.of(user, List.of(), List.of(), Duration.ofMinutes(5))
                .sign(PackagedServer.key(folder));
        return ChatClient.signedIn(server.port(), token);
    }

    /** Texts of the messages of a room, oldest first. */
    private List<String> history(PackagedServer server) throws IOException {
        List<String> pages = new ArrayList<>();
        try (ChatClient reader = client(server, "reader")) {
            int offset = 0;
            boolean more = true;
            while (more) {
                reader.history(ROOM, offset, 200);
                reader.update();
                // behind it in the order of commands: nothing more of the page comes when its error does
                reader.delete("none", "none");
                List<String> page = new ArrayList<>();
                more = false;
                JsonObject message = reader.read();
                while (!"error".equals(message.getString("@type"))) {
                    if ("MAY_HAVE_MORE".equals(message.getString("@type"))) {
                        more = true;
                        offset = message.getInteger("Offset");
                    } else {
                        page.add(message.getString("Message"));
                    }
                    message = reader.read();
                }
                pages.addAll(0, page);
            }
        }
        return pages;
    }

    @Test
    void nothingThatAMemberHasSeenIsLostWhenTheServerIsKilledWhilePosting() throws Exception {
        List<String> known = new ArrayList<>();
        for (int kill = 0; kill <= KILLS; kill++) {
            try (PackagedServer server =
                    PackagedServer.ready(folder, "switchboard.storage.url=jdbc:sqlite:" + folder.resolve("chat.db"))) {
                List<String> history = history(server);
                assertThat(history).as("before the next storm").startsWith(known.toArray(String[]::new));
                // what was kept and not yet delivered when the server was killed
                assertThat(history.size() - known.size()).as("in flight").isLessThan(100);
                if (kill == KILLS) {
                    break;
                }
                known = new ArrayList<>(history);
                known.addAll(storm(server, kill));
            }
        }
        assertThat(known).hasSizeGreaterThan(KILLS * 10);
    }

    /** Two post until the server is killed; what a third one has seen. */
    private List<String> storm(PackagedServer server, int round) throws Exception {
        List<String> seen = new ArrayList<>();
        int until = 20 + random.nextInt(200);
        try (ChatClient alice = client(server, "alice");
                ChatClient bob = client(server, "bob");
                ChatClient member = client(server, "member")) {
            String uuid = member.enter(ROOM);
            List<CompletableFuture<Void>> posters =
                    List.of(post(alice, uuid, "a" + round), post(bob, uuid, "b" + round));
            try {
                while (true) {
                    JsonObject message = member.read();
                    if (!message.containsKey("@type")) {
                        seen.add(message.getString("Message"));
                    }
                    if (seen.size() == until) {
                        server.kill();
                    }
                }
            } catch (IOException _) {
                // the server is gone, and with it the connection
            }
            for (CompletableFuture<Void> poster : posters) {
                poster.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(seen).hasSizeGreaterThanOrEqualTo(until);
        return seen;
    }

    private static CompletableFuture<Void> post(ChatClient client, String uuid, String name) {
        return CompletableFuture.runAsync(() -> {
            try {
                client.join(ROOM);
                for (int i = 0; ; i++) {
                    client.post(uuid, name + "-" + i);
                    // at the pace of the server: its answer is the message itself
                    JsonObject message = client.read();
                    while (!(name + "-" + i).equals(message.getString("Message"))) {
                        message = client.read();
                    }
                }
            } catch (IOException _) {
                // the server is gone
            }
        });
    }
}
