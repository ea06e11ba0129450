package io.switchboard.storage;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.config.StorageKind;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.queue.WorkMessage;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.sqlite.SQLiteDataSource;

/**
 * A process that sends to a queue until it is killed, and says what was kept: {@code 7 <id> .}. A line goes out with one write, so
 * what the last one says is whole or cannot be mistaken.
 */
final class SendingProcess {
    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private SendingProcess() {}

    /** Sends to the queue {@code jobs} in the file that the argument names. */
    public static void main(String[] args) throws InterruptedException {
        String url = StorageKind.SQLITE.scheme() + args[0];
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url);
        Storage storage = new Storage(
                new Database(StorageKind.SQLITE, source, url),
                new StorageSettings(10_000, 0, 1, Duration.ofSeconds(30), 0, Duration.ZERO),
                Clock.systemUTC(),
                new GatewayMetrics(new SimpleMeterRegistry()));
        SqlQueueStore store = new SqlQueueStore(storage, new QueueQuotas(0, 0, 0, 0, 0, 0), Clock.systemUTC());
        storage.start();
        var _ = store.claim("jobs", "bob", false, false, "run")
                .toCompletableFuture()
                .join();
        // some at a time, so that they share commits
        Semaphore turns = new Semaphore(20);
        for (int i = 1; ; i++) {
            turns.acquire();
            // the test's clock stands still at a time that is long over
            WorkMessage message =
                    new WorkMessage(UUID.randomUUID(), "alice", "{\"n\":" + i + "}", "", "", "", "", 0, Long.MAX_VALUE);
            var _ = store.send(List.of("jobs"), message).thenAccept(sent -> {
                say(sent.numbers().get("jobs") + " " + message.id() + " .");
                turns.release();
            });
        }
    }

    private static void say(String line) {
        try {
            OUT.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
