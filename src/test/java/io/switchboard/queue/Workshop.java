package io.switchboard.queue;

import io.switchboard.hub.Owners;
import io.switchboard.storage.QueueQuotas;
import io.switchboard.testing.MemoryQueueStore;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Queues on a store in memory, with time that stands still, and consumers that do what a test says. One thread. */
final class Workshop {
    static final QueueSettings SETTINGS = new QueueSettings(
            Duration.ofSeconds(1), Duration.ofMinutes(30), 5, Duration.ofDays(7), Duration.ofHours(1));

    final SimulatedTime time = new SimulatedTime();
    final MemoryQueueStore store;
    final Counts counts = new Counts();
    final QueueSettings settings;
    SimulatedTime.SimulatedLoop loop = time.loop();
    LocalWorkQueues queues;

    Workshop() {
        this(SETTINGS, new QueueQuotas(0, 0, 0, 0, 0, 0));
    }

    Workshop(QueueSettings settings, QueueQuotas quotas) {
        this.settings = settings;
        this.store = new MemoryQueueStore(quotas, time.clock());
        this.queues = newQueues();
    }

    private LocalWorkQueues newQueues() {
        return new LocalWorkQueues(store, new Owners(List.of(loop)), time.clock(), settings, counts);
    }

    /** The process is gone and another one has started; what was on its way is lost. */
    void restart() {
        store.forgetWaiting();
        loop = time.loop();
        queues = newQueues();
    }

    /** Until nothing is left to do now. */
    void run() {
        do {
            loop.runAll();
        } while (store.next());
    }

    void pass(Duration duration) {
        time.advance(duration);
        run();
    }

    QueueReply reply(CompletionStage<QueueReply> stage) {
        run();
        return stage.toCompletableFuture().getNow(null);
    }

    Worker consumer(String... names) {
        Worker consumer = new Worker();
        for (String name : names) {
            QueueReply reply = reply(queues.consume(consumer, "bob", Optional.of(name), false));
            if (!(reply instanceof QueueReply.Consuming)) {
                throw new AssertionError(String.valueOf(reply));
            }
        }
        return consumer;
    }

    WorkMessage message(String data) {
        return message(data, Duration.ofHours(1), "");
    }

    WorkMessage message(String data, Duration timeToLive, String routingKey) {
        long now = time.clock().millis();
        return new WorkMessage(
                UUID.randomUUID(), "alice", data, "", "", "", routingKey, now, now + timeToLive.toMillis());
    }

    QueueReply send(String queue, String data) {
        return reply(queues.send(queue, message(data)));
    }

    /** A consumer. It takes everything at once unless it is told otherwise. */
    final class Worker implements Consumer {
        private final UUID id = UUID.randomUUID();
        final List<Delivery> given = new ArrayList<>();
        final List<String> closed = new ArrayList<>();
        final Queue<CompletableFuture<Taken>> asked = new ArrayDeque<>();
        Optional<Taken> says = Optional.of(Taken.TAKEN);

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            given.add(delivery);
            CompletableFuture<Taken> answer = new CompletableFuture<>();
            says.ifPresentOrElse(answer::complete, () -> asked.add(answer));
            return answer;
        }

        @Override
        public void closed(String queue) {
            closed.add(queue);
        }

        @Override
        public void exchangeClosed(String exchange, String queue) {
            closed.add(exchange + ">" + queue);
        }

        /** Says later what it does. */
        Worker thinks() {
            says = Optional.empty();
            return this;
        }

        Worker says(Taken taken) {
            says = Optional.of(taken);
            return this;
        }

        void answer(Taken taken) {
            asked.remove().complete(taken);
            run();
        }

        Worker ready(String queue) {
            queues.ready(id, queue);
            run();
            return this;
        }

        Delivery last() {
            return given.getLast();
        }

        void acknowledge() {
            queues.acknowledge(id, last());
            run();
        }

        void reject() {
            queues.reject(id, last());
            run();
        }

        void goes() {
            queues.gone(id);
            run();
        }

        List<String> data() {
            return given.stream().map(delivery -> delivery.message().data()).toList();
        }
    }

    /** What was counted. */
    static final class Counts implements QueueListener {
        int sent;
        int delivered;
        int acknowledged;
        final Map<Return, Integer> returned = new EnumMap<>(Return.class);
        int died;
        int expired;
        int refused;
        int consumers;

        @Override
        public void sent(int queues) {
            sent += queues;
        }

        @Override
        public void delivered() {
            delivered++;
        }

        @Override
        public void acknowledged() {
            acknowledged++;
        }

        @Override
        public void returned(Return why) {
            returned.merge(why, 1, Integer::sum);
        }

        @Override
        public void died() {
            died++;
        }

        @Override
        public void expired(int messages) {
            expired += messages;
        }

        @Override
        public void refused() {
            refused++;
        }

        @Override
        public void consumers(int change) {
            consumers += change;
        }
    }
}
