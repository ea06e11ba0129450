package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.hub.Loop;
import io.switchboard.presence.LocalPresences;
import io.switchboard.presence.Presence;
import io.switchboard.presence.Presences;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Who is there, over all sessions of a user on all replicas. The replica that owns a user decides how that is, and all replicas
 * tell those of their clients who want to know.
 *
 * <p>Nobody is announced again because somebody else decides; one who is gone with the owner is announced as offline after the
 * grace, by the replica that was the next to own the user. Where a cluster promises less than one process:
 *
 * <ul>
 *   <li>An announcement may be lost on its way to a replica that cannot be reached at that moment: who asks hears how things are.
 *   <li>Where the owner and its heir are lost at once, somebody who is gone with them may not be announced.
 *   <li>When somebody was last seen is not known any more once there is another owner.
 *   <li>Who asks while an owner cannot be reached hears of its users that they are offline, after a quarter of a second.
 * </ul>
 */
public final class ClusterPresences implements Presences {
    private static final String NEWS = "presence.news";
    private static final String OF = "presence.of";
    private static final String TOLD = "presence.told";

    /** How long somebody waits who asks how users are. */
    static final Duration ANSWER = Duration.ofMillis(250);

    private static final Duration ATTEND_AGAIN = Duration.ofSeconds(1);

    /** Users in one message at most. */
    private static final int BATCH = 500;

    /** A replica attends once for each user. */
    private static final String HERE = "here";

    /**
     * How a user wants to be called.
     *
     * @param stamp the higher one counts
     * @param fresh whether the user said so to the replica that says it
     */
    private record Said(long stamp, boolean fresh, Optional<Presence> presence) {
        private static final Said NOTHING = new Said(0, false, Optional.empty());

        byte[] bytes() {
            Packer packer = new Packer();
            packer.number(stamp);
            packer.flag(fresh);
            packer.flag(presence.isPresent());
            presence.ifPresent(one -> PresenceForm.write(packer, one));
            return packer.done();
        }

        static Said read(byte[] bytes) {
            Unpacker in = new Unpacker(bytes);
            Said said = new Said(
                    in.number(), in.flag(), in.flag() ? Optional.of(PresenceForm.presence(in)) : Optional.empty());
            in.end();
            return said;
        }
    }

    /** A user with connections to this replica. */
    private static final class Mine {
        private int connections;
        private Said said = Said.NOTHING;
        /** Done when the owner knows all that was said here. */
        private CompletableFuture<?> known = CompletableFuture.completedFuture(null);
    }

    /** A user whom this replica owns and who is somewhere. */
    private static final class Standing {
        private final Set<String> replicas = new HashSet<>();
        /** The stamp of what was last said to each. */
        private final Map<String, Long> fresh = new HashMap<>();

        private Said said = Said.NOTHING;
    }

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final Clock clock;
    private final Consumer<Presence> tell;
    private final LocalPresences local;
    private final Gate gate;
    private final Owned owned;

    // on the loop of the cluster

