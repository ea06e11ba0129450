package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Guard;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Decides who may be in which room (protocol page of Cells, chat, permission): by claims where these say it, otherwise by
 * asking an internal service. Whatever nobody allows is denied. Any thread, never blocks.
 */
public final class RoomRights {
    /** The internal service that knows more than claims do. */
    @FunctionalInterface
    public interface Permissions {
        /**
         * What a session may do in a room.
         *
         * @return {@link Right#NONE} also where there is no such service; never a failure
         */
        CompletionStage<Right> ask(UUID session, Claims claims, RoomName room);
    }

    /**
     * What was decided.
     *
     * @param asked whether a service decided it, and claims do not
     */
    public record Decision(Right right, boolean asked) {
        public Decision {
            requireNonNull(right, "right");
        }
    }

    /** The guard's question. */
    private record Entry(RoomName room, RoomRights rights) implements Guard.MayEnter.Entry {
        @Override
        public boolean mayEnter(Claims claims) {
            return rights.ofClaims(claims, room) != Right.NONE;
        }
    }

    private final Set<RoomType> asked;
    private final Colleagues colleagues;
    private final Permissions permissions;

    /**
     * @param asked types of rooms about which claims say nothing
     * @param colleagues who is signed in
     */
    public RoomRights(Set<RoomType> asked, Colleagues colleagues, Permissions permissions) {
        this.asked = Set.copyOf(asked);
        this.colleagues = requireNonNull(colleagues, "colleagues");
        this.permissions = requireNonNull(permissions, "permissions");
    }

    /** What claims alone allow. */
    public Right ofClaims(Claims claims, RoomName room) {
        if (asked.contains(room.type())) {
            return Right.NONE;
        }
        return switch (room.type()) {
            case GLOBAL, NODE -> Right.WRITE;
            case WORKSPACE -> ofWorkspace(claims, room.object());
            case USER ->
                room.isOf(claims.username()) && colleagues.share(claims, room.objectFor(claims.username()))
                        ? Right.WRITE
                        : Right.NONE;
        };
    }

    private static Right ofWorkspace(Claims claims, String uuid) {
        Right right = Right.NONE;
        for (View view : claims.views()) {
            if (view.uuid().equals(uuid)) {
                if (view.permission() == View.Permission.WRITE) {
                    return Right.WRITE;
                }
                right = Right.READ;
            }
        }
        return right;
    }

    /** What the session may do, by claims or by the service. */
    public CompletionStage<Decision> decide(UUID session, Claims claims, RoomName room) {
        Right right = ofClaims(claims, room);
        if (right != Right.NONE) {
            return CompletableFuture.completedFuture(new Decision(right, false));
        }
        if (room.type() == RoomType.USER && !asked.contains(RoomType.USER) && room.isOf(claims.username())) {
            // what is not known at this moment may be by the next
            return colleagues
                    .ask(claims, room.objectFor(claims.username()))
                    .thenCompose(share -> share
                            ? CompletableFuture.completedFuture(new Decision(Right.WRITE, false))
                            : askService(session, claims, room));
        }
        return askService(session, claims, room);
    }

    private CompletionStage<Decision> askService(UUID session, Claims claims, RoomName room) {
        // a room of two is never a third one's, whatever a service says
        boolean mayBeAsked = room.type() == RoomType.USER ? room.isOf(claims.username()) : asked.contains(room.type());
        if (!mayBeAsked) {
            return CompletableFuture.completedFuture(new Decision(Right.NONE, false));
        }
        return permissions.ask(session, claims, room).thenApply(answer -> new Decision(answer, true));
    }

    /** The guard of what is said in a room. */
    public Guard guard(Room room) {
        return new Guard.MayEnter(room.uuid(), new Entry(room.name(), this));
    }
}
