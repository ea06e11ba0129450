package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Shard;
import io.switchboard.session.Flusher;
import io.switchboard.session.OutboundBudget;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What each event loop owns, made when its first connection opens. Any thread. */
@Singleton
final class EventLoops {
    /**
     * The parts that belong to one event loop.
     *
     * @param liveness calls on sockets, to ping them
     * @param deadlines calls on HTTP connections whose requests may take too long
     * @param heartbeats calls on SockJS sessions over plain HTTP, to send heart-beats
     */
    record Owned(Loop loop, Shard shard, Flusher flusher, Sweep liveness, Sweep deadlines, Sweep heartbeats) {}

    /** Deadlines are noticed when at most this part of them too late. */
    private static final int DEADLINE_PART = 4;

    private final Hub hub;
    private final Clock clock;
    private final OutboundBudget budget;
    private final Duration pingInterval;
    private final Duration requestTimeout;
    private final Duration heartbeat;
    private final Map<EventLoop, Owned> loops = new ConcurrentHashMap<>();

    EventLoops(Hub hub, Clock clock, OutboundBudget budget, SwitchboardConfig config) {
        this.hub = requireNonNull(hub, "hub");
        this.clock = requireNonNull(clock, "clock");
        this.budget = requireNonNull(budget, "budget");
        this.pingInterval = config.liveness().pingInterval();
        this.requestTimeout = config.limits().requestTimeout();
        this.heartbeat = config.sockjs().heartbeat();
    }

    Owned of(EventLoop eventLoop) {
        return loops.computeIfAbsent(eventLoop, this::create);
    }

    private Owned create(EventLoop eventLoop) {
        Loop loop = new NettyLoop(eventLoop);
        Shard shard = hub.addShard(loop);
        Flusher flusher = new Flusher(loop, clock, budget, shard.ledger());
        shard.onHandOver(flusher::await);
        return new Owned(
                loop,
                shard,
                flusher,
                new Sweep(loop, pingInterval),
                new Sweep(loop, requestTimeout.dividedBy(DEADLINE_PART)),
                new Sweep(loop, heartbeat));
    }
}
