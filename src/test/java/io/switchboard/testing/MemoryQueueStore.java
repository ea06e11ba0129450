package io.switchboard.testing;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import io.switchboard.queue.Algorithm;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.Waiting;
import io.switchboard.queue.WorkMessage;
import io.switchboard.storage.QueueQuotas;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Keeps queues in memory, at once, unless it is told to fail or to wait. Any thread, but for waiting. Plain rather than fast: it is
 * what the real ones are compared with.
 */
public final class MemoryQueueStore implements QueueStore {
    private static final class Letter {
        private final long number;
        private WorkMessage message;
        private int returns;
        private OptionalLong diedAt = OptionalLong.empty();

        private Letter(long number, WorkMessage message) {
            this.number = number;
            this.message = message;
        }

        private boolean isDead() {
            return diedAt.isPresent();
        }

        private boolean isExpired(long now) {
            return !isDead() && message.expiresAt() <= now;
        }
    }

    private static final class Box {
        private final String owner;
        private final boolean temporary;
        private final TreeMap<Long, Letter> letters = new TreeMap<>();
        private long last;
        private String consumedIn = "";
        private long usedAt;

        private Box(String owner, boolean temporary, long last, long usedAt) {
            this.owner = owner;
            this.temporary = temporary;
            this.last = last;
            this.usedAt = usedAt;
        }

        private long bytes() {
            return letters.values().stream()
                    .mapToLong(letter -> letter.message.weight())
                    .sum();
        }

        private List<Letter> letters(boolean dead) {
            return letters.values().stream()
                    .filter(letter -> letter.isDead() == dead)
                    .toList();
        }

        private int removeIf(Predicate<Letter> condition, long now) {
            int before = letters.size();
            letters.values().removeIf(condition);
            int removed = before - letters.size();
            if (removed > 0) {
                usedAt = now;
            }
            return removed;
        }

        private boolean isUnused(long at) {
            return temporary && letters.isEmpty() && consumedIn.isEmpty() && usedAt <= at;
        }
    }

    private static final class Hub {
        private final Algorithm algorithm;
        private final String owner;
        private final Map<String, String> keys = new HashMap<>();
        private long usedAt;

        private Hub(Algorithm algorithm, String owner, long usedAt) {
            this.algorithm = algorithm;
            this.owner = owner;
            this.usedAt = usedAt;
        }
    }

    private final TreeMap<String, Box> boxes = new TreeMap<>();
    private final TreeMap<String, Hub> hubs = new TreeMap<>();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final QueueQuotas quotas;
    private final Clock clock;
    private volatile Optional<StoreException.Reason> failure = Optional.empty();
    private boolean waits;
    private long floor;
    private int reads;

    public MemoryQueueStore(QueueQuotas quotas, Clock clock) {
        this.quotas = requireNonNull(quotas, "quotas");
        this.clock = requireNonNull(clock, "clock");
    }

    /** From now on everything fails. */
    public MemoryQueueStore fail(StoreException.Reason reason) {
        failure = Optional.of(reason);
        return this;
    }

    /** From now on nothing fails. */
    public MemoryQueueStore recover() {
        failure = Optional.empty();
        return this;
    }

    /** From now on nothing happens before {@link #next}. */
    public MemoryQueueStore waits() {
        waits = true;
        return this;
    }

    /** Does what waits longest; false: nothing waits. */
    public boolean next() {
        Runnable task = waiting.poll();
        if (task == null) {
            return false;
        }
        task.run();
        return true;
    }

    /** What waits was never asked: the process that asked is gone. */
    public void forgetWaiting() {
        waiting.clear();
    }

    /** How often pages were read. */
    public int reads() {
        return reads;
    }

    /** What is kept in a queue and no dead letter, lowest number first. */
    public synchronized List<WorkMessage> kept(String queue) {
        return messages(queue, false);
    }

    /** Dead letters of a queue. */
    public synchronized List<WorkMessage> dead(String queue) {
        return messages(queue, true);
    }

    private List<WorkMessage> messages(String queue, boolean dead) {
        return Optional.ofNullable(boxes.get(queue)).stream()
                .flatMap(box -> box.letters(dead).stream())
                .map(letter -> letter.message)
                .toList();
    }

