package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketConnection;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Frame;
import io.switchboard.limit.MessageRate;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundQueue;
import io.switchboard.session.Session;
import io.switchboard.session.Transport;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The Netty channel of one WebSocket, and the only class that knows how to get at it: the framework's connection object
 * encodes and flushes for each message, hides how much waits, and queues what comes in without a bound.
 *
 * <p>Frames with data are taken out of the pipeline before the framework sees them, and handled at once, so that nothing
 * queues; pings, pongs and closes pass on to it, as does the whole life cycle. Prepared frames are written behind the
 * framework's encoder, copied together into one buffer a write. While the peer does not read, or has sent more than its
 * share, nothing is read from it.
 *
 * <p>Called on the channel's event loop only.
 */
final class ChannelSocket extends ChannelInboundHandlerAdapter implements Transport, Sweep.Visited {
    private static final Logger LOG = Logger.getLogger(ChannelSocket.class);

    private static final String NAME = "switchboard";
    private static final String FRAMEWORK_HANDLER = "handler";
    private static final String FRAMEWORK_ENCODER = "wsencoder";
    private static final String FRAMEWORK_IDLE_HANDLER = "idle";

    /** Frames are copied together up to this size, in bytes: Netty's high water mark. */
    private static final int CHUNK = 64 * 1024;

    /** The two bytes of a ping that says nothing (RFC 6455, 5.5.2). */
    private static final int EMPTY_PING = 0x8900;

    /** One timer then serves for several frames. */
    private static final long SHORTEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Channel channel;
    private final String address;
    private final InboundBounds bounds;
    private final LongSupplier nanoTime;
    private final MessageRate rate;
    private final Pulse pulse = new Pulse();
    private final Queue<WebSocketFrame> early = new ArrayDeque<>();
    private ChannelHandlerContext here;
    private ChannelHandlerContext encoder;
    private WebSocketConnection connection;
    private Session session;
    private CorruptedWebSocketFrameException earlyViolation;
    private ByteBuf partial;
    private boolean partialIsText;
    private int fragments;
    private boolean resting;
    private boolean held;

    /** What waits for a sign of life. */
    private final Queue<Runnable> probes = new ArrayDeque<>();

    /** Of the peer's close frame. */
    private int closeCode = WebSocketCloseStatus.ABNORMAL_CLOSURE.code();

    private ChannelSocket(Channel channel, String address, InboundBounds bounds, LongSupplier nanoTime) {
        this.channel = channel;
        this.address = address;
        this.bounds = bounds;
        this.nanoTime = nanoTime;
        this.rate = new MessageRate(bounds.framesPerSecond(), bounds.burst(), nanoTime.getAsLong());
    }

