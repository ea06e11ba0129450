package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.switchboard.hub.Loop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** An event loop of Netty's as the hub knows it. */
final class NettyLoop implements Loop {
    private final EventLoop eventLoop;

    NettyLoop(EventLoop eventLoop) {
        this.eventLoop = requireNonNull(eventLoop, "eventLoop");
    }

    @Override
    public void execute(Runnable task) {
        eventLoop.execute(task);
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
        Future<?> _ = eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
