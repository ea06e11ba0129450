package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore;
import io.switchboard.failure.StoreException.Reason;
import io.switchboard.metric.GatewayMetrics;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * What all stores share: a database, the one thread that changes it, and the few that read. Any thread, and none is blocked,
 * except by {@link #close} and {@link #awaitTried}. Changes wait in a bounded queue for that thread, which commits together what
 * waits together; what does not fit is refused with {@code BUSY}. While the database is out of reach everything is refused with
 * {@code DOWN}, at once or when its time is over, and it recovers by itself.
 *
 * <p>What is acknowledged is kept. What failed with {@code DOWN} was not kept, unless the database broke down, or the caller's
 * time was over, just as it was being committed: nobody knows then.
 *
 * <p>Stages complete on threads of the storage: what depends on them must not block.
 */
public final class Storage implements AutoCloseable {
    /** About what a command takes beside its texts, in bytes. */
    private static final long COMMAND_BYTES = 512;

    private static final Duration TIME_TO_FINISH = Duration.ofSeconds(5);

    private final Status status = new Status();
    private final CommandQueue queue;
    private final Writer writer;
    private final Thread thread;
    private final Deadlines deadlines;
    private final Deadlines.Line changes;
    private final Readers readers;
    private final GatewayMetrics metrics;
    private volatile boolean closed;

    public Storage(Database database, StorageSettings settings, Clock clock, GatewayMetrics metrics) {
        this(database, settings, clock, metrics, Pace.USUAL);
    }

    Storage(Database database, StorageSettings settings, Clock clock, GatewayMetrics metrics, Pace pace) {
        this.metrics = requireNonNull(metrics, "metrics");
        this.queue = new CommandQueue(settings.queueCommands(), settings.queueBytes());
        this.deadlines = new Deadlines(settings.timeout(), this::refused);
        this.changes = deadlines.line();
        this.writer = new Writer(
                database,
                queue,
                status,
                List.of(new Retention(settings.keepMessages(), settings.keepAge(), pace), new Expiry(pace)),
                settings.timeout(),
                clock,
                metrics,
                this::refused);
        this.thread = Thread.ofPlatform().daemon().name("switchboard-storage").unstarted(writer);
        this.readers =
                new Readers(settings.readers(), database, status, deadlines.line(), settings.timeout(), this::refused);
        metrics.storage(queue::commands, queue::bytes, () -> up() ? 1 : 0);
    }

    /** Begins to reach the database; what is asked for before waits. Once. */
    public Storage start() {
        thread.start();
        return this;
    }

    /** Blocks until the database was reached or found to be out of reach; false: neither within that time. */
    public boolean awaitTried(Duration patience) throws InterruptedException {
        return status.awaitTried(patience);
    }

    /** Whether changes are carried out. */
    public boolean up() {
        return status.isUp() && !writer.stuck();
    }

    /** Why it is not up, as the kind of a failure; empty where it is. Holds no message, URL or password. */
    public String trouble() {
        return status.isUp() && writer.stuck() ? "slow" : status.reason();
    }

    /** Who is told of what happens in rooms, before those who asked for it. */
    void listen(ChatStore.Listener listener) {
        writer.listen(requireNonNull(listener, "listener"));
    }

    /** Asks one of those that read. */
    <T> CompletableFuture<T> ask(Readers.Question<T> question) {
        return readers.ask(question);
    }

    /**
     * Has something changed, behind all that was asked for before.
     *
     * @param bytes about what its texts take
     */
    <T> CompletableFuture<T> change(Command.Work<T> work, long bytes) {
        Command<T> command = new Command<>(work, COMMAND_BYTES + bytes);
        if (closed || status.refusesChanges()) {
            refuse(command, Reason.DOWN);
        } else if (!queue.offer(command)) {
            refuse(command, Reason.BUSY);
        } else {
            changes.add(command.pending());
            // The writer may have ended since the first look, and then nobody takes it.
            if (closed && queue.remove(command)) {
                refuse(command, Reason.DOWN);
            }
        }
        return command.pending().answer();
    }

    /** What a text takes at most: a character may be one byte or two. */
    static long bytes(String text) {
        return 2L * text.length();
    }

    private void refuse(Command<?> command, Reason reason) {
        if (command.fail(reason)) {
            refused(reason);
        }
    }

    private void refused(Reason reason) {
        metrics.storageRefused(reason.name().toLowerCase(Locale.ROOT));
    }

    /** Carries out what waits, for some seconds at most, and lets go of the database. Once; blocks. */
    @Override
    public void close() {
        closed = true;
        writer.close(TIME_TO_FINISH);
        try {
            if (thread.isAlive()) {
                thread.join(TIME_TO_FINISH.plusSeconds(1));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        readers.close(TIME_TO_FINISH);
        deadlines.close();
    }
}
