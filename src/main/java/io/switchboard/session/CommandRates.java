package io.switchboard.session;

/** How many commands of each kind may come from a session, and from all sessions of a user. Any thread. */
public interface CommandRates {
    /** Any number. */
    CommandRates UNBOUNDED = _ -> (_, _, _) -> 0;

    /**
     * Begins to count for a session.
     *
     * @param nowNanos by the session's loop
     */
    OfSession begin(long nowNanos);

    /** The commands of one session; called on its loop only. */
    @FunctionalInterface
    interface OfSession {
        /**
         * Counts a command, if it may be carried out.
         *
         * @param user whose command it is
         * @param nowNanos of the clock that {@link #begin} was given
         * @return 0: it may; else for how long to wait before the next, in nanoseconds
         */
        long take(CommandKind kind, String user, long nowNanos);
    }
}
