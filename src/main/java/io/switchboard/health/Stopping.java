package io.switchboard.health;

/** Knows whether the process is on its way out. Any thread. */
public interface Stopping {
    /** Whether new connections are refused because the process is about to end. */
    boolean begun();
}
