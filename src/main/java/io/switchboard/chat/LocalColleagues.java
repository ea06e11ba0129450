package io.switchboard.chat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Who is signed in in any session of this process. */
public final class LocalColleagues implements Colleagues {
    private final Map<String, Map<UUID, Claims>> byUsername = new ConcurrentHashMap<>();

    @Override
    public void present(UUID session, Claims claims) {
        byUsername.compute(claims.username(), (_, before) -> {
            // mostly one
            Map<UUID, Claims> sessions = before == null ? new ConcurrentHashMap<>(1) : before;
            sessions.put(session, claims);
            return sessions;
        });
    }

    @Override
    public void absent(UUID session, String username) {
        byUsername.computeIfPresent(username, (_, before) -> {
            before.remove(session);
            return before.isEmpty() ? null : before;
        });
    }

    @Override
    public boolean share(Claims claims, String other) {
        for (Claims theirs : byUsername.getOrDefault(other, Map.of()).values()) {
            for (View view : claims.views()) {
                if (theirs.holdsWorkspace(view.uuid())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the user is signed in. */
    public boolean isPresent(String username) {
        return byUsername.containsKey(username);
    }

    /** Whether the session has claims of the user. */
    public boolean isPresent(UUID session, String username) {
        return byUsername.getOrDefault(username, Map.of()).containsKey(session);
    }

    @Override
    public CompletionStage<Boolean> ask(Claims claims, String other) {
        return CompletableFuture.completedFuture(share(claims, other));
    }

    @Override
    public int size() {
        return byUsername.size();
    }
}
