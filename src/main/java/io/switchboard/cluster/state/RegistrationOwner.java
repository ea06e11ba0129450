package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Host;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.View;
import io.switchboard.cluster.state.AuthPacket.Held;
import io.switchboard.hub.Loop;
import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.Registrant;
import io.switchboard.webflow.Registration;
import io.switchboard.webflow.WebFlowSettings;
import io.switchboard.webflow.WebSocketId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Decides about the ids that this replica owns, for the sessions of all replicas. The loop of the cluster. */
final class RegistrationOwner implements Host {
    private static final Logger LOG = Logger.getLogger(RegistrationOwner.class);

    /** How long another replica may take to answer before it is told again, or is done without. */
    private static final Duration HOP = Duration.ofSeconds(1);

    private static final Duration RETRY = Duration.ofMillis(100);

    /** What a session may have to be told; with more it counts as not ready until it has heard. */
    private static final int MOST_UNHEARD = 16;

    /** Authorizations that wait until all have said what they wait for; more are refused. */
    private static final int MOST_WAITING = 10_000;

    /** Grants of one view. */
    private static final int GRANT_BITS = 24;

    private static final byte[] DONE = {};

    private enum State {
        /** It asks for the id, but not all have said yet who holds it. */
        WAITS,
        ASKS,
        HOLDS,
        OUT
    }

    /** What is to be done about a key as soon as it is known who holds it. */
    private record Deferred(String key, Runnable task, CompletableFuture<byte[]> answer) {}

    private final Membership membership;
    private final Loop loop;
    private final Peers peers;
    private final Tenure tenure;
    private final WebFlowSettings settings;
    private final LocalRegistrations local;
    private final AuthCopies copies;

    private final Map<String, Map<String, Client>> clients = new HashMap<>();
    private final Queue<Deferred> deferred = new ArrayDeque<>();
    private long grants;

    RegistrationOwner(
            Membership membership,
            Loop loop,
            Duration patience,
            WebFlowSettings settings,
            LocalRegistrations.Listener listener,
            Peers peers) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.peers = requireNonNull(peers, "peers");
        this.settings = requireNonNull(settings, "settings");
        // what it owns and what it is the heir of
        this.copies = new AuthCopies(Math.min(settings.most(), Integer.MAX_VALUE / 2) * 2);
        this.local = new LocalRegistrations(
                new WebFlowSettings(
                        settings.mode(),
                        // each client here is one session with one id: its replica counts
                        0,
                        settings.probeTimeout(),
                        settings.authorizationsKept(),
                        settings.announcementsKept(),
                        settings.most()),
                loop::nanoTime,
                (delay, task) -> loop.schedule(task, delay.toNanos()),
                listener);
        this.tenure = new Tenure(membership, loop, patience, this::known);
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {
                handOver(before, now);
            }

            @Override
            public void activated(View now) {
                takeCopies();
            }

