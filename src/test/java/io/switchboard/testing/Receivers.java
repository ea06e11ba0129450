package io.switchboard.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.DialectKind;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Flusher;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.OutboundQueue;
import io.switchboard.session.Session;
import io.switchboard.session.SessionLimits;
import io.switchboard.session.SessionServices;
import io.switchboard.session.Transport;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Many sessions of one user in one workspace, whose sockets are always writable and share one buffer that is used again and
 * again: what is left to measure is the way to the socket. Used on the loop of its shard.
 */
public final class Receivers {
    /** What they see. */
    public static final View VIEW = new View("w", Optional.of("files"), List.of(), View.Permission.READ);

    private static final Guard GUARD = new Guard.HoldsView(VIEW);

    public final CountingListener listener = new CountingListener();
    private final Shard shard;
    private final Flusher flusher;
    private final SessionServices services;
    private final ReusingTransport transport = new ReusingTransport();

    private static final class ReusingTransport implements Transport {
        private final ByteBuf buffer = Unpooled.directBuffer(1 << 20, 1 << 20);
        private long bytes;

        @Override
        public void write(OutboundQueue queue) {
            buffer.clear();
            int count = queue.size();
            for (int i = 0; i < count; i++) {
                queue.peek(i).writeTo(buffer);
            }
            queue.remove(count);
            bytes += buffer.readableBytes();
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void close(CloseCode code) {
            throw new AssertionError("closed: " + code);
        }

        @Override
        public void abort() {
            throw new AssertionError("aborted");
        }
    }

    public Receivers(Shard shard, Clock clock) {
        this.shard = shard;
        this.flusher = new Flusher(shard.loop(), clock, new OutboundBudget(0));
        Claims claims = new Claims(
                "alice",
                "alice",
                "standard",
                Set.of(),
                List.of(VIEW),
                clock.instant().plus(Duration.ofDays(1)));
        this.services = TestServices.by(clock, (_, _) -> () -> {})
                .claims(claims)
                .listener(listener)
                .limits(SessionLimits.ofBytes(1 << 20))
                .build();
    }

    /** Opens so many; they are signed in when the loop has run. */
    public void open(int count) {
        for (int i = 0; i < count; i++) {
            Session session = new Session(transport, shard, flusher, services);
            session.open(Opening.of(DialectKind.CELLS));
            session.onText("{\"@type\":\"subscribe\",\"jwt\":\"x\"}");
        }
    }

    /** Bytes that were written to all of them. */
    public long bytes() {
        return transport.bytes;
    }

    /** A publication for all of them. */
    public static Publication publication(long offset, byte[] json) {
        return new Publication(
                new Position("test", offset),
                Pace.MERGED.topicOf(VIEW.uuid()),
                GUARD,
                Policy.RELIABLE,
                Optional.empty(),
                json);
    }
}
