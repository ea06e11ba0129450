package io.switchboard.config;

/** How publications of a topic are delivered to a client that reads too slowly. */
public enum DeliveryPolicy {
    /** All of them; one that waits for too much is closed. */
    RELIABLE,
    /** The newest of each key. */
    LATEST,
    /** None while it lags; it is told how many it missed. */
    VOLATILE
}
