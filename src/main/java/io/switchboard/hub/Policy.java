package io.switchboard.hub;

/** How to deliver to a session that falls behind. */
public enum Policy {
    /** Everything, in order; a session over its bound is closed as slow. */
    RELIABLE
}
