package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.cluster.state.WorkOwner.Ended;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.queue.Algorithm;
import io.switchboard.queue.Cluster;
import io.switchboard.queue.Consumer;
import io.switchboard.queue.Consumer.Taken;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.LocalWorkQueues;
import io.switchboard.queue.Names;
import io.switchboard.queue.QueueListener;
import io.switchboard.queue.QueueReply;
import io.switchboard.queue.QueueSettings;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.WorkMessage;
import io.switchboard.queue.WorkQueues;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The work queues of all replicas, in one database: of each queue and each exchange one replica decides, wherever its consumers are.
 *
 * <p>The promises are those of {@link WorkQueues}, but for these. When another replica becomes the owner of a queue, consumers keep what
 * they have, and nothing is given until all replicas have said what that is, or are given up; what a consumer ended while its owner died
 * is ended with the next one, but may count as given once more, or, if the consumer is gone by then, be given again; what waits to be
 * given again later is given at once. A consumer whose replica was cut off has nothing any more when that is back, and is told that its
 * time is over; until then others may be given what it still works on. What an operator deletes while owners change may fail and be done
 * all the same.
 *
 * <p>Any thread, none is blocked. Consumers are called on the loop of the cluster.
 */
public final class ClusterWorkQueues implements WorkQueues {
    private static final Logger LOG = Logger.getLogger(ClusterWorkQueues.class);

    private static final String SUBJECT = "queues";

    /** Of all replicas: a temporary queue that one of them uses is used. */
    private static final String RUN = "cluster";

    /** After which a message is found whose news was lost. */
    private static final Duration POLL = Duration.ofSeconds(1);

    /** Messages up to that weight are told of with what they say; others are read. */
    private static final long MOST_TOLD = 64 * 1024;

    /** After which an owner is told again what it has not confirmed. */
    private static final Duration RETRY = Duration.ofMillis(500);

    /** How long the others may take to say how many consume. */
    private static final Duration COUNTING = Duration.ofSeconds(2);

    private static final QueueReply.Refused UNREACHABLE =
            new QueueReply.Refused(503, "whoever decides about that cannot be reached at the moment, try again");

    private static final QueueReply.Refused NOT_CONSUMED =
            new QueueReply.Refused(404, "you do not consume a queue of that name");

    private static final byte[] NOTHING = {};

    /** A queue that a consumer of this replica consumes, or is about to. */
    private static final class Seat {
        private final Consumer consumer;
        private final String queue;
        private final String user;
        private final boolean byRule;
        private final boolean fresh;
        private final String name = UUID.randomUUID().toString();
        private final CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        /** What it has, or is being given, by number. */
        private final Map<Long, Delivery> has = new LinkedHashMap<>();
        /** What it has ended, and the owner has not confirmed, by number. */
        private final Map<Long, Ended> ended = new LinkedHashMap<>();

        private boolean ready;
        private long readyNumber;
        /** What it was given last, and what it said. */
        private Optional<Delivery> last = Optional.empty();

        private CompletableFuture<byte[]> taken = new CompletableFuture<>();
        /** The view since which the owner is who it is. */
        private long since;

        private Seat(Consumer consumer, String queue, String user, boolean byRule, boolean fresh, long since) {
            this.consumer = consumer;
            this.queue = queue;
            this.user = user;
            this.byRule = byRule;
            this.fresh = fresh;
            this.since = since;
        }

        private byte[] fact() {
            PacketWriter packet = new PacketWriter(WorkPacket.FACT)
                    .text(user)
                    .flag(byRule)
                    .flag(fresh)
                    .number(ready ? readyNumber : 0L)
                    .number(has.size());
            has.values().forEach(one -> packet.number(one.number()).number(one.attempt()));
            PacketWriter _ = packet.number(ended.size());
            ended.values()
                    .forEach(one ->
                            packet.number(one.number()).number(one.attempt()).flag(one.acknowledged()));
            return packet.bytes();
        }
    }

    private final Membership membership;
    private final Loop loop;
    private final Duration patience;
    private final QueueListener listener;
    private final Peers peers;
    private final Tenure tenure;
    private final LocalWorkQueues local;
    private final WorkOwner owner;
    private final Owned owned;

