package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Things that one replica decides about, each under a key: brings questions to the owner of the key, and tells it what of this replica
 * has to do with the key, once more whenever there is another owner. Any thread, never blocks; stages complete on the loop of the
 * cluster, or fail with {@link UnreachableException}.
 */
public final class Owned {
    private static final Logger LOG = Logger.getLogger(Owned.class);

    /** How long to wait before a question that came too early is asked again. */
    private static final Duration RETRY = Duration.ofMillis(50);

    /** After which an attendance that nobody has answered is sent once more: to hear it twice does no harm. */
    private static final Duration ATTEMPT = Duration.ofSeconds(1);

    /** What may wait for this replica to act; more is sent away. */
    private static final int MOST_DEFERRED = 100_000;

    private enum Kind {
        ATTEND('a'),
        AGAIN('b'),
        LEAVE('l'),
        ASK('q'),
        TELL('t'),
        SYNCED('s');

        /** On the wire. */
        private final char code;

        Kind(char code) {
            this.code = code;
        }

        static Kind of(byte code) throws IOException {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IOException("no such kind of message");
        }
    }

    private static final byte DONE = 0;
    private static final byte NOT_MINE = 1;
    private static final byte FAILED = 2;

    private static final byte[] NOTHING = {};

    /** What is sent to an owner. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Message(Kind kind, long version, int term, String key, String id, byte[] body) {
        byte[] bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + body.length);
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                out.writeByte(kind.code);
                out.writeLong(version);
                out.writeInt(term);
                out.writeUTF(key);
                out.writeUTF(id);
                out.write(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }

        static Message read(byte[] bytes) throws IOException {
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
                return new Message(
                        Kind.of(in.readByte()),
                        in.readLong(),
                        in.readInt(),
                        in.readUTF(),
                        in.readUTF(),
                        in.readAllBytes());
            }
        }
    }

    /** Something of this replica that has to do with a key. */
    private static final class Attendance {
        private final String key;
        private final String id;
        private Supplier<byte[]> fact;
        private boolean inFlight;
        /** There is something newer to say than what is in flight. */
        private boolean dirty;
        /** An owner has said yes. */
        private boolean confirmed;
        /** It was so to the others, too, all the time. */
        private boolean lasting;

        private Optional<byte[]> leaving = Optional.empty();
        private final List<CompletableFuture<byte[]>> waiting = new ArrayList<>();

        private Attendance(String key, String id, Supplier<byte[]> fact) {
            this.key = key;
            this.id = id;
            this.fact = fact;
        }
    }

    /** Something that attends here, by whose and which it is. */
    private record Guest(String replica, String key, String id) {}

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final String subject;
    private final Duration patience;
    private final Host host;

    private final Map<String, Map<String, Attendance>> mine = new HashMap<>();
    private final Set<Guest> guests = new HashSet<>();
    private final List<Runnable> deferred = new ArrayList<>();
    private final Set<String> synced = new HashSet<>();
    /** Which the owners of the newest view do not know of yet. */
    private final Set<Attendance> unsynced = new HashSet<>();

    private boolean syncing;

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param service what this is about: letters
     * @param patience how long somebody waits while nobody can decide; longer than it takes to replace an owner
     */
    public Owned(Membership membership, Wire wire, Loop loop, String service, Duration patience, Host host) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.subject = "own." + service;
        this.patience = requireNonNull(patience, "patience");
        this.host = requireNonNull(host, "host");
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {
                Owned.this.viewed(before, now);
            }

            @Override
            public void activated(View now) {
                Owned.this.activated(now);
            }

