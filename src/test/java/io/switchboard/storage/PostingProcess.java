package io.switchboard.storage;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.chat.ChatStore.Draft;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.config.StorageKind;
import io.switchboard.metric.GatewayMetrics;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.sqlite.SQLiteDataSource;

/**
 * A process that posts until it is killed, and says what it was told before and after: {@code told 7 .} and {@code kept 7 m7 .}.
 * A line goes out with one write, so what the last one says is whole or cannot be mistaken.
 */
final class PostingProcess {
    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private PostingProcess() {}

    /** Posts to the file, in the room, that the arguments name. */
    public static void main(String[] args) throws InterruptedException {
        String url = StorageKind.SQLITE.scheme() + args[0];
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url);
        Storage storage = new Storage(
                new Database(StorageKind.SQLITE, source, url),
                new StorageSettings(10_000, 0, 1, Duration.ofSeconds(30), 0, Duration.ZERO),
                Clock.systemUTC(),
                new GatewayMetrics(new SimpleMeterRegistry()));
        SqlChatStore store = new SqlChatStore(storage);
        store.listen(change -> {
            say("told " + ChatStoreContract.seq(change) + " .");
            return CompletableFuture.completedStage(null);
        });
        storage.start();
        Room room = store.open(new RoomName(RoomType.GLOBAL, args[1]))
                .toCompletableFuture()
                .join();
        // some at a time, so that they share commits
        Semaphore turns = new Semaphore(20);
        for (int i = 1; ; i++) {
            turns.acquire();
            var _ = store.append(room, new Draft("m" + i, "alice", 1, "{\"Message\":\"text " + i + "\"}"))
                    .thenAccept(message -> {
                        say("kept " + message.orElseThrow().seq() + " "
                                + message.orElseThrow().uuid() + " .");
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
