package io.switchboard.session;

import java.util.Optional;

/** How often somebody may try to sign in with what a service checks. Any thread. */
@FunctionalInterface
public interface SignInAttempts {
    /** Any number of times. */
    SignInAttempts UNBOUNDED = (_, _) -> 0;

    /**
     * Counts an attempt, if it may be made.
     *
     * @param address where it comes from
     * @param name who it says it is; empty: it is not known
     * @return 0: it may; else for how long to wait before the next, in nanoseconds
     */
    long take(String address, Optional<String> name);
}
