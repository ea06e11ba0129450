package io.switchboard.presence;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The gatherings of this process alone, or those about which it decides; what happens on one topic is decided by one loop, in
 * order. Any thread.
 */
public final class LocalGatherings implements Gatherings {
    /** The least time between two announcements on one topic. */
    static final Duration PACE = Duration.ofSeconds(1);

    /** How long what is to be told waits while nobody may decide. */
    private static final Duration RETRY = Duration.ofMillis(100);

    /** A user on a topic. */
    private static final class Member {
        private int connections;
        private long leftNanos;
        /** Said by somebody who decided before; that may be over. */
        private boolean presumed;
    }

    private static final class Gathering {
        private final Topic topic;
        private final Loop loop;
        private final Map<String, Member> members = new LinkedHashMap<>();
        /** Who is there as far as the others were told. */
        private Set<String> told = Set.of();

        private Long due;
        private boolean waiting;

        private Gathering(Topic topic, Loop loop) {
            this.topic = topic;
            this.loop = loop;
        }
    }

    private final Map<Topic, Gathering> gatherings = new ConcurrentHashMap<>();
    private final Owners owners;
    private final Predicate<Topic> ofInterest;
    private final int few;
    private final Duration grace;
    private final Listener listener;
    private final BooleanSupplier acting;

    /** Those of this process alone. */
    public LocalGatherings(Owners owners, Predicate<Topic> ofInterest, int few, Duration grace, Listener listener) {
        this(owners, ofInterest, few, grace, listener, () -> true);
    }

    /**
     * @param ofInterest on which topics
     * @param few how many users may hear of each other
     * @param grace how long somebody whose last connection left counts as being there
     * @param listener called on the topic's loop
     * @param acting whether it may decide at this instant; while it may not, nobody is told anything. Any thread
     */
    public LocalGatherings(
            Owners owners,
            Predicate<Topic> ofInterest,
            int few,
            Duration grace,
            Listener listener,
            BooleanSupplier acting) {
        this.owners = requireNonNull(owners, "owners");
        this.ofInterest = requireNonNull(ofInterest, "ofInterest");
        this.few = few;
        this.grace = requireNonNull(grace, "grace");
        this.listener = requireNonNull(listener, "listener");
        this.acting = requireNonNull(acting, "acting");
    }

    @Override
    public boolean concern(Topic topic) {
        return ofInterest.test(topic);
    }

    @Override
    public void join(Topic topic, String user) {
        join(topic, user, false);
    }

    /**
     * A connection of a user shares the topic.
     *
     * @param told whether others were told of it already
     */
    public void join(Topic topic, String user, boolean told) {
        onLoop(topic, gathering -> {
            Member member = gathering.members.get(user);
            if (member == null) {
                member = new Member();
                gathering.members.put(user, member);
                if (told) {
                    told(gathering, user);
                }
                changed(gathering);
            }
            member.connections++;
            member.presumed = false;
        });
    }

    private void onLoop(Topic topic, Consumer<Gathering> task) {
        Loop loop = owners.of(topic.toString());
        loop.execute(() -> task.accept(gatherings.computeIfAbsent(topic, name -> new Gathering(name, loop))));
    }

    /** Of more than a few nobody is told; how things are is said when they are few again. */
    private void told(Gathering gathering, String user) {
        if (gathering.told.size() < few) {
            Set<String> told = new LinkedHashSet<>(gathering.told);
            told.add(user);
            gathering.told = told;
        }
    }

    @Override
    public void leave(Topic topic, String user) {
        owners.of(topic.toString()).execute(() -> {
            Gathering gathering = gatherings.get(topic);
            Member member = gathering == null ? null : gathering.members.get(user);
            if (member != null && member.connections > 0 && --member.connections == 0) {
                left(gathering, user, member);
            }
        });
    }

    private void left(Gathering gathering, String user, Member member) {
        member.leftNanos = gathering.loop.nanoTime();
        gathering.loop.schedule(() -> graceOver(gathering, user, member), grace.toNanos());
    }

    // Where somebody else decided before, or will

