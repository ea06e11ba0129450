package io.switchboard.session;

import io.switchboard.dialect.Dialects;
import io.switchboard.hub.Loop;
import io.switchboard.service.Grant;
import io.switchboard.service.SubscriptionChange;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** The open sessions of this process, each on the loop that owns it. Any thread. */
public final class SessionRegistry implements SessionDirectory {
    /** Sessions that are visited before their loop may do something else. */
    private static final int SESSIONS_PER_TURN = 256;

    private final Map<UUID, Session> byId = new ConcurrentHashMap<>();
    private final Map<Loop, Roster> rosters = new ConcurrentHashMap<>();
    private final int sessionsPerTurn;
    private volatile Optional<Departure> departure = Optional.empty();

    public SessionRegistry() {
        this(SESSIONS_PER_TURN);
    }

    SessionRegistry(int sessionsPerTurn) {
        this.sessionsPerTurn = sessionsPerTurn;
    }

    /** What one loop has to do with all this. On that loop. */
    Roster roster(Loop loop) {
        Roster roster = rosters.computeIfAbsent(loop, _ -> new Roster(loop, byId, sessionsPerTurn));
        // one that was made a moment ago may have been missed when the others heard of it
        departure.ifPresent(roster::depart);
        return roster;
    }

    public int size() {
        return byId.size();
    }

    /** Lets every session go away, each on its own loop and at its own moment; those that come yet as well. Said once. */
    public void depart(Departure leaving) {
        departure = Optional.of(leaving);
        rosters.forEach((loop, roster) -> {
            boolean _ = execute(loop, () -> roster.depart(leaving));
        });
    }

    /** Closes every session that is open now, each on its own loop, so that its client comes back and recovers. */
    public void interrupt() {
        byId.values().forEach(session -> {
            boolean _ = execute(session.loop(), session::goAway);
        });
    }

    Optional<Session> find(UUID id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Whether the session is one of this process. */
    public boolean holds(UUID id) {
        return byId.containsKey(id);
    }

    @Override
    public CompletionStage<Optional<SessionFacts>> facts(UUID id) {
        CompletableFuture<Optional<SessionFacts>> result = new CompletableFuture<>();
        Optional<Session> session = find(id);
        boolean asked = session.isPresent()
                && execute(
                        session.get().loop(),
                        () -> result.complete(Optional.of(session.get().facts())));
        if (!asked) {
            result.complete(Optional.empty());
        }
        return result;
    }

    @Override
    public CompletionStage<Optional<Integer>> change(UUID id, SubscriptionChange change, Optional<Grant> grant) {
        CompletableFuture<Optional<Integer>> result = new CompletableFuture<>();
        Optional<Session> session = find(id);
        boolean asked = session.isPresent()
                && execute(session.get().loop(), () -> {
                    try {
                        result.complete(session.get().change(change, grant));
                    } catch (RuntimeException e) {
                        result.completeExceptionally(e);
                    }
                });
        if (!asked) {
            result.complete(Optional.empty());
        }
        return result;
    }

    /** Each loop looks at its own sessions, a bounded number in each task, and keeps no more than are asked for. */
    @Override
    public CompletionStage<Page> list(Optional<String> user, Optional<UUID> after, int limit) {
        CompletableFuture<Page> result = new CompletableFuture<>();
        // one more says that there are more
        int most = limit + 1;
        // takes a page of each loop
        NavigableMap<UUID, SessionFacts> found = new ConcurrentSkipListMap<>();
        // one more than there are loops, so that nobody is the last before all were asked
        AtomicInteger pending = new AtomicInteger(1);
        Runnable done = () -> {
            if (pending.decrementAndGet() == 0) {
                result.complete(new Page(found.values().stream().limit(limit).toList(), found.size() > limit, false));
            }
        };
        rosters.forEach((loop, roster) -> {
            pending.incrementAndGet();
            NavigableMap<UUID, SessionFacts> here = new TreeMap<>();
            boolean asked = execute(
                    loop,
                    () -> roster.visit(
                            session -> {
                                UUID id = session.id();
                                boolean wanted = (after.isEmpty() || id.compareTo(after.get()) > 0)
                                        && (here.size() < most || id.compareTo(here.lastKey()) < 0)
                                        && (user.isEmpty() || session.isOf(user.get()));
                                if (wanted) {
                                    here.put(id, session.facts());
                                    if (here.size() > most) {
                                        here.pollLastEntry();
                                    }
                                }
                            },
                            () -> {
                                found.putAll(here);
                                done.run();
                            }));
            if (!asked) {
                done.run();
            }
        });
        done.run();
        return result;
    }

    /**
     * Why an event did, or did not, reach the sessions of a user, or one session; for each that was there when it was new, and is
     * remembered.
     */
    public CompletionStage<List<Verdict>> verdicts(
            Optional<String> user, Optional<UUID> id, Trial trial, Chronicle chronicle, Dialects dialects) {
        CompletableFuture<List<Verdict>> result = new CompletableFuture<>();
        Queue<Verdict> found = new ConcurrentLinkedQueue<>();
        AtomicInteger pending = new AtomicInteger(1);
        Runnable done = () -> {
            if (pending.decrementAndGet() == 0) {
                // what was is looked at last: a session that changes meanwhile is in there
                found.addAll(chronicle.verdicts(user, id, trial, dialects));
                result.complete(List.copyOf(found));
            }
        };
        rosters.forEach((loop, roster) -> {
            pending.incrementAndGet();
            boolean asked = execute(
                    loop,
                    () -> roster.visit(
                            session -> {
                                boolean wanted = id.map(session.id()::equals).orElse(true)
                                        && user.map(session::isOf).orElse(true);
                                if (wanted) {
                                    session.verdict(trial).ifPresent(found::add);
                                }
                            },
                            done));
            if (!asked) {
                done.run();
            }
        });
        done.run();
        return result;
    }

    /** Takes something away from every session, on each loop from the task on that this puts there. */
    CompletionStage<Integer> withdraw(Withdrawal withdrawal) {
        Reach reach = new Reach();
        rosters.forEach((loop, roster) -> {
            reach.expectLoop();
            if (!execute(loop, () -> roster.withdraw(withdrawal, reach))) {
                reach.loopDone();
            }
        });
        reach.loopDone();
        return reach.done();
    }

    /** {@code false}: the loop has ended with its sessions. */
    private static boolean execute(Loop loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }
}
