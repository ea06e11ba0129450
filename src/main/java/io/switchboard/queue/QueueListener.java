package io.switchboard.queue;

/** Hears what happens in the queues, to count it. Any thread. */
public interface QueueListener {
    /** Why a message came back. */
    enum Return {
        /** Its consumer could not do it. */
        REJECTED,
        /** Its consumer is gone, or consumes the queue no longer. */
        LOST,
        /** Its consumer said nothing. */
        TIMEOUT
    }

    /** A message was kept, in so many queues. */
    void sent(int queues);

    /** A consumer has a message. */
    void delivered();

    void acknowledged();

    void returned(Return why);

    /** A message became a dead letter. */
    void died();

    /** So many messages were deleted because their time was over. */
    void expired(int messages);

    /** Something that was asked for was not done. */
    void refused();

    /** Somebody consumes a queue, 1, or does no longer, -1. */
    void consumers(int change);
}
