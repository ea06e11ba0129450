package io.switchboard.health;

/** Knows whether this process hears of the rest of its cluster. Any thread. */
public interface Connected {
    /** Whether it does, as far as is known; always, where there is no cluster. */
    boolean connected();
}
