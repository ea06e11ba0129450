package io.switchboard.testing;

import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Keeps letters in memory, at once, unless it is told to fail or to wait. The real ones have tests of their own. Any thread, but
 * for waiting.
 */
public final class MemoryMailStore implements MailStore {
    private final Map<String, TreeMap<Long, Letter>> boxes = new ConcurrentHashMap<>();
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private volatile Optional<StoreException.Reason> failure = Optional.empty();
    private volatile boolean full;
    private boolean waits;
    private long last;

    /** From now on everything fails. */
    public MemoryMailStore fail(StoreException.Reason reason) {
        failure = Optional.of(reason);
        return this;
    }

    /** From now on nothing fails. */
    public MemoryMailStore recover() {
        failure = Optional.empty();
        return this;
    }

    /** From now on there is no room, or there is again. */
    public MemoryMailStore full(boolean now) {
        full = now;
        return this;
    }

    /** From now on nothing happens before {@link #next}. */
    public MemoryMailStore waits() {
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

    /** How many things wait. */
    public int pending() {
        return waiting.size();
    }

    /** Whether the name has signed in. */
    public boolean knows(String user) {
        return known.contains(user);
    }

    /** What is kept for a user, oldest first. */
    public List<Letter> kept(String user) {
        synchronized (boxes) {
            return List.copyOf(boxes.getOrDefault(user, new TreeMap<>()).values());
        }
    }

    private <T> CompletionStage<T> answer(Supplier<T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Runnable task = () -> {
            if (failure.isPresent()) {
                answer.completeExceptionally(new StoreException(failure.get()));
                return;
            }
            T result;
            synchronized (boxes) {
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

    @Override
    public CompletionStage<Posted> post(Letter letter) {
        return answer(() -> {
            if (full) {
                return Posted.FULL;
            }
            boxes.computeIfAbsent(letter.recipient(), _ -> new TreeMap<>()).put(++last, letter);
            return Posted.KEPT;
        });
    }

    @Override
    public CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes) {
        return answer(() -> {
            List<Kept> page = new ArrayList<>();
            long weight = 0;
            for (Map.Entry<Long, Letter> entry : boxes.getOrDefault(recipient, new TreeMap<>())
                    .tailMap(number, false)
                    .entrySet()) {
                weight += entry.getValue().weight();
                if (page.size() == limit || (!page.isEmpty() && weight > bytes)) {
                    break;
                }
                page.add(new Kept(entry.getKey(), entry.getValue()));
            }
            return List.copyOf(page);
        });
    }

    @Override
    public CompletionStage<Void> remove(String recipient, Collection<Long> numbers) {
        return answer(() -> {
            numbers.forEach(boxes.getOrDefault(recipient, new TreeMap<>())::remove);
            return null;
        });
    }

    @Override
    public CompletionStage<Void> signedIn(String user) {
        known.add(user);
        return CompletableFuture.completedFuture(null);
    }
}
