package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * All shards of this process, and which of them to visit.
 *
 * <p>Delivery promise: work that is posted in some order runs on every shard in that order; at most once; never on a
 * shard that had no subscriber when it was posted and gained one only later.
 */
public final class Hub {
    /** A set of shards is a set of bits. */
    public static final int MOST_SHARDS = Long.SIZE;

    private static final Logger LOG = Logger.getLogger(Hub.class);

    private final Summary summary = new Summary();
    private final List<Shard> shards = new CopyOnWriteArrayList<>();
    private final PublicationListener listener;
    private final Ledger ledger;

    /** A hub whose publications nobody counts. */
    public Hub() {
        this(_ -> {}, Ledger.NONE);
    }

    /**
     * A hub of which account is kept.
     *
     * @param listener hears of the publications of all shards
     * @param ledger counts what became of them
     */
    public Hub(PublicationListener listener, Ledger ledger) {
        this.listener = requireNonNull(listener, "listener");
        this.ledger = requireNonNull(ledger, "ledger");
    }

    /** Adds the shard of an event loop; any thread, once for each loop. */
    public synchronized Shard addShard(Loop loop) {
        if (shards.size() == MOST_SHARDS) {
            throw new IllegalStateException("there are more event loops than the hub can tell apart");
        }
        Shard shard = new Shard(loop, summary, shards.size(), listener, ledger);
        shards.add(shard);
        return shard;
    }

    /** Shards with subscribers of the topic, as a set of bits for {@link #post}. */
    public long shardsOf(Topic topic) {
        return summary.ofTopic(topic);
    }

    /** Shards that hold any view at this pace, as a set of bits: 0 says that nobody there need be looked for. */
    public long shardsOfViews(Pace pace) {
        return summary.ofViews(pace);
    }

    /** Shards that hold a view with this very root at this pace, as a set of bits for {@link #post}. */
    public long shardsOfRoot(String path, Pace pace) {
        return summary.ofRoot(path, pace);
    }

    /**
     * Runs the work on each of the shards, on their loops. Where {@link Delivery#CURRENT} is bound it hears of each of them.
     *
     * @param targets bits from {@link #shardsOf} and {@link #shardsOfRoot}, combined
     * @param done runs once, when the last of them has finished, or at once if there is none
     */
    public void post(long targets, Consumer<Shard> work, Runnable done) {
        int count = Long.bitCount(targets);
        if (count == 0) {
            done.run();
            return;
        }
        Optional<Delivery> delivery =
                Delivery.CURRENT.isBound() ? Optional.of(Delivery.CURRENT.get()) : Optional.empty();
        AtomicInteger pending = new AtomicInteger(count);
        Runnable finished = () -> {
            if (pending.decrementAndGet() == 0) {
                done.run();
            }
        };
        for (long rest = targets; rest != 0; rest &= rest - 1) {
            Shard shard = shards.get(Long.numberOfTrailingZeros(rest));
            try {
                shard.loop().execute(() -> {
                    try {
                        shard.run(work, delivery);
                    } catch (RuntimeException e) {
                        LOG.error("work failed on a shard", Redacted.of(e));
                    } finally {
                        finished.run();
                    }
                });
            } catch (RejectedExecutionException _) {
                // The loop has ended with its sessions.
                finished.run();
            }
        }
    }

    /** All shards, for sweeps and figures. */
    public List<Shard> shards() {
        return List.copyOf(shards);
    }

    /** How many topics and roots the summary knows; 0 when nobody is subscribed. */
    public int entries() {
        return summary.size();
    }
}
