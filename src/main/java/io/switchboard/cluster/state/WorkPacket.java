package io.switchboard.cluster.state;

import io.switchboard.queue.QueueReply;
import io.switchboard.queue.WorkMessage;

/** What replicas say to one another about work queues. */
enum WorkPacket {
    /**
     * To the owner of a queue: what attends. The user, whether by a rule, whether the server named it, the number of the last time that
     * it became ready, or 0; what it has; what it has ended and nobody has confirmed.
     */
    FACT,
    /** To the owner of a queue: a consumer is ready. What attends, the number of the time. */
    READY,
    /** To the owner of a queue: a message is done with. What attends, its number, its attempt. */
    ACKNOWLEDGE,
    /** To the owner of a queue: it could not be done. As {@link #ACKNOWLEDGE}. */
    REJECT,
    /** To the owner of an exchange: make it. The user, the algorithm, the queue and the routing key if there is one. */
    BIND,
    /** To the owner of an exchange: a message. */
    PUBLISH,
    /** To the owner of a queue. Whether of dead letters. */
    PURGE,
    /** To the owner of a queue. How many at most. */
    REQUEUE,
    /** To the owner of a queue. Whether only if it was not used since, and since when. */
    DELETE_QUEUE,
    /** To the owner of an exchange. As {@link #DELETE_QUEUE}. */
    DELETE_EXCHANGE,
    /** To the owner of a queue: a message was kept. Its number; the message, if it is not too large. */
    KEPT,
    /** To the owner of a queue: a message may have been kept. */
    DOUBT,
    /** To the owner of an exchange: a queue is gone. Its name. */
    UNBOUND,
    /** To the owner of an exchange: what is known of its routes may be wrong. */
    REREAD,
    /** To the owner of a queue: an exchange is gone. Its name. */
    EXCHANGE_GONE,
    /** To a consumer: a message. The queue, what attends, the view, its number, its attempt, the message; answered with one byte. */
    GIVE,
    /** To a consumer: it does not have a message any more. The queue, what attends, its number, its attempt. */
    TIMED_OUT,
    /** To a consumer: the queue is gone. The queue, what attends. */
    CLOSED,
    /** To a consumer: an exchange is gone. The queue, what attends, the exchange. */
    EXCHANGE_CLOSED,
    /** To all: how many consume these queues? Their names; answered with as many numbers. */
    CONSUMERS;

    private enum Reply {
        CONSUMING,
        BOUND,
        DONE,
        REFUSED
    }

    static PacketWriter message(PacketWriter to, WorkMessage message) {
        return to.uuid(message.id())
                .text(message.sender())
                .text(message.data())
                .text(message.replyTo())
                .text(message.correlationId())
                .text(message.exchange())
                .text(message.routingKey())
                .number(message.sentAt())
                .number(message.expiresAt());
    }

    static WorkMessage message(PacketReader from) {
        return new WorkMessage(
                from.uuid(),
                from.text(),
                from.text(),
                from.text(),
                from.text(),
                from.text(),
                from.text(),
                from.longNumber(),
                from.longNumber());
    }

    static byte[] reply(QueueReply reply) {
        return switch (reply) {
            case QueueReply.Consuming(String queue) ->
                new PacketWriter(Reply.CONSUMING).text(queue).bytes();
            case QueueReply.Bound(String exchange, String queue) ->
                new PacketWriter(Reply.BOUND).text(exchange).text(queue).bytes();
            case QueueReply.Done() -> new PacketWriter(Reply.DONE).bytes();
            case QueueReply.Refused(int status, String text) ->
                new PacketWriter(Reply.REFUSED).number(status).text(text).bytes();
        };
    }

    static QueueReply reply(byte[] bytes) {
        PacketReader reader = new PacketReader(bytes);
        return switch (reader.kind(Reply.values())) {
            case CONSUMING -> new QueueReply.Consuming(reader.text());
            case BOUND -> new QueueReply.Bound(reader.text(), reader.text());
            case DONE -> new QueueReply.Done();
            case REFUSED -> new QueueReply.Refused(reader.number(), reader.text());
        };
    }
}
