package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.View;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Holds back what is to be done about keys that this replica has come to own, until all replicas have said what they have to do
 * with them, or a while is over: whoever is given something then is not only the first to say that it is there. On the loop of the
 * cluster.
 */
final class Gate implements Membership.Listener {
    /** What may wait; more is not held back. */
    private static final int MOST_WAITING = 100_000;

    /**
     * @param otherwise what to do when this replica does not own the key any more
     */
    private record Waiting(String key, Runnable task, Runnable otherwise) {}

    private final Membership membership;
    private final Loop loop;
    private final Duration longest;
    private final List<Waiting> waiting = new ArrayList<>();
    private Predicate<String> gained = _ -> false;

    /**
     * To be made before what it holds back is.
     *
     * @param longest how long it holds something back
     */
    Gate(Membership membership, Loop loop, Duration longest) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.longest = requireNonNull(longest, "longest");
        membership.listen(this);
    }

    /** Whether all is known about the key, or nobody waits for it. */
    boolean isOpen(String key) {
        return !gained.test(key);
    }

    /** Does something about a key now, or behind what waits. */
    void pass(String key, Runnable task, Runnable otherwise) {
        if (isOpen(key) || waiting.size() >= MOST_WAITING) {
            task.run();
        } else {
            waiting.add(new Waiting(key, task, otherwise));
        }
    }

    /** All is known. */
    void open() {
        gained = _ -> false;
        List<Waiting> tasks = List.copyOf(waiting);
        waiting.clear();
        tasks.forEach(one -> one.task().run());
    }

    /** These keys are somebody else's. */
    void drop(Predicate<String> keys) {
        List<Waiting> dropped = new ArrayList<>();
        for (Iterator<Waiting> i = waiting.iterator(); i.hasNext(); ) {
            Waiting one = i.next();
            if (keys.test(one.key())) {
                i.remove();
                dropped.add(one);
            }
        }
        dropped.forEach(one -> one.otherwise().run());
    }

    @Override
    public void viewed(View before, View now) {
        Optional<Member> self = now.member(membership.self());
        Predicate<String> sooner = gained;
        gained = key -> self.isPresent()
                && now.ownerOf(key).equals(self)
                && (!before.ownerOf(key).equals(self) || sooner.test(key));
    }

    @Override
    public void activated(View now) {
        loop.schedule(
                () -> {
                    if (membership.view().equals(now)) {
                        open();
                    }
                },
                longest.toNanos());
    }

    @Override
    public void deposed() {
        // what waits is dropped with what was owned
    }
}
