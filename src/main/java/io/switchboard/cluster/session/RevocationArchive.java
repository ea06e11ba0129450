package io.switchboard.cluster.session;

import io.switchboard.auth.Revocation;
import java.io.IOException;
import java.util.List;

/**
 * What was taken away, kept for good, for replicas that were not there when it was. All methods block, for a bounded time; any
 * thread.
 */
public interface RevocationArchive {
    /**
     * Keeps an act in place of an earlier one that took the same away; a later one stays.
     *
     * @throws IOException it may not be kept
     */
    void put(Revocation act) throws IOException, InterruptedException;

    /**
     * Everything that is kept.
     *
     * @throws IOException it cannot be read, or not all of it
     */
    List<Revocation> all() throws IOException, InterruptedException;
}
