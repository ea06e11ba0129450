package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException.Reason;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** A few threads that read, each with a connection. Any thread asks; none is blocked by that. */
final class Readers {
    private static final Logger LOG = Logger.getLogger(Readers.class);

    /** Questions that may wait; more are refused. */
    private static final int QUEUE = 1_000;

    /** A question, answered from one state of the database. */
    @FunctionalInterface
    interface Question<T> {
        T ask(ReadConnection connection) throws SQLException;
    }

    private final Database database;
    private final Status status;
    private final Deadlines.Line deadlines;
    private final Duration timeout;
    private final Consumer<Reason> refused;
    private final ThreadPoolExecutor threads;
    private final Deque<ReadConnection> idle = new ConcurrentLinkedDeque<>();

    Readers(
            int count,
            Database database,
            Status status,
            Deadlines.Line deadlines,
            Duration timeout,
            Consumer<Reason> refused) {
        this.database = requireNonNull(database, "database");
        this.status = requireNonNull(status, "status");
        this.deadlines = requireNonNull(deadlines, "deadlines");
        this.timeout = requireNonNull(timeout, "timeout");
        this.refused = requireNonNull(refused, "refused");
        this.threads = new ThreadPoolExecutor(
                count,
                count,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                Thread.ofPlatform()
                        .daemon()
                        .name("switchboard-storage-reader-", 0)
                        .factory());
    }

    <T> CompletableFuture<T> ask(Question<T> question) {
        Pending<T> pending = new Pending<>();
        if (status.refusesQuestions()) {
            refuse(pending, Reason.DOWN);
            return pending.answer();
        }
        try {
            threads.execute(() -> answer(pending, question));
            deadlines.add(pending);
        } catch (RejectedExecutionException _) {
            refuse(pending, threads.isShutdown() ? Reason.DOWN : Reason.BUSY);
        }
        return pending.answer();
    }

    private <T> void answer(Pending<T> pending, Question<T> question) {
        if (!pending.take()) {
            return;
        }
        try {
            if (!status.awaitTried(timeout) || status.refusesQuestions()) {
                refuse(pending, Reason.DOWN);
                return;
            }
            pending.complete(answer(question));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            refuse(pending, Reason.DOWN);
        } catch (SQLException e) {
            LOG.debugf("storage question failed reason=%s", Failures.kind(e));
            refuse(pending, Reason.DOWN);
        } catch (RuntimeException | Error e) {
            LOG.error("storage question failed", Redacted.of(e));
            refuse(pending, Reason.DOWN);
        }
    }

    private <T> T answer(Question<T> question) throws SQLException {
        ReadConnection kept = idle.poll();
        if (kept != null) {
            try {
                return answer(kept, question);
            } catch (SQLException e) {
                // The connection may have died while nobody used it.
                LOG.debugf("storage question is asked again reason=%s", Failures.kind(e));
            }
        }
        return answer(new ReadConnection(database.openForReading()), question);
    }

    private <T> T answer(ReadConnection connection, Question<T> question) throws SQLException {
        boolean good = false;
        try {
            T answer = question.ask(connection);
            connection.end();
            good = true;
            return answer;
        } finally {
            if (good && !threads.isShutdown()) {
                idle.push(connection);
            } else {
                connection.close();
            }
        }
    }

    private void refuse(Pending<?> pending, Reason reason) {
        if (pending.fail(reason)) {
            refused.accept(reason);
        }
    }

    /** Blocks until the questions that were asked are answered, or for some time. */
    void close(Duration patience) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException _) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        for (ReadConnection connection = idle.poll(); connection != null; connection = idle.poll()) {
            connection.close();
        }
    }
}