    /** Others were told that these share the topic; who decided that is gone. No more than that is known so far. */
    public void presume(Topic topic, Set<String> users) {
        if (users.isEmpty()) {
            return;
        }
        onLoop(topic, gathering -> {
            for (String user : users) {
                if (!gathering.members.containsKey(user)) {
                    Member member = new Member();
                    member.presumed = true;
                    gathering.members.put(user, member);
                }
                told(gathering, user);
            }
        });
    }

    /** Whoever is presumed to be there and has not come by now left, after the grace. */
    public void endPresumptions() {
        onEach(gathering -> gathering.members.forEach((user, member) -> {
            if (member.presumed) {
                member.presumed = false;
                left(gathering, user, member);
            }
        }));
    }

    /** It seems that others were told nothing of these users of a topic: that is done now. */
    public void tell(Topic topic, Set<String> users) {
        onLoop(topic, gathering -> {
            Set<String> told = new LinkedHashSet<>(gathering.told);
            told.removeAll(users);
            gathering.told = told;
            changed(gathering);
        });
    }

    /** Somebody else decides about these topics now, as far as they were said before this: nobody is told anything. */
    public void forget(Predicate<Topic> topics) {
        onEach(gathering -> {
            if (topics.test(gathering.topic)) {
                gatherings.remove(gathering.topic, gathering);
            }
        });
    }

    /**
     * Who shares topics as far as others were told.
     *
     * @param topics which
     * @param each called on the loops of the topics
     */
    public void told(Predicate<Topic> topics, BiConsumer<Topic, Set<String>> each) {
        onEach(gathering -> {
            if (topics.test(gathering.topic) && !gathering.told.isEmpty()) {
                each.accept(gathering.topic, gathering.told);
            }
        });
    }

    private void onEach(Consumer<Gathering> task) {
        for (Loop loop : owners.loops()) {
            // behind what was said before, of topics of which nothing is known yet
            loop.execute(() -> {
                for (Gathering one : List.copyOf(gatherings.values())) {
                    if (one.loop.equals(loop)) {
                        task.accept(one);
                    }
                }
            });
        }
    }

    private void graceOver(Gathering gathering, String user, Member member) {
        boolean stillAway = member.connections == 0
                && !member.presumed
                && gathering.loop.nanoTime() - member.leftNanos >= grace.toNanos()
                && gathering.members.remove(user, member);
        if (stillAway) {
            changed(gathering);
        }
    }

    /** Of a crowd nobody is told; when it is small again the others hear how things are then. */
    private void changed(Gathering gathering) {
        if (gathering.members.size() <= few && !gathering.waiting) {
            tell(gathering);
        }
    }

    private void tell(Gathering gathering) {
        if (!gathering.equals(gatherings.get(gathering.topic))) {
            return;
        }
        long now = gathering.loop.nanoTime();
        boolean paced = gathering.due == null || now - gathering.due >= 0;
        if (!paced || !acting.getAsBoolean()) {
            gathering.waiting = true;
            gathering.loop.schedule(
                    () -> {
                        gathering.waiting = false;
                        tell(gathering);
                    },
                    paced ? RETRY.toNanos() : gathering.due - now);
            return;
        }
        if (gathering.members.size() > few) {
            return;
        }
        Set<String> came = new LinkedHashSet<>(gathering.members.keySet());
        came.removeAll(gathering.told);
        Set<String> left = new LinkedHashSet<>(gathering.told);
        left.removeAll(gathering.members.keySet());
        gathering.told = Set.copyOf(gathering.members.keySet());
        if (!came.isEmpty() || !left.isEmpty()) {
            gathering.due = now + PACE.toNanos();
            listener.changed(gathering.topic, came, left);
        }
        if (gathering.members.isEmpty()) {
            gatherings.remove(gathering.topic, gathering);
        }
    }

    @Override
    public CompletionStage<Crowd> of(Topic topic) {
        CompletableFuture<Crowd> answer = new CompletableFuture<>();
        owners.of(topic.toString()).execute(() -> {
            Gathering gathering = gatherings.get(topic);
            if (gathering == null) {
                answer.complete(new Crowd(0, List.of()));
                return;
            }
            int count = gathering.members.size();
            answer.complete(new Crowd(count, count > few ? List.of() : new ArrayList<>(gathering.members.keySet())));
        });
        return answer;
    }

    @Override
    public int size() {
        return gatherings.size();
    }
}
