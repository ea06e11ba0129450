package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.chat.Colleagues;
import io.switchboard.chat.LocalColleagues;
import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.Wire;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Who is signed in on any replica, with which workspaces. The replica that owns a user knows those of all its sessions; the others
 * remember for a while what it said of users about whom their own ask, and ask again before that is over, for as long as one who
 * asked is signed in.
 *
 * <p>Sessions of this replica count at once. What changes elsewhere is known here after {@link #FRESH} at the latest; where it
 * cannot be known who shares a workspace, nobody does: while the owner of a user is being replaced, messages between that user and
 * one of another replica may be withheld, and are found in the history.
 */
public final class ClusterColleagues implements Colleagues {
    private static final String OF = "colleague.of";

    /** How long it counts what an owner said. */
    static final Duration FRESH = Duration.ofSeconds(5);

    /** How often owners are asked again. */
    private static final Duration AGAIN = Duration.ofSeconds(2);

    /** How long an owner may take. */
    private static final Duration ANSWER = Duration.ofSeconds(1);

    /** Users of whom others ask here, at most; of more nothing is known. */
    private static final int MOST_ASKED = 50_000;

    /** Users in one question. */
    private static final int BATCH = 200;

    /** Workspaces of one session that others are told of, at most. */
    private static final int MOST_WORKSPACES = 2_000;

    /** What is known of a user on other replicas. */
    private static final class Known {
        /** Users here who ask. */
        private final Set<String> askers = ConcurrentHashMap.newKeySet();

        private volatile Set<String> workspaces = Set.of();
        /** When the owner was asked who said so last; 0: never. */
        private volatile long askedNanos;

        private volatile boolean answered;
    }

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final Gate gate;
    private final Owned owned;
    private final LocalColleagues local = new LocalColleagues();
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private volatile int owning;

    // on the loop of the cluster

    /** The workspaces of users whom this replica owns, by replica and session. */
    private final Map<String, Map<Guest, List<String>>> guests = new HashMap<>();

    private boolean renewing;

    private record Guest(String replica, String session) {}

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long something waits while nobody can decide
     */
    public ClusterColleagues(Membership membership, Wire wire, Loop loop, Duration patience) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.gate = new Gate(membership, loop, patience);
        this.owned = new Owned(membership, wire, loop, "colleague", patience, new Owner());
        Reception.at(wire, OF, this::asked);
    }

    // What this replica's sessions say and ask

    @Override
    public void present(UUID session, Claims claims) {
        local.present(session, claims);
        Packer packer = new Packer();
        packer.texts(claims.views().stream()
                .map(View::uuid)
                .distinct()
                .limit(MOST_WORKSPACES)
                .toList());
        attend(session, claims.username(), packer.done());
    }

    private void attend(UUID session, String username, byte[] fact) {
        CompletionStage<byte[]> _ = owned.attend(username, session.toString(), fact)
                .whenComplete((_, failure) -> {
                    if (failure != null && local.isPresent(session, username)) {
                        loop.schedule(() -> attendAgain(session, username, fact), AGAIN.toNanos());
                    }
                });
    }

    private void attendAgain(UUID session, String username, byte[] fact) {
        if (local.isPresent(session, username)) {
            attend(session, username, fact);
        }
    }

    @Override
    public void absent(UUID session, String username) {
        local.absent(session, username);
        owned.leave(username, session.toString(), Reception.NOTHING);
    }

    @Override
    public boolean share(Claims claims, String other) {
        if (local.share(claims, other)) {
            return true;
        }
        Optional<Known> one = remember(claims, other);
        return one.isPresent() && isFresh(one.get()) && share(claims, one.get());
    }

    @Override
    public CompletionStage<Boolean> ask(Claims claims, String other) {
        if (share(claims, other)) {
            return CompletableFuture.completedFuture(true);
        }
        Optional<Known> one = remember(claims, other);
        if (one.isEmpty()) {
            return CompletableFuture.completedFuture(false);
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        // what is known may be older than what was said a moment ago
        loop.execute(() -> {
            CompletableFuture<Void> _ =
                    renew(Map.of(other, one.get())).thenRun(() -> answer.complete(share(claims, other)));
        });
        return answer;
    }

    private boolean isFresh(Known one) {
        return one.answered && loop.nanoTime() - one.askedNanos < FRESH.toNanos();
    }

    private static boolean share(Claims claims, Known one) {
        for (View view : claims.views()) {
            if (one.workspaces.contains(view.uuid())) {
                return true;
            }
        }
        return false;
    }

    /** From now on it is known how that user is; empty: too many are asked for. */
    private Optional<Known> remember(Claims claims, String other) {
        Known one = known.get(other);
        if (one == null) {
            if (known.size() >= MOST_ASKED) {
                return Optional.empty();
            }
            one = known.computeIfAbsent(other, _ -> new Known());
            Known added = one;
            loop.execute(() -> {
                CompletableFuture<Void> _ = renew(Map.of(other, added));
                renewLater();
            });
        }
        if (!one.askers.contains(claims.username())) {
            boolean _ = one.askers.add(claims.username());
        }
        return Optional.of(one);
    }

    private void renewLater() {
        if (!renewing && !known.isEmpty()) {
            renewing = true;
            loop.schedule(
                    () -> {
                        renewing = false;
                        forgetWhatNobodyAsks();
                        CompletableFuture<Void> _ = renew(Map.copyOf(known));
                        renewLater();
                    },
                    AGAIN.toNanos());
        }
    }

    private void forgetWhatNobodyAsks() {
        known.values().removeIf(one -> {
            one.askers.removeIf(asker -> !local.isPresent(asker));
            return one.askers.isEmpty();
        });
    }

    /** Asks the owners of these users. */
    private CompletableFuture<Void> renew(Map<String, Known> users) {
        Map<String, List<String>> byOwner = new HashMap<>();
        users.keySet()
                .forEach(user -> membership
                        .view()
                        .ownerOf(user)
                        .map(Member::id)
                        .ifPresent(owner -> byOwner.computeIfAbsent(owner, _ -> new ArrayList<>())
                                .add(user)));
        List<CompletableFuture<Void>> all = new ArrayList<>();
        byOwner.forEach((owner, theirs) -> {
            for (int i = 0; i < theirs.size(); i += BATCH) {
                all.add(renew(owner, List.copyOf(theirs.subList(i, Math.min(theirs.size(), i + BATCH))), users));
            }
        });
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<Void> renew(String owner, List<String> names, Map<String, Known> users) {
        long now = loop.nanoTime();
        CompletableFuture<Void> renewed = new CompletableFuture<>();
        Packer packer = new Packer();
        packer.count(names.size());
        for (String name : names) {
            packer.text(name);
            packer.number(digest(users.get(name).workspaces));
        }
        CompletionStage<byte[]> answer = owner.equals(membership.self())
                ? asked(owner, new Unpacker(packer.done()))
                : wire.ask(owner, OF, packer.done(), ANSWER);
        CompletionStage<byte[]> _ = answer.whenComplete((bytes, failure) -> loop.execute(() -> {
            if (failure == null) {
                read(new Unpacker(bytes), names, users, now);
            }
            renewed.complete(null);
        }));
        return renewed;
    }

    private static void read(Unpacker in, List<String> names, Map<String, Known> users, long askedNanos) {
        for (String name : names) {
            Known one = users.get(name);
            boolean sure = in.flag();
            if (sure && in.flag()) {
                one.workspaces = Set.copyOf(in.texts());
            }
            if (sure) {
                one.askedNanos = askedNanos;
                one.answered = true;
            }
        }
    }

    /** So that what is known already need not be said again. */
    private static long digest(Set<String> workspaces) {
        long digest = workspaces.size();
        for (String workspace : workspaces) {
            long hash = 0xcbf29ce484222325L;
            for (int i = 0; i < workspace.length(); i++) {
                hash = (hash ^ workspace.charAt(i)) * 0x100000001b3L;
            }
            digest += hash ^ (hash >>> 31);
        }
        return digest;
    }

    /** Users about whom this replica decides. */
    @Override
    public int size() {
        return owning;
    }

    // What this replica decides about

    private boolean isSure(String user) {
        return membership.acting()
                && gate.isOpen(user)
                && membership
                        .view()
                        .ownerOf(user)
                        .map(owner -> owner.id().equals(membership.self()))
                        .orElse(false);
    }

    private CompletionStage<byte[]> asked(String from, Unpacker in) {
        int count = in.count(Integer.BYTES + Long.BYTES);
        Packer packer = new Packer();
        for (int i = 0; i < count; i++) {
            String user = in.text();
            long before = in.number();
            boolean sure = isSure(user);
            packer.flag(sure);
            if (sure) {
                Set<String> workspaces = new HashSet<>();
                guests.getOrDefault(user, Map.of()).values().forEach(workspaces::addAll);
                boolean changed = digest(workspaces) != before;
                packer.flag(changed);
                if (changed) {
                    packer.texts(List.copyOf(workspaces));
                }
            }
        }
        in.end();
        return CompletableFuture.completedFuture(packer.done());
    }

    private final class Owner implements Host {
        @Override
        public CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again) {
            Unpacker in = new Unpacker(fact);
            List<String> workspaces = in.texts();
            in.end();
            guests.computeIfAbsent(key, _ -> new HashMap<>()).put(new Guest(from, id), workspaces);
            owning = guests.size();
            return Reception.nothing();
        }

        @Override
        public void left(String from, String key, String id, Optional<byte[]> how) {
            Map<Guest, List<String>> ofKey = guests.get(key);
            if (ofKey != null) {
                ofKey.remove(new Guest(from, id));
                if (ofKey.isEmpty()) {
                    guests.remove(key);
                }
            }
            owning = guests.size();
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
            guests.keySet().removeIf(keys);
            owning = guests.size();
        }

        @Override
        public void settled() {
            gate.open();
        }
    }
}
