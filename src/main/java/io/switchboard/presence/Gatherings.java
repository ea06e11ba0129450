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
import java.util.function.Predicate;

/**
 * Who shares a topic, where that is of interest. Those who do hear of each other's coming and leaving while they are few; of a
 * crowd only the number is known, so that a topic costs no more than the square of that bound, once a second. Any thread; what
 * happens on one topic is decided by one loop, in order.
 */
public final class Gatherings {
    /** The least time between two announcements on one topic. */
    static final Duration PACE = Duration.ofSeconds(1);

    /** Tells those who share a topic; called on the topic's loop. */
    @FunctionalInterface
    public interface Listener {
        /** Somebody came, or left; nobody both. */
        void changed(Topic topic, Set<String> came, Set<String> left);
    }

    /**
     * Those who share a topic.
     *
     * @param count how many users
     * @param users who they are; empty where they are too many
     */
    public record Crowd(int count, List<String> users) {
        public Crowd {
            users = List.copyOf(users);
        }
    }

    /** A user on a topic. */
    private static final class Member {
        private int connections;
        private long leftNanos;
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

    /**
     * @param ofInterest on which topics
     * @param few how many users may hear of each other
     * @param grace how long somebody whose last connection left counts as being there
     */
    public Gatherings(Owners owners, Predicate<Topic> ofInterest, int few, Duration grace, Listener listener) {
        this.owners = requireNonNull(owners, "owners");
        this.ofInterest = requireNonNull(ofInterest, "ofInterest");
        this.few = few;
        this.grace = requireNonNull(grace, "grace");
        this.listener = requireNonNull(listener, "listener");
    }

    /** Whether it is of interest who shares the topic. */
    public boolean concern(Topic topic) {
        return ofInterest.test(topic);
    }

    /** A connection of a user shares the topic; to be followed by one {@link #leave}. */
    public void join(Topic topic, String user) {
        Loop loop = owners.of(topic.toString());
        loop.execute(() -> {
            Gathering gathering = gatherings.computeIfAbsent(topic, name -> new Gathering(name, loop));
            Member member = gathering.members.get(user);
            if (member == null) {
                member = new Member();
                gathering.members.put(user, member);
                changed(gathering);
            }
            member.connections++;
        });
    }

    /** A connection of a user does not share the topic any more. */
    public void leave(Topic topic, String user) {
        owners.of(topic.toString()).execute(() -> {
            Gathering gathering = gatherings.get(topic);
            Member member = gathering == null ? null : gathering.members.get(user);
            if (member != null && --member.connections == 0) {
                member.leftNanos = gathering.loop.nanoTime();
                gathering.loop.schedule(() -> graceOver(gathering, user, member), grace.toNanos());
            }
        });
    }

    private void graceOver(Gathering gathering, String user, Member member) {
        boolean stillAway = member.connections == 0
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
        long now = gathering.loop.nanoTime();
        if (gathering.due != null && now - gathering.due < 0) {
            gathering.waiting = true;
            gathering.loop.schedule(
                    () -> {
                        gathering.waiting = false;
                        tell(gathering);
                    },
                    gathering.due - now);
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

    /** Who shares a topic now. */
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

    /** How many topics somebody shares. */
    public int size() {
        return gatherings.size();
    }
}
