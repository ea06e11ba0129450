package io.switchboard.hub;

/** How to deliver to a session that falls behind. */
public enum Policy {
    /** Everything, in order; a session over its bound is closed as slow. */
    RELIABLE,
    /** As the former, but a session that has had its share, or that lags, may go without it. */
    DROPPABLE
}
