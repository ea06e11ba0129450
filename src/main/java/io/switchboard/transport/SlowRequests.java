package io.switchboard.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.metric.GatewayMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Iterator;

/**
 * Gives every connection that the HTTP servers accept a {@link RequestDeadline}. The platform has no place for that, so the
 * server's own channel is looked up among those of the loop that accepts connections.
 */
@Singleton
final class SlowRequests {
    private static final String NAME = "switchboard-accept";

    private final EventLoops loops;
    private final Vertx vertx;
    private final GatewayMetrics metrics;
    private final Duration timeout;

    SlowRequests(EventLoops loops, Vertx vertx, GatewayMetrics metrics, SwitchboardConfig config) {
        this.loops = loops;
        this.vertx = vertx;
        this.metrics = metrics;
        this.timeout = config.limits().requestTimeout();
    }

    void onStart(@ObservesAsync HttpServerStart event) {
        watch();
    }

    void onStart(@ObservesAsync HttpsServerStart event) {
        watch();
    }

    private void watch() {
        if (timeout.isZero()) {
            return;
        }
        for (EventExecutor acceptor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
            acceptor.execute(() -> watch((SingleThreadEventLoop) acceptor));
        }
    }

    private void watch(SingleThreadEventLoop acceptor) {
        for (Iterator<Channel> channels = acceptor.registeredChannelsIterator(); channels.hasNext(); ) {
            Channel channel = channels.next();
            if (channel instanceof ServerChannel && channel.pipeline().get(NAME) == null) {
                channel.pipeline().addFirst(NAME, new Accepted());
            }
        }
    }

    /** Sees each connection before the server has it. */
    @Sharable
    private final class Accepted extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            if (accepted instanceof Channel child) {
                child.pipeline().addLast(new OnItsLoop());
            }
            context.fireChannelRead(accepted);
        }
    }

    private final class OnItsLoop extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            EventLoops.Owned owned = loops.of(channel.eventLoop());
            RequestDeadline.watch(channel, owned.loop(), owned.deadlines(), timeout, metrics::requestCut);
        }
    }
}
