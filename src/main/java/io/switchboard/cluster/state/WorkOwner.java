package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Host;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.UnreachableException;
import io.switchboard.cluster.View;
import io.switchboard.hub.Loop;
import io.switchboard.queue.Algorithm;
import io.switchboard.queue.Consumer;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.LocalWorkQueues;
import io.switchboard.queue.LocalWorkQueues.Had;
import io.switchboard.queue.QueueReply;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.WorkMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Decides about the queues and exchanges that this replica owns, for the consumers of all replicas. The loop of the cluster. */
final class WorkOwner implements Host {
    private static final Logger LOG = Logger.getLogger(WorkOwner.class);

    /** How long another replica may take to answer before it is told again. */
    private static final Duration HOP = Duration.ofSeconds(1);

    private static final Duration RETRY = Duration.ofMillis(100);

    /** After which queues are looked for once more that nobody consumes, if the store failed. */
    private static final Duration STORE_RETRY = Duration.ofSeconds(5);

    /** Queues that are looked at in one go. */
    private static final int PAGE = 100;

    private static final byte[] DONE = {};

    /** What a consumer ended, and nobody has confirmed. */
    record Ended(long number, int attempt, boolean acknowledged) {}

    private final Membership membership;
    private final Loop loop;
    private final Peers peers;
    private final Tenure tenure;
    private final QueueStore store;
    private final LocalWorkQueues local;
    private final String run;

    private final Map<String, Map<String, Remote>> remotes = new HashMap<>();

    WorkOwner(
            Membership membership,
            Loop loop,
            Peers peers,
            Tenure tenure,
            QueueStore store,
            LocalWorkQueues local,
            String run) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.peers = requireNonNull(peers, "peers");
        this.tenure = requireNonNull(tenure, "tenure");
        this.store = requireNonNull(store, "store");
        this.local = requireNonNull(local, "local");
        this.run = requireNonNull(run, "run");
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {}

            @Override
            public void activated(View now) {
                local.wake();
            }

