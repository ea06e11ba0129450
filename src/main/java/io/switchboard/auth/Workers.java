package io.switchboard.auth;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Virtual threads for verification: a signature costs processor time, so only a few run at once and the others wait, up
 * to a bound. Any thread.
 */
final class Workers implements AutoCloseable {
    private final Semaphore places;
    private final ThreadPoolExecutor threads;

    /**
     * @param running how many run at once
     * @param waiting how many more may wait, for a thread or for keys
     */
    Workers(int running, int waiting) {
        places = new Semaphore(running + waiting);
        threads = new ThreadPoolExecutor(
                running,
                running,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(),
                Thread.ofVirtual().name("token-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Takes a place, which is given back with {@link #leave}; {@code false}: there is none. */
    boolean enter() {
        return places.tryAcquire();
    }

    void leave() {
        places.release();
    }

    /** Runs something for the holder of a place; {@code false}: closed. */
    boolean run(Runnable work) {
        try {
            threads.execute(work);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
