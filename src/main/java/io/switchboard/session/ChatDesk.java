package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.chat.ChatCommand;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.Message;
import io.switchboard.chat.Right;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomRights;
import io.switchboard.dialect.Reply;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The rooms that one session is in, and what it does there (protocol page of Cells, chat). One command at a time; a command's
 * stage completes on whatever thread, and never with a failure. Called on the session's loop only.
 */
final class ChatDesk {
    private static final Logger LOG = Logger.getLogger(ChatDesk.class);

    private static final long RETRY_MILLIS = 1000;

    private static final Reply NOT_ALLOWED = new Reply.Failed(403, "you may not be in this room");
    private static final Reply NOT_JOINED = new Reply.Failed(403, "join the room first");
    private static final Reply READ_ONLY = new Reply.Failed(403, "you may read in this room, and not write");
    private static final Reply NO_SUCH_ROOM = new Reply.Failed(404, "there is no such room: join it again");
    private static final Reply NO_SUCH_MESSAGE =
            new Reply.Failed(404, "there is no such message of yours in this room");
    private static final Reply NO_ROOM_MEANT = new Reply.Failed(
            400, "send a Room with a RoomTypeObject that there can be: a workspace, a node, or another user's login");

    /** What the desk needs of its session. */
    interface Host {
        UUID id();

        /** Those in force at the moment. */
        Optional<Claims> claims();

        /** The rooms that it is in are about to be others. */
        void changing();

        /** Calls {@link #renew} after that time. */
        void renewAfter(Duration delay);
    }

    /** A room that the session is in. */
    private static final class Joined {
        private final Room room;
        private final Subscription subscription;
        private Ruling ruling;

        private Joined(Room room, Subscription subscription, Ruling ruling) {
            this.room = room;
            this.subscription = subscription;
            this.ruling = ruling;
        }
    }

    /** A decision, and when it was made, by the loop's clock. */
    private record Ruling(RoomRights.Decision decision, long nanos) {
        Right right() {
            return decision.right();
        }
    }

    private final ChatRooms rooms;
    private final Shard shard;
    private final io.switchboard.hub.Subscriber subscriber;
    private final ChatSettings settings;
    private final Host host;
    private final Executor loop;
    private final Map<UUID, Joined> joined = new HashMap<>();
    /** Whether {@link #renew} will be called. */
    private boolean renewing;

    ChatDesk(ChatRooms rooms, Shard shard, io.switchboard.hub.Subscriber subscriber, ChatSettings settings, Host host) {
        this.rooms = requireNonNull(rooms, "rooms");
        this.shard = requireNonNull(shard, "shard");
        this.subscriber = requireNonNull(subscriber, "subscriber");
        this.settings = requireNonNull(settings, "settings");
        this.host = requireNonNull(host, "host");
        this.loop = shard.loop()::execute;
    }

    /** In how many rooms the session is. */
    int active() {
        return joined.size();
    }

    /** Whether a service let the session into the room that a guard asks for. */
    boolean admits(Claims claims, Guard guard) {
        if (!(guard.audience() instanceof Guard.MayEnter entry)) {
            return false;
        }
        Joined one = joined.get(entry.room());
        return one != null
                && one.ruling.decision().asked()
                && one.ruling.right() != Right.NONE
                && (!(guard instanceof Guard.Both both) || both.condition().allows(claims));
    }

