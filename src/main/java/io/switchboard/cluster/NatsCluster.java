package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.switchboard.hub.Loop;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.Tail;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/** A cluster over NATS, with everything that this replica has to do with it. */
public final class NatsCluster implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(NatsCluster.class);

    private final ClusterSettings settings;
    private final Loop loop;
    private final String self;
    private final NatsLink link;
    private final Streams streams;
    private final LeasedMembership.Store store;
    private final NatsWire wire;
    private final LeasedMembership membership;

    /**
     * Connects, and makes what is missing in JetStream. Blocks.
     *
     * @param loop of the cluster
     * @param events the last part of the subjects of events that services publish
     * @param requests the last part of the subjects of what one replica is to do
     * @throws IllegalStateException it cannot be done; says what to do
     */
    public NatsCluster(ClusterSettings settings, Loop loop, List<String> events, List<String> requests) {
        this.settings = requireNonNull(settings, "settings");
        this.loop = requireNonNull(loop, "loop");
        this.self = Long.toUnsignedString(new SecureRandom().nextLong(), Character.MAX_RADIX);
        try {
            this.link = NatsLink.connect(settings, "switchboard-" + self);
            this.streams = new Streams(link, settings);
            streams.prepare(subjects(events), subjects(requests));
            this.store = LeasedMembership.over(
                    streams.bucket("cluster", Duration.ZERO, settings.lease().dividedBy(2)));
            LeasedMembership.Store leases = LeasedMembership.over(streams.bucket(
                    "leases",
                    settings.lease().multipliedBy(3).dividedBy(2),
                    settings.lease().dividedBy(2)));
            // who is there is not known yet when the first is asked
            LeasedMembership[] later = new LeasedMembership[1];
            this.wire = new NatsWire(
                    link, settings.prefix(), self, loop, () -> later[0] == null ? View.NONE : later[0].view());
            this.membership = new LeasedMembership(self, settings.lease(), store, leases, loop, wire, streams::repair);
            later[0] = membership;
            link.listen(new NatsLink.Listener() {
                @Override
                public void reconnected() {
                    membership.renew();
                }

                @Override
                public void silent(JetStreamSubscription subscription) {
                    // the log looks after its own
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException("JetStream does not answer: is it switched on in the NATS servers?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for NATS", e);
        }
    }

    private List<String> subjects(List<String> last) {
        return last.stream().map(one -> settings.prefix() + ".events." + one).toList();
    }

    public ClusterSettings settings() {
        return settings;
    }

    public Loop loop() {
        return loop;
    }

    public NatsLink link() {
        return link;
    }

    public Wire wire() {
        return wire;
    }

    public Membership membership() {
        return membership;
    }

    /**
     * Values that all replicas know. Blocks.
     *
     * @param name of the bucket, behind the prefix
     * @param timeToLive how long a value stays that nobody writes again; zero: for ever
     * @param patience how long JetStream may take to answer
     * @throws IllegalStateException it cannot be made; says what to do
     */
    public KeyValue bucket(String name, Duration timeToLive, Duration patience) {
        try {
            return streams.bucket(name, timeToLive, patience);
        } catch (IOException e) {
            throw new IllegalStateException("JetStream does not answer", e);
        }
    }

    /** The log of all replicas; to be started. */
    public <E> StreamLog<E> log(
            StreamCodec<E> codec,
            Supplier<Kept<E>> newKept,
            long mostKept,
            InFlight.Bounds bounds,
            ToIntFunction<E> weigher,
            Tail<E> tail,
            StreamLog.Listener listener) {
        return new StreamLog<>(
                link,
                settings.prefix(),
                self,
                codec,
                newKept,
                mostKept,
                bounds,
                weigher,
                tail,
                Streams.epochs(store),
                streams::repair,
                listener);
    }

    /** What services ask one replica for, whichever that is; to be started. */
    public RequestStream requests(String last, RequestStream.Performer performer) {
        return new RequestStream(link, settings.prefix(), last, performer);
    }

    /**
     * Joins the others. Blocks until this replica decides about its part, and the log was read.
     *
     * @throws IllegalStateException it takes too long
     */
    public void join(StreamLog<?> log) {
        wire.open();
        try {
            log.start()
                    .thenCombine(membership.join(), (_, _) -> true)
                    .toCompletableFuture()
                    .get(settings.connectTimeout().plus(settings.patience()).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the cluster cannot be joined in time: is JetStream overloaded?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while joining the cluster", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("the cluster cannot be joined", e.getCause());
        }
        LOG.infof("this replica is part of the cluster id=%s", self);
    }

    /** Whether this replica has heard of NATS within its lease. */
    public boolean isConnected() {
        return membership.leased();
    }

    /** Leaves the others, and disconnects. */
    @Override
    public void close() {
        membership.leave();
        link.close();
    }
}
