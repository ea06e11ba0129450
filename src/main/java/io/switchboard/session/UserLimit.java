package io.switchboard.session;

/** How many connections a user may have. Any thread. */
public interface UserLimit {
    /** Takes a place for one connection of the user; to be given back to {@link #release}. */
    boolean acquire(String username);

    void release(String username);
}
