package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.dev.DevelopmentToken;
import io.switchboard.testing.OpenFlowClient;
import io.switchboard.testing.OpenFlowClient.Packet;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a queue has accepted is there when the server comes back, however it ended, until somebody has done it. */
class QueueDurabilityIT {
    private static final int ROUNDS = 3;
    private static final List<String> SENDERS = List.of("alice", "bob", "carol");
    private static final String CONSUMER = "robot";
    private static final String LAST = "last";

    @TempDir
    Path folder;

    private final Random random = new Random(20261122);

    private PackagedServer server() throws IOException {
        return PackagedServer.ready(folder, "switchboard.storage.url=jdbc:sqlite:" + folder.resolve("work.db"));
    }

    private OpenFlowClient client(PackagedServer server, String user) throws IOException {
        OpenFlowClient client = OpenFlowClient.of(RawWebSocket.open(server.port(), "/openflow"));
        client.signIn(DevelopmentToken.of(user, List.of(), List.of(), Duration.ofMinutes(5))
                .sign(PackagedServer.key(folder)));
        return client;
    }

    private static JsonObject message(String queue, String text) {
        return new JsonObject()
                .put("queuename", queue)
                .put("data", text)
                .put("expiration", Duration.ofHours(1).toMillis());
    }

    @Test
    void nothingThatWasAcceptedIsLostWhenTheServerIsKilledWhileItIsSentAndWorkedOff() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String queue = "jobs-" + round;
            Set<String> sent = ConcurrentHashMap.newKeySet();
            Set<String> accepted = ConcurrentHashMap.newKeySet();
            Set<String> done = ConcurrentHashMap.newKeySet();
            try (PackagedServer server = server()) {
                workUntilKilled(server, queue, sent, accepted, done);
            }
            List<String> after;
            try (PackagedServer server = server()) {
                after = drain(server, queue);
            }
            assertThat(done).as("worked off before").isNotEmpty();
            Set<String> together = new HashSet<>(done);
            together.addAll(after);
            assertThat(together).containsAll(accepted);
            assertThat(sent).containsAll(together);
            assertThat(after).as("each once by one consumer").doesNotHaveDuplicates();
            for (String sender : SENDERS) {
                List<Integer> numbers = after.stream()
                        .filter(text -> text.startsWith(sender))
                        .map(text -> Integer.valueOf(text.substring(text.indexOf(' ') + 1)))
                        .toList();
                assertThat(numbers).as("in order, of %s", sender).isSorted();
            }
        }
    }

    /** Several send, and one works off, until the server is killed in the midst of it. */
    private void workUntilKilled(
            PackagedServer server, String queue, Set<String> sent, Set<String> accepted, Set<String> done)
            throws Exception {
        int until = 100 + random.nextInt(300);
        AtomicInteger answers = new AtomicInteger();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        OpenFlowClient consumer = client(server, CONSUMER);
        assertThat(consumer.register(queue)).isEqualTo(queue);
        all.add(untilGone(() -> {
            while (true) {
                Packet packet = consumer.begun("queuemessage");
                // before: whether the server hears it is not known
                done.add(packet.data().getString("data"));
                consumer.answer(packet, "queuemessage", "");
            }
        }));
        for (String sender : SENDERS) {
            all.add(untilGone(() -> {
                try (OpenFlowClient client = client(server, sender)) {
                    for (int i = 0; ; i++) {
                        String text = sender + " " + i;
                        sent.add(text);
                        JsonObject answer = client.ask("queuemessage", message(queue, text));
                        assertThat(answer.fieldNames()).doesNotContain("error");
                        accepted.add(text);
                        if (answers.incrementAndGet() == until) {
                            server.kill();
                        }
                    }
                }
            }));
        }
        for (CompletableFuture<Void> one : all) {
            one.get(60, TimeUnit.SECONDS);
        }
        consumer.close();
        assertThat(answers.get()).isGreaterThanOrEqualTo(until);
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static CompletableFuture<Void> untilGone(Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (IOException _) {
                        // the server is gone
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                command -> Thread.ofVirtual().start(command));
    }

    /** Everything that waits, up to what was sent last. */
    private List<String> drain(PackagedServer server, String queue) throws IOException {
        List<String> all = new ArrayList<>();
        try (OpenFlowClient sender = client(server, "sender");
                OpenFlowClient consumer = client(server, CONSUMER)) {
            assertThat(sender.ask("queuemessage", message(queue, LAST)).fieldNames())
                    .doesNotContain("error");
            consumer.register(queue);
            while (true) {
                Packet packet = consumer.begun("queuemessage");
                String text = packet.data().getString("data");
                consumer.answer(packet, "queuemessage", "");
                if (text.equals(LAST)) {
                    return all;
                }
                all.add(text);
            }
        }
    }
}
