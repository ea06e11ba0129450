package io.switchboard.testing;

import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Keeps letters in memory, at once, unless it is told to fail, to be full, or to hold its answers. What it is asked while it holds is
 * done and answered in that order when it is released. The real ones have tests of their own. Any thread.
 */
public final class MemoryMailStore implements MailStore {
    private final LongSupplier millis;
    private final Map<String, NavigableMap<Long, Letter>> boxes = new HashMap<>();
    private final Map<String, Long> lastNumbers = new HashMap<>();
    private final Set<String> known = new HashSet<>();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private Optional<StoreException.Reason> failure = Optional.empty();
    private boolean holding;
    private boolean full;

    /** Letters do not grow old. */
    public MemoryMailStore() {
        this(() -> Long.MIN_VALUE);
    }

    /** @param millis the time, in milliseconds since the epoch */
    public MemoryMailStore(LongSupplier millis) {
        this.millis = millis;
    }

    /** Fails from now on; empty: no more. */
    public synchronized void fail(Optional<StoreException.Reason> reason) {
        failure = reason;
    }

    /** Whether there is no room for anything new. */
    public synchronized void full(boolean now) {
        full = now;
    }

    /** Answers nobody until {@link #release}. */
    public synchronized void hold() {
        holding = true;
    }

    /** Answers the first that waits; false: nobody does. It goes on holding. */
    public boolean releaseOne() {
        Optional<Runnable> first = firstHeld();
        first.ifPresent(Runnable::run);
        return first.isPresent();
    }

    private synchronized Optional<Runnable> firstHeld() {
        return Optional.ofNullable(held.poll());
    }

    /** Answers those who wait, and at once from then on. */
    public void release() {
        boolean more = true;
        while (more) {
            more = releaseOne() || !stopHolding();
        }
    }

    private synchronized boolean stopHolding() {
        if (held.isEmpty()) {
            holding = false;
        }
        return !holding;
    }

    /** How many wait for an answer. */
    public synchronized int held() {
        return held.size();
    }

    /** What is in a box, oldest first, whatever its age. */
    public synchronized List<Kept> box(String recipient) {
        List<Kept> letters = new ArrayList<>();
        boxOf(recipient).forEach((number, letter) -> letters.add(new Kept(number, letter)));
        return letters;
    }

    /** Who has signed in. */
    public synchronized Set<String> known() {
        return Set.copyOf(known);
    }

    private <T> CompletionStage<T> perform(Supplier<T> task) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Runnable work = () -> carryOut(task, answer);
        if (!holds(work)) {
            work.run();
        }
        return answer;
    }

    private synchronized boolean holds(Runnable work) {
        if (holding) {
            held.add(work);
        }
        return holding;
    }

    /** Answers outside of the lock, so that who is answered may ask again. */
    private <T> void carryOut(Supplier<T> task, CompletableFuture<T> answer) {
        Optional<StoreException.Reason> reason;
        T result;
        synchronized (this) {
            reason = failure;
            result = reason.isPresent() ? null : task.get();
        }
        if (reason.isPresent()) {
            answer.completeExceptionally(new StoreException(reason.get()));
        } else {
            answer.complete(result);
        }
    }

    private NavigableMap<Long, Letter> boxOf(String owner) {
        return boxes.computeIfAbsent(owner, _ -> new TreeMap<>());
    }

    @Override
    public CompletionStage<Posted> post(Letter letter) {
        return perform(() -> {
            Map<Long, Letter> box = boxOf(letter.recipient());
            if (box.values().stream()
                    .anyMatch(
                            one -> one.id().equals(letter.id()) && one.sender().equals(letter.sender()))) {
                return Posted.KEPT;
            }
            if (full) {
                return Posted.FULL;
            }
            box.put(lastNumbers.merge(letter.recipient(), 1L, Long::sum), letter);
            return Posted.KEPT;
        });
    }

    @Override
    public CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes) {
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return perform(() -> {
            long now = millis.getAsLong();
            List<Kept> page = new ArrayList<>();
            long size = 0;
            for (Map.Entry<Long, Letter> entry :
                    boxOf(recipient).tailMap(number, false).entrySet()) {
                Letter letter = entry.getValue();
                if (letter.expiresAt() <= now) {
                    continue;
                }
                size += letter.weight();
                if (page.size() == limit || (!page.isEmpty() && size > bytes)) {
                    break;
                }
                page.add(new Kept(entry.getKey(), letter));
            }
            return page;
        });
    }

    @Override
    public CompletionStage<Void> remove(String recipient, Collection<Long> numbers) {
        List<Long> copy = List.copyOf(numbers);
        return perform(() -> {
            boxOf(recipient).keySet().removeAll(copy);
            return null;
        });
    }

    @Override
    public CompletionStage<Void> signedIn(String user) {
        return perform(() -> {
            known.add(user);
            return null;
        });
    }
}
