package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Bounds and paces.
 *
 * @param packageSize characters of a command's data that one message holds, in both directions
 * @param commandBytes of the commands of one connection that are not complete; 0: no bound
 * @param anonymousBytes the same until somebody has signed in
 * @param openCommands of one connection that are not complete; 0: any number
 * @param openFor how long a command may take to be complete
 * @param pingInterval how often the server asks whether the client is there; zero: never
 * @param expiration of what is sent to a queue without saying how long it may wait
 */
public record OpenFlowSettings(
        int packageSize,
        long commandBytes,
        long anonymousBytes,
        int openCommands,
        Duration openFor,
        Duration pingInterval,
        Duration expiration) {
    public OpenFlowSettings {
        requireNonNull(openFor, "openFor");
        requireNonNull(pingInterval, "pingInterval");
        requireNonNull(expiration, "expiration");
        if (packageSize < 1) {
            throw new IllegalArgumentException("a message holds a character at least");
        }
    }
}
