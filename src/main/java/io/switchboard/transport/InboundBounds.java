package io.switchboard.transport;

import io.switchboard.config.SwitchboardConfig;

/**
 * What may come from one client; 0 switches a bound off.
 *
 * @param messageSize of a message with all its fragments, in bytes
 * @param fragments frames of a message
 * @param framesPerSecond on average
 * @param burst frames at once
 * @param missedPongs intervals of silence in a row
 */
record InboundBounds(long messageSize, int fragments, int framesPerSecond, int burst, int missedPongs) {
    static InboundBounds of(SwitchboardConfig config) {
        SwitchboardConfig.Limits limits = config.limits();
        return new InboundBounds(
                limits.messageSize().asLongValue(),
                limits.fragmentsPerMessage(),
                limits.messagesPerSecond(),
                limits.messagesBurst(),
                config.liveness().missedPongs());
    }
}
