package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Who is in the cluster, by leases in a key-value store: each replica writes its own again and again, with its term and the version of
 * the view that it has seen; the view is one value, which is only ever replaced by comparing it with the one before.
 *
 * <p>A replica stops acting when its lease is over by its own clock, counted from before it was written; others leave it out half a
 * lease later at the earliest, counted from when they saw it. So none acts who was left out. Whoever gains a key waits until every
 * other member of the view has written that it has seen it.
 */
public final class LeasedMembership implements Membership {
    private static final Logger LOG = Logger.getLogger(LeasedMembership.class);

    private static final String VIEW = "view";
    private static final String REPLICA = "replica.";
    private static final String LOOK = "look";
    private static final String HELLO = "hello";

    /** How long the end of the process may wait for it. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private static final byte[] NOTHING = {};

    /** Another replica, as it was seen last. */
    private static final class Peer {
        private long revision;
        private long heardNanos;
        private int term = -1;
        private long seen;
        private boolean gone;

        private Peer(long nowNanos) {
            heardNanos = nowNanos;
        }
    }

    /** The key-value store, as far as it is needed here; all methods block. */
    interface Store {
        /** A value, and the revision that it is. */
        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        record Value(byte[] bytes, long revision) {}

        Optional<Value> get(String key) throws IOException, InterruptedException;

        void put(String key, byte[] value) throws IOException, InterruptedException;

        /** Whether the value was replaced: revision 0 where there must be none yet. */
        boolean replace(String key, byte[] value, long revision) throws IOException, InterruptedException;

        void delete(String key) throws IOException, InterruptedException;
    }

    /** Over NATS. */
    public static Store over(KeyValue bucket) {
        return new Store() {
            @Override
            public Optional<Value> get(String key) throws IOException {
                try {
                    KeyValueEntry entry = bucket.get(key);
                    return Optional.ofNullable(entry).map(one -> new Value(one.getValue(), one.getRevision()));
                } catch (JetStreamApiException e) {
                    throw new IOException(e.getClass().getName());
                }
            }

            @Override
            public void put(String key, byte[] value) throws IOException {
                try {
                    long _ = bucket.put(key, value);
                } catch (JetStreamApiException e) {
                    throw new IOException(e.getClass().getName());
                }
            }

            @Override
            public boolean replace(String key, byte[] value, long revision) throws IOException {
                try {
                    long _ = revision == 0 ? bucket.create(key, value) : bucket.update(key, value, revision);
                    return true;
                } catch (JetStreamApiException _) {
                    return false;
                }
            }

            @Override
            public void delete(String key) throws IOException {
                try {
                    bucket.delete(key);
                } catch (JetStreamApiException e) {
                    throw new IOException(e.getClass().getName());
                }
            }
        };
    }

