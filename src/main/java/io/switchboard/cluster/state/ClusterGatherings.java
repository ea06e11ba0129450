package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Topic;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.LocalGatherings;
import io.switchboard.presence.Presence;
import io.switchboard.presence.Presences;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Who shares topics, over all replicas. The replica that owns a topic decides who came and left, and all replicas tell those of
 * their clients who share it. Where a cluster promises less than one process is said of {@link ClusterPresences}; it is the same
 * here.
 */
public final class ClusterGatherings implements Gatherings {
    private static final String NEWS = "gathering.news";
    private static final String OF = "gathering.of";
    private static final String TOLD = "gathering.told";

    private static final Duration ATTEND_AGAIN = Duration.ofSeconds(1);

    /** Tells those who share a topic and are connected to this replica. */
    @FunctionalInterface
    public interface News {
        /** A user came, or left. Called on the loop of the cluster. */
        void tell(Topic topic, Presence presence, boolean came);
    }

    /** Who shares a topic, as others were told. */
    private record Told(Topic topic, Set<String> users) {
        private Told {
            users = Set.copyOf(users);
        }

        private static Told read(Unpacker in) {
            Told told = new Told(PresenceForm.topic(in), Set.copyOf(in.texts()));
            in.end();
            return told;
        }

        private byte[] bytes() {
            Packer packer = new Packer();
            PresenceForm.write(packer, topic);
            packer.texts(List.copyOf(users));
            return packer.done();
        }
    }

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final Presences presences;
    private final News news;
    private final LocalGatherings local;
    private final Gate gate;
    private final Owned owned;

    // on the loop of the cluster

    /** How many connections of this replica each user has on a topic. */
    private final Map<Topic, Map<String, Integer>> mine = new HashMap<>();

    private final Map<String, Set<Guest>> guests = new HashMap<>();
    private final Map<String, Topic> topics = new HashMap<>();
    private final Heard<Told> heard;
    /** Of which topics others were told what, before this replica owned them. */
    private final Map<String, Set<String>> presumed = new HashMap<>();
    /** Who attended again, and nobody says that others were told of it. */
    private final Map<String, Set<String>> unheard = new HashMap<>();

