package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A session, and the ids that it holds or asks for. Any thread; who has the lock of an id may call it, and it calls nobody. */
final class Member {
    private final Registrant registrant;
    private final int most;
    private final Set<WebSocketId> ids = new LinkedHashSet<>();
    private boolean ready;
    private boolean ended;

    /** @param most ids; 0: no bound */
    Member(Registrant registrant, int most) {
        this.registrant = requireNonNull(registrant, "registrant");
        this.most = most;
    }

    Registrant registrant() {
        return registrant;
    }

    /** {@code false}: it has as many as it may have, or has ended. */
    synchronized boolean add(WebSocketId id) {
        return !ended && (most == 0 || ids.size() < most) && ids.add(id);
    }

    synchronized void remove(WebSocketId id) {
        ids.remove(id);
    }

    /** Whether it can be handed authorizations; returns the ids that have to know. */
    synchronized List<WebSocketId> setReady(boolean now) {
        ready = now;
        return List.copyOf(ids);
    }

    synchronized boolean isReady() {
        return ready;
    }

    /** It gets no further ids; returns those that have to be rid of it. */
    synchronized List<WebSocketId> end() {
        ended = true;
        return List.copyOf(ids);
    }

    synchronized boolean isEnded() {
        return ended;
    }
}