    private final String self;
    private final Duration lease;
    private final Store store;
    private final Store leases;
    private final Runnable repair;
    private final Loop loop;
    private final Wire wire;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Map<String, Peer> peers = new HashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("switchboard-members").factory());

    private volatile View view = View.NONE;
    private volatile boolean active;
    /** Goes up with each view and each term; guards {@link #active}. */
    private final AtomicInteger era = new AtomicInteger();

    private volatile long leaseUntilNanos;
    private volatile boolean stopped;

    // those of the thread
    private long viewRevision;
    private boolean forgotten;
    private int term;
    private boolean leased;
    private List<Member> wished = List.of();
    private long wishedSinceNanos;

    /**
     * @param self the id of this replica
     * @param store keeps the view
     * @param leases keeps leases, each for one and a half of them
     * @param loop of the cluster, on which listeners are called
     * @param repair makes again what the stores have lost, if they did; blocks, and fails with nothing
     */
    public LeasedMembership(
            String self, Duration lease, Store store, Store leases, Loop loop, Wire wire, Runnable repair) {
        this.self = requireNonNull(self, "self");
        this.lease = requireNonNull(lease, "lease");
        this.store = requireNonNull(store, "store");
        this.leases = requireNonNull(leases, "leases");
        this.repair = requireNonNull(repair, "repair");
        this.loop = requireNonNull(loop, "loop");
        this.wire = requireNonNull(wire, "wire");
        wire.serve(LOOK, (_, _) -> {
            lookSoon();
            return CompletableFuture.completedStage(NOTHING);
        });
        wire.serve(HELLO, (from, _) -> {
            thread.execute(() -> peers.computeIfAbsent(from, _ -> new Peer(System.nanoTime())));
            lookSoon();
            return CompletableFuture.completedStage(NOTHING);
        });
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public View view() {
        return view;
    }

    @Override
    public boolean acting() {
        return active && System.nanoTime() - leaseUntilNanos < 0;
    }

    /** Whether its lease is not over, at this instant. */
    boolean leased() {
        return view.member(self).isPresent() && System.nanoTime() - leaseUntilNanos < 0;
    }

    @Override
    public void listen(Listener listener) {
        listeners.add(listener);
    }

    /** Joins; completes when this replica acts for the first time. */
    public CompletionStage<Void> join() {
        CompletableFuture<Void> joined = new CompletableFuture<>();
        listen(new Listener() {
            @Override
            public void viewed(View before, View now) {}

            @Override
            public void activated(View now) {
                joined.complete(null);
            }

            @Override
            public void deposed() {}
        });
        var _ = thread.scheduleWithFixedDelay(this::look, 0, lease.toMillis() / 5, TimeUnit.MILLISECONDS);
        return joined;
    }

    /** Leaves, so that the others need not wait for the lease to end. Blocks for a moment. */
    public void leave() {
        stopped = true;
        CompletableFuture<Void> left = new CompletableFuture<>();
        thread.execute(() -> {
            active = false;
            leased = false;
            try {
                leases.delete(REPLICA + self);
                wire.tellAll(LOOK, NOTHING);
            } catch (IOException _) {
                LOG.debug("the others will find out by themselves");
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            left.complete(null);
        });
        try {
            left.orTimeout(FAREWELL.toMillis(), TimeUnit.MILLISECONDS).join();
        } catch (RuntimeException _) {
            LOG.debug("the others will find out by themselves");
        }
        thread.shutdownNow();
    }

    private void lookSoon() {
        if (looking.compareAndSet(false, true)) {
            try {
                thread.execute(this::look);
            } catch (RejectedExecutionException _) {
                LOG.debug("this replica has left");
            }
        }
    }

    /** Writes the lease, and sees what has changed; again and again. */
    private void look() {
        looking.set(false);
        if (stopped) {
            return;
        }
        try {
            checkLease();
            writeLease();
            readView();
            readPeers();
            activate();
            propose();
        } catch (IOException e) {
            LOG.debugf("leases cannot be read or written cause=%s", e.getMessage());
            checkLease();
            repair.run();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("the cluster cannot be looked at", Redacted.of(e));
        }
    }

    private void checkLease() {
        if (leased && System.nanoTime() - leaseUntilNanos >= 0) {
            LOG.warn("the lease of this replica is over: it decides about nothing until NATS is back");
            depose();
        }
    }

    private void depose() {
        leased = false;
        deactivate();
        // whatever it was the owner of, it was so in another term
        term++;
        tell(Listener::deposed);
    }

    /**
     * Begins a new term, in which everybody says again what is so: what was said meanwhile may be lost. Any thread.
     */
    void renew() {
        try {
            thread.execute(() -> {
                if (leased) {
                    depose();
                }
                look();
            });
        } catch (RejectedExecutionException _) {
            LOG.debug("this replica has left");
        }
    }

    private void writeLease() throws IOException, InterruptedException {
        long before = System.nanoTime();
        leases.put(REPLICA + self, (term + " " + view.version()).getBytes(UTF_8));
        // what took longer than the lease has come too late
        checkLease();
        leaseUntilNanos = before + lease.toNanos();
        leased = System.nanoTime() - leaseUntilNanos < 0;
        if (!isInView(view)) {
            wire.tellAll(HELLO, NOTHING);
        }
    }

    private void readView() throws IOException, InterruptedException {
        Optional<Store.Value> value = store.get(VIEW);
        View read = value.map(one -> parse(new String(one.bytes(), UTF_8))).orElse(View.NONE);
        viewRevision = value.map(Store.Value::revision).orElse(0L);
        // a store that was lost, or put back to what it was once, is told again
        forgotten = read.version() < view.version();
        if (read.version() > view.version()) {
            see(read);
        }
    }

    private void see(View now) throws IOException, InterruptedException {
        View before = view;
        deactivate();
        CompletableFuture<Void> seen = new CompletableFuture<>();
        // on the loop, so that whoever is asked there knows the view that was told
        loop.execute(() -> {
            view = now;
            listeners.forEach(listener -> listener.viewed(before, now));
            seen.complete(null);
        });
        seen.join();
        LOG.infof("the cluster has %d replicas version=%d", now.members().size(), now.version());
        writeLease();
        wire.tellAll(LOOK, NOTHING);
    }

    private void readPeers() throws IOException, InterruptedException {
        long now = System.nanoTime();
        for (Member member : view.members()) {
            if (!member.id().equals(self)) {
                peers.computeIfAbsent(member.id(), _ -> new Peer(now));
            }
        }
        for (Map.Entry<String, Peer> entry : peers.entrySet()) {
            Peer peer = entry.getValue();
            Optional<Store.Value> value = leases.get(REPLICA + entry.getKey());
            if (value.isEmpty()) {
                // it has said so, or said nothing for longer than a lease lasts
                peer.gone = true;
            } else if (value.get().revision() != peer.revision) {
                String[] parts = new String(value.get().bytes(), UTF_8).split(" ", 2);
                peer.gone = false;
                peer.revision = value.get().revision();
                peer.heardNanos = System.nanoTime();
                peer.term = Integer.parseInt(parts[0]);
                peer.seen = Long.parseLong(parts[1]);
            }
        }
        peers.entrySet()
                .removeIf(entry -> !isThere(entry.getValue())
                        && view.member(entry.getKey()).isEmpty());
    }

    private boolean isThere(Peer peer) {
        return !peer.gone && System.nanoTime() - peer.heardNanos < lease.toNanos() * 3 / 2;
    }

    private boolean isInView(View one) {
        return one.member(self).map(member -> member.term() == term).orElse(false);
    }

    private void activate() {
        View now = view;
        if (active || !leased || !isInView(now)) {
            return;
        }
        for (Member member : now.members()) {
            Peer peer = peers.get(member.id());
            if (!member.id().equals(self)
                    && (peer == null || peer.term != member.term() || peer.seen < now.version())) {
                return;
            }
        }
        int current = era.get();
        loop.execute(() -> {
            if (activate(current)) {
                listeners.forEach(listener -> listener.activated(now));
            }
        });
    }

    /** Not where anything has happened since that was decided. */
    private boolean activate(int decidedIn) {
        synchronized (era) {
            active = era.get() == decidedIn;
            return active;
        }
    }

    private void deactivate() {
        synchronized (era) {
            int _ = era.incrementAndGet();
            active = false;
        }
    }

    private void propose() throws IOException, InterruptedException {
        List<Member> wish = new ArrayList<>();
        wish.add(new Member(self, term));
        peers.forEach((id, peer) -> {
            if (peer.term >= 0 && isThere(peer)) {
                wish.add(new Member(id, peer.term));
            } else if (peer.term < 0 && isThere(peer) && view.member(id).isPresent()) {
                // nobody is left out before it had the time to be seen
                wish.add(view.member(id).get());
            }
        });
        wish.sort(Comparator.comparing(Member::id));
        if (wish.equals(view.members()) && !forgotten) {
            wished = List.of();
            return;
        }
        long now = System.nanoTime();
        if (!wish.equals(wished)) {
            wished = List.copyOf(wish);
            wishedSinceNanos = now;
        }
        boolean first = wish.getFirst().id().equals(self);
        if (!leased || (!first && now - wishedSinceNanos < lease.toNanos() / 2)) {
            return;
        }
        View next = new View(view.version() + 1, wish);
        if (store.replace(VIEW, text(next).getBytes(UTF_8), viewRevision)) {
            readView();
            readPeers();
            activate();
        } else {
            // somebody else was faster
            lookSoon();
        }
    }

    private void tell(java.util.function.Consumer<Listener> news) {
        loop.execute(() -> listeners.forEach(news));
    }

    private static String text(View view) {
        StringBuilder text = new StringBuilder().append(view.version());
        view.members().forEach(member -> text.append(' ').append(member));
        return text.toString();
    }

    private static View parse(String text) {
        String[] parts = text.split(" ", -1);
        List<Member> members = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            members.add(Member.parse(parts[i]));
        }
        return new View(Long.parseLong(parts[0]), members);
    }
}
