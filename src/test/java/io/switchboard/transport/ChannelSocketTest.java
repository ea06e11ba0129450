package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;
import io.switchboard.dialect.DialectKind;
import io.switchboard.hub.Hub;
import io.switchboard.session.Flusher;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.Session;
import io.switchboard.session.SessionServices;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a socket is read from, and when it is not. */
class ChannelSocketTest {
    private static final InboundBounds BOUNDS = new InboundBounds(1_000, 3, 10, 5, 2);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Sweep liveness = new Sweep(loop, Duration.ofSeconds(16));
    private final CountingListener listener = new CountingListener();
    private long nanos;
    private final ChannelSocket socket = install();

    private ChannelSocket install() {
        channel.pipeline().addLast("wsencoder", new ChannelOutboundHandlerAdapter());
        channel.pipeline().addLast("idle", new ChannelInboundHandlerAdapter());
        channel.pipeline().addLast("handler", new ChannelDuplexHandler() {
            @Override
            public void close(ChannelHandlerContext context, ChannelPromise promise) {
                // would wait for a closing handshake
            }
        });
        return ChannelSocket.install(channel, "192.0.2.1", BOUNDS, () -> nanos);
    }

    private void bind() {
        SessionServices services = TestServices.by(time).listener(listener).build();
        WebSocketConnection connection = (WebSocketConnection) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {WebSocketConnection.class},
                (_, _, _) -> Uni.createFrom().voidItem());
        Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0));
        Session session = new Session(socket, new Hub().addShard(loop), flusher, services);
        socket.bind(connection, session, Opening.of(DialectKind.CELLS), liveness);
    }

    private void writable(boolean writable) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
        channel.runPendingTasks();
    }

    private void receive(int frames) {
        for (int i = 0; i < frames; i++) {
            channel.writeInbound(new TextWebSocketFrame("{\"@type\":\"unknown\"}"));
        }
    }

    private void endRest() {
        nanos += Duration.ofSeconds(10).toNanos();
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    private boolean reading() {
        return channel.config().isAutoRead();
    }

    @Test
    void shouldNotReadBetweenTheFirstFrameAndTheSession() {
        assertThat(reading()).isTrue();
        receive(2);
        assertThat(reading()).isFalse();
        bind();
        assertThat(reading()).isTrue();
    }

    @Test
    void shouldNotReadFromOneWhoDoesNotReadWhenTheSessionOpens() {
        writable(false);
        receive(1);
        bind();
        assertThat(reading()).isFalse();
        writable(true);
        assertThat(reading()).isTrue();
    }

    @Test
    void shouldNotReadFromOneWhoSentTooMuchWithTheHandshake() {
        receive(6);
        bind();
        assertThat(reading()).isFalse();
        endRest();
        assertThat(reading()).isTrue();
    }

    @Test
    void shouldReadOnlyWhereNeitherReasonForbidsIt() {
        bind();
        receive(6);
        assertThat(reading()).as("too fast").isFalse();
        writable(false);
        writable(true);
        assertThat(reading()).as("still too fast").isFalse();
        writable(false);
        endRest();
        assertThat(reading()).as("does not read").isFalse();
        writable(true);
        assertThat(reading()).isTrue();
    }

    @Test
    void shouldRestForAllThatCameBeforeTheRestIsOver() {
        bind();
        receive(15);
        nanos += Duration.ofMillis(900).toNanos();
        channel.advanceTimeBy(900, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(reading()).as("10 too many at 10 a second").isFalse();
        endRest();
        assertThat(reading()).isTrue();
    }

    @Test
    void shouldCountNeitherReasonAsSilence() {
        bind();
        receive(6);
        for (int i = 0; i < 5; i++) {
            socket.visit();
        }
        assertThat(listener.closings).isEmpty();
        endRest();
        socket.visit();
        socket.visit();
        channel.writeInbound(new PongWebSocketFrame());
        endRest();
        socket.visit();
        socket.visit();
        assertThat(listener.closings).isEmpty();
        socket.visit();
        assertThat(listener.closings).hasSize(1);
        socket.visit();
        assertThat(listener.closings).hasSize(1);
    }

    @Test
    void shouldSendEmptyPings() {
        bind();
        socket.visit();
        assertThat(channel.<Object>readOutbound()).isEqualTo(Unpooled.wrappedBuffer(new byte[] {(byte) 0x89, 0}));
        writable(false);
        socket.visit();
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void shouldEndAtOnceAndLeaveTheSweep() {
        bind();
        assertThat(liveness.size()).isEqualTo(1);
        socket.abort();
        channel.runPendingTasks();
        assertThat(liveness.size()).isZero();
        assertThat(listener.open).isZero();
    }
}
