package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Owned;
import io.switchboard.cluster.Wire;
import io.switchboard.cluster.state.AuthPacket.Held;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.Registrant;
import io.switchboard.webflow.Registration;
import io.switchboard.webflow.Registrations;
import io.switchboard.webflow.WebFlowSettings;
import io.switchboard.webflow.WebSocketId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * The registrations of all replicas: of each id one replica decides, wherever the session is that waits for it.
 *
 * <p>The promises are those of {@link Registrations}, but for these. What is kept of an id is with its owner and the heir of that: it
 * is lost when both are gone at once, or when the owner dies while its heir cannot be reached. When another replica becomes the owner,
 * a session keeps the id that it held and does not hear again what it heard, but what was just coming may overtake what was kept, and
 * what was handed over and ended in that moment may be handed to whoever comes next. A replica that was cut off has lost what its
 * sessions held to whoever asked meanwhile: until it is back they do not know, and in that time hear nothing. Of an operation whose
 * owner is gone nobody may know any more what its service calls it. An authorization that failed may have been done, and be heard twice
 * if it is tried again.
 *
 * <p>Any thread, never blocks; sessions are called on the loop of the cluster.
 */
public final class ClusterRegistrations implements Registrations {
    private static final Logger LOG = Logger.getLogger(ClusterRegistrations.class);

    private static final String SUBJECT = "webflow";

    /** Of an id that it holds, what a session has heard: no owner keeps more. */
    private static final int MOST_HEARD = 2 * LocalRegistrations.MOST_OF_ID;

    private static final byte[] YES = {1};
    private static final byte[] NO = {0};

    /** A session of this replica. */
    private static final class Session {
        private final Registrant registrant;
        private final SequencedMap<WebSocketId, Seat> seats = new LinkedHashMap<>();
        private boolean ready;

        private Session(Registrant registrant) {
            this.registrant = registrant;
        }
    }

    /** An id that a session holds or asks for. */
    private static final class Seat {
        private final Session session;
        private final WebSocketId id;
        private final String name = UUID.randomUUID().toString();
        private final CompletableFuture<Boolean> answer = new CompletableFuture<>();
        private final Deque<UUID> heard = new ArrayDeque<>(2);
        private boolean holds;
        private long grant;

        private Seat(Session session, WebSocketId id) {
            this.session = session;
            this.id = id;
        }

        private byte[] fact() {
            return new PacketWriter(AuthPacket.FACT)
                    .flag(session.ready)
                    .flag(holds)
                    .number(grant)
                    .bytes();
        }
    }

    private final Membership membership;
    private final Loop loop;
    private final Duration patience;
    private final WebFlowSettings settings;
    private final RegistrationOwner owner;
    private final Owned owned;

