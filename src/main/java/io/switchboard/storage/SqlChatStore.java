package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.failure.StoreException.Reason;
import io.switchboard.metric.GatewayMetrics;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Rooms and messages in a database. Any thread, and none is blocked, except by {@link #close} and {@link #awaitTried}. Changes
 * wait in a bounded queue for one thread, which commits together what waits together; what does not fit is refused with
 * {@code BUSY}. While the database is out of reach everything is refused with {@code DOWN}, at once or when its time is over, and it
 * recovers by itself.
 *
 * <p>What is acknowledged is kept, and was told to the listener. What failed with {@code DOWN} was not kept, unless the
 * database broke down, or the caller's time was over, just as it was being committed: nobody knows then, and nobody in the room
 * is told in the first case. To append the same message once more is safe.
 *
 * <p>Stages complete on threads of the store: what depends on them must not block.
 */
public final class SqlChatStore implements ChatStore, AutoCloseable {
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

    public SqlChatStore(Database database, StorageSettings settings, Clock clock, GatewayMetrics metrics) {
        this(database, settings, clock, metrics, Retention.Pace.USUAL);
    }

    SqlChatStore(
            Database database, StorageSettings settings, Clock clock, GatewayMetrics metrics, Retention.Pace pace) {
        this.metrics = requireNonNull(metrics, "metrics");
        this.queue = new CommandQueue(settings.queueCommands(), settings.queueBytes());
        this.deadlines = new Deadlines(settings.timeout(), this::refused);
        this.changes = deadlines.line();
        this.writer = new Writer(
                database,
                queue,
                status,
                new Retention(settings.keepMessages(), settings.keepAge(), pace),
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
    public SqlChatStore start() {
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

    private void refused(Reason reason) {
        metrics.storageRefused(reason.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void listen(Listener listener) {
        writer.listen(requireNonNull(listener, "listener"));
    }

    @Override
    public CompletionStage<Optional<Room>> find(RoomName name) {
        requireNonNull(name, "name");
        return readers.ask(rooms -> rooms.find(name));
    }

    @Override
    public CompletionStage<Optional<Room>> find(UUID room) {
        requireNonNull(room, "room");
        return readers.ask(rooms -> rooms.find(room));
    }

    @Override
    public CompletionStage<Room> open(RoomName name) {
        requireNonNull(name, "name");
        return change(rooms -> rooms.open(name), bytes(name.object()));
    }

    @Override
    public CompletionStage<Optional<Message>> append(Room room, Draft draft) {
        requireNonNull(room, "room");
        requireNonNull(draft, "draft");
        return change(
                rooms -> rooms.append(room, draft), bytes(draft.json()) + bytes(draft.uuid()) + bytes(draft.author()));
    }

    @Override
    public CompletionStage<Optional<Message>> edit(
            Room room, String message, Optional<String> author, UnaryOperator<String> change) {
        requireNonNull(room, "room");
        requireNonNull(message, "message");
        requireNonNull(author, "author");
        requireNonNull(change, "change");
        return change(rooms -> rooms.edit(room, message, author, change), bytes(message));
    }

    @Override
    public CompletionStage<Optional<Message>> delete(Room room, String message, Optional<String> author) {
        requireNonNull(room, "room");
        requireNonNull(message, "message");
        requireNonNull(author, "author");
        return change(rooms -> rooms.delete(room, message, author), bytes(message));
    }

    @Override
    public CompletionStage<Page> page(Room room, long offset, int limit) {
        requireNonNull(room, "room");
        if (offset < 0 || limit < 1) {
            throw new IllegalArgumentException("an offset is 0 or more, a limit 1 or more");
        }
        return readers.ask(rooms -> rooms.page(room, offset, limit));
    }

    @Override
    public CompletionStage<Page> after(Room room, long seq, int limit) {
        requireNonNull(room, "room");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return readers.ask(rooms -> rooms.after(room, seq, limit));
    }

    @Override
    public CompletionStage<List<RoomFacts>> rooms(Optional<UUID> after, int limit) {
        requireNonNull(after, "after");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return readers.ask(rooms -> rooms.rooms(after, limit));
    }

    @Override
    public CompletionStage<Boolean> delete(UUID room) {
        requireNonNull(room, "room");
        return change(rooms -> rooms.delete(room), 0);
    }

    /** At most so many: a character may be one byte or two. */
    private static long bytes(String text) {
        return 2L * text.length();
    }

    private <T> CompletionStage<T> change(Command.Work<T> work, long bytes) {
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

    private void refuse(Command<?> command, Reason reason) {
        if (command.fail(reason)) {
            refused(reason);
        }
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
