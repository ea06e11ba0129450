package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.RawWebSocket;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for users who are away is there when the server comes back, however it ended. */
class DirectDurabilityIT {
    private static final int ROUNDS = 2;
    private static final List<String> SENDERS = List.of("alice", "bob", "carol", "dave");
    private static final int RECIPIENTS = 3;
    private static final String LAST = "last";

    @TempDir
    Path folder;

    private final Random random = new Random(20261121);

    /** A message as it was received. */
    private record Got(String id, String sender, int number) {}

    private PackagedServer server() throws IOException {
        return PackagedServer.ready(folder, "switchboard.storage.url=jdbc:sqlite:" + folder.resolve("mail.db"));
    }

    private RealtimeClient client(PackagedServer server, String user, String query) throws IOException {
        String token = DevelopmentToken.of(user, List.of(), List.of(), Duration.ofMinutes(5))
                .sign(PackagedServer.key(folder));
        return RealtimeClient.of(RawWebSocket.open(server.port(), "/ws?token=" + token + query), _ -> {});
    }

    private static String recipient(int round, int number) {
        return "recipient-" + round + "-" + number;
    }

    private static JsonObject to(String user, Object payload) {
        return new JsonObject().put("target_user", user).put("payload", payload);
    }

    @Test
    void nothingThatWasQueuedIsLostWhenTheServerIsKilledWhileBoxesFillAndWhileTheyAreDrained() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            // by recipient and sender
            Map<String, List<Integer>> queued;
            try (PackagedServer server = server()) {
                queued = fill(server, round);
            }
            Map<String, List<Got>> before = new HashMap<>();
            try (PackagedServer server = server()) {
                before.putAll(drainUntilKilled(server, round));
            }
            assertThat(before.values().stream().mapToInt(List::size).sum()).isPositive();
            try (PackagedServer server = server()) {
                for (int i = 0; i < RECIPIENTS; i++) {
                    String recipient = recipient(round, i);
                    List<Got> after = drain(server, recipient);
                    verify(recipient, before.get(recipient), after, queued);
                }
            }
        }
    }

    /** Several write to those who are away until the server is killed; what was answered as queued. */
    private Map<String, List<Integer>> fill(PackagedServer server, int round) throws Exception {
        Map<String, List<Integer>> queued = new ConcurrentHashMap<>();
        AtomicInteger answers = new AtomicInteger();
        int until = 60 + random.nextInt(200);
        List<CompletableFuture<Void>> writing = new ArrayList<>();
        for (String sender : SENDERS) {
            writing.add(CompletableFuture.runAsync(() -> {
                try (RealtimeClient client = client(server, sender, "")) {
                    for (int i = 0; ; i++) {
                        String recipient = recipient(round, i % RECIPIENTS);
                        client.send("DirectMessage", "m" + i, to(recipient, i));
                        client.next("Error");
                        assertThat(client.next("Ack").getString("status")).isEqualTo("queued");
                        queued.computeIfAbsent(recipient + sender, _ -> new CopyOnWriteArrayList<>())
                                .add(i);
                        if (answers.incrementAndGet() == until) {
                            server.kill();
                        }
                    }
                } catch (IOException _) {
                    // the server is gone
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (CompletableFuture<Void> one : writing) {
            one.get(60, TimeUnit.SECONDS);
        }
        assertThat(answers.get()).isGreaterThanOrEqualTo(until);
        return queued;
    }

    /**
     * All recipients read, and acknowledge every other message, until the server is killed; what each has acknowledged or was about
     * to. The others come again, though sockets were given them.
     */
    private Map<String, List<Got>> drainUntilKilled(PackagedServer server, int round) throws Exception {
        Map<String, List<Got>> all = new ConcurrentHashMap<>();
        AtomicInteger received = new AtomicInteger();
        int until = 10 + random.nextInt(40);
        List<CompletableFuture<Void>> reading = new ArrayList<>();
        for (int i = 0; i < RECIPIENTS; i++) {
            String recipient = recipient(round, i);
            List<Got> mine = new ArrayList<>();
            all.put(recipient, mine);
            reading.add(CompletableFuture.runAsync(() -> {
                try (RealtimeClient client = client(server, recipient, "&acks=client")) {
                    while (true) {
                        Got got = got(client.next("DirectMessage"));
                        int number = received.incrementAndGet();
                        if (number % 2 == 0) {
                            mine.add(got);
                            client.send("Ack", new JsonObject().put("message_id", got.id()));
                        }
                        if (number == until) {
                            awaitChanges(server);
                            server.kill();
                        }
                    }
                } catch (IOException _) {
                    // the server is gone
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (CompletableFuture<Void> one : reading) {
            one.get(60, TimeUnit.SECONDS);
        }
        return all;
    }

    /** Whatever was to be changed in the database before has been: changes are written in their order. */
    private void awaitChanges(PackagedServer server) throws IOException {
        try (RealtimeClient sender = client(server, "sender", "")) {
            sender.send("DirectMessage", "m", to("nobody", "x"));
            sender.next("Error");
            assertThat(sender.next("Ack").getString("status")).isEqualTo("queued");
        }
    }

    private static Got got(JsonObject message) {
        return new Got(
                message.getJsonObject("metadata").getString("message_id"),
                message.getString("from_user"),
                message.getInteger("payload"));
    }

    /** Everything that waits for a user, up to what was sent last. */
    private List<Got> drain(PackagedServer server, String recipient) throws IOException {
        List<Got> all = new ArrayList<>();
        try (RealtimeClient sender = client(server, "sender", "");
                RealtimeClient reader = client(server, recipient, "&acks=client")) {
            sender.send("DirectMessage", to(recipient, LAST));
            JsonObject message = reader.next("DirectMessage");
            while (!LAST.equals(message.getValue("payload"))) {
                all.add(got(message));
                message = reader.next("DirectMessage");
            }
        }
        return all;
    }

    private static void verify(String recipient, List<Got> before, List<Got> after, Map<String, List<Integer>> queued) {
        assertThat(before).doesNotHaveDuplicates();
        assertThat(after).doesNotHaveDuplicates();
        Set<Got> together = new LinkedHashSet<>(before);
        together.addAll(after);
        assertThat(together.stream().map(Got::id)).as("one message, one id").doesNotHaveDuplicates();
        for (String sender : SENDERS) {
            for (List<Got> connection : List.of(before, after)) {
                assertThat(numbers(connection, sender))
                        .as("%s of %s", recipient, sender)
                        .isSorted();
            }
            List<Integer> numbers = numbers(List.copyOf(together), sender);
            List<Integer> answered = queued.getOrDefault(recipient + sender, List.of());
            assertThat(numbers)
                    .as("%s of %s", recipient, sender)
                    .doesNotHaveDuplicates()
                    .containsAll(answered);
            // what was kept, and not yet answered, when the server was killed
            assertThat(numbers.size() - answered.size()).isBetween(0, 1);
        }
    }

    private static List<Integer> numbers(List<Got> messages, String sender) {
        return messages.stream()
                .filter(got -> got.sender().equals(sender))
                .map(Got::number)
                .toList();
    }
}
