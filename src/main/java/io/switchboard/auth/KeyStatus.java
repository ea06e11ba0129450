package io.switchboard.auth;

/** Whether tokens can be verified. Any thread; never blocks. */
@FunctionalInterface
public interface KeyStatus {
    /**
     * Whether there have been keys: those of a file or a setting from the start, those of a URL once they were fetched. Until
     * then asking starts a fetch where one is due, because nobody signs in at a server that is not ready.
     */
    boolean usable();
}
