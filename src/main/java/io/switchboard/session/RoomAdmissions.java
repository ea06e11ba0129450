package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.Right;
import io.switchboard.chat.Room;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Rooms that a service lets one session hear of, where it subscribed to their topics by name. What the service says counts
 * for a while; then it is asked again. Called on the session's loop only.
 */
final class RoomAdmissions {
    /** What is needed of the session. */
    interface Host {
        UUID id();

        Optional<Claims> claims();

        /** Calls {@link #renew} after that time. */
        void renewAdmissionsAfter(Duration delay);
    }

    private final ChatRooms rooms;
    private final Loop loop;
    private final Duration lasts;
    private final Host host;
    private final Set<UUID> admitted = new HashSet<>();
    private boolean renewing;

    /** @param lasts for how long a decision counts */
    RoomAdmissions(ChatRooms rooms, Loop loop, Duration lasts, Host host) {
        this.rooms = requireNonNull(rooms, "rooms");
        this.loop = requireNonNull(loop, "loop");
        this.lasts = requireNonNull(lasts, "lasts");
        this.host = requireNonNull(host, "host");
    }

    /** Whether a service let the session hear of what has this guard. */
    boolean admit(Claims claims, Guard guard) {
        return !admitted.isEmpty()
                && guard.audience() instanceof Guard.MayEnter entry
                && admitted.contains(entry.room())
                && (!(guard instanceof Guard.Both both) || both.condition().allows(claims));
    }

    /** The rooms that patterns name. */
    static List<UUID> named(Collection<Pattern> patterns) {
        List<UUID> named = new ArrayList<>();
        for (Pattern pattern : patterns) {
            pattern.exact()
                    .filter(topic ->
                            topic.kind() == Topic.Kind.ROOM && topic.segments().size() == 2)
                    .flatMap(topic -> uuid(topic.segments().getLast()))
                    .ifPresent(named::add);
        }
        return named;
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Asks about rooms where claims say nothing; completes on the loop when all is decided, and never with a failure. */
    CompletionStage<Void> ask(List<UUID> named) {
        Claims claims = host.claims().orElseThrow();
        CompletableFuture<?>[] decisions =
                named.stream().map(room -> decide(claims, room)).toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(decisions).thenRunAsync(() -> {}, loop::execute);
    }

    private CompletableFuture<Void> decide(Claims claims, UUID uuid) {
        return rooms.find(uuid)
                .thenCompose(room -> room.isEmpty()
                        ? CompletableFuture.completedFuture(false)
                        : rooms.rights()
                                .decide(host.id(), claims, room.get().name())
                                .thenApply(decision -> decision.asked() && decision.right() != Right.NONE))
                .handleAsync(
                        (allowed, failure) -> {
                            decided(claims, uuid, failure == null && allowed);
                            return (Void) null;
                        },
                        loop::execute)
                .toCompletableFuture();
    }

    private void decided(Claims claims, UUID uuid, boolean allowed) {
        boolean same = host.claims()
                .filter(now -> now.username().equals(claims.username()))
                .isPresent();
        if (same && allowed) {
            if (!renewing) {
                renewing = true;
                host.renewAdmissionsAfter(lasts);
            }
            admitted.add(uuid);
        } else {
            admitted.remove(uuid);
        }
    }

    /** Asks again about the rooms that are still subscribed to. */
    void renew(Predicate<Topic> subscribed) {
        admitted.removeIf(room -> !subscribed.test(Room.topicOf(room)));
        renewing = !admitted.isEmpty() && host.claims().isPresent();
        if (renewing) {
            host.renewAdmissionsAfter(lasts);
            CompletionStage<Void> _ = ask(List.copyOf(admitted));
        }
    }

    /** The claims are others of the same user, or will be in a moment: what was decided for the former ones is asked again. */
    void claimsChanged() {
        if (!admitted.isEmpty()) {
            loop.execute(() -> {
                if (host.claims().isPresent()) {
                    CompletionStage<Void> _ = ask(List.copyOf(admitted));
                }
            });
        }
    }

    /** The claims are gone. */
    void clear() {
        admitted.clear();
    }
}
