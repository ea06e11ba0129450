package io.switchboard.chat;

import io.switchboard.auth.Claims;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Who is signed in, with which claims: two users have a room together while they share a workspace. Any thread, never blocks;
 * what one session says must be said in order.
 */
public interface Colleagues {
    /** A session has these claims from now on. */
    void present(UUID session, Claims claims);

    /** A session has no claims of that user any more. */
    void absent(UUID session, String username);

    /** Whether another user who is signed in holds one of these workspaces, as far as that is known at this moment. */
    boolean share(Claims claims, String other);

    /** The same, when it is known; never a failure. */
    CompletionStage<Boolean> ask(Claims claims, String other);

    /** How many users are signed in. */
    int size();
}
