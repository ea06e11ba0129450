package io.switchboard.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.metric.GatewayMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.Consumer;

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

    /** Only in dev mode is there a server already: it outlives the application, which is loaded anew. */
    void onStart(@Observes StartupEvent event) {
        watch();
    }

    void onStop(@Observes ShutdownEvent event) {
        onServers(SlowRequests::remove);
    }

    private void watch() {
        if (!timeout.isZero()) {
            onServers(pipeline -> {
                remove(pipeline);
                pipeline.addFirst(NAME, new Accepted());
            });
        }
    }

    private static void remove(ChannelPipeline pipeline) {
        if (pipeline.get(NAME) != null) {
            pipeline.remove(NAME);
        }
    }

    private void onServers(Consumer<ChannelPipeline> task) {
        for (EventExecutor acceptor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
            acceptor.execute(() -> {
                Iterator<Channel> channels = ((SingleThreadEventLoop) acceptor).registeredChannelsIterator();
                while (channels.hasNext()) {
                    Channel channel = channels.next();
                    if (channel instanceof ServerChannel) {
                        task.accept(channel.pipeline());
                    }
                }
            });
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
