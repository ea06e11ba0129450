package io.switchboard.hub;

/** How to deliver to a session that falls behind. One that does not is delivered everything, whatever the policy. */
public enum Policy {
    /** Everything, in order; a session over its bound is closed as slow. */
    RELIABLE,
    /** As the former, but a session that has had its share, or that lags, may go without it. */
    DROPPABLE,
    /** The newest of each {@link Publication#slot}: what still waits when a newer one comes is taken out. */
    LATEST,
    /** Nothing while the session lags; how much it missed it is told when it has caught up. */
    VOLATILE
}