    CompletionStage<Reply> execute(ChatCommand command) {
        Claims claims = host.claims().orElseThrow();
        CompletionStage<Reply> reply;
        try {
            reply = switch (command) {
                case ChatCommand.Join join -> join(join, claims);
                case ChatCommand.Leave leave -> leave(leave, claims);
                case ChatCommand.History history -> history(history, claims);
                case ChatCommand.Post post -> post(post, claims);
                case ChatCommand.Delete delete -> delete(delete, claims);
            };
        } catch (RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        return reply.exceptionallyAsync(ChatDesk::failed, loop);
    }

    private static Reply failed(Throwable failure) {
        Throwable cause = Causes.of(failure);
        if (cause instanceof StoreException store) {
            return new Reply.Failed(503, store.getMessage(), "", OptionalLong.of(RETRY_MILLIS));
        }
        LOG.error("chat command failed unexpectedly", Redacted.of(cause));
        return new Reply.Failed(500, "that failed, try again");
    }

    private static CompletionStage<Reply> done(Reply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static Optional<RoomName> name(ChatCommand.Named room, Claims claims) {
        return RoomName.of(room.type(), room.object(), claims.username());
    }

    private Optional<Joined> joined(RoomName name) {
        for (Joined one : joined.values()) {
            if (one.room.name().equals(name)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    // Rights

    /** What the session may do now; a service that was asked a while ago is asked again. */
    private CompletionStage<Ruling> decide(Claims claims, RoomName name) {
        Optional<Ruling> known = joined(name).map(one -> one.ruling);
        if (known.isPresent() && known.get().decision().asked() && isFresh(known.get())) {
            return CompletableFuture.completedFuture(known.get());
        }
        long now = shard.loop().nanoTime();
        return rooms.rights().decide(host.id(), claims, name).thenApply(decision -> new Ruling(decision, now));
    }

    /** Whether a decision about these claims still counts: they may have been replaced meanwhile. */
    private boolean stillCounts(Ruling ruling, Claims claims, RoomName name) {
        Optional<Claims> now = host.claims();
        return ruling.right() != Right.NONE
                && now.isPresent()
                && now.get().username().equals(claims.username())
                && (ruling.decision().asked() || rooms.rights().ofClaims(now.get(), name) != Right.NONE);
    }

    /** Claims were replaced by others of the same user: leaves what they do not allow. */
    void claimsChanged(Claims next) {
        for (Joined one : List.copyOf(joined.values())) {
            Right right = rooms.rights().ofClaims(next, one.room.name());
            if (right == Right.NONE) {
                // what a service once decided counts until it has decided again
                decideAgain(one, next);
            } else {
                one.ruling = new Ruling(
                        new RoomRights.Decision(right, false), shard.loop().nanoTime());
            }
        }
    }

    /** Asks services again whose decisions have had their time. */
    void renew() {
        renewing = false;
        host.claims().ifPresent(claims -> {
            for (Joined one : List.copyOf(joined.values())) {
                if (one.ruling.decision().asked() && !isFresh(one.ruling)) {
                    decideAgain(one, claims);
                }
            }
            renewLater();
        });
    }

    private void renewLater() {
        if (!renewing
                && joined.values().stream()
                        .anyMatch(one -> one.ruling.decision().asked())) {
            renewing = true;
            host.renewAfter(settings.permissionLasts());
        }
    }

    private boolean isFresh(Ruling ruling) {
        return shard.loop().nanoTime() - ruling.nanos()
                < settings.permissionLasts().toNanos();
    }

    private void decideAgain(Joined one, Claims claims) {
        long now = shard.loop().nanoTime();
        CompletionStage<RoomRights.Decision> _ = rooms.rights()
                .decide(host.id(), claims, one.room.name())
                .whenCompleteAsync(
                        (decision, failure) -> {
                            if (failure == null && stillCounts(new Ruling(decision, now), claims, one.room.name())) {
                                one.ruling = new Ruling(decision, now);
                            } else if (one.equals(joined.get(one.room.uuid()))) {
                                leave(one);
                            }
                        },
                        loop);
    }

    // Coming and going

    private CompletionStage<Reply> join(ChatCommand.Join command, Claims claims) {
        Optional<RoomName> name = name(command.room(), claims);
        if (name.isEmpty()) {
            return done(NO_ROOM_MEANT);
        }
        return entering(claims, name.get(), ruling -> {
            // known already, in most cases, without asking the database
            CompletionStage<Optional<Room>> room = command.heartbeat()
                    ? rooms.find(name.get())
                    : rooms.open(name.get()).thenApply(Optional::of);
            return room.thenComposeAsync(
                    found -> {
                        // the one of that name where it was may have been deleted
                        joined(name.get())
                                .filter(one -> !found.equals(Optional.of(one.room)))
                                .ifPresent(this::leave);
                        return found.isPresent() ? enter(command, claims, found.get(), ruling) : done(NO_SUCH_ROOM);
                    },
                    loop);
        });
    }

    /** Goes on, on the loop, if the session may be in the room. */
    private CompletionStage<Reply> entering(
            Claims claims, RoomName name, Function<Ruling, CompletionStage<Reply>> then) {
        return decide(claims, name)
                .thenComposeAsync(
                        ruling -> {
                            if (stillCounts(ruling, claims, name)) {
                                return then.apply(ruling);
                            }
                            joined(name).ifPresent(this::leave);
                            return done(NOT_ALLOWED);
                        },
                        loop);
    }

    private CompletionStage<Reply> enter(ChatCommand.Join command, Claims claims, Room room, Ruling ruling) {
        if (!stillCounts(ruling, claims, room.name())) {
            return done(NOT_ALLOWED);
        }
        Joined one = joined.get(room.uuid());
        if (one == null) {
            if (settings.rooms() > 0 && joined.size() >= settings.rooms()) {
                return done(new Reply.Failed(400, "be in at most " + settings.rooms() + " rooms at a time"));
            }
            host.changing();
            one = new Joined(room, shard.subscribe(room.topic(), rooms.rights().guard(room), subscriber), ruling);
            joined.put(room.uuid(), one);
        }
        one.ruling = ruling;
        renewLater();
        return rooms.members()
                .join(room, host.id(), claims.username())
                .thenComposeAsync(
                        gathering -> {
                            if (command.heartbeat()) {
                                return done(new Reply.Done());
                            }
                            if (settings.historyOnJoin()) {
                                return show(room, claims, gathering.users(), 0, OptionalInt.empty());
                            }
                            // told already, like everybody else
                            return done(
                                    gathering.announced()
                                            ? new Reply.Done()
                                            : new Reply.InRoom(
                                                    room,
                                                    claims.username(),
                                                    gathering.users(),
                                                    List.of(),
                                                    Optional.empty()));
                        },
                        loop);
    }

    private CompletionStage<Reply> leave(ChatCommand.Leave command, Claims claims) {
        name(command.room(), claims).flatMap(this::joined).ifPresent(this::leave);
        return done(new Reply.Done());
    }

    private void leave(Joined one) {
        forget(one);
        rooms.members().leave(one.room, host.id());
    }

    private void forget(Joined one) {
        if (joined.containsKey(one.room.uuid())) {
            host.changing();
        }
        if (joined.remove(one.room.uuid(), one)) {
            shard.unsubscribe(one.subscription);
        }
    }

    /** The rooms that it is in, as patterns of their topics. */
    List<Pattern> patterns() {
        return joined.values().stream().map(one -> Pattern.of(one.room.topic())).toList();
    }

    /** The user has signed out. */
    void leaveAll() {
        List.copyOf(joined.values()).forEach(this::leave);
    }

    /** The connection is gone: whoever comes back soon was never away. */
    void lost() {
        for (Joined one : List.copyOf(joined.values())) {
            forget(one);
            rooms.members().lost(one.room, host.id());
        }
    }

    // What is said

    private CompletionStage<Reply> history(ChatCommand.History command, Claims claims) {
        Optional<RoomName> name = name(command.room(), claims);
        if (name.isEmpty()) {
            return done(NO_ROOM_MEANT);
        }
        return entering(
                claims,
                name.get(),
                ruling -> rooms.open(name.get())
                        .thenCompose(room -> rooms.users(room)
                                .thenCompose(users -> show(room, claims, users, command.offset(), command.limit())))
                        .thenApplyAsync(reply -> stillCounts(ruling, claims, name.get()) ? reply : NOT_ALLOWED, loop));
    }

    private CompletionStage<Reply> show(Room room, Claims claims, List<String> users, long offset, OptionalInt limit) {
        return rooms.history(room, offset, limit)
                .thenApply(history -> new Reply.InRoom(
                        room,
                        claims.username(),
                        users,
                        history.messages(),
                        limit.isPresent()
                                        && history.more()
                                        && !history.messages().isEmpty()
                                ? Optional.of(new Reply.InRoom.Page(history.next(), limit.getAsInt()))
                                : Optional.empty()));
    }

    private CompletionStage<Reply> post(ChatCommand.Post command, Claims claims) {
        return writing(
                command.room(),
                claims,
                room -> command.message().isEmpty()
                        ? rooms.post(room, claims.username(), command.text())
                        : rooms.edit(room, claims.username(), command.message(), command.text()),
                command.message().isEmpty() ? NO_SUCH_ROOM : NO_SUCH_MESSAGE);
    }

    private CompletionStage<Reply> delete(ChatCommand.Delete command, Claims claims) {
        return writing(
                command.room(),
                claims,
                room -> rooms.delete(room, claims.username(), command.message()),
                NO_SUCH_MESSAGE);
    }

    /** Changes what is said in a room that the session is in and may write in. */
    private CompletionStage<Reply> writing(
            String uuid, Claims claims, Function<Room, CompletionStage<Optional<Message>>> change, Reply missing) {
        Optional<Joined> known = uuid(uuid).map(joined::get);
        if (known.isEmpty()) {
            return done(NOT_JOINED);
        }
        Joined one = known.get();
        return entering(claims, one.room.name(), ruling -> {
            one.ruling = ruling;
            if (ruling.right() != Right.WRITE) {
                return done(READ_ONLY);
            }
            return change.apply(one.room)
                    .thenApplyAsync(
                            message -> {
                                if (message.isEmpty() && missing.equals(NO_SUCH_ROOM)) {
                                    leave(one);
                                }
                                return message.isPresent() ? new Reply.Done() : missing;
                            },
                            loop);
        });
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
