package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What one session may take.
 *
 * @param signInTimeout how long a connection may stay without claims; zero: for ever
 * @param expiryWarning how long before its token ends a client is told; zero: never
 * @param outboundBytes bytes that may wait for one session; 0: no bound
 * @param droppablePerSecond publications a second, of those that a session may go without, that one session gets; 0: no
 *     bound
 * @param errorsInARow commands that may be answered with an error one after the other; 0: any number
 * @param subscriptions patterns that it may be subscribed to; 0: any number
 * @param callsUnderWay calls of services and questions for history that may wait for an answer; 0: any number
 * @param chat how rooms are
 * @param work how queues are worked off
 */
public record SessionLimits(
        Duration signInTimeout,
        Duration expiryWarning,
        long outboundBytes,
        int droppablePerSecond,
        int errorsInARow,
        int subscriptions,
        int callsUnderWay,
        ChatSettings chat,
        WorkSettings work) {
    /** What may wait where there is no bound, before a session counts as lagging. */
    private static final long DROPPABLE_BYTES = 256 * 1024;

    public SessionLimits {
        requireNonNull(signInTimeout, "signInTimeout");
        requireNonNull(expiryWarning, "expiryWarning");
        requireNonNull(chat, "chat");
        requireNonNull(work, "work");
    }

    /** Queues are worked off as usual. */
    public SessionLimits(
            Duration signInTimeout,
            Duration expiryWarning,
            long outboundBytes,
            int droppablePerSecond,
            int errorsInARow,
            int subscriptions,
            int callsUnderWay,
            ChatSettings chat) {
        this(
                signInTimeout,
                expiryWarning,
                outboundBytes,
                droppablePerSecond,
                errorsInARow,
                subscriptions,
                callsUnderWay,
                chat,
                WorkSettings.USUAL);
    }

    /** No bounds but that on what may wait. */
    public static SessionLimits ofBytes(long outboundBytes) {
        return new SessionLimits(Duration.ZERO, Duration.ZERO, outboundBytes, 0, 0, 0, 0, ChatSettings.USUAL);
    }

    /** Bytes that may wait for a session before it goes without what may be dropped: a quarter of its bound. */
    long droppableBytes() {
        return outboundBytes == 0 ? DROPPABLE_BYTES : outboundBytes / 4;
    }
}