    private final Map<UUID, Session> sessions = new HashMap<>();
    /** By their names. */
    private final Map<String, Seat> seats = new HashMap<>();

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param patience how long somebody waits while nobody can decide; longer than it takes to replace an owner
     * @param settings as for one replica; their bounds hold for what is kept in each
     */
    public ClusterRegistrations(
            Membership membership,
            Wire wire,
            Loop loop,
            Duration patience,
            WebFlowSettings settings,
            LocalRegistrations.Listener listener) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.patience = requireNonNull(patience, "patience");
        this.settings = requireNonNull(settings, "settings");
        Peers peers = new Peers(membership, wire, loop, SUBJECT, this::received);
        this.owner = new RegistrationOwner(membership, loop, patience, settings, listener, peers);
        this.owned = new Owned(membership, wire, loop, SUBJECT, patience, owner);
    }

    // What sessions want

    @Override
    public CompletionStage<Boolean> register(WebSocketId id, Registrant registrant) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        loop.execute(() -> seat(id, registrant).whenComplete((held, _) -> answer.complete(held)));
        return answer.minimalCompletionStage();
    }

    private CompletableFuture<Boolean> seat(WebSocketId id, Registrant registrant) {
        Session session = session(registrant);
        Seat before = session.seats.get(id);
        if (before != null) {
            return before.answer;
        }
        int most = settings.registrationsPerSession();
        if (most > 0 && session.seats.size() >= most) {
            return CompletableFuture.completedFuture(false);
        }
        Seat seat = new Seat(session, id);
        session.seats.put(id, seat);
        seats.put(seat.name, seat);
        CompletionStage<Void> _ = owned.attend(id.text(), seat.name, seat::fact).handle((_, failure) -> {
            if (failure != null) {
                gone(seat);
            }
            return null;
        });
        loop.schedule(
                () -> {
                    if (!seat.answer.isDone()) {
                        gone(seat);
                    }
                },
                patience.plus(settings.probeTimeout()).toNanos());
        return seat.answer;
    }

    private Session session(Registrant registrant) {
        return sessions.computeIfAbsent(registrant.session(), _ -> new Session(registrant));
    }

    @Override
    public void ready(Registrant registrant) {
        loop.execute(() -> heed(session(registrant), true));
    }

    @Override
    public void unready(Registrant registrant) {
        loop.execute(() -> {
            Session session = sessions.get(registrant.session());
            if (session != null) {
                heed(session, false);
            }
        });
    }

    private void heed(Session session, boolean ready) {
        if (session.ready != ready) {
            session.ready = ready;
            session.seats.values().forEach(seat -> {
                // until the owner knows: this does not give up what was confirmed
                CompletionStage<byte[]> _ = owned.attend(seat.id.text(), seat.name, seat::fact);
            });
        }
    }

    @Override
    public CompletionStage<List<Registration>> release(Registrant registrant, boolean clean) {
        CompletableFuture<List<Registration>> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Session session = sessions.remove(registrant.session());
            if (session == null) {
                answer.complete(List.of());
                return;
            }
            List<CompletableFuture<Optional<Registration>>> held = new ArrayList<>();
            for (Seat seat : session.seats.values()) {
                seats.remove(seat.name);
                if (seat.holds) {
                    held.add(release(seat, clean));
                }
                owned.leave(seat.id.text(), seat.name, leave(clean));
                boolean _ = seat.answer.complete(false);
            }
            var _ = CompletableFuture.allOf(held.toArray(CompletableFuture[]::new))
                    .thenAccept(_ -> answer.complete(
                            held.stream().flatMap(one -> one.join().stream()).toList()));
        });
        return answer.minimalCompletionStage();
    }

    private static byte[] leave(boolean clean) {
        return new PacketWriter(AuthPacket.LEAVE).flag(clean).bytes();
    }

    /** The owner knows what it is called, and whether another one has it by now. */
    private CompletableFuture<Optional<Registration>> release(Seat seat, boolean clean) {
        byte[] question =
                new PacketWriter(AuthPacket.RELEASE).text(seat.name).flag(clean).bytes();
        return owned.ask(seat.id.text(), question)
                .handle((reply, failure) -> {
                    if (failure != null) {
                        return Optional.of(new Registration(seat.id, Optional.empty()));
                    }
                    PacketReader reader = new PacketReader(reply);
                    return reader.kind(Held.values()) == Held.NO
                            ? Optional.<Registration>empty()
                            : Optional.of(new Registration(seat.id, reader.optionalText()));
                })
                .exceptionally(failure -> {
                    LOG.error("answer of another replica not understood", Redacted.of(failure));
                    return Optional.of(new Registration(seat.id, Optional.empty()));
                })
                .toCompletableFuture();
    }

    // What services say

    @Override
    public CompletionStage<Void> authorize(WebSocketId id, Optional<String> operationId, String result) {
        return told(
                id,
                new PacketWriter(AuthPacket.AUTHORIZE)
                        .uuid(UUID.randomUUID())
                        .text(operationId)
                        .text(result)
                        .bytes());
    }

    @Override
    public CompletionStage<Void> announce(WebSocketId id, Optional<String> operationId) {
        return told(id, new PacketWriter(AuthPacket.ANNOUNCE).text(operationId).bytes());
    }

    private CompletionStage<Void> told(WebSocketId id, byte[] question) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        CompletionStage<Void> _ = owned.ask(id.text(), question).handle((_, failure) -> {
            boolean _ = failure == null
                    ? answer.complete(null)
                    : answer.completeExceptionally(new StoreException(StoreException.Reason.DOWN));
            return null;
        });
        return answer.minimalCompletionStage();
    }

    // What owners say

    private CompletionStage<byte[]> received(String from, PacketReader reader) {
        AuthPacket kind = reader.kind(AuthPacket.values());
        switch (kind) {
            case COPY, COPY_ANNOUNCED, FORGET -> {
                owner.copied(kind, reader);
                return CompletableFuture.completedStage(YES);
            }
            case GRANTED, GONE, RESULT, PROBE -> {
                Optional<String> decides =
                        membership.view().ownerOf(reader.text()).map(Member::id);
                if (!decides.equals(Optional.of(from))) {
                    return CompletableFuture.failedFuture(new IllegalStateException("it does not decide about that"));
                }
                Seat seat = seats.get(reader.text());
                return seat == null ? CompletableFuture.completedStage(NO) : said(kind, seat, reader);
            }
            default -> throw new UnreadablePacketException();
        }
    }

    private CompletionStage<byte[]> said(AuthPacket kind, Seat seat, PacketReader reader) {
        switch (kind) {
            case GRANTED -> {
                seat.holds = true;
                seat.grant = reader.longNumber();
                boolean _ = seat.answer.complete(true);
            }
            case GONE -> gone(seat);
            case RESULT -> {
                UUID mark = reader.uuid();
                String result = reader.text();
                if (!seat.heard.contains(mark)) {
                    if (seat.heard.size() == MOST_HEARD) {
                        UUID _ = seat.heard.removeFirst();
                    }
                    seat.heard.addLast(mark);
                    seat.session.registrant.authorized(seat.id, result);
                }
            }
            default -> {
                return probe(seat);
            }
        }
        return CompletableFuture.completedStage(YES);
    }

    private static CompletionStage<byte[]> probe(Seat seat) {
        return seat.holds
                ? seat.session.registrant.probe().thenApply(alive -> Boolean.TRUE.equals(alive) ? YES : NO)
                : CompletableFuture.completedStage(NO);
    }

    /** The session does not hold the id, or no longer. */
    private void gone(Seat seat) {
        if (seats.remove(seat.name, seat)) {
            var _ = seat.session.seats.remove(seat.id, seat);
            owned.leave(seat.id.text(), seat.name, leave(false));
            if (seat.holds) {
                seat.session.registrant.lost(seat.id);
            }
            boolean _ = seat.answer.complete(false);
        }
    }

    // What is counted

    @Override
    public void sweep() {
        loop.execute(owner::sweep);
    }

    @Override
    public int registered() {
        return owner.local().registered();
    }

    @Override
    public int kept() {
        return owner.local().kept();
    }

    @Override
    public int announced() {
        return owner.local().announced();
    }

    /** How much there is to remember, once all sessions have ended: what is kept for its time. */
    int size() {
        return sessions.size() + seats.size() + owner.size();
    }
}