    private <T> CompletionStage<T> answer(Supplier<T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Runnable task = () -> {
            if (failure.isPresent()) {
                answer.completeExceptionally(new StoreException(failure.get()));
                return;
            }
            T result;
            synchronized (this) {
                result = work.get();
            }
            answer.complete(result);
        };
        if (waits) {
            waiting.add(task);
        } else {
            task.run();
        }
        return answer;
    }

    private static boolean reached(long count, long quota) {
        return quota > 0 && count >= quota;
    }

    private Optional<Claimed> refusal(String user) {
        if (reached(
                boxes.values().stream().filter(box -> box.owner.equals(user)).count(), quotas.queuesPerUser())) {
            return Optional.of(Claimed.USER_FULL);
        }
        return reached(boxes.size(), quotas.queues()) ? Optional.of(Claimed.FULL) : Optional.empty();
    }

    private Box add(String queue, String user, boolean temporary) {
        Box box = new Box(user, temporary, floor, clock.millis());
        boxes.put(queue, box);
        return box;
    }

    @Override
    public CompletionStage<Claimed> claim(String queue, String user, boolean byRule, boolean temporary, String run) {
        return answer(() -> {
            Box box = boxes.get(queue);
            if (box == null) {
                Optional<Claimed> refusal = refusal(user);
                if (refusal.isPresent()) {
                    return refusal.get();
                }
                box = add(queue, user, temporary);
            } else if (!byRule && !box.owner.equals(user)) {
                return Claimed.FOREIGN;
            }
            if (!box.temporary) {
                return Claimed.DURABLE;
            }
            box.consumedIn = run;
            return Claimed.TEMPORARY;
        });
    }