    private final Map<UUID, Map<String, Seat>> consumers = new HashMap<>();
    /** By their names. */
    private final Map<String, Seat> seats = new HashMap<>();

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long somebody waits while nobody can decide; longer than it takes to replace an owner
     * @param store the same for all replicas
     * @param owners threads for the queues that this replica decides about
     */
    public ClusterWorkQueues(
            Membership membership,
            Wire wire,
            Loop loop,
            Duration patience,
            QueueStore store,
            Owners owners,
            Clock clock,
            QueueSettings settings,
            QueueListener listener) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.patience = requireNonNull(patience, "patience");
        this.listener = requireNonNull(listener, "listener");
        this.tenure = new Tenure(membership, loop, patience, this::known);
        this.peers = new Peers(membership, wire, loop, SUBJECT, this::received);
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {
                seats.values().forEach(seat -> {
                    if (!before.ownerOf(seat.queue).equals(now.ownerOf(seat.queue))) {
                        seat.since = now.version();
                    }
                });
            }

            @Override
            public void activated(View now) {}

            @Override
            public void deposed() {}
        });
        this.local = new LocalWorkQueues(store, owners, clock, settings, listener, new Others());
        this.owner = new WorkOwner(membership, loop, peers, tenure, store, local, RUN);
        this.owned = new Owned(membership, wire, loop, SUBJECT, patience, owner);
    }

    private void known() {
        owner.known();
    }

    /** What the queues of this replica need of the others. */
    private final class Others implements Cluster {
        @Override
        public boolean decides(String queue) {
            return tenure.knows(queue);
        }

        @Override
        public boolean keepsHouse() {
            return tenure.mine("");
        }

        @Override
        public String run() {
            return RUN;
        }

        @Override
        public Duration poll() {
            return POLL;
        }

        @Override
        public void kept(String queue, long number, WorkMessage message) {
            boolean told = message.weight() <= MOST_TOLD;
            PacketWriter packet =
                    new PacketWriter(WorkPacket.KEPT).number(number).flag(told);
            owned.tell(queue, (told ? WorkPacket.message(packet, message) : packet).bytes());
        }

        @Override
        public void doubt(String queue) {
            owned.tell(queue, new PacketWriter(WorkPacket.DOUBT).bytes());
        }

        @Override
        public void unbound(String exchange, String queue) {
            owned.tell(
                    WorkOwner.keyOf(exchange),
                    new PacketWriter(WorkPacket.UNBOUND).text(queue).bytes());
        }

        @Override
        public void exchangeClosed(String queue, String exchange) {
            owned.tell(
                    queue,
                    new PacketWriter(WorkPacket.EXCHANGE_GONE).text(exchange).bytes());
        }

        @Override
        public CompletionStage<Boolean> deleteQueue(String queue, OptionalLong usedAt) {
            return delete(WorkPacket.DELETE_QUEUE, queue, usedAt);
        }

        @Override
        public CompletionStage<Boolean> deleteExchange(String exchange, OptionalLong usedAt) {
            return delete(WorkPacket.DELETE_EXCHANGE, WorkOwner.keyOf(exchange), usedAt);
        }
    }

    // Consumers

    @Override
    public CompletionStage<QueueReply> consume(Consumer consumer, String user, Optional<String> name, boolean byRule) {
        boolean fresh = name.isEmpty();
        Optional<String> queue = fresh ? Optional.of(Names.random()) : Names.of(name.get());
        if (queue.isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        loop.execute(() -> {
            CompletionStage<Boolean> _ =
                    seat(consumer, queue.get(), user, byRule, fresh).thenApply(answer::complete);
        });
        return answer;
    }

    private CompletableFuture<QueueReply> seat(
            Consumer consumer, String queue, String user, boolean byRule, boolean fresh) {
        Map<String, Seat> of = consumers.computeIfAbsent(consumer.id(), _ -> new HashMap<>());
        Seat before = of.get(queue);
        if (before != null) {
            return before.answer;
        }
        Seat seat =
                new Seat(consumer, queue, user, byRule, fresh, membership.view().version());
        of.put(queue, seat);
        seats.put(seat.name, seat);
        CompletionStage<Void> _ = owned.attend(queue, seat.name, seat::fact).handle((reply, failure) -> {
            attended(seat, failure == null ? replied(reply) : refuse(UNREACHABLE));
            return null;
        });
        return seat.answer;
    }

    private void attended(Seat seat, QueueReply reply) {
        if (!isThere(seat)) {
            boolean _ = seat.answer.complete(refuse(NOT_CONSUMED));
        } else if (reply instanceof QueueReply.Consuming) {
            boolean _ = seat.answer.complete(reply);
        } else {
            leave(seat);
            boolean _ = seat.answer.complete(reply);
        }
    }

    private static QueueReply replied(byte[] reply) {
        try {
            return WorkPacket.reply(reply);
        } catch (RuntimeException e) {
            LOG.error("answer of another replica not understood", Redacted.of(e));
            return UNREACHABLE;
        }
    }

    private boolean isThere(Seat seat) {
        return seats.get(seat.name) == seat;
    }

    private Optional<Seat> find(UUID consumer, String queue) {
        return Names.of(queue)
                .map(name -> consumers.getOrDefault(consumer, Map.of()).get(name));
    }

    private void leave(Seat seat) {
        if (seats.remove(seat.name, seat)) {
            UUID id = seat.consumer.id();
            Map<String, Seat> of = consumers.getOrDefault(id, new HashMap<>());
            var _ = of.remove(seat.queue, seat);
            if (of.isEmpty()) {
                consumers.remove(id);
            }
            owned.leave(seat.queue, seat.name, NOTHING);
        }
    }

    @Override
    public void ready(UUID consumer, String queue) {
        loop.execute(() -> find(consumer, queue).ifPresent(seat -> {
            seat.ready = true;
            seat.readyNumber++;
            sayReady(seat, seat.readyNumber);
        }));
    }

    private void sayReady(Seat seat, long number) {
        byte[] packet = new PacketWriter(WorkPacket.READY)
                .text(seat.name)
                .number(number)
                .bytes();
        insist(seat.queue, packet, () -> isThere(seat) && seat.ready && seat.readyNumber == number, () -> {});
    }

    /** Asks the owner until it answers, as long as that makes sense. */
    private void insist(String key, byte[] packet, BooleanSupplier sensible, Runnable done) {
        CompletionStage<Void> _ = owned.ask(key, packet).handle((_, failure) -> {
            if (failure == null) {
                done.run();
            } else {
                loop.schedule(
                        () -> {
                            if (sensible.getAsBoolean()) {
                                insist(key, packet, sensible, done);
                            }
                        },
                        RETRY.toNanos());
            }
            return null;
        });
    }

    @Override
    public CompletionStage<QueueReply> cancel(UUID consumer, String queue) {
        if (Names.of(queue).isEmpty()) {
            return refused(Names.REFUSED);
        }
        CompletableFuture<QueueReply> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Optional<Seat> seat = find(consumer, queue);
            seat.ifPresent(this::leave);
            boolean _ = answer.complete(seat.isPresent() ? new QueueReply.Done() : refuse(NOT_CONSUMED));
        });
        return answer;
    }

    @Override
    public void gone(UUID consumer) {
        loop.execute(() ->
                List.copyOf(consumers.getOrDefault(consumer, Map.of()).values()).forEach(this::leave));
    }

    @Override
    public void acknowledge(UUID consumer, Delivery delivery) {
        end(consumer, delivery, true);
    }

    @Override
    public void reject(UUID consumer, Delivery delivery) {
        end(consumer, delivery, false);
    }

    private void end(UUID consumer, Delivery delivery, boolean acknowledged) {
        loop.execute(() -> find(consumer, delivery.queue()).ifPresent(seat -> {
            Delivery had = seat.has.get(delivery.number());
            if (had != null && had.attempt() == delivery.attempt()) {
                seat.has.remove(delivery.number());
                end(seat, new Ended(delivery.number(), delivery.attempt(), acknowledged));
            }
        }));
    }

    private void end(Seat seat, Ended one) {
        seat.ended.put(one.number(), one);
        WorkPacket kind = one.acknowledged() ? WorkPacket.ACKNOWLEDGE : WorkPacket.REJECT;
        byte[] packet = new PacketWriter(kind)
                .text(seat.name)
                .number(one.number())
                .number(one.attempt())
                .bytes();
        insist(
                seat.queue,
                packet,
                () -> isThere(seat) && one.equals(seat.ended.get(one.number())),
                () -> seat.ended.remove(one.number(), one));
    }

    // Senders

    @Override
    public CompletionStage<QueueReply> send(String queue, WorkMessage message) {
        return local.send(queue, message);
    }

    @Override
    public CompletionStage<QueueReply> publish(String exchange, WorkMessage message) {
        return Names.of(exchange)
                .map(name -> asked(
                        WorkOwner.keyOf(name),
                        WorkPacket.message(new PacketWriter(WorkPacket.PUBLISH), message)
                                .bytes()))
                .orElseGet(() -> refused(Names.REFUSED));
    }

    private CompletionStage<QueueReply> asked(String key, byte[] question) {
        return owned.ask(key, question)
                .handle((reply, failure) -> failure == null ? replied(reply) : refuse(UNREACHABLE));
    }

    @Override
    public CompletionStage<QueueReply> bind(
            Consumer consumer, String user, String exchange, Algorithm algorithm, String routingKey, boolean addQueue) {
        Optional<String> name = Names.of(exchange);
        if (name.isEmpty()) {
            return refused(Names.REFUSED);
        }
        Optional<String> queue = addQueue ? Optional.of(Names.random()) : Optional.empty();
        PacketWriter packet = new PacketWriter(WorkPacket.BIND)
                .text(user)
                .text(algorithm.wireName())
                .text(queue);
        byte[] question = (addQueue ? packet.text(routingKey) : packet).bytes();
        return asked(WorkOwner.keyOf(name.get()), question).thenCompose(reply -> {
            if (queue.isEmpty() || !(reply instanceof QueueReply.Bound)) {
                return CompletableFuture.completedStage(reply);
            }
            // it is there already, and belongs to the user
            return consume(consumer, user, queue, false)
                    .thenApply(consuming -> consuming instanceof QueueReply.Consuming ? reply : consuming);
        });
    }

    // Operators

    @Override
    public CompletionStage<Map<String, Integer>> consumers(Collection<String> queues) {
        List<String> all = List.copyOf(queues);
        PacketWriter packet = new PacketWriter(WorkPacket.CONSUMERS).number(all.size());
        all.forEach(packet::text);
        return peers.askAll(packet.bytes(), COUNTING).thenApply(answers -> {
            Map<String, Integer> counts = new HashMap<>();
            all.forEach(queue -> counts.put(queue, local.consumers(queue)));
            answers.byReplica().values().forEach(answer -> add(counts, all, answer));
            return counts;
        });
    }

    private static void add(Map<String, Integer> counts, List<String> queues, byte[] answer) {
        try {
            PacketReader reader = new PacketReader(answer);
            WorkPacket _ = reader.kind(WorkPacket.values());
            Map<String, Integer> more = new HashMap<>();
            queues.forEach(queue -> more.merge(queue, reader.number(), Integer::sum));
            more.forEach((queue, count) -> counts.merge(queue, count, Integer::sum));
        } catch (RuntimeException e) {
            LOG.error("answer of another replica not understood", Redacted.of(e));
        }
    }

    @Override
    public CompletionStage<Optional<Integer>> purge(String queue, boolean dead) {
        return Names.of(queue)
                .map(name -> count(name, new PacketWriter(WorkPacket.PURGE).flag(dead)))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    @Override
    public CompletionStage<Optional<Integer>> requeue(String queue, int limit) {
        return Names.of(queue)
                .map(name -> count(name, new PacketWriter(WorkPacket.REQUEUE).number(limit)))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    private CompletionStage<Optional<Integer>> count(String queue, PacketWriter packet) {
        return operate(queue, packet, reader -> {
            int count = reader.number();
            return count < 0 ? Optional.empty() : Optional.of(count);
        });
    }

    @Override
    public CompletionStage<Boolean> deleteQueue(String queue) {
        return Names.of(queue)
                .map(name -> delete(WorkPacket.DELETE_QUEUE, name, OptionalLong.empty()))
                .orElseGet(() -> CompletableFuture.completedStage(false));
    }

    @Override
    public CompletionStage<Boolean> deleteExchange(String exchange) {
        return Names.of(exchange)
                .map(name -> delete(WorkPacket.DELETE_EXCHANGE, WorkOwner.keyOf(name), OptionalLong.empty()))
                .orElseGet(() -> CompletableFuture.completedStage(false));
    }

    private CompletionStage<Boolean> delete(WorkPacket kind, String key, OptionalLong usedAt) {
        PacketWriter packet = new PacketWriter(kind).flag(usedAt.isPresent());
        return operate(key, usedAt.isPresent() ? packet.number(usedAt.getAsLong()) : packet, PacketReader::flag);
    }

    private <T> CompletionStage<T> operate(String key, PacketWriter question, Function<PacketReader, T> answer) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletionStage<Void> _ = owned.ask(key, question.bytes()).handle((reply, failure) -> {
            try {
                if (failure == null) {
                    PacketReader reader = new PacketReader(reply);
                    WorkPacket _ = reader.kind(WorkPacket.values());
                    boolean _ = result.complete(answer.apply(reader));
                }
            } catch (UnreadablePacketException e) {
                LOG.error("answer of another replica not understood", e);
            }
            boolean _ = result.completeExceptionally(new StoreException(StoreException.Reason.DOWN));
            return null;
        });
        return result;
    }

    private CompletionStage<QueueReply> refused(QueueReply.Refused refused) {
        return CompletableFuture.completedStage(refuse(refused));
    }

    private QueueReply refuse(QueueReply.Refused refused) {
        listener.refused();
        return refused;
    }

    // What owners say

    private CompletionStage<byte[]> received(String from, PacketReader reader) {
        WorkPacket kind = reader.kind(WorkPacket.values());
        return switch (kind) {
            case REREAD -> {
                owner.reread(reader.text());
                yield CompletableFuture.completedStage(NOTHING);
            }
            case CONSUMERS -> {
                int count = reader.count(Integer.BYTES);
                PacketWriter answer = new PacketWriter(WorkPacket.CONSUMERS);
                for (int i = 0; i < count; i++) {
                    PacketWriter _ = answer.number(local.consumers(reader.text()));
                }
                yield CompletableFuture.completedStage(answer.bytes());
            }
            case GIVE, TIMED_OUT, CLOSED, EXCHANGE_CLOSED -> {
                String queue = reader.text();
                Optional<String> decides = membership.view().ownerOf(queue).map(Member::id);
                boolean late = from.equals(membership.self()) && !tenure.mine(queue);
                if (late || !decides.equals(Optional.of(from))) {
                    yield CompletableFuture.failedFuture(new IllegalStateException("it does not decide about that"));
                }
                Optional<Seat> seat = Optional.ofNullable(seats.get(reader.text()));
                if (kind == WorkPacket.GIVE) {
                    yield seat.map(one -> give(one, reader))
                            .orElseGet(() -> CompletableFuture.completedStage(bytes(Taken.GONE)));
                }
                seat.ifPresent(one -> said(kind, one, reader));
                yield CompletableFuture.completedStage(NOTHING);
            }
            default -> throw new UnreadablePacketException();
        };
    }

    private static byte[] bytes(Taken taken) {
        return new byte[] {(byte) taken.ordinal()};
    }

    private CompletionStage<byte[]> give(Seat seat, PacketReader reader) {
        long version = reader.longNumber();
        long number = reader.longNumber();
        int attempt = reader.number();
        if (version < seat.since) {
            return CompletableFuture.failedFuture(new IllegalStateException("it did not decide about that any more"));
        }
        if (seat.last
                .filter(one -> one.number() == number && one.attempt() == attempt)
                .isPresent()) {
            return seat.taken;
        }
        Delivery delivery = new Delivery(seat.queue, number, attempt, WorkPacket.message(reader));
        CompletableFuture<byte[]> taken = new CompletableFuture<>();
        seat.last = Optional.of(delivery);
        seat.taken = taken;
        seat.ready = false;
        // whoever becomes the owner meanwhile must not give it to somebody else
        seat.has.put(number, delivery);
        CompletionStage<Void> _ = offered(seat, delivery).handle((answer, failure) -> {
            loop.execute(() -> {
                Taken result = failure == null ? answer : Taken.GONE;
                boolean _ = taken.complete(bytes(taken(seat, delivery, result, version)));
            });
            return null;
        });
        return taken;
    }

    private static CompletionStage<Taken> offered(Seat seat, Delivery delivery) {
        try {
            return seat.consumer.give(delivery);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Taken taken(Seat seat, Delivery delivery, Taken result, long version) {
        if (result != Taken.TAKEN && seat.has.remove(delivery.number(), delivery)) {
            if (seat.since > version && isThere(seat)) {
                // another one decides by now, and believes that it has it
                end(seat, new Ended(delivery.number(), delivery.attempt(), false));
            }
            // what is not taken may be given again as it was
            seat.last = Optional.empty();
        }
        return result;
    }

    private void said(WorkPacket kind, Seat seat, PacketReader reader) {
        switch (kind) {
            case TIMED_OUT -> {
                long number = reader.longNumber();
                int attempt = reader.number();
                Delivery had = seat.has.get(number);
                if (had != null && had.attempt() == attempt) {
                    seat.has.remove(number);
                    // the next owner may not know that it was given
                    seat.last = Optional.empty();
                    seat.consumer.timedOut(had);
                }
            }
            case CLOSED -> {
                leave(seat);
                seat.consumer.closed(seat.queue);
            }
            default -> seat.consumer.exchangeClosed(reader.text(), seat.queue);
        }
    }

    /** How much there is to remember. */
    int size() {
        return consumers.size() + seats.size() + owner.size();
    }
}
