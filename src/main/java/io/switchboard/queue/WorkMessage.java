package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * What is sent to a queue. Immutable.
 *
 * @param sender who sent it, by login
 * @param data what is sent, any JSON value
 * @param replyTo the queue that an answer goes to; empty: none
 * @param correlationId by what the sender knows the answer again; empty: by nothing
 * @param exchange the exchange that it came through; empty: none
 * @param routingKey as the sender said; empty: nothing
 * @param sentAt milliseconds since 1970
 * @param expiresAt the instant from which nobody is given it any more, in milliseconds since 1970
 */
public record WorkMessage(
        UUID id,
        String sender,
        String data,
        String replyTo,
        String correlationId,
        String exchange,
        String routingKey,
        long sentAt,
        long expiresAt) {
    public WorkMessage {
        requireNonNull(id, "id");
        requireNonNull(sender, "sender");
        requireNonNull(data, "data");
        requireNonNull(replyTo, "replyTo");
        requireNonNull(correlationId, "correlationId");
        requireNonNull(exchange, "exchange");
        requireNonNull(routingKey, "routingKey");
    }

    /** About what it takes, in bytes. */
    public long weight() {
        return 2L
                * (sender.length()
                        + data.length()
                        + replyTo.length()
                        + correlationId.length()
                        + exchange.length()
                        + routingKey.length());
    }

    /** Nothing of what is sent. */
    @Override
    public String toString() {
        return "WorkMessage[" + id + "]";
    }
}
