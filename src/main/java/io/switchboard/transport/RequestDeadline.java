package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.switchboard.hub.Loop;
import io.switchboard.transport.Sweep.Visited;
import java.time.Duration;

/**
 * Ends an HTTP connection whose client takes too long to send a request, from the moment it connects, or from the first
 * byte of a further request, to the last byte of the body: the time-out of the HTTP server counts only silence, so that one
 * byte a minute would hold a connection for ever. How long an answer takes is not its concern, and a WebSocket leaves its
 * care when the session opens.
 *
 * <p>Called on the event loop of the channel only.
 */
final class RequestDeadline implements Visited {
    private static final AttributeKey<RequestDeadline> KEY = AttributeKey.valueOf("switchboard.deadline");
    private static final String BYTES = "switchboard-bytes";
    private static final String REQUESTS = "switchboard-requests";
    private static final String FRAMEWORK_ENCODER = "httpEncoder";

    private enum State {
        /** A request is under way, or the client has just connected. */
        RECEIVING,
        /** It has come, and is not answered yet. */
        ANSWERING,
        /** The next one may begin whenever the time-out for silent connections lets it. */
        IDLE
    }

    private final Channel channel;
    private final Loop loop;
    private final Sweep sweep;
    private final Sweep.Place place;
    private final long timeoutNanos;
    private final Runnable missed;
    private State state = State.RECEIVING;
    private long deadlineNanos;
    private int unanswered;

    private RequestDeadline(Channel channel, Loop loop, Sweep sweep, Duration timeout, Runnable missed) {
        this.channel = requireNonNull(channel, "channel");
        this.loop = requireNonNull(loop, "loop");
        this.sweep = requireNonNull(sweep, "sweep");
        this.timeoutNanos = timeout.toNanos();
        this.missed = requireNonNull(missed, "missed");
        this.place = sweep.add(this);
        receive();
    }

    /**
     * Watches over a channel, from its first handler on.
     *
     * @param missed hears of a connection that is ended
     */
    static void watch(Channel channel, Loop loop, Sweep sweep, Duration timeout, Runnable missed) {
        RequestDeadline deadline = new RequestDeadline(channel, loop, sweep, timeout, missed);
        channel.attr(KEY).set(deadline);
        channel.closeFuture().addListener(_ -> sweep.remove(deadline.place));
        channel.pipeline().addFirst(BYTES, deadline.new Bytes());
    }

    /** No more requests come on this channel. */
    static void release(Channel channel) {
        RequestDeadline deadline = channel.attr(KEY).getAndSet(null);
        if (deadline != null) {
            deadline.sweep.remove(deadline.place);
            removeFrom(channel.pipeline(), BYTES);
            removeFrom(channel.pipeline(), REQUESTS);
        }
    }

    private static void removeFrom(ChannelPipeline pipeline, String name) {
        if (pipeline.get(name) != null) {
            pipeline.remove(name);
        }
    }

    private void receive() {
        state = State.RECEIVING;
        deadlineNanos = loop.nanoTime() + timeoutNanos;
    }

    @Override
    public void visit() {
        if (state == State.RECEIVING && loop.nanoTime() - deadlineNanos >= 0) {
            missed.run();
            // Past the framework, which might have something to write yet.
            ChannelFuture _ = channel.pipeline().firstContext().close();
        }
    }

    /** Stands where bytes come in. */
    private final class Bytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            complete(context.pipeline());
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (state == State.IDLE) {
                receive();
            }
            complete(context.pipeline());
            context.fireChannelRead(message);
            // with TLS the rest of the pipeline exists only now
            complete(context.pipeline());
        }
    }

    private void complete(ChannelPipeline pipeline) {
        if (pipeline.get(REQUESTS) == null && pipeline.get(FRAMEWORK_ENCODER) != null) {
            pipeline.addAfter(FRAMEWORK_ENCODER, REQUESTS, new Requests());
        }
    }

    /** Stands where requests come out of the decoder, and answers go by on their way to the encoder. */
    private final class Requests extends ChannelDuplexHandler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest) {
                unanswered++;
            }
            if (message instanceof LastHttpContent) {
                state = unanswered > 0 ? State.ANSWERING : State.IDLE;
            }
            context.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof LastHttpContent && !isInterim(message)) {
                unanswered = Math.max(0, unanswered - 1);
                if (unanswered == 0) {
                    state = State.IDLE;
                }
            }
            ChannelFuture _ = context.write(message, promise);
        }

        private static boolean isInterim(Object message) {
            return message instanceof HttpResponse response
                    && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        }
    }
}
