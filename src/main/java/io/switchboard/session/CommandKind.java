package io.switchboard.session;

import java.util.Locale;

/** Commands of clients whose rates are bounded together. */
public enum CommandKind {
    /** What is said on a topic, as text or in binary frames. */
    BROADCAST,
    /** What is said to a user. */
    DIRECT,
    /** Subscriptions that are taken or given up. */
    SUBSCRIBE,
    /** What was said before. */
    HISTORY,
    /** Who is there, and saying so. */
    PRESENCE,
    /** Calls of internal services. */
    CALL,
    /** What is asked of work queues. */
    QUEUE;

    /** As in settings and figures. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
