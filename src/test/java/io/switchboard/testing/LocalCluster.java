package io.switchboard.testing;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.UnreachableException;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Replicas in one thread, on a simulated clock: what one sends arrives in order a moment later, unless one of the two is cut off or
 * gone. Who is in the cluster is what the test says.
 */
public final class LocalCluster {
    /** How long a message is under way. */
    public static final Duration HOP = Duration.ofMillis(1);

    private final SimulatedTime time;
    private final SimulatedTime.SimulatedLoop loop;
    private final Map<String, Replica> replicas = new HashMap<>();
    private View view = View.NONE;

    public LocalCluster(SimulatedTime time) {
        this.time = time;
        this.loop = time.loop();
    }

    /** The loop of the cluster of all replicas. */
    public Loop loop() {
        return loop;
    }

    /** Lets time go by, and what is to be done meanwhile happen in its order. */
    public void pass(Duration duration) {
        loop.runAll();
        for (long left = duration.toMillis(); left > 0; left--) {
            time.advance(HOP);
            loop.runAll();
        }
    }

    /** One replica. */
    public final class Replica implements Membership, Wire {
        private final String id;
        private int term;
        private View seen = View.NONE;
        private boolean acting;
        private boolean dead;
        private boolean cutOff;
        private final List<Listener> listeners = new ArrayList<>();
        private final Map<String, Answerer> answerers = new HashMap<>();

        private Replica(String id) {
            this.id = id;
        }

        @Override
        public String self() {
            return id;
        }

        @Override
        public View view() {
            return seen;
        }

        @Override
        public boolean acting() {
            return acting;
        }

        @Override
        public void listen(Listener listener) {
            listeners.add(listener);
        }

        @Override
        public void serve(String subject, Answerer answerer) {
            answerers.put(subject, answerer);
        }

        @Override
        public CompletionStage<byte[]> ask(String to, String subject, byte[] question, Duration patience) {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            loop.schedule(() -> answer.completeExceptionally(new UnreachableException()), patience.toNanos());
            deliver(
                    to,
                    () -> replicas.get(to)
                            .answer(id, subject, question)
                            .whenComplete((body, failure) -> replicas.get(to).deliver(id, () -> {
                                if (failure == null) {
                                    answer.complete(body);
                                } else {
                                    answer.completeExceptionally(new UnreachableException());
                                }
                            })));
            return answer;
        }

        private CompletionStage<byte[]> answer(String from, String subject, byte[] question) {
            return answerers.get(subject).answer(from, question);
        }

        @Override
        public void tell(String to, String subject, byte[] news) {
            deliver(to, () -> {
                CompletionStage<byte[]> _ = replicas.get(to).answer(id, subject, news);
            });
        }

        @Override
        public void tellAll(String subject, byte[] news) {
            for (String to : List.copyOf(replicas.keySet())) {
                if (!to.equals(id)) {
                    tell(to, subject, news);
                }
            }
        }

        @Override
        public CompletionStage<Answers> askAll(String subject, byte[] question, Duration patience) {
            Map<String, byte[]> answers = new HashMap<>();
            Set<String> missing = new HashSet<>();
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (Member member : seen.members()) {
                if (!member.id().equals(id)) {
                    all.add(ask(member.id(), subject, question, patience)
                            .handle((body, failure) ->
                                    failure == null ? answers.put(member.id(), body) != null : missing.add(member.id()))
                            .toCompletableFuture());
                }
            }
            return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                    .thenApply(_ -> new Answers(answers, missing));
        }

        private void deliver(String to, Runnable arrival) {
            if (cutOff || dead) {
                return;
            }
            loop.schedule(
                    () -> {
                        Replica other = replicas.get(to);
                        if (other != null && !other.dead && !other.cutOff && !dead) {
                            arrival.run();
                        }
                    },
                    HOP.toNanos());
        }

        private void see(View now) {
            View before = seen;
            seen = now;
            acting = false;
            listeners.forEach(listener -> listener.viewed(before, now));
        }

        private void activate(View now) {
            if (seen.equals(now) && now.member(id).isPresent()) {
                acting = true;
                listeners.forEach(listener -> listener.activated(now));
            }
        }

        /** It hears nothing and is heard by nobody; its lease ends at once. */
        public void cutOff() {
            cutOff = true;
            depose();
        }

        private void depose() {
            acting = false;
            listeners.forEach(Listener::deposed);
        }

        /** It is heard again, and comes back with the next view. */
        public void reconnect() {
            cutOff = false;
            term++;
        }

        /** Its process ends without a word. */
        public void kill() {
            dead = true;
        }
    }

    /** A replica that is in no view yet. */
    public Replica replica(String id) {
        Replica replica = new Replica(id);
        replicas.put(id, replica);
        return replica;
    }

    /** All that live and are not cut off agree on who is there, one after the other, and act when all know. */
    public void agree() {
        List<Replica> there = replicas.values().stream()
                .filter(replica -> !replica.dead && !replica.cutOff)
                .toList();
        View now = new View(
                view.version() + 1,
                there.stream()
                        .map(replica -> new Member(replica.id, replica.term))
                        .toList());
        view = now;
        for (int i = 0; i < there.size(); i++) {
            Replica replica = there.get(i);
            loop.schedule(() -> replica.see(now), HOP.multipliedBy(i + 1).toNanos());
        }
        for (Replica replica : there) {
            loop.schedule(
                    () -> replica.activate(now),
                    HOP.multipliedBy(there.size() + 3).toNanos());
        }
        pass(HOP.multipliedBy(there.size() + 4));
    }

    /** The one that decides about the key. */
    public String ownerOf(String key) {
        return view.ownerOf(key).orElseThrow().id();
    }

    /** The n-th key that the replica owns, by counting up. */
    public String keyOf(String replica, int n) {
        int found = 0;
        for (int i = 0; ; i++) {
            if (ownerOf("key" + i).equals(replica) && found++ == n) {
                return "key" + i;
            }
        }
    }
}