    /** A user on a topic, by the replica. */
    private record Guest(String replica, String user) {}

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long something waits while nobody can decide
     * @param presences of all replicas
     * @param local makes what decides about topics that this replica owns, as long as the membership acts, by whom it is to tell
     */
    public ClusterGatherings(
            Membership membership,
            Wire wire,
            Loop loop,
            Duration patience,
            Presences presences,
            Function<Listener, LocalGatherings> local,
            News news) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.presences = requireNonNull(presences, "presences");
        this.news = requireNonNull(news, "news");
        this.heard = new Heard<>(membership);
        this.local = local.apply(this::changed);
        this.gate = new Gate(membership, loop, patience);
        membership.listen(new Inheritance());
        this.owned = new Owned(membership, wire, loop, "gathering", patience, new Owner());
        Reception.at(wire, NEWS, this::news);
        Reception.at(wire, OF, this::asked);
        Reception.at(wire, TOLD, this::told);
    }

    // What this replica's sessions have to do with topics

    @Override
    public boolean concern(Topic topic) {
        return local.concern(topic);
    }

    @Override
    public void join(Topic topic, String user) {
        loop.execute(() -> {
            if (mine.computeIfAbsent(topic, _ -> new HashMap<>()).merge(user, 1, Integer::sum) == 1) {
                attend(topic, user);
            }
        });
    }

    private void attend(Topic topic, String user) {
        CompletionStage<byte[]> _ = owned.attend(topic.toString(), user, new Told(topic, Set.of()).bytes())
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        loop.schedule(
                                () -> {
                                    if (mine.getOrDefault(topic, Map.of()).containsKey(user)) {
                                        attend(topic, user);
                                    }
                                },
                                ATTEND_AGAIN.toNanos());
                    }
                });
    }

    @Override
    public void leave(Topic topic, String user) {
        loop.execute(() -> {
            Map<String, Integer> users = mine.getOrDefault(topic, Map.of());
            if (users.containsKey(user) && users.merge(user, -1, Integer::sum) == 0) {
                users.remove(user);
                if (users.isEmpty()) {
                    mine.remove(topic);
                }
                owned.leave(topic.toString(), user, Reception.NOTHING);
            }
        });
    }

    @Override
    public CompletionStage<Crowd> of(Topic topic) {
        CompletableFuture<Crowd> answer = new CompletableFuture<>();
        // what was said before takes two tasks, and is to be known
        loop.execute(() -> loop.execute(() -> {
            Optional<String> owner = membership.view().ownerOf(topic.toString()).map(Member::id);
            if (owner.isEmpty()) {
                answer.complete(new Crowd(0, List.of()));
                return;
            }
            CompletionStage<Crowd> _ = ask(owner.get(), topic)
                    .whenComplete(
                            (crowd, failure) -> answer.complete(failure == null ? crowd : new Crowd(0, List.of())));
        }));
        return answer;
    }

    private CompletionStage<Crowd> ask(String owner, Topic topic) {
        if (owner.equals(membership.self())) {
            return local.of(topic);
        }
        Packer packer = new Packer();
        PresenceForm.write(packer, topic);
        return wire.ask(owner, OF, packer.done(), ClusterPresences.ANSWER).thenApply(bytes -> {
            Unpacker in = new Unpacker(bytes);
            return new Crowd(in.integer(), in.texts());
        });
    }

    /** Topics about which this replica decides. */
    @Override
    public int size() {
        return local.size();
    }

    private CompletionStage<byte[]> news(String from, Unpacker in) {
        Topic topic = PresenceForm.topic(in);
        List<Presence> came = PresenceForm.presences(in);
        List<Presence> left = PresenceForm.presences(in);
        in.end();
        heard(topic, came, left);
        return Reception.nothing();
    }

    private void heard(Topic topic, List<Presence> came, List<Presence> left) {
        String key = topic.toString();
        Set<String> users = new HashSet<>(heard.of(key).map(Told::users).orElse(Set.of()));
        came.forEach(one -> users.add(one.user()));
        left.forEach(one -> users.remove(one.user()));
        if (users.isEmpty()) {
            heard.forget(key);
        } else {
            heard.note(key, new Told(topic, users));
        }
        came.forEach(one -> news.tell(topic, one, true));
        left.forEach(one -> news.tell(topic, one, false));
    }

    // What this replica decides about

    private boolean owns(Topic topic) {
        return membership
                .view()
                .ownerOf(topic.toString())
                .map(owner -> owner.id().equals(membership.self()))
                .orElse(false);
    }

    private CompletionStage<byte[]> asked(String from, Unpacker in) {
        Topic topic = PresenceForm.topic(in);
        in.end();
        return local.of(topic).thenApply(crowd -> {
            Packer packer = new Packer();
            packer.count(crowd.count());
            packer.texts(crowd.users());
            return packer.done();
        });
    }

    /** Who came or left is said with how they are. */
    private void changed(Topic topic, Set<String> came, Set<String> left) {
        List<String> users = new ArrayList<>(came);
        users.addAll(left);
        CompletionStage<Void> _ = presences
                .of(users)
                .thenAccept(all -> loop.execute(() -> {
                    List<Presence> whoCame = all.subList(0, came.size());
                    List<Presence> whoLeft = all.subList(came.size(), all.size());
                    Packer packer = new Packer();
                    PresenceForm.write(packer, topic);
                    PresenceForm.write(packer, whoCame);
                    PresenceForm.write(packer, whoLeft);
                    wire.tellAll(NEWS, packer.done());
                    heard(topic, whoCame, whoLeft);
                }));
    }

    private final class Owner implements Host {
        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            Topic topic = Told.read(new Unpacker(fact)).topic();
            if (!topic.toString().equals(key)) {
                throw new UnreadableException();
            }
            if (guests.computeIfAbsent(key, _ -> new HashSet<>()).add(new Guest(from, id))) {
                topics.put(key, topic);
                if (again && !presumed.getOrDefault(key, Set.of()).contains(id)) {
                    unheard.computeIfAbsent(key, _ -> new HashSet<>()).add(id);
                }
                local.join(topic, id, again);
            }
            return Reception.nothing();
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            Set<Guest> ofKey = guests.getOrDefault(key, Set.of());
            if (ofKey.remove(new Guest(from, id))) {
                local.leave(topics.get(key), id);
                if (ofKey.isEmpty()) {
                    guests.remove(key);
                    topics.remove(key);
                }
            }
        }

        @Override
        public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
            throw new UnreadableException();
        }

        @Override
        public void told(String from, String key, byte[] news) {
            throw new UnreadableException();
        }

        @Override
        public void disowned(Predicate<String> keys) {
            if (membership.view().member(membership.self()).isPresent()) {
                handOver(topic -> keys.test(topic.toString()) && !owns(topic), View::ownerOf);
            }
            guests.keySet().removeIf(keys);
            topics.keySet().removeIf(keys);
            unheard.keySet().removeIf(keys);
            presumed.keySet().removeIf(keys);
            local.forget(topic -> keys.test(topic.toString()));
        }

        @Override
        public void settled() {
            gate.open();
            local.endPresumptions();
            unheard.forEach((key, users) ->
                    Optional.ofNullable(topics.get(key)).ifPresent(topic -> local.tell(topic, Set.copyOf(users))));
            unheard.clear();
            presumed.clear();
            // whoever is the heir now may not have heard it
            handOver(ClusterGatherings.this::owns, View::heirOf);
        }
    }

    private void handOver(Predicate<Topic> which, BiFunction<View, String, Optional<Member>> to) {
        local.told(
                which,
                (topic, users) -> loop.execute(() -> to.apply(membership.view(), topic.toString())
                        .filter(member -> !member.id().equals(membership.self()))
                        .ifPresent(member -> wire.tell(member.id(), TOLD, new Told(topic, users).bytes()))));
    }

    /** Another replica says what all were told. */
    private CompletionStage<byte[]> told(String from, Unpacker in) {
        Told told = Told.read(in);
        if (owns(told.topic())) {
            presume(told);
            if (gate.isOpen(told.topic().toString())) {
                local.endPresumptions();
            }
        } else {
            // perhaps it will own it as soon as it knows the view
            heard.put(told.topic().toString(), told);
        }
        return Reception.nothing();
    }

    private void presume(Told told) {
        String key = told.topic().toString();
        presumed.put(key, told.users());
        unheard.computeIfPresent(key, (_, users) -> {
            users.removeAll(told.users());
            return users.isEmpty() ? null : users;
        });
        local.presume(told.topic(), told.users());
    }

    /** What this replica comes to own, of what it has heard. */
    private final class Inheritance implements Membership.Listener {
        /** What this replica told while it could, should nobody else decide before it does again. */
        private final List<Told> kept = new ArrayList<>();

        @Override
        public void viewed(View before, View now) {
            if (now.version() == before.version() + 1) {
                // otherwise somebody else has decided meanwhile
                kept.forEach(one -> heard.put(one.topic().toString(), one));
            }
            kept.clear();
        }

        @Override
        public void activated(View now) {
            heard.inherit().forEach(ClusterGatherings.this::presume);
        }

        @Override
        public void deposed() {
            // nobody says to this replica what it is the heir of, but what it has told itself may still be so when it
            // is back
            heard.clear();
            local.told(_ -> true, (topic, users) -> loop.execute(() -> kept.add(new Told(topic, users))));
        }
    }
}
