package io.switchboard.config;

/** What signs a client in that sends something for it. */
public enum SignInBy {
    /** The token that it sends. */
    TOKEN,
    /** An internal service, which has a token for what it sends. */
    SERVICE
}
