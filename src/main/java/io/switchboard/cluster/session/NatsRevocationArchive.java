package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatchOption;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.impl.NatsKeyValueWatchSubscription;
import io.switchboard.auth.Revocation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * In a bucket of JetStream. The bucket forgets an act when its time is over; that a later act is never replaced by an earlier one is
 * seen to by comparing revisions.
 */
public final class NatsRevocationArchive implements RevocationArchive {
    /** JetStream: the value is of another revision. */
    private static final int OTHER_REVISION = 10071;

    /** How often somebody else may have been faster. */
    private static final int MOST_TRIES = 10;

    private final KeyValue bucket;
    private final Duration patience;

    /**
     * @param bucket forgets a value no earlier than acts lapse; one that is written anew stays for as long again
     * @param patience how long it may take to read everything
     */
    public NatsRevocationArchive(KeyValue bucket, Duration patience) {
        this.bucket = requireNonNull(bucket, "bucket");
        this.patience = requireNonNull(patience, "patience");
    }

    @Override
    public void put(Revocation act) throws IOException {
        String key = RevocationForm.key(act.scope());
        byte[] value = RevocationForm.write(act);
        for (int i = 0; i < MOST_TRIES; i++) {
            try {
                KeyValueEntry before = bucket.get(key);
                if (before == null) {
                    long _ = bucket.create(key, value);
                    return;
                }
                if (!read(before).at().isBefore(act.at())) {
                    return;
                }
                long _ = bucket.update(key, value, before.getRevision());
                return;
            } catch (JetStreamApiException e) {
                if (e.getApiErrorCode() != OTHER_REVISION) {
                    throw new IOException("JetStream error " + e.getApiErrorCode());
                }
            } catch (RuntimeException e) {
                // the client is closed, or too much waits
                throw new IOException(e.getClass().getName());
            }
        }
        throw new IOException("others write the same all the time");
    }

    private static Revocation read(KeyValueEntry entry) throws IOException {
        try {
            return RevocationForm.read(entry.getValue());
        } catch (UnreadableMessageException _) {
            throw new IOException("an act is kept in a form that is not known here: is another version running?");
        }
    }

    @Override
    public List<Revocation> all() throws IOException, InterruptedException {
        Queue<Revocation> acts = new ConcurrentLinkedQueue<>();
        CompletableFuture<Void> end = new CompletableFuture<>();
        KeyValueWatcher watcher = new KeyValueWatcher() {
            @Override
            public void watch(KeyValueEntry entry) {
                try {
                    acts.add(read(entry));
                } catch (IOException e) {
                    end.completeExceptionally(e);
                }
            }

            @Override
            public void endOfData() {
                end.complete(null);
            }
        };
        NatsKeyValueWatchSubscription subscription = null;
        try {
            subscription = bucket.watchAll(watcher, KeyValueWatchOption.IGNORE_DELETE);
            end.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return List.copyOf(acts);
        } catch (JetStreamApiException e) {
            throw new IOException("JetStream error " + e.getApiErrorCode());
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage());
        } catch (TimeoutException _) {
            throw new IOException("it takes too long");
        } catch (RuntimeException e) {
            throw new IOException(e.getClass().getName());
        } finally {
            if (subscription != null) {
                subscription.unsubscribe();
            }
        }
    }
}