            @Override
            public void deposed() {}
        });
    }

    /** The key of an exchange. */
    static String keyOf(String exchange) {
        return "exchange:" + exchange;
    }

    // Consumers

    /** A consumer of some replica. What queues say of it comes on their loops, and goes on on that of the cluster. */
    private final class Remote implements Consumer {
        private final UUID id = UUID.randomUUID();
        private final String replica;
        private final String queue;
        private final String name;
        private final Queue<byte[]> unheard = new ArrayDeque<>();
        private CompletionStage<QueueReply> reply = new CompletableFuture<>();
        private long readyNumber;
        private boolean telling;

        private Remote(String replica, String queue, String name) {
            this.replica = replica;
            this.queue = queue;
            this.name = name;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            CompletableFuture<Taken> taken = new CompletableFuture<>();
            loop.execute(() -> give(delivery, taken));
            return taken;
        }

        /** Until it is known what became of it, or the consumer is gone: then that is what became of it. */
        private void give(Delivery delivery, CompletableFuture<Taken> taken) {
            if (!isThere()) {
                taken.complete(Taken.GONE);
                return;
            }
            PacketWriter packet = to(WorkPacket.GIVE)
                    .number(membership.view().version())
                    .number(delivery.number())
                    .number(delivery.attempt());
            CompletionStage<Void> _ = peers.ask(
                            replica,
                            WorkPacket.message(packet, delivery.message()).bytes(),
                            HOP)
                    .handle((answer, failure) -> {
                        if (failure == null && answer.length == 1 && answer[0] >= 0 && answer[0] < 3) {
                            taken.complete(Taken.values()[answer[0]]);
                        } else {
                            loop.schedule(() -> give(delivery, taken), RETRY.toNanos());
                        }
                        return null;
                    });
        }

        @Override
        public void timedOut(Delivery delivery) {
            say(to(WorkPacket.TIMED_OUT)
                    .number(delivery.number())
                    .number(delivery.attempt())
                    .bytes());
        }

        @Override
        public void closed(String of) {
            say(to(WorkPacket.CLOSED).bytes());
        }

        @Override
        public void exchangeClosed(String exchange, String of) {
            say(to(WorkPacket.EXCHANGE_CLOSED).text(exchange).bytes());
        }

        private PacketWriter to(WorkPacket kind) {
            return new PacketWriter(kind).text(queue).text(name);
        }

        /** In order, and until it has heard it or is gone; there is no more to say than what it has, and a few words. */
        private void say(byte[] packet) {
            loop.execute(() -> {
                unheard.add(packet);
                if (!telling) {
                    telling = true;
                    tell();
                }
            });
        }

        private void tell() {
            if (!isThere()) {
                unheard.clear();
                telling = false;
                return;
            }
            CompletionStage<Void> _ = peers.ask(replica, unheard.element(), HOP).handle((_, failure) -> {
                if (failure != null) {
                    loop.schedule(this::tell, RETRY.toNanos());
                    return null;
                }
                byte[] _ = unheard.remove();
                if (unheard.isEmpty()) {
                    telling = false;
                } else {
                    tell();
                }
                return null;
            });
        }

        private boolean isThere() {
            return remotes.getOrDefault(queue, Map.of()).get(name) == this;
        }

        private void ready(long number) {
            if (number > readyNumber) {
                readyNumber = number;
                local.ready(id, queue);
            }
        }
    }

    @Override
    public CompletionStage<byte[]> attended(String from, String key, String name, byte[] fact, boolean again) {
        PacketReader reader = new PacketReader(fact);
        if (reader.kind(WorkPacket.values()) != WorkPacket.FACT) {
            return CompletableFuture.failedFuture(new UnreadablePacketException());
        }
        String user = reader.text();
        boolean byRule = reader.flag();
        boolean fresh = reader.flag();
        long readyNumber = reader.longNumber();
        List<Had> had = new ArrayList<>();
        for (int left = reader.count(Long.BYTES + Integer.BYTES); left > 0; left--) {
            had.add(new Had(reader.longNumber(), reader.number()));
        }
        List<Ended> ended = new ArrayList<>();
        for (int left = reader.count(Long.BYTES + Integer.BYTES + 1); left > 0; left--) {
            ended.add(new Ended(reader.longNumber(), reader.number(), reader.flag()));
        }
        Map<String, Remote> ofKey = remotes.computeIfAbsent(key, _ -> new HashMap<>());
        Remote remote = ofKey.get(name);
        if (remote == null) {
            remote = new Remote(from, key, name);
            ofKey.put(name, remote);
            if (again) {
                List<Had> all = new ArrayList<>(had);
                ended.forEach(one -> all.add(new Had(one.number(), one.attempt())));
                remote.reply = local.resume(remote, user, key, byRule, fresh, all);
                for (Ended one : ended) {
                    CompletionStage<Void> _ = end(remote, one);
                }
            } else {
                remote.reply = local.consume(remote, user, key, byRule, fresh);
                // to the others it was gone, and what it had was put back
                for (Had one : had) {
                    remote.say(remote.to(WorkPacket.TIMED_OUT)
                            .number(one.number())
                            .number(one.attempt())
                            .bytes());
                }
            }
        }
        remote.ready(readyNumber);
        return remote.reply.thenApply(WorkPacket::reply);
    }

    private CompletionStage<Void> end(Remote remote, Ended one) {
        return one.acknowledged()
                ? local.acknowledge(remote.id, remote.queue, one.number(), one.attempt())
                : local.reject(remote.id, remote.queue, one.number(), one.attempt());
    }

    @Override
    public void left(String from, String key, String name, Optional<byte[]> how) {
        Map<String, Remote> ofKey = remotes.get(key);
        Remote remote = ofKey == null ? null : ofKey.remove(name);
        if (remote != null) {
            if (ofKey.isEmpty()) {
                remotes.remove(key);
            }
            local.leave(remote.id, key);
        }
    }

    // Questions

    @Override
    public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
        PacketReader reader = new PacketReader(question);
        WorkPacket kind = reader.kind(WorkPacket.values());
        return switch (kind) {
            case READY -> {
                Remote remote = remotes.getOrDefault(key, Map.of()).get(reader.text());
                if (remote != null) {
                    remote.ready(reader.longNumber());
                }
                yield CompletableFuture.completedStage(DONE);
            }
            case ACKNOWLEDGE, REJECT -> {
                Remote remote = remotes.getOrDefault(key, Map.of()).get(reader.text());
                Ended ended = new Ended(reader.longNumber(), reader.number(), kind == WorkPacket.ACKNOWLEDGE);
                yield remote == null
                        ? CompletableFuture.completedStage(DONE)
                        : end(remote, ended).thenApply(_ -> DONE);
            }
            case BIND -> bind(key, reader);
            case PUBLISH ->
                local.publish(exchange(key), WorkPacket.message(reader)).thenApply(WorkPacket::reply);
            case PURGE -> {
                boolean dead = reader.flag();
                yield known(key, () -> local.purge(key, dead).thenApply(WorkOwner::count));
            }
            case REQUEUE -> {
                int limit = reader.number();
                yield known(key, () -> local.requeue(key, limit).thenApply(WorkOwner::count));
            }
            case DELETE_QUEUE -> {
                OptionalLong usedAt = usedAt(reader);
                yield known(key, () -> local.deleteQueue(key, usedAt).thenApply(WorkOwner::flag));
            }
            case DELETE_EXCHANGE ->
                local.deleteExchange(exchange(key), usedAt(reader)).thenApply(WorkOwner::flag);
            default -> CompletableFuture.failedFuture(new UnreadablePacketException());
        };
    }

    /** Who has what must be known for that. */
    private CompletionStage<byte[]> known(String key, Supplier<CompletionStage<byte[]>> task) {
        return tenure.knows(key) ? task.get() : CompletableFuture.failedFuture(new UnreachableException());
    }

    private static String exchange(String key) {
        String prefix = keyOf("");
        if (!key.startsWith(prefix)) {
            throw new UnreadablePacketException();
        }
        return key.substring(prefix.length());
    }

    private CompletionStage<byte[]> bind(String key, PacketReader reader) {
        String user = reader.text();
        Algorithm algorithm = Algorithm.of(reader.text()).orElseThrow(UnreadablePacketException::new);
        Optional<String> queue = reader.optionalText();
        Optional<Binding> binding = queue.map(name -> new Binding(name, reader.text()));
        return local.bind(user, exchange(key), algorithm, binding).thenApply(reply -> {
            if (!tenure.mine(key)) {
                // whoever decides by now may have read the routes before
                loop.execute(() -> membership
                        .view()
                        .ownerOf(key)
                        .ifPresent(owner -> peers.tell(
                                owner.id(),
                                new PacketWriter(WorkPacket.REREAD).text(key).bytes())));
            }
            return WorkPacket.reply(reply);
        });
    }

    private static OptionalLong usedAt(PacketReader reader) {
        return reader.flag() ? OptionalLong.of(reader.longNumber()) : OptionalLong.empty();
    }

    /** -1: there is no such queue. */
    private static byte[] count(Optional<Integer> count) {
        return new PacketWriter(WorkPacket.PURGE).number(count.orElse(-1)).bytes();
    }

    private static byte[] flag(boolean flag) {
        return new PacketWriter(WorkPacket.DELETE_QUEUE).flag(flag).bytes();
    }

    @Override
    public void told(String from, String key, byte[] news) {
        PacketReader reader = new PacketReader(news);
        switch (reader.kind(WorkPacket.values())) {
            case KEPT -> {
                long number = reader.longNumber();
                if (reader.flag()) {
                    WorkMessage message = WorkPacket.message(reader);
                    local.kept(key, number, message);
                } else {
                    local.kept(key, number);
                }
            }
            case DOUBT -> local.doubt(key);
            case UNBOUND -> local.unbound(exchange(key), reader.text());
            case EXCHANGE_GONE -> local.exchangeClosed(key, reader.text());
            default -> throw new UnreadablePacketException();
        }
    }

    /** What is known of the routes of an exchange may be wrong. */
    void reread(String key) {
        local.reread(exchange(key));
    }

    // Changes

    @Override
    public void disowned(Predicate<String> keys) {
        local.forget(keys, exchange -> keys.test(keyOf(exchange)));
        remotes.keySet().removeIf(keys);
    }

    @Override
    public void settled() {
        tenure.settle();
    }

    /** All have said who consumes what: what nobody has is given, and what nobody consumes is not consumed. */
    void known() {
        local.wake();
        release(membership.view().version(), "");
    }

    private void release(long version, String after) {
        CompletionStage<Void> _ = store.consumedQueues(run, after, PAGE).handle((queues, failure) -> {
            loop.execute(() -> {
                if (membership.view().version() != version) {
                    return;
                }
                if (failure != null) {
                    LOG.warn("queues that nobody consumes could not be looked for");
                    loop.schedule(() -> release(version, after), STORE_RETRY.toNanos());
                    return;
                }
                queues.stream()
                        .filter(queue -> tenure.knows(queue) && !remotes.containsKey(queue))
                        .forEach(local::releaseUnattended);
                if (queues.size() == PAGE) {
                    release(version, queues.getLast());
                }
            });
            return null;
        });
    }

    /** How much there is to remember. */
    int size() {
        return remotes.size();
    }
}
