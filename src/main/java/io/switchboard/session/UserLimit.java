package io.switchboard.session;

/** How many connections a user may have, and how many there may be of nobody yet. Any thread. */
public interface UserLimit {
    /** Takes a place for one connection of the user; to be given back to {@link #release}. */
    boolean acquire(String username);

    void release(String username);

    /**
     * Takes a place for a connection that is not signed in any more; to be given back to {@link #releaseUnauthenticated}.
     * Each new connection holds one already.
     */
    boolean acquireUnauthenticated();

    /** Gives the place of a connection back that has signed in, or is gone. */
    void releaseUnauthenticated();
}
