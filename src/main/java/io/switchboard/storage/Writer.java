package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.RoomChange;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException.Reason;
import io.switchboard.metric.GatewayMetrics;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The one thread that changes the database. It takes what waits, carries it out in one transaction, tells the listener of each
 * change in order, and then the callers. While the database is down it refuses what comes and tries again and again.
 */
final class Writer implements Runnable {
    private static final Logger LOG = Logger.getLogger(Writer.class);

    /** Most of one transaction: what shares a commit, and what is lost together when it fails. */
    private static final int BATCH_COMMANDS = 500;

    private static final long BATCH_BYTES = 4L << 20;

    /** How often a database that nobody writes to is asked whether it is still there. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private static final Duration QUIET = Duration.ofMinutes(1);

    private final Database database;
    private final CommandQueue queue;
    private final Status status;
    private final List<Sweep> sweeps;
    private final Duration timeout;
    private final Clock clock;
    private final GatewayMetrics metrics;
    private final Consumer<Reason> refused;
    private final Backoff reconnecting = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile long endNanos;
    private volatile Optional<ChatStore.Listener> listener = Optional.empty();
    private volatile long busySinceNanos;
    private volatile boolean busy;
    private Optional<WriteConnection> connection = Optional.empty();
    private boolean migrated;
    /** So that an outage is two lines in the log, and a disk that is full now and then two a minute. */
    private boolean saidDown;

    private long nextWordNanos = System.nanoTime();

    Writer(
            Database database,
            CommandQueue queue,
            Status status,
            List<Sweep> sweeps,
            Duration timeout,
            Clock clock,
            GatewayMetrics metrics,
            Consumer<Reason> refused) {
        this.database = requireNonNull(database, "database");
        this.queue = requireNonNull(queue, "queue");
        this.status = requireNonNull(status, "status");
        this.sweeps = List.copyOf(sweeps);
        this.timeout = requireNonNull(timeout, "timeout");
        this.clock = requireNonNull(clock, "clock");
        this.metrics = requireNonNull(metrics, "metrics");
        this.refused = requireNonNull(refused, "refused");
    }

    /** Any thread. */
    void listen(ChatStore.Listener target) {
        listener = Optional.of(target);
    }

    /** Any thread: ends after what waits is done, or after some time. */
    void close(Duration patience) {
        endNanos = System.nanoTime() + patience.toNanos();
        closing.countDown();
        queue.wake();
    }

    /** Any thread: whether it has been at the same batch for longer than a caller waits. */
    boolean stuck() {
        return busy && System.nanoTime() - busySinceNanos > timeout.toNanos();
    }