    /**
     * Takes a place in the pipeline of a connection that is about to be upgraded, so that no frame can slip by between the
     * handshake and the moment the session exists.
     *
     * @param address of the client
     */
    static ChannelSocket install(Channel channel, String address, InboundBounds bounds, LongSupplier nanoTime) {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(NAME) != null) {
            pipeline.remove(NAME);
        }
        ChannelSocket socket = new ChannelSocket(channel, address, bounds, nanoTime);
        pipeline.addBefore(FRAMEWORK_HANDLER, NAME, socket);
        return socket;
    }

    static Channel channelOf(HttpServerRequest request) {
        return ((ConnectionBase) request.connection()).channel();
    }

    Channel channel() {
        return channel;
    }

    /** Whether a session has taken it over. */
    boolean isBound() {
        return session != null;
    }

    /**
     * Opens the session and gives it the frames from now on, beginning with those that came already.
     *
     * @param opening what the upgrade request told
     * @param liveness calls on this socket to ping it
     */
    void bind(WebSocketConnection connection, Session session, Opening opening, Sweep liveness) {
        this.connection = requireNonNull(connection, "connection");
        this.session = requireNonNull(session, "session");
        ChannelPipeline pipeline = channel.pipeline();
        encoder = requireNonNull(pipeline.context(FRAMEWORK_ENCODER), "the framework's encoder");
        if (pipeline.get(FRAMEWORK_IDLE_HANDLER) != null) {
            // The time-out of HTTP requests; a socket may be silent for as long as it answers pings.
            pipeline.remove(FRAMEWORK_IDLE_HANDLER);
        }
        RequestDeadline.release(channel);
        Sweep.Place place = liveness.add(this);
        channel.closeFuture().addListener(_ -> liveness.remove(place));
        session.open(opening);
        if (!channel.isActive()) {
            releaseAll();
            session.onClosed(closeCode);
            return;
        }
        if (!early.isEmpty()) {
            for (WebSocketFrame frame = early.poll(); frame != null; frame = early.poll()) {
                handle(frame);
            }
            // The framework holds its answers back until the end of a read, and the real one is over.
            here.fireChannelReadComplete();
        }
        if (earlyViolation != null) {
            closeFor(earlyViolation);
        }
        gate();
    }

    /** Reads from the peer, or not. */
    private void gate() {
        boolean open = !resting && !held && channel.isWritable();
        if (!open) {
            pulse.deaf();
        }
        channel.config().setAutoRead(open);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        here = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            context.fireChannelRead(message);
        } else if (session == null) {
            early.add(frame);
            channel.config().setAutoRead(false);
        } else {
            handle(frame);
        }
    }

    /** The decoder throws where a frame breaks RFC 6455 or is too long; the framework would log it and hang up. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof CorruptedWebSocketFrameException violation)) {
            context.fireExceptionCaught(cause);
        } else if (session == null) {
            earlyViolation = violation;
        } else {
            closeFor(violation);
        }
    }

    private void closeFor(CorruptedWebSocketFrameException violation) {
        CloseCode code = violation.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)
                ? CloseCode.TOO_BIG
                : CloseCode.INVALID_FRAME;
        session.close(code, code.reason());
    }

    private void handle(WebSocketFrame frame) {
        pulse.heard();
        for (Runnable probe = probes.poll(); probe != null; probe = probes.poll()) {
            probe.run();
        }
        if (frame instanceof CloseWebSocketFrame close) {
            closeCode = close.statusCode() < 0 ? WebSocketCloseStatus.EMPTY.code() : close.statusCode();
        }
        if (rate.count(nanoTime.getAsLong()) && !resting) {
            resting = true;
            gate();
            rest();
        }
        boolean data = frame instanceof TextWebSocketFrame
                || frame instanceof BinaryWebSocketFrame
                || frame instanceof ContinuationWebSocketFrame;
        if (!data) {
            here.fireChannelRead(frame);
            return;
        }
        try {
            onData(frame);
        } catch (RuntimeException e) {
            LOG.error("message not handled", Redacted.of(e));
            session.close(CloseCode.INTERNAL, CloseCode.INTERNAL.reason());
        } finally {
            frame.release();
        }
    }

    /** The peer sends too much: its own system makes it wait, and nothing is lost. */
    private void rest() {
        long nanos = Math.max(SHORTEST_REST_NANOS, rate.pauseNanos(nanoTime.getAsLong()));
        Future<?> _ = channel.eventLoop().schedule(this::restOver, nanos, TimeUnit.NANOSECONDS);
    }

    private void restOver() {
        if (rate.pauseNanos(nanoTime.getAsLong()) > 0) {
            // What came with the same read counts too.
            rest();
        } else {
            resting = false;
            gate();
        }
    }

    @Override
    public void visit() {
        if (!session.isOpen()) {
            return;
        }
        int silence = pulse.beat(channel.config().isAutoRead());
        if (bounds.missedPongs() > 0 && silence >= bounds.missedPongs()) {
            session.close(CloseCode.SILENT, CloseCode.SILENT.reason());
        } else {
            ping();
        }
    }

    private void ping() {
        if (channel.isWritable()) {
            ChannelFuture _ = encoder.writeAndFlush(
                    channel.alloc().directBuffer(2).writeShort(EMPTY_PING), channel.voidPromise());
        }
    }

    @Override
    public void probe(Runnable heard) {
        probes.add(heard);
        ping();
    }

    /** Netty's decoder has checked that fragments come in their order (RFC 6455, 5.4). */
    private void onData(WebSocketFrame frame) {
        ByteBuf content = frame.content();
        if (!(frame instanceof ContinuationWebSocketFrame)) {
            partialIsText = frame instanceof TextWebSocketFrame;
            fragments = 0;
        }
        fragments++;
        long size = (partial == null ? 0L : partial.readableBytes()) + content.readableBytes();
        boolean tooBig = bounds.messageSize() > 0 && size > bounds.messageSize();
        // Empty ones would never become too big.
        boolean tooMany = bounds.fragments() > 0 && fragments > bounds.fragments();
        if (tooBig || tooMany) {
            releasePartial();
            session.close(CloseCode.TOO_BIG, CloseCode.TOO_BIG.reason());
        } else if (frame.isFinalFragment() && partial == null) {
            onMessage(content);
        } else {
            if (partial == null) {
                partial = channel.alloc().buffer(content.readableBytes());
            }
            partial.writeBytes(content);
            if (frame.isFinalFragment()) {
                ByteBuf message = partial;
                partial = null;
                try {
                    onMessage(message);
                } finally {
                    message.release();
                }
            }
        }
    }

    private void onMessage(ByteBuf content) {
        if (!partialIsText) {
            session.onBinary(content);
            return;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(content.nioBuffer())
                    .toString();
        } catch (CharacterCodingException _) {
            session.close(CloseCode.INVALID_TEXT, CloseCode.INVALID_TEXT.reason());
            return;
        }
        session.onText(text);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (session != null) {
            gate();
            if (channel.isWritable()) {
                session.onWritable();
            }
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        releaseAll();
        if (session != null) {
            session.onClosed(closeCode);
        }
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        releaseAll();
    }

    private void releasePartial() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    private void releaseAll() {
        releasePartial();
        for (WebSocketFrame frame = early.poll(); frame != null; frame = early.poll()) {
            frame.release();
        }
    }

    @Override
    public void write(OutboundQueue queue) {
        boolean written = false;
        while (!queue.isEmpty() && channel.isWritable()) {
            int count = 0;
            int bytes = 0;
            do {
                bytes += queue.peek(count).size();
                count++;
            } while (count < queue.size() && bytes + queue.peek(count).size() <= CHUNK);
            ByteBuf buffer = channel.alloc().directBuffer(bytes);
            for (int i = 0; i < count; i++) {
                Frame frame = queue.peek(i);
                frame.writeTo(buffer);
            }
            // Taken out first: a write that fails ends the session, which looks at the queue.
            queue.remove(count);
            ChannelFuture _ = encoder.write(buffer, channel.voidPromise());
            written = true;
        }
        if (written) {
            encoder.flush();
        }
    }

    @Override
    public long pendingBytes() {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        return outbound == null ? 0 : outbound.totalPendingWriteBytes();
    }

    @Override
    public void hold(boolean held) {
        this.held = held;
        gate();
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public void close(CloseCode code) {
        connection
                .close(new CloseReason(code.code(), code.reason()))
                .subscribe()
                .with(_ -> {}, _ -> abort());
    }

    @Override
    public void abort() {
        // From here: the framework would begin a closing handshake, and wait ten seconds for its end.
        ChannelFuture _ = here.close();
    }
}
