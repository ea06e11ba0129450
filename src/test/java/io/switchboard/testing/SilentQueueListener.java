package io.switchboard.testing;

import io.switchboard.queue.QueueListener;

/** Hears nothing. */
public final class SilentQueueListener implements QueueListener {
    @Override
    public void sent(int queues) {}

    @Override
    public void delivered() {}

    @Override
    public void acknowledged() {}

    @Override
    public void returned(Return why) {}

    @Override
    public void died() {}

    @Override
    public void expired(int messages) {}

    @Override
    public void refused() {}

    @Override
    public void consumers(int change) {}
}
