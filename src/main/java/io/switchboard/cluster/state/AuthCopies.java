package io.switchboard.cluster.state;

import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.WebSocketId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What owners of ids keep, once more: with the owner, who tells the heir, and with the heir, who may become the owner. As many of an
 * id as the owner keeps, and as many ids as it keeps something for. The loop of the cluster.
 */
final class AuthCopies {
    /** An authorization. */
    static final class Copy {
        private final UUID mark;
        private final String result;
        private final long untilNanos;
        /** The owner has handed it to somebody. */
        private boolean handed;
        /** The registrations of this replica have it. */
        private boolean taken;

        private Copy(UUID mark, String result, long untilNanos) {
            this.mark = mark;
            this.result = result;
            this.untilNanos = untilNanos;
        }

        /** What tells it apart from every other one. */
        UUID mark() {
            return mark;
        }

        String result() {
            return result;
        }

        long untilNanos() {
            return untilNanos;
        }

        /** Whether the registrations have yet to take it; they have from now on. */
        boolean take() {
            boolean was = taken;
            taken = true;
            return !was;
        }
    }

    /** What there is of an id. */
    static final class OfId {
        private Optional<String> operationId = Optional.empty();
        private OptionalLong announcedUntilNanos = OptionalLong.empty();
        private boolean announcementTaken;
        private final Deque<Copy> copies = new ArrayDeque<>(1);

        Optional<String> operationId() {
            return operationId;
        }

        OptionalLong announcedUntilNanos() {
            return announcedUntilNanos;
        }

        /** The oldest first. */
        List<Copy> copies() {
            return List.copyOf(copies);
        }

        /** As {@link Copy#take}. */
        boolean takeAnnouncement() {
            boolean was = announcementTaken;
            announcementTaken = true;
            return !was && announcedUntilNanos.isPresent();
        }

        private boolean isEmpty() {
            return copies.isEmpty() && announcedUntilNanos.isEmpty();
        }

        private void forgetOld(long now) {
            copies.removeIf(copy -> copy.untilNanos - now <= 0);
            if (announcedUntilNanos.isPresent() && announcedUntilNanos.getAsLong() - now <= 0) {
                announcedUntilNanos = OptionalLong.empty();
            }
        }
    }

    private final Map<WebSocketId, OfId> ids = new HashMap<>();
    private final int most;

    /** @param most ids; 0: no bound */
    AuthCopies(int most) {
        this.most = most;
    }

    boolean contains(WebSocketId id, UUID mark) {
        OfId of = ids.get(id);
        return of != null && of.copies.stream().anyMatch(copy -> copy.mark.equals(mark));
    }

    /**
     * Adds an authorization, as the last one.
     *
     * @return those that make room for it; empty: there is none for this one, which is not added
     */
    Optional<List<UUID>> add(
            WebSocketId id, Optional<String> operation, UUID mark, String result, long until, long now) {
        Optional<OfId> place = place(id, operation, now);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        OfId of = place.get();
        of.forgetOld(now);
        Optional<Copy> handed = Optional.empty();
        if (of.copies.size() >= LocalRegistrations.MOST_OF_ID) {
            handed = of.copies.stream().filter(copy -> copy.handed).findFirst();
            if (handed.isEmpty()) {
                return Optional.empty();
            }
            of.copies.remove(handed.get());
        }
        of.copies.addLast(new Copy(mark, result, until));
        return Optional.of(handed.map(copy -> List.of(copy.mark)).orElse(List.of()));
    }

    /** {@code false}: there is no room. */
    boolean announce(WebSocketId id, Optional<String> operation, long until, long now) {
        Optional<OfId> place = place(id, operation, now);
        place.ifPresent(of -> {
            of.announcedUntilNanos = OptionalLong.of(until);
            of.announcementTaken = false;
        });
        return place.isPresent();
    }

    private Optional<OfId> place(WebSocketId id, Optional<String> operation, long now) {
        if (most > 0 && ids.size() >= most && !ids.containsKey(id)) {
            sweep(now);
            if (ids.size() >= most) {
                return Optional.empty();
            }
        }
        OfId of = ids.computeIfAbsent(id, _ -> new OfId());
        if (operation.isPresent()) {
            of.operationId = operation;
        }
        return Optional.of(of);
    }

    Optional<OfId> of(WebSocketId id) {
        return Optional.ofNullable(ids.get(id));
    }

    Set<WebSocketId> ids() {
        return Set.copyOf(ids.keySet());
    }

    /** The owner has handed it to somebody. */
    void handed(WebSocketId id, UUID mark) {
        OfId of = ids.get(id);
        if (of != null) {
            of.copies.stream().filter(copy -> copy.mark.equals(mark)).forEach(copy -> copy.handed = true);
        }
    }

    void remove(WebSocketId id, Collection<UUID> marks) {
        OfId of = ids.get(id);
        if (of != null) {
            of.copies.removeIf(copy -> marks.contains(copy.mark));
            if (of.isEmpty()) {
                ids.remove(id);
            }
        }
    }

    void remove(WebSocketId id) {
        ids.remove(id);
    }

    /** The registrations of this replica do not have what is of these ids any more. */
    void untake(Predicate<String> keys) {
        ids.forEach((id, of) -> {
            if (keys.test(id.text())) {
                of.announcementTaken = false;
                of.copies.forEach(copy -> {
                    copy.taken = false;
                    copy.handed = false;
                });
            }
        });
    }

    /** Forgets what is over its time. */
    void sweep(long now) {
        for (Iterator<OfId> each = ids.values().iterator(); each.hasNext(); ) {
            OfId of = each.next();
            of.forgetOld(now);
            if (of.isEmpty()) {
                each.remove();
            }
        }
    }

    void clear() {
        ids.clear();
    }

    int size() {
        return ids.size();
    }
}
