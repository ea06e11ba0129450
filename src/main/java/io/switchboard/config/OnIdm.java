package io.switchboard.config;

/** What an identity event that deletes a workspace or a role does to the sessions that hold it. */
public enum OnIdm {
    /** Their clients are told, and hold it until their tokens end. */
    SIGNAL,
    /** It is taken out of their claims as well. */
    WITHDRAW
}