            @Override
            public void deposed() {
                Owned.this.deposed();
            }
        });
        wire.serve(subject, this::received);
    }

    // What this replica has to do with keys

    /**
     * Something of this replica has to do with the key until it leaves; or the fact about it is another one now.
     *
     * @return what the owner says; with a failure it does not attend
     */
    public CompletionStage<byte[]> attend(String key, String id, byte[] fact) {
        return attend(key, id, () -> fact);
    }

    /**
     * The same with a fact that changes by itself.
     *
     * @param fact asked for on the loop, each time an owner is told
     */
    public CompletionStage<byte[]> attend(String key, String id, Supplier<byte[]> fact) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Attendance attendance = mine.computeIfAbsent(key, _ -> new HashMap<>())
                    .computeIfAbsent(id, _ -> new Attendance(key, id, fact));
            attendance.fact = fact;
            attendance.leaving = Optional.empty();
            attendance.waiting.add(answer);
            if (attendance.inFlight) {
                attendance.dirty = true;
            } else {
                send(attendance);
            }
            loop.schedule(() -> giveUp(attendance, answer), patience.toNanos());
        });
        return answer;
    }

    private void giveUp(Attendance attendance, CompletableFuture<byte[]> answer) {
        if (answer.completeExceptionally(new UnreachableException())) {
            if (!attendance.confirmed && attendance.waiting.stream().allMatch(CompletableFuture::isDone)) {
                // it may be in flight all the same
                leave(attendance, NOTHING);
            }
        }
    }

    /** It has nothing to do with the key any more. What does not attend is no error. */
    public void leave(String key, String id, byte[] how) {
        loop.execute(() -> {
            Attendance attendance = mine.getOrDefault(key, Map.of()).get(id);
            if (attendance != null) {
                leave(attendance, how);
            }
        });
    }

    private void leave(Attendance attendance, byte[] how) {
        if (attendance.inFlight) {
            attendance.leaving = Optional.of(how);
            return;
        }
        remove(attendance);
        tell(Kind.LEAVE, attendance.key, attendance.id, how);
    }

    private void remove(Attendance attendance) {
        Map<String, Attendance> ofKey = mine.get(attendance.key);
        if (ofKey != null && ofKey.remove(attendance.id, attendance) && ofKey.isEmpty()) {
            mine.remove(attendance.key);
        }
        synced(attendance);
    }

    /** When the owners know of all, they are told so. */
    private void synced(Attendance attendance) {
        unsynced.remove(attendance);
        tellSynced();
    }

    private void tellSynced() {
        if (syncing && unsynced.isEmpty()) {
            syncing = false;
            View view = membership.view();
            for (Member member : view.members()) {
                tell(member.id(), view, Kind.SYNCED, "", "", NOTHING);
            }
        }
    }

    private void send(Attendance attendance) {
        attendance.inFlight = true;
        attendance.dirty = false;
        boolean again = attendance.confirmed && attendance.lasting && unsynced.contains(attendance);
        Kind kind = again ? Kind.AGAIN : Kind.ATTEND;
        var _ = send(kind, attendance.key, attendance.id, attendance.fact.get(), ATTEMPT)
                .whenComplete((reply, failure) -> {
                    attendance.inFlight = false;
                    if (failure != null || reply[0] == NOT_MINE) {
                        loop.schedule(() -> retry(attendance), RETRY.toNanos());
                    } else if (reply[0] == FAILED) {
                        remove(attendance);
                        attendance.waiting.forEach(one -> one.completeExceptionally(new UnreachableException()));
                        attendance.waiting.clear();
                    } else {
                        attendance.confirmed = true;
                        attendance.lasting = true;
                        sent(attendance, reply);
                    }
                });
    }

    private void sent(Attendance attendance, byte[] reply) {
        if (attendance.leaving.isPresent()) {
            leave(attendance, attendance.leaving.get());
        } else if (attendance.dirty) {
            send(attendance);
            return;
        }
        synced(attendance);
        byte[] body = body(reply);
        attendance.waiting.forEach(one -> one.complete(body));
        attendance.waiting.clear();
    }

    private void retry(Attendance attendance) {
        if (attendance.inFlight) {
            return;
        }
        if (attendance.leaving.isPresent()) {
            leave(attendance, attendance.leaving.get());
        } else if (mine.getOrDefault(attendance.key, Map.of()).get(attendance.id) == attendance) {
            send(attendance);
        }
    }

    /** Asks whoever decides about the key. */
    public CompletionStage<byte[]> ask(String key, byte[] question) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.execute(() -> ask(key, question, loop.nanoTime() + patience.toNanos(), answer));
        return answer;
    }

    private void ask(String key, byte[] question, long deadline, CompletableFuture<byte[]> answer) {
        long left = deadline - loop.nanoTime();
        if (left <= 0) {
            answer.completeExceptionally(new UnreachableException());
            return;
        }
        var _ = send(Kind.ASK, key, "", question, Duration.ofNanos(left)).whenComplete((reply, failure) -> {
            if (failure == null && reply[0] == DONE) {
                answer.complete(body(reply));
            } else if (failure == null && reply[0] == NOT_MINE) {
                loop.schedule(() -> ask(key, question, deadline, answer), RETRY.toNanos());
            } else {
                // it may have been done: who asked decides whether to ask again
                answer.completeExceptionally(new UnreachableException());
            }
        });
    }

    /** Tells whoever decides about the key, who may not hear it. */
    public void tell(String key, byte[] news) {
        loop.execute(() -> tell(Kind.TELL, key, "", news));
    }

    private void tell(Kind kind, String key, String id, byte[] body) {
        View view = membership.view();
        view.ownerOf(key).ifPresent(owner -> tell(owner.id(), view, kind, key, id, body));
    }

    private void tell(String replica, View view, Kind kind, String key, String id, byte[] body) {
        Message message = new Message(kind, view.version(), termOfSelf(view), key, id, body);
        if (replica.equals(membership.self())) {
            CompletionStage<byte[]> _ = accept(replica, message);
        } else {
            wire.tell(replica, subject, message.bytes());
        }
    }

    private int termOfSelf(View view) {
        return view.member(membership.self()).map(Member::term).orElse(-1);
    }

    /** What comes back is {@link #DONE}, {@link #NOT_MINE} or {@link #FAILED}, and the answer; on the loop. */
    private CompletableFuture<byte[]> send(Kind kind, String key, String id, byte[] body, Duration wait) {
        View view = membership.view();
        Optional<Member> owner = view.ownerOf(key);
        if (owner.isEmpty()) {
            return CompletableFuture.completedFuture(new byte[] {NOT_MINE});
        }
        Message message = new Message(kind, view.version(), termOfSelf(view), key, id, body);
        CompletionStage<byte[]> asked = owner.get().id().equals(membership.self())
                ? accept(membership.self(), message)
                : wire.ask(owner.get().id(), subject, message.bytes(), wait);
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        CompletionStage<byte[]> _ = asked.whenComplete((answer, failure) -> loop.execute(() -> {
            if (failure == null) {
                reply.complete(answer);
            } else {
                reply.completeExceptionally(failure);
            }
        }));
        return reply;
    }

    private static byte[] body(byte[] reply) {
        byte[] body = new byte[reply.length - 1];
        System.arraycopy(reply, 1, body, 0, body.length);
        return body;
    }

    // What this replica decides about

    private CompletionStage<byte[]> received(String from, byte[] bytes) {
        try {
            return accept(from, Message.read(bytes));
        } catch (IOException | RuntimeException e) {
            LOG.errorf(Redacted.of(e), "message of another replica not understood subject=%s", subject);
            return CompletableFuture.completedStage(new byte[] {FAILED});
        }
    }

    private CompletionStage<byte[]> accept(String from, Message message) {
        View view = membership.view();
        boolean early = message.version() > view.version();
        if (early || !membership.acting()) {
            if (!early && !isForMe(view, message)) {
                return CompletableFuture.completedStage(new byte[] {NOT_MINE});
            }
            return defer(from, message);
        }
        boolean knowsTheSender =
                view.member(from).map(member -> member.term() == message.term()).orElse(false);
        if (!knowsTheSender || !isForMe(view, message)) {
            return CompletableFuture.completedStage(new byte[] {NOT_MINE});
        }
        try {
            return handle(from, message);
        } catch (RuntimeException e) {
            LOG.errorf(Redacted.of(e), "message of a replica not handled subject=%s", subject);
            return CompletableFuture.completedStage(new byte[] {FAILED});
        }
    }

    private boolean isForMe(View view, Message message) {
        return message.kind() == Kind.SYNCED
                || view.ownerOf(message.key())
                        .map(owner -> owner.id().equals(membership.self()))
                        .orElse(false);
    }

    /** Until this replica acts, or knows better. */
    private CompletionStage<byte[]> defer(String from, Message message) {
        if (deferred.size() >= MOST_DEFERRED) {
            return CompletableFuture.completedStage(new byte[] {NOT_MINE});
        }
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        deferred.add(() -> accept(from, message).whenComplete((answer, failure) -> {
            if (failure == null) {
                reply.complete(answer);
            } else {
                reply.completeExceptionally(failure);
            }
        }));
        return reply;
    }

    private CompletionStage<byte[]> handle(String from, Message message) {
        String key = message.key();
        switch (message.kind()) {
            case ATTEND, AGAIN -> {
                Guest guest = new Guest(from, key, message.id());
                guests.add(guest);
                return answered(host.attended(from, key, message.id(), message.body(), message.kind() == Kind.AGAIN))
                        .thenApply(reply -> {
                            if (reply[0] == FAILED) {
                                loop.execute(() -> guests.remove(guest));
                            }
                            return reply;
                        });
            }
            case LEAVE -> {
                if (guests.remove(new Guest(from, key, message.id()))) {
                    host.left(from, key, message.id(), Optional.of(message.body()));
                }
            }
            case ASK -> {
                return answered(host.asked(from, key, message.body()));
            }
            case TELL -> host.told(from, key, message.body());
            case SYNCED -> {
                View view = membership.view();
                if (message.version() == view.version() && synced.add(from) && isComplete(view)) {
                    host.settled();
                }
            }
        }
        return CompletableFuture.completedStage(new byte[] {DONE});
    }

    private boolean isComplete(View view) {
        return view.members().stream().allMatch(member -> synced.contains(member.id()));
    }

    private static CompletionStage<byte[]> answered(CompletionStage<byte[]> stage) {
        return stage.handle((body, failure) -> {
            if (failure != null) {
                return new byte[] {FAILED};
            }
            byte[] reply = new byte[body.length + 1];
            reply[0] = DONE;
            System.arraycopy(body, 0, reply, 1, body.length);
            return reply;
        });
    }

    // Changes of the cluster

    private void viewed(View before, View now) {
        synced.clear();
        Optional<Member> selfBefore = before.member(membership.self());
        Optional<Member> selfNow = now.member(membership.self());
        if (selfBefore.isPresent()) {
            boolean same = selfBefore.equals(selfNow);
            Predicate<String> lost = key -> before.ownerOf(key).equals(selfBefore)
                    && !(same && now.ownerOf(key).equals(selfNow));
            disown(lost);
        }
        for (Member member : before.members()) {
            if (!now.members().contains(member)) {
                dropGuestsOf(member.id());
            }
        }
        runDeferred();
        syncing = false;
        unsynced.clear();
        if (selfNow.isPresent()) {
            attendAgain(before, now, selfBefore.equals(selfNow));
            syncing = true;
            tellSynced();
        }
    }

    /** @param lasting whether to the others this replica was there all the time */
    private void attendAgain(View before, View now, boolean lasting) {
        List<Attendance> all =
                mine.values().stream().flatMap(ofKey -> ofKey.values().stream()).toList();
        for (Attendance attendance : all) {
            if (!lasting || !before.ownerOf(attendance.key).equals(now.ownerOf(attendance.key))) {
                attendance.lasting &= lasting;
                unsynced.add(attendance);
                if (attendance.inFlight) {
                    attendance.dirty = true;
                } else {
                    send(attendance);
                }
            }
        }
    }

    private void disown(Predicate<String> keys) {
        guests.removeIf(guest -> keys.test(guest.key()));
        host.disowned(keys);
    }

    private void dropGuestsOf(String replica) {
        List<Guest> gone =
                guests.stream().filter(guest -> guest.replica().equals(replica)).toList();
        guests.removeAll(gone);
        gone.forEach(guest -> host.left(replica, guest.key(), guest.id(), Optional.empty()));
    }

    private void activated(View now) {
        if (now.version() == membership.view().version()) {
            runDeferred();
        }
    }

    /** What still comes too early waits on. */
    private void runDeferred() {
        List<Runnable> tasks = List.copyOf(deferred);
        deferred.clear();
        tasks.forEach(Runnable::run);
    }

    private void deposed() {
        disown(_ -> true);
    }
}