    @Override
    public void run() {
        try {
            while (!over()) {
                if (connection.isPresent() || connect()) {
                    work();
                } else {
                    refuseWhatWaits();
                    pause(reconnecting.next());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
            status.down(false, "closed");
            refuseWhatWaits();
        }
    }

    private boolean over() {
        return isClosing() && (queue.isEmpty() || System.nanoTime() - endNanos > 0);
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Whether it is still not closing after that time. */
    private boolean pause(Duration time) throws InterruptedException {
        return !closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private boolean connect() {
        Optional<WriteConnection> opened = Optional.empty();
        try {
            opened = Optional.of(new WriteConnection(database.openForWriting(), clock));
            if (!migrated) {
                database.migrate();
                migrated = true;
            }
            database.engine().probe(opened.get().connection());
            opened.get().commit();
            connection = opened;
            reconnecting.reset();
            status.up();
            if (saidDown) {
                saidDown = false;
                LOG.info("storage is up again");
            }
            return true;
        } catch (SQLException | RuntimeException | Error e) {
            opened.ifPresent(WriteConnection::close);
            // Whoever can connect can read, once there is a schema.
            down(opened.isPresent() && migrated, e);
            return false;
        }
    }

    private void work() throws InterruptedException {
        for (Sweep sweep : sweeps) {
            if (connection.isPresent() && sweep.dueIn().isZero()) {
                portion(sweep);
            }
        }
        if (connection.isEmpty()) {
            return;
        }
        // what waits has its turn after a portion, even where the next is due already
        Duration sweepIn =
                sweeps.stream().map(Sweep::dueIn).min(Comparator.naturalOrder()).orElse(IDLE);
        // a sweep that comes before would find it gone as well
        boolean looks = sweepIn.compareTo(IDLE) >= 0;
        Duration patience = looks ? IDLE : sweepIn;
        List<Command<?>> batch = queue.take(BATCH_COMMANDS, BATCH_BYTES, patience);
        busySinceNanos = System.nanoTime();
        busy = true;
        try {
            if (!batch.isEmpty()) {
                carryOut(batch);
            } else if (!isClosing() && looks) {
                look();
            }
        } finally {
            busy = false;
        }
    }

    private void carryOut(List<Command<?>> taken) throws InterruptedException {
        List<Command<?>> batch = new ArrayList<>(taken.size());
        for (Command<?> command : taken) {
            if (command.pending().take()) {
                batch.add(command);
            } else {
                queue.left(command);
            }
        }
        if (batch.isEmpty()) {
            return;
        }
        Optional<Engine.Blame> failure = transaction(batch);
        if (failure.isEmpty()) {
            finish(batch);
        } else if (failure.get() == Engine.Blame.DATABASE) {
            batch.forEach(this::refuse);
        } else {
            oneByOne(batch);
        }
    }

    /**
     * The fault of one must not be that of all. Where somebody else is in the way for longer than a statement waits, the rest is not
     * tried: each would wait as long.
     */
    private void oneByOne(List<Command<?>> batch) throws InterruptedException {
        boolean goesOn = true;
        for (Command<?> command : batch) {
            if (!goesOn || command.pending().isDone()) {
                refuse(command);
                continue;
            }
            Optional<Engine.Blame> failure = transaction(List.of(command));
            if (failure.isEmpty()) {
                finish(List.of(command));
            } else {
                goesOn = failure.get() == Engine.Blame.COMMAND;
                refuse(command);
            }
        }
    }

    /** Whose fault it is that nothing was kept; empty: everything was. Where it is the database's there is no connection left. */
    private Optional<Engine.Blame> transaction(List<Command<?>> batch) {
        WriteConnection target = connection.orElseThrow();
        long begun = System.nanoTime();
        try {
            boolean written = false;
            for (Command<?> command : batch) {
                written |= command.run(target);
            }
            if (written) {
                target.commit();
                metrics.storageCommitted(System.nanoTime() - begun);
            } else {
                target.rollback();
            }
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(rolledBack(target, e, database.engine().blame(e)));
        } catch (RuntimeException e) {
            // a function that changes a message, in all likelihood
            LOG.error("storage command failed", Redacted.of(e));
            return Optional.of(rolledBack(target, e, Engine.Blame.COMMAND));
        } catch (Error e) {
            return Optional.of(rolledBack(target, e, Engine.Blame.DATABASE));
        }
    }

    private Engine.Blame rolledBack(WriteConnection target, Throwable failure, Engine.Blame blame) {
        if (blame != Engine.Blame.DATABASE) {
            try {
                target.rollback();
                return blame;
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
        }
        disconnect();
        down(migrated, failure);
        return Engine.Blame.DATABASE;
    }

    /** It is kept: those in the rooms are told, and then those who asked for it. */
    private void finish(List<Command<?>> batch) throws InterruptedException {
        for (Command<?> command : batch) {
            Optional<RoomChange> change = command.change();
            if (change.isPresent()) {
                tell(change.get());
            }
        }
        for (Command<?> command : batch) {
            queue.left(command);
            command.answer();
        }
    }

    /** Until the listener has it: nothing later may be told before. */
    private void tell(RoomChange change) throws InterruptedException {
        Optional<ChatStore.Listener> target = listener;
        Backoff again = new Backoff(Duration.ofMillis(10), Duration.ofSeconds(1));
        boolean first = true;
        while (target.isPresent()) {
            try {
                target.get().changed(change).toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
                return;
            } catch (ExecutionException | TimeoutException | RuntimeException | Error e) {
                if (first) {
                    LOG.warnf("storage listener failed, is asked again reason=%s", Failures.kind(e));
                    first = false;
                }
            }
            Duration wait = again.next();
            if (!pause(wait)) {
                if (System.nanoTime() - endNanos > 0) {
                    return;
                }
                LockSupport.parkNanos(wait.toNanos());
            }
        }
    }

    private void portion(Sweep sweep) {
        WriteConnection target = connection.orElseThrow();
        try {
            if (sweep.portion(target)) {
                target.commit();
            } else {
                target.rollback();
            }
        } catch (SQLException | RuntimeException | Error e) {
            sweep.failed();
            disconnect();
            down(migrated, e);
        }
    }

    /** Whether the database is still there. */
    private void look() {
        WriteConnection target = connection.orElseThrow();
        try {
            if (target.connection().isValid((int) IDLE.toSeconds())) {
                target.rollback();
                return;
            }
            disconnect();
        } catch (SQLException e) {
            disconnect();
            down(migrated, e);
        }
    }

    private void disconnect() {
        connection.ifPresent(WriteConnection::close);
        connection = Optional.empty();
    }

    /** @param readable whether it may still be worth asking; a reader finds out by itself */
    private void down(boolean readable, Throwable failure) {
        status.down(readable, Failures.kind(failure));
        if (!saidDown && System.nanoTime() - nextWordNanos >= 0) {
            saidDown = true;
            nextWordNanos = System.nanoTime() + QUIET.toNanos();
            LOG.warnf("storage is down reason=%s", Failures.kind(failure));
            LOG.debug("storage is down", Redacted.of(failure));
        }
    }

    private void refuse(Command<?> command) {
        queue.left(command);
        if (command.fail(Reason.DOWN)) {
            refused.accept(Reason.DOWN);
        }
    }

    private void refuseWhatWaits() {
        try {
            while (!queue.isEmpty()) {
                queue.take(BATCH_COMMANDS, BATCH_BYTES, Duration.ZERO).forEach(this::refuse);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
