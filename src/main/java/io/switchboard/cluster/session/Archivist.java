package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Revocation;
import io.switchboard.failure.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/** Asks the archive on threads that may block, a bounded number at a time; more fails at once. Any thread, never blocks. */
final class Archivist {
    private static final Logger LOG = Logger.getLogger(Archivist.class);

    private static final int MOST_AT_ONCE = 64;

    private final RevocationArchive archive;
    private final Executor blocking;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);

    /** @param blocking runs what blocks, on virtual threads */
    Archivist(RevocationArchive archive, Executor blocking) {
        this.archive = requireNonNull(archive, "archive");
        this.blocking = requireNonNull(blocking, "blocking");
    }

    /** Keeps an act for good; or a failure with {@link StoreException}. */
    CompletionStage<Void> put(Revocation act) {
        return run(() -> {
            archive.put(act);
            return null;
        });
    }

    /** What is kept; or a failure with {@link StoreException}. */
    CompletionStage<List<Revocation>> all() {
        return run(archive::all);
    }

    private <T> CompletionStage<T> run(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        if (!places.tryAcquire()) {
            result.completeExceptionally(failure());
            return result;
        }
        try {
            blocking.execute(() -> {
                try {
                    T value = work.call();
                    places.release();
                    result.complete(value);
                } catch (Exception e) {
                    places.release();
                    if (e instanceof InterruptedException) {
                        Thread.currentThread().interrupt();
                    }
                    LOG.warnf(
                            "what was taken away cannot be kept or read for all replicas cause=%s",
                            e instanceof IOException
                                    ? e.getMessage()
                                    : e.getClass().getName());
                    result.completeExceptionally(failure());
                }
            });
        } catch (RejectedExecutionException _) {
            places.release();
            result.completeExceptionally(failure());
        }
        return result;
    }

    private static StoreException failure() {
        return new StoreException(StoreException.Reason.UNSHARED);
    }
}
