package io.switchboard.queue;

import io.switchboard.queue.QueueReply.Refused;

/** What is not done, and what to do about it. */
final class Refusals {
    static final Refused OTHER_ALGORITHM =
            new Refused(400, "the exchange goes by another algorithm: name that, or another exchange");
    static final Refused FOREIGN = new Refused(403, "the queue belongs to another user");
    static final Refused NO_QUEUE = new Refused(404, "there is no queue of that name: register it first");
    static final Refused NO_EXCHANGE = new Refused(404, "there is no exchange of that name: register it first");
    static final Refused NOT_CONSUMED = new Refused(404, "you do not consume a queue of that name");
    static final Refused QUEUE_FULL = new Refused(503, "the queue is full: try again later");
    static final Refused EXCHANGE_FULL = new Refused(503, "a queue of the exchange is full: try again later");
    static final Refused USER_FULL =
            new Refused(503, "you own as many queues as one may: use those, or have some deleted");
    static final Refused QUEUES_FULL = new Refused(503, "there are as many queues as there may be: try again later");
    static final Refused EXCHANGES_FULL =
            new Refused(503, "there are as many exchanges as there may be: try again later");
    static final Refused BINDINGS_FULL =
            new Refused(503, "as many queues are bound to the exchange as may be: try again later");
    static final Refused GOES = new Refused(503, "the queue is being deleted: try again");
    static final Refused BUSY = new Refused(503, "too much is being sent at the moment, try again");
    static final Refused DOWN = new Refused(503, "queues cannot be read or written at the moment, try again");

    private Refusals() {}
}
