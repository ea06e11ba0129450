package io.switchboard.chat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is signed in, with which claims, in any session of this process: two users have a room together while they share a
 * workspace. Any thread; what one session says must be said in order.
 */
public final class Colleagues {
    private final Map<String, Map<UUID, Claims>> byUsername = new ConcurrentHashMap<>();

    /** A session has these claims from now on. */
    public void present(UUID session, Claims claims) {
        byUsername.compute(claims.username(), (_, before) -> {
            // mostly one
            Map<UUID, Claims> sessions = before == null ? new ConcurrentHashMap<>(1) : before;
            sessions.put(session, claims);
            return sessions;
        });
    }

    /** A session has no claims of that user any more. */
    public void absent(UUID session, String username) {
        byUsername.computeIfPresent(username, (_, before) -> {
            before.remove(session);
            return before.isEmpty() ? null : before;
        });
    }

    /** Whether another user who is signed in holds one of these workspaces. */
    boolean share(Claims claims, String other) {
        for (Claims theirs : byUsername.getOrDefault(other, Map.of()).values()) {
            for (View view : claims.views()) {
                if (theirs.holdsWorkspace(view.uuid())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** How many users are signed in. */
    public int size() {
        return byUsername.size();
    }
}