            @Override
            public void deposed() {
                copies.clear();
            }
        });
    }

    LocalRegistrations local() {
        return local;
    }

    void sweep() {
        local.sweep();
        copies.sweep(loop.nanoTime());
    }

    /** How much there is to remember. */
    int size() {
        return clients.size() + copies.size() + deferred.size();
    }

    // Sessions

    /** A session of some replica that attends an id. */
    private final class Client implements Registrant {
        private final UUID session = UUID.randomUUID();
        private final String replica;
        private final WebSocketId id;
        private final String name;
        private final Queue<byte[]> unheard = new ArrayDeque<>();
        private final Set<UUID> handed = new HashSet<>();
        private State state = State.WAITS;
        private long grant;
        private boolean ready;
        private boolean telling;

        private Client(String replica, WebSocketId id, String name) {
            this.replica = replica;
            this.id = id;
            this.name = name;
        }

        @Override
        public UUID session() {
            return session;
        }

        @Override
        public CompletionStage<Boolean> probe() {
            byte[] packet = to(AuthPacket.PROBE).bytes();
            return peers.ask(replica, packet, settings.probeTimeout())
                    .thenApply(answer -> answer.length == 1 && answer[0] == 1);
        }

        @Override
        public void authorized(WebSocketId of, String result) {
            UUID mark = Marked.mark(result);
            handed.add(mark);
            copies.handed(id, mark);
            say(to(AuthPacket.RESULT).uuid(mark).text(Marked.result(result)).bytes());
        }

        @Override
        public void lost(WebSocketId of) {
            out();
        }

        private PacketWriter to(AuthPacket kind) {
            return new PacketWriter(kind).text(id.text()).text(name);
        }

        private void ask() {
            state = State.ASKS;
            CompletionStage<Void> _ = local.register(id, this).thenAccept(succeeded -> {
                if (succeeded) {
                    grants = Math.max(grants + 1, membership.view().version() << GRANT_BITS);
                    hold(grants);
                } else {
                    out();
                }
            });
        }

        private void hold(long number) {
            state = State.HOLDS;
            grant = number;
            say(to(AuthPacket.GRANTED).number(number).bytes());
            heed();
        }

        /** It held the id before this replica owned it, or before it was lost sight of. */
        private void resume(long number) {
            grants = Math.max(grants, number);
            Optional<Client> holder = clients.get(id.text()).values().stream()
                    .filter(client -> client.state == State.HOLDS)
                    .findFirst();
            if (holder.filter(other -> other.grant > number).isPresent()) {
                out();
                return;
            }
            holder.ifPresent(other -> {
                other.out();
                var _ = local.end(other, false);
            });
            if (local.resume(id, this)) {
                state = State.HOLDS;
                grant = number;
                heed();
            } else {
                // one of those that waited was next
                out();
            }
        }

        private void out() {
            if (state != State.OUT) {
                state = State.OUT;
                say(to(AuthPacket.GONE).bytes());
            }
        }

        private void heed() {
            if (state != State.HOLDS) {
                return;
            }
            if (ready && unheard.size() < MOST_UNHEARD) {
                local.ready(this);
            } else {
                local.unready(this);
            }
        }

        /** In order, and until it has heard it or is gone. */
        private void say(byte[] packet) {
            unheard.add(packet);
            if (unheard.size() == MOST_UNHEARD) {
                heed();
            }
            if (!telling) {
                telling = true;
                tell();
            }
        }

        private void tell() {
            CompletionStage<Void> _ = peers.ask(replica, unheard.element(), HOP).handle((_, failure) -> {
                if (failure == null) {
                    heard();
                } else {
                    loop.schedule(
                            () -> {
                                if (isThere()) {
                                    tell();
                                }
                            },
                            RETRY.toNanos());
                }
                return null;
            });
        }

        private void heard() {
            byte[] _ = unheard.remove();
            if (unheard.size() == MOST_UNHEARD - 1) {
                heed();
            }
            if (unheard.isEmpty()) {
                telling = false;
            } else if (isThere()) {
                tell();
            }
        }

        private boolean isThere() {
            return clients.getOrDefault(id.text(), Map.of()).get(name) == this;
        }
    }

    @Override
    public CompletionStage<byte[]> attended(String from, String key, String name, byte[] fact, boolean again) {
        PacketReader reader = new PacketReader(fact);
        if (reader.kind(AuthPacket.values()) != AuthPacket.FACT) {
            return CompletableFuture.failedFuture(new UnreadablePacketException());
        }
        boolean ready = reader.flag();
        boolean holds = reader.flag();
        long grant = reader.longNumber();
        WebSocketId id = new WebSocketId(key);
        Client client = clients.computeIfAbsent(key, _ -> new LinkedHashMap<>())
                .computeIfAbsent(name, _ -> new Client(from, id, name));
        client.ready = ready;
        if (client.state != State.WAITS) {
            client.heed();
        } else if (holds) {
            client.resume(grant);
        } else if (tenure.knows(key)) {
            client.ask();
        }
        return CompletableFuture.completedStage(DONE);
    }

    @Override
    public void left(String from, String key, String name, Optional<byte[]> how) {
        Map<String, Client> ofKey = clients.get(key);
        Client client = ofKey == null ? null : ofKey.remove(name);
        if (client == null) {
            return;
        }
        if (ofKey.isEmpty()) {
            clients.remove(key);
        }
        var _ = end(client, how.filter(RegistrationOwner::isClean).isPresent());
    }

    private static boolean isClean(byte[] how) {
        if (how.length == 0) {
            return false;
        }
        PacketReader reader = new PacketReader(how);
        return reader.kind(AuthPacket.values()) == AuthPacket.LEAVE && reader.flag();
    }

    private Optional<Registration> end(Client client, boolean clean) {
        boolean held = client.state == State.HOLDS;
        client.state = State.OUT;
        Optional<Registration> registration = local.end(client, clean).stream().findFirst();
        if (held && clean && !client.handed.isEmpty()) {
            copies.remove(client.id, client.handed);
            forget(client.id, client.handed);
        }
        return registration;
    }

    /** All have said who holds what: those who asked meanwhile are next. */
    private void known() {
        for (Map<String, Client> ofKey : List.copyOf(clients.values())) {
            List.copyOf(ofKey.values()).stream()
                    .filter(client -> client.state == State.WAITS && tenure.knows(client.id.text()))
                    .forEach(Client::ask);
        }
        List<Deferred> all = List.copyOf(deferred);
        deferred.clear();
        all.forEach(one -> one.task().run());
    }

    @Override
    public void settled() {
        tenure.settle();
    }

    // Services

    @Override
    public CompletionStage<byte[]> asked(String from, String key, byte[] question) {
        PacketReader reader = new PacketReader(question);
        WebSocketId id = new WebSocketId(key);
        return switch (reader.kind(AuthPacket.values())) {
            case AUTHORIZE -> {
                UUID mark = reader.uuid();
                Optional<String> operation = reader.optionalText();
                String result = reader.text();
                yield whenKnown(key, () -> authorize(id, mark, operation, result));
            }
            case ANNOUNCE -> {
                Optional<String> operation = reader.optionalText();
                yield whenKnown(key, () -> announce(id, operation));
            }
            case RELEASE -> CompletableFuture.completedStage(release(key, reader.text(), reader.flag()));
            default -> CompletableFuture.failedFuture(new UnreadablePacketException());
        };
    }

    private byte[] release(String key, String name, boolean clean) {
        Client client = clients.getOrDefault(key, Map.of()).get(name);
        Held held;
        Optional<String> operation = Optional.empty();
        if (client == null) {
            held = Held.UNKNOWN;
        } else {
            Optional<Registration> registration = end(client, clean);
            held = registration.isPresent() ? Held.YES : Held.NO;
            operation = registration.flatMap(Registration::operationId);
        }
        return new PacketWriter(held).text(operation).bytes();
    }

    /** So that what is older is there already. */
    private CompletionStage<byte[]> whenKnown(String key, Supplier<CompletionStage<byte[]>> task) {
        if (tenure.knows(key)) {
            return task.get();
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (deferred.size() >= MOST_WAITING) {
            answer.completeExceptionally(new IllegalStateException("too much waits"));
            return answer;
        }
        deferred.add(new Deferred(
                key,
                () -> {
                    CompletionStage<Void> _ = task.get().handle((body, failure) -> {
                        boolean _ = failure == null ? answer.complete(body) : answer.completeExceptionally(failure);
                        return null;
                    });
                },
                answer));
        return answer;
    }

    private CompletionStage<byte[]> authorize(WebSocketId id, UUID mark, Optional<String> operation, String result) {
        long now = loop.nanoTime();
        Duration left = settings.authorizationsKept();
        if (!left.isZero()) {
            if (copies.contains(id, mark)) {
                return CompletableFuture.completedStage(DONE);
            }
            long until = now + left.toNanos();
            Optional<List<UUID>> displaced = copies.add(id, operation, mark, result, until, now);
            copies.of(id).ifPresent(of -> of.copies().forEach(AuthCopies.Copy::take));
            displaced.filter(marks -> !marks.isEmpty()).ifPresent(marks -> forget(id, marks));
            local.keep(id, operation, Marked.of(mark, result), left);
            if (displaced.isPresent()) {
                return inherited(id, copy(id, operation, mark, result, left.toNanos()));
            }
        } else {
            local.keep(id, operation, Marked.of(mark, result), left);
        }
        return CompletableFuture.completedStage(DONE);
    }

    private CompletionStage<byte[]> announce(WebSocketId id, Optional<String> operation) {
        long now = loop.nanoTime();
        long left = settings.announcementsKept().toNanos();
        boolean added = copies.announce(id, operation, now + left, now);
        copies.of(id).ifPresent(of -> {
            boolean _ = of.takeAnnouncement();
        });
        local.expect(id, operation, settings.announcementsKept());
        return added ? inherited(id, copyOfAnnouncement(id, operation, left)) : CompletableFuture.completedStage(DONE);
    }

    // Heirs

    /** Completes when the heir has it, or seems to be gone. */
    private CompletionStage<byte[]> inherited(WebSocketId id, byte[] packet) {
        Optional<Member> heir = membership.view().heirOf(id.text());
        return heir.isEmpty()
                ? CompletableFuture.completedStage(DONE)
                : peers.ask(heir.get().id(), packet, HOP).handle((_, _) -> DONE);
    }

    private void forget(WebSocketId id, Collection<UUID> marks) {
        membership.view().heirOf(id.text()).ifPresent(heir -> {
            PacketWriter packet =
                    new PacketWriter(AuthPacket.FORGET).text(id.text()).number(marks.size());
            marks.forEach(packet::uuid);
            peers.tell(heir.id(), packet.bytes());
        });
    }

    private static byte[] copy(WebSocketId id, Optional<String> operation, UUID mark, String result, long left) {
        return new PacketWriter(AuthPacket.COPY)
                .text(id.text())
                .text(operation)
                .uuid(mark)
                .text(result)
                .number(left)
                .bytes();
    }

    private static byte[] copyOfAnnouncement(WebSocketId id, Optional<String> operation, long left) {
        return new PacketWriter(AuthPacket.COPY_ANNOUNCED)
                .text(id.text())
                .text(operation)
                .number(left)
                .bytes();
    }

    /** What another owner keeps, or kept. */
    void copied(AuthPacket kind, PacketReader reader) {
        long now = loop.nanoTime();
        WebSocketId id = new WebSocketId(reader.text());
        if (kind == AuthPacket.FORGET) {
            List<UUID> marks = new ArrayList<>();
            for (int left = reader.count(2 * Long.BYTES); left > 0; left--) {
                marks.add(reader.uuid());
            }
            copies.remove(id, marks);
            return;
        }
        Optional<String> operation = reader.optionalText();
        if (kind == AuthPacket.COPY) {
            UUID mark = reader.uuid();
            String result = reader.text();
            long left =
                    Math.min(reader.longNumber(), settings.authorizationsKept().toNanos());
            if (!copies.contains(id, mark)) {
                var _ = copies.add(id, operation, mark, result, now + left, now);
            }
        } else {
            long left =
                    Math.min(reader.longNumber(), settings.announcementsKept().toNanos());
            boolean newer = copies.of(id)
                    .map(of -> of.announcedUntilNanos().isEmpty()
                            || of.announcedUntilNanos().getAsLong() - (now + left) < 0)
                    .orElse(true);
            if (newer) {
                boolean _ = copies.announce(id, operation, now + left, now);
            }
        }
        if (tenure.mine(id.text())) {
            take(id);
        }
    }

    private void takeCopies() {
        copies.sweep(loop.nanoTime());
        copies.ids().stream().filter(id -> tenure.mine(id.text())).forEach(this::take);
    }

    /** What was kept elsewhere is kept here from now on. */
    private void take(WebSocketId id) {
        long now = loop.nanoTime();
        copies.of(id).ifPresent(of -> {
            if (of.takeAnnouncement()) {
                local.expect(
                        id,
                        of.operationId(),
                        Duration.ofNanos(of.announcedUntilNanos().getAsLong() - now));
            }
            for (AuthCopies.Copy copy : of.copies()) {
                if (copy.take()) {
                    local.keep(
                            id,
                            of.operationId(),
                            Marked.of(copy.mark(), copy.result()),
                            Duration.ofNanos(copy.untilNanos() - now));
                }
            }
        });
    }

    /** Those who are owner or heir from now on are told what there is; who is neither forgets it. */
    private void handOver(View before, View now) {
        copies.sweep(loop.nanoTime());
        for (WebSocketId id : copies.ids()) {
            Set<Member> old = keepers(before, id);
            Set<Member> keepers = keepers(now, id);
            for (Member keeper : keepers) {
                if (!old.contains(keeper) && !keeper.id().equals(membership.self())) {
                    handOver(id, keeper.id());
                }
            }
            if (keepers.stream().noneMatch(keeper -> keeper.id().equals(membership.self()))) {
                copies.remove(id);
            }
        }
    }

    private static Set<Member> keepers(View view, WebSocketId id) {
        Set<Member> keepers = new HashSet<>();
        view.ownerOf(id.text()).ifPresent(keepers::add);
        view.heirOf(id.text()).ifPresent(keepers::add);
        return keepers;
    }

    private void handOver(WebSocketId id, String replica) {
        long now = loop.nanoTime();
        copies.of(id).ifPresent(of -> {
            of.announcedUntilNanos()
                    .ifPresent(until -> peers.tell(replica, copyOfAnnouncement(id, of.operationId(), until - now)));
            of.copies()
                    .forEach(copy -> peers.tell(
                            replica, copy(id, of.operationId(), copy.mark(), copy.result(), copy.untilNanos() - now)));
        });
    }

    // Changes

    @Override
    public void told(String from, String key, byte[] news) {
        LOG.debug("news of another replica that nobody expects");
    }

    @Override
    public void disowned(Predicate<String> keys) {
        local.forget(id -> keys.test(id.text()));
        clients.entrySet().removeIf(ofKey -> {
            boolean lost = keys.test(ofKey.getKey());
            if (lost) {
                ofKey.getValue().values().forEach(client -> {
                    client.state = State.OUT;
                    var _ = local.end(client, true);
                });
            }
            return lost;
        });
        copies.untake(keys);
        List<Deferred> gone =
                deferred.stream().filter(one -> keys.test(one.key())).toList();
        deferred.removeAll(gone);
        gone.forEach(one -> one.answer().completeExceptionally(new IllegalStateException("not here any more")));
    }
}
