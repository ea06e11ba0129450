package io.switchboard.storage;

import io.switchboard.config.SwitchboardConfig;

/**
 * How much may be kept of queues; 0 switches a bound off.
 *
 * @param messagesPerQueue whoever has them, and dead letters
 * @param bytesPerQueue of these, roughly
 * @param queuesPerUser of one owner
 * @param queues of all
 * @param exchanges of all
 * @param bindingsPerExchange queues of one exchange
 */
public record QueueQuotas(
        int messagesPerQueue,
        long bytesPerQueue,
        int queuesPerUser,
        int queues,
        int exchanges,
        int bindingsPerExchange) {
    public QueueQuotas {
        if (messagesPerQueue < 0
                || bytesPerQueue < 0
                || queuesPerUser < 0
                || queues < 0
                || exchanges < 0
                || bindingsPerExchange < 0) {
            throw new IllegalArgumentException("a bound is below 0");
        }
    }

    public static QueueQuotas of(SwitchboardConfig config) {
        SwitchboardConfig.Queues queues = config.queues();
        return new QueueQuotas(
                queues.messagesPerQueue(),
                queues.bytesPerQueue().asLongValue(),
                queues.queuesPerUser(),
                queues.queues(),
                queues.exchanges(),
                queues.bindingsPerExchange());
    }

    /** What a count may not exceed. */
    static long bound(long quota) {
        return quota == 0 ? Long.MAX_VALUE : quota;
    }
}