    private final Map<String, Mine> mine = new HashMap<>();
    private final Map<String, Standing> standings = new HashMap<>();
    private final Heard<Presence> heard;
    /** Users of whom others were told before this replica owned them. */
    private final Set<String> presumed = new HashSet<>();
    /** Users who attended again, and nobody says that others were told of them. */
    private final Set<String> unheard = new HashSet<>();

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long something waits while nobody can decide
     * @param local makes what decides about users whom this replica owns, as long as the membership acts, by whom it is to tell
     * @param tell tells those who want to know and are connected to this replica; called on the loop of the cluster
     */
    public ClusterPresences(
            Membership membership,
            Wire wire,
            Loop loop,
            Duration patience,
            Clock clock,
            Function<Consumer<Presence>, LocalPresences> local,
            Consumer<Presence> tell) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.clock = requireNonNull(clock, "clock");
        this.tell = requireNonNull(tell, "tell");
        this.heard = new Heard<>(membership);
        this.local = local.apply(presence -> loop.execute(() -> announce(presence)));
        this.gate = new Gate(membership, loop, patience);
        membership.listen(new Inheritance());
        this.owned = new Owned(membership, wire, loop, "presence", patience, new Owner());
        Reception.at(wire, NEWS, this::news);
        Reception.at(wire, OF, this::asked);
        Reception.at(wire, TOLD, this::told);
    }

    // What this replica's sessions have to do with users

    @Override
    public void arrive(String user) {
        loop.execute(() -> {
            Mine one = mine.computeIfAbsent(user, _ -> new Mine());
            if (one.connections++ == 0) {
                attend(user, one);
            }
        });
    }

    private void attend(String user, Mine one) {
        CompletableFuture<Void> known = new CompletableFuture<>();
        one.known = known;
        CompletionStage<byte[]> _ = owned.attend(user, HERE, one.said.bytes()).whenComplete((answer, failure) -> {
            known.complete(null);
            if (failure == null) {
                adopt(user, Said.read(answer));
            } else {
                loop.schedule(
                        () -> {
                            if (one.equals(mine.get(user))) {
                                attend(user, one);
                            }
                        },
                        ATTEND_AGAIN.toNanos());
            }
        });
    }

    /** What was said to other replicas is to be known here as well, should they be lost together with the owner. */
    private void adopt(String user, Said said) {
        Mine one = mine.get(user);
        if (one != null && said.stamp() > one.said.stamp()) {
            one.said = new Said(said.stamp(), false, said.presence());
            attend(user, one);
        }
    }

    @Override
    public void leave(String user) {
        loop.execute(() -> {
            Mine one = mine.get(user);
            if (one != null && --one.connections == 0) {
                mine.remove(user);
                owned.leave(user, HERE, Reception.NOTHING);
            }
        });
    }

    @Override
    public void set(String user, String status, Optional<String> metadata) {
        loop.execute(() -> {
            Mine one = mine.get(user);
            if (one != null) {
                long stamp = Math.max(clock.millis(), one.said.stamp() + 1);
                Presence presence = new Presence(user, status, OptionalLong.empty(), metadata);
                one.said = new Said(stamp, true, Optional.of(presence));
                attend(user, one);
            }
        });
    }

    @Override
    public CompletionStage<List<Presence>> of(List<String> users) {
        CompletableFuture<List<Presence>> answer = new CompletableFuture<>();
        loop.execute(() -> {
            // who says something sees it
            CompletableFuture<?>[] said = users.stream()
                    .flatMap(user -> Optional.ofNullable(mine.get(user)).stream())
                    .map(one -> one.known)
                    .toArray(CompletableFuture[]::new);
            CompletableFuture<Void> _ = CompletableFuture.allOf(said).thenRun(() -> ask(users, answer));
            loop.schedule(
                    () -> answer.complete(
                            users.stream().map(ClusterPresences::unknown).toList()),
                    ANSWER.multipliedBy(2).toNanos());
        });
        return answer;
    }

    private void ask(List<String> users, CompletableFuture<List<Presence>> answer) {
        Map<String, List<String>> byOwner = new HashMap<>();
        View view = membership.view();
        for (String user : new HashSet<>(users)) {
            view.ownerOf(user)
                    .map(Member::id)
                    .ifPresent(owner -> byOwner.computeIfAbsent(owner, _ -> new ArrayList<>())
                            .add(user));
        }
        Map<String, Presence> known = new HashMap<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        byOwner.forEach((owner, theirs) -> {
            for (int i = 0; i < theirs.size(); i += BATCH) {
                List<String> some = List.copyOf(theirs.subList(i, Math.min(theirs.size(), i + BATCH)));
                CompletableFuture<Void> noted = new CompletableFuture<>();
                all.add(noted);
                CompletionStage<List<Presence>> _ = ask(owner, some)
                        .whenComplete((presences, failure) -> loop.execute(() -> {
                            if (failure == null) {
                                presences.forEach(one -> known.put(one.user(), one));
                            }
                            noted.complete(null);
                        }));
            }
        });
        Runnable done = () -> answer.complete(users.stream()
                .map(user -> known.getOrDefault(user, unknown(user)))
                .toList());
        CompletableFuture<Void> _ =
                CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).thenRun(done);
        loop.schedule(done, ANSWER.toNanos());
    }

    private CompletionStage<List<Presence>> ask(String owner, List<String> users) {
        if (owner.equals(membership.self())) {
            return local.of(users);
        }
        Packer packer = new Packer();
        packer.texts(users);
        return wire.ask(owner, OF, packer.done(), ANSWER)
                .thenApply(bytes -> PresenceForm.presences(new Unpacker(bytes)));
    }

    private static Presence unknown(String user) {
        return new Presence(user, Presence.OFFLINE, OptionalLong.empty(), Optional.empty());
    }

    /** Users about whom this replica decides. */
    @Override
    public int size() {
        return local.size();
    }

    private CompletionStage<byte[]> news(String from, Unpacker in) {
        long stamp = in.number();
        boolean said = in.flag();
        Presence presence = PresenceForm.presence(in);
        in.end();
        heard(presence, new Said(stamp, false, said ? Optional.of(presence) : Optional.empty()));
        return Reception.nothing();
    }

    private void heard(Presence presence, Said said) {
        if (presence.status().equals(Presence.OFFLINE)) {
            heard.forget(presence.user());
        } else {
            heard.note(presence.user(), presence);
        }
        said.presence().ifPresent(_ -> adopt(presence.user(), said));
        tell.accept(presence);
    }

    // What this replica decides about

    private boolean owns(String user) {
        return membership
                .view()
                .ownerOf(user)
                .map(owner -> owner.id().equals(membership.self()))
                .orElse(false);
    }

    private CompletionStage<byte[]> asked(String from, Unpacker in) {
        List<String> users = in.texts();
        in.end();
        return local.of(users.stream().filter(this::owns).toList()).thenApply(presences -> {
            Packer packer = new Packer();
            PresenceForm.write(packer, presences);
            return packer.done();
        });
    }

    private void announce(Presence presence) {
        Standing standing = standings.get(presence.user());
        Said said = standing == null ? Said.NOTHING : standing.said;
        Packer packer = new Packer();
        packer.number(said.stamp());
        packer.flag(said.presence().isPresent());
        PresenceForm.write(packer, presence);
        wire.tellAll(NEWS, packer.done());
        heard(presence, Said.NOTHING);
    }

    private final class Owner implements Host {
        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            Said said = Said.read(fact);
            Standing standing = standings.computeIfAbsent(key, _ -> new Standing());
            boolean newer = said.stamp() > standing.said.stamp();
            boolean fresh =
                    said.fresh() && !again && !Long.valueOf(said.stamp()).equals(standing.fresh.get(from));
            boolean counts = said.presence().isPresent() && (newer || fresh);
            if (counts) {
                // said later than what another replica's clock calls later
                standing.said = new Said(newer ? said.stamp() : standing.said.stamp() + 1, false, said.presence());
            }
            if (said.fresh()) {
                standing.fresh.put(from, said.stamp());
            }
            if (standing.replicas.add(from)) {
                Optional<Presence> told = heard.of(key);
                heard.forget(key);
                if (again && told.isEmpty()) {
                    if (!presumed.contains(key)) {
                        unheard.add(key);
                    }
                    told = Optional.of(presence(key, said));
                }
                local.arrive(key, told, counts ? said.presence() : Optional.empty());
            } else if (counts) {
                Presence how = said.presence().get();
                local.set(key, how.status(), how.metadata());
            }
            return CompletableFuture.completedFuture(standing.said.bytes());
        }

        private Presence presence(String user, Said said) {
            return said.presence()
                    .orElseGet(() -> new Presence(user, Presence.ONLINE, OptionalLong.empty(), Optional.empty()));
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            Standing standing = standings.get(key);
            if (standing != null && standing.replicas.remove(from)) {
                local.leave(key);
                if (standing.replicas.isEmpty()) {
                    standings.remove(key);
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
            boolean member = membership.view().member(membership.self()).isPresent();
            if (member && membership.view().members().size() > 1) {
                handOver(user -> keys.test(user) && !owns(user), View::ownerOf);
            }
            standings.keySet().removeIf(keys);
            unheard.removeIf(keys);
            presumed.removeIf(keys);
            local.forget(keys);
        }

        @Override
        public void settled() {
            gate.open();
            local.endPresumptions();
            local.tell(Set.copyOf(unheard));
            unheard.clear();
            presumed.clear();
            // whoever is the heir now may not have heard it
            handOver(ClusterPresences.this::owns, View::heirOf);
        }
    }

    /** Tells others what all were told of users who are online. */
    private void handOver(Predicate<String> users, BiFunction<View, String, Optional<Member>> to) {
        local.told(
                users,
                presences -> loop.execute(() -> {
                    View view = membership.view();
                    Map<String, List<Presence>> byReplica = new HashMap<>();
                    for (Presence presence : presences) {
                        to.apply(view, presence.user())
                                .filter(member -> !member.id().equals(membership.self()))
                                .ifPresent(member -> byReplica
                                        .computeIfAbsent(member.id(), _ -> new ArrayList<>())
                                        .add(presence));
                    }
                    byReplica.forEach(this::handOver);
                }));
    }

    private void handOver(String replica, List<Presence> presences) {
        for (int i = 0; i < presences.size(); i += BATCH) {
            Packer packer = new Packer();
            PresenceForm.write(packer, presences.subList(i, Math.min(presences.size(), i + BATCH)));
            wire.tell(replica, TOLD, packer.done());
        }
    }

    /** Another replica says what all were told. */
    private CompletionStage<byte[]> told(String from, Unpacker in) {
        List<Presence> presences = PresenceForm.presences(in);
        in.end();
        for (Presence presence : presences) {
            if (!owns(presence.user())) {
                // perhaps it will own it as soon as it knows the view
                heard.put(presence.user(), presence);
            } else if (standings.containsKey(presence.user())) {
                unheard.remove(presence.user());
            } else {
                presume(presence);
                if (gate.isOpen(presence.user())) {
                    local.endPresumptions();
                }
            }
        }
        return Reception.nothing();
    }

    private void presume(Presence presence) {
        presumed.add(presence.user());
        local.presume(presence);
    }

    /** What this replica comes to own, of what it has heard. */
    private final class Inheritance implements Membership.Listener {
        /** What this replica told while it could, should nobody else decide before it does again. */
        private final List<Presence> kept = new ArrayList<>();

        @Override
        public void viewed(View before, View now) {
            if (now.version() == before.version() + 1) {
                // otherwise somebody else has decided meanwhile
                kept.forEach(one -> heard.put(one.user(), one));
            }
            kept.clear();
        }

        @Override
        public void activated(View now) {
            heard.inherit().forEach(ClusterPresences.this::presume);
        }

        @Override
        public void deposed() {
            // nobody says to this replica what it is the heir of, but what it has told itself may still be so when it
            // is back
            heard.clear();
            local.told(_ -> true, presences -> loop.execute(() -> kept.addAll(presences)));
        }
    }
}