    @Override
    public CompletionStage<Void> release(String queue, String run) {
        return answer(() -> {
            Box box = boxes.get(queue);
            if (box != null && box.consumedIn.equals(run)) {
                box.consumedIn = "";
                box.usedAt = clock.millis();
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Sent> send(Collection<String> queues, WorkMessage message) {
        return answer(() -> {
            int expired = 0;
            for (String queue : Set.copyOf(queues)) {
                Box box = boxes.get(queue);
                if (box != null && !fits(box, message)) {
                    expired += box.removeIf(letter -> letter.isExpired(clock.millis()), clock.millis());
                    if (!fits(box, message)) {
                        return new Sent(Map.of(), true, expired);
                    }
                }
            }
            Map<String, Long> numbers = new HashMap<>();
            for (String queue : Set.copyOf(queues)) {
                Box box = boxes.get(queue);
                if (box != null) {
                    long number = ++box.last;
                    box.letters.put(number, new Letter(number, message));
                    numbers.put(queue, number);
                }
            }
            return new Sent(numbers, false, expired);
        });
    }

    private boolean fits(Box box, WorkMessage message) {
        return !reached(box.letters.size(), quotas.messagesPerQueue())
                && (quotas.bytesPerQueue() == 0 || box.bytes() + message.weight() <= quotas.bytesPerQueue());
    }

    @Override
    public CompletionStage<Page> after(String queue, long number, int limit, long bytes) {
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return answer(() -> {
            reads++;
            Box box = boxes.get(queue);
            if (box == null) {
                return new Page(List.of(), number, true);
            }
            List<Waiting> page = new ArrayList<>();
            long weight = 0;
            for (Letter letter : box.letters.tailMap(number, false).values()) {
                if (letter.isDead() || letter.isExpired(clock.millis())) {
                    continue;
                }
                weight += letter.message.weight();
                if (page.size() == limit || (!page.isEmpty() && weight > bytes)) {
                    return new Page(page, page.getLast().number(), false);
                }
                page.add(new Waiting(letter.number, letter.returns, letter.message));
            }
            return new Page(page, Math.max(number, box.last), true);
        });
    }

    @Override
    public CompletionStage<Void> remove(String queue, Collection<Long> numbers) {
        Set<Long> distinct = Set.copyOf(numbers);
        return answer(() -> {
            Box box = boxes.get(queue);
            if (box != null) {
                int _ = box.removeIf(letter -> !letter.isDead() && distinct.contains(letter.number), clock.millis());
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Returned> putBack(String queue, long number, int deliveries) {
        return answer(() -> {
            Box box = boxes.get(queue);
            Letter letter = box == null ? null : box.letters.get(number);
            if (letter == null || letter.isDead()) {
                return new Returned.Gone();
            }
            if (letter.isExpired(clock.millis())) {
                int _ = box.removeIf(letter::equals, clock.millis());
                return new Returned.Expired();
            }
            letter.returns++;
            if (deliveries > 0 && letter.returns >= deliveries) {
                letter.diedAt = OptionalLong.of(clock.millis());
                return new Returned.Dead();
            }
            return new Returned.Again(letter.returns);
        });
    }

    @Override
    public CompletionStage<Bound> bind(
            String exchange, Algorithm algorithm, String user, Optional<Binding> queue, String run) {
        return answer(() -> {
            Hub hub = hubs.get(exchange);
            if (hub != null && hub.algorithm != algorithm) {
                return Bound.OTHER_ALGORITHM;
            }
            if (hub == null && reached(hubs.size(), quotas.exchanges())) {
                return Bound.EXCHANGES_FULL;
            }
            if (queue.isPresent()) {
                if (reached(hub == null ? 0 : hub.keys.size(), quotas.bindingsPerExchange())) {
                    return Bound.BINDINGS_FULL;
                }
                Optional<Claimed> refusal = refusal(user);
                if (refusal.isPresent()) {
                    return refusal.get() == Claimed.FULL ? Bound.QUEUES_FULL : Bound.USER_FULL;
                }
            }
            if (hub == null) {
                hub = new Hub(algorithm, user, clock.millis());
                hubs.put(exchange, hub);
            }
            if (queue.isPresent()) {
                add(queue.get().queue(), user, true).consumedIn = run;
                hub.keys.put(queue.get().queue(), queue.get().routingKey());
            }
            return Bound.DONE;
        });
    }

    @Override
    public CompletionStage<Optional<Bindings>> bindings(String exchange) {
        return answer(() -> Optional.ofNullable(hubs.get(exchange))
                .map(hub -> new Bindings(
                        hub.algorithm,
                        hub.keys.entrySet().stream()
                                .map(entry -> new Binding(entry.getKey(), entry.getValue()))
                                .toList())));
    }

    @Override
    public CompletionStage<Integer> deleteExpired() {
        return answer(() -> removeEverywhere(letter -> letter.isExpired(clock.millis())));
    }

    @Override
    public CompletionStage<Integer> deleteDead(long diedAt) {
        return answer(() -> removeEverywhere(letter -> letter.isDead() && letter.diedAt.getAsLong() <= diedAt));
    }

    private int removeEverywhere(Predicate<Letter> condition) {
        return boxes.values().stream()
                .mapToInt(box -> box.removeIf(condition, clock.millis()))
                .sum();
    }

    @Override
    public CompletionStage<Void> begin(String run) {
        return answer(() -> {
            for (Box box : boxes.values()) {
                if (!box.consumedIn.isEmpty() && !box.consumedIn.equals(run)) {
                    box.consumedIn = "";
                    box.usedAt = clock.millis();
                }
            }
            return null;
        });
    }

    @Override
    public CompletionStage<List<String>> consumedQueues(String run, String after, int limit) {
        return answer(() -> boxes.tailMap(after, false).entrySet().stream()
                .filter(entry -> entry.getValue().temporary
                        && entry.getValue().consumedIn.equals(run))
                .map(Map.Entry::getKey)
                .limit(limit)
                .toList());
    }

    @Override
    public CompletionStage<List<String>> unusedQueues(long usedAt) {
        return answer(() -> boxes.entrySet().stream()
                .filter(entry -> entry.getValue().isUnused(usedAt))
                .map(Map.Entry::getKey)
                .toList());
    }

    @Override
    public CompletionStage<List<String>> unusedExchanges(long usedAt) {
        return answer(() -> hubs.entrySet().stream()
                .filter(entry -> entry.getValue().keys.isEmpty() && entry.getValue().usedAt <= usedAt)
                .map(Map.Entry::getKey)
                .toList());
    }

    @Override
    public CompletionStage<Deleted> deleteQueue(String queue, OptionalLong usedAt) {
        return answer(() -> {
            Box box = boxes.get(queue);
            if (box == null || (usedAt.isPresent() && !box.isUnused(usedAt.getAsLong()))) {
                return new Deleted.Unknown();
            }
            boxes.remove(queue);
            floor = Math.max(floor, box.last);
            Set<String> exchanges = new HashSet<>();
            hubs.forEach((name, hub) -> {
                if (hub.keys.remove(queue) != null) {
                    hub.usedAt = clock.millis();
                    exchanges.add(name);
                }
            });
            return new Deleted.Done(exchanges);
        });
    }

    @Override
    public CompletionStage<Optional<Set<String>>> deleteExchange(String exchange, OptionalLong usedAt) {
        return answer(() -> {
            Hub hub = hubs.get(exchange);
            if (hub == null || (usedAt.isPresent() && (!hub.keys.isEmpty() || hub.usedAt > usedAt.getAsLong()))) {
                return Optional.empty();
            }
            hubs.remove(exchange);
            return Optional.of(Set.copyOf(hub.keys.keySet()));
        });
    }

    @Override
    public CompletionStage<List<QueueFacts>> queues(String after, int limit) {
        return answer(() -> boxes.tailMap(after, false).entrySet().stream()
                .limit(limit)
                .map(entry -> facts(entry.getKey(), entry.getValue()))
                .toList());
    }

    private static QueueFacts facts(String name, Box box) {
        List<Letter> alive = box.letters(false);
        return new QueueFacts(
                name,
                box.owner,
                box.temporary,
                alive.size(),
                box.letters(true).size(),
                box.bytes(),
                alive.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(alive.getFirst().message.sentAt()));
    }

    @Override
    public CompletionStage<List<ExchangeFacts>> exchanges(String after, int limit) {
        return answer(() -> hubs.tailMap(after, false).entrySet().stream()
                .limit(limit)
                .map(entry -> new ExchangeFacts(
                        entry.getKey(),
                        entry.getValue().algorithm,
                        entry.getValue().owner,
                        entry.getValue().keys.size()))
                .toList());
    }

    @Override
    public CompletionStage<Optional<List<MessageFacts>>> peek(String queue, boolean dead, long after, int limit) {
        return answer(() -> Optional.ofNullable(boxes.get(queue))
                .map(box -> box.letters(dead).stream()
                        .filter(letter -> letter.number > after)
                        .limit(limit)
                        .map(MemoryQueueStore::facts)
                        .toList()));
    }

    private static MessageFacts facts(Letter letter) {
        WorkMessage message = letter.message;
        return new MessageFacts(
                letter.number,
                message.id(),
                message.sender(),
                letter.returns,
                message.sentAt(),
                message.expiresAt(),
                message.replyTo(),
                message.correlationId(),
                message.exchange(),
                message.routingKey(),
                message.weight());
    }

    @Override
    public CompletionStage<Optional<Purged>> purge(
            String queue, boolean dead, Set<Long> keep, long after, OptionalLong last) {
        Set<Long> stay = Set.copyOf(keep);
        return answer(() -> Optional.ofNullable(boxes.get(queue)).map(box -> {
            long end = last.orElse(box.last);
            int deleted = box.removeIf(
                    letter -> letter.isDead() == dead
                            && letter.number > after
                            && letter.number <= end
                            && !stay.contains(letter.number),
                    clock.millis());
            return new Purged(deleted, end, end);
        }));
    }

    @Override
    public CompletionStage<Optional<Requeued>> requeue(String queue, int limit) {
        return answer(() -> Optional.ofNullable(boxes.get(queue)).map(box -> {
            List<Letter> found = box.letters(true).stream().limit(limit).toList();
            long now = clock.millis();
            for (Letter letter : found) {
                letter.diedAt = OptionalLong.empty();
                letter.returns = 0;
                WorkMessage message = letter.message;
                if (message.expiresAt() <= now) {
                    letter.message = new WorkMessage(
                            message.id(),
                            message.sender(),
                            message.data(),
                            message.replyTo(),
                            message.correlationId(),
                            message.exchange(),
                            message.routingKey(),
                            message.sentAt(),
                            now + message.expiresAt() - message.sentAt());
                }
            }
            return new Requeued(found.size(), found.isEmpty() ? 0 : found.getFirst().number);
        }));
    }
}
