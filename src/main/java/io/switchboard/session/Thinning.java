package io.switchboard.session;

/** Why a session goes without what it may go without. */
public enum Thinning {
    /** It had its share of such publications in the last second. */
    OVER_BUDGET,
    /** Its client reads too slowly. */
    LAGGING,
    /** Its client reads too slowly, and gets a newer value. */
    CONFLATED,
    /** Its client reads too slowly, and is told that it missed something. */
    MISSED
}
