package io.switchboard.transport;

import io.switchboard.hub.Loop;
import io.switchboard.session.Session;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The open sessions of this process, each with the loop that owns it. Any thread. */
@Singleton
final class SessionRegistry {
    private final Map<Session, Loop> sessions = new ConcurrentHashMap<>();

    void add(Session session, Loop loop) {
        sessions.put(session, loop);
    }

    void remove(Session session) {
        sessions.remove(session);
    }

    int size() {
        return sessions.size();
    }

    /** Tells every session to go away, each on its own loop. */
    void goAway() {
        sessions.forEach((session, loop) -> loop.execute(session::goAway));
    }
}
