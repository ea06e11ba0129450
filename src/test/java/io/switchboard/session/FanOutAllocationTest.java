package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.Position;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestRevocations;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A publication is one object for all who receive it: the memory that delivering it takes is counted, not timed. */
class FanOutAllocationTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final View VIEW = new View("w", Optional.of("slug"), List.of(), View.Permission.READ);

    private static final int RECEIVERS = 2_000;
    private static final int ROUNDS = 50;

    /** Copies what it is given into the same memory again and again. */
    private static final class ReusingTransport implements Transport {
        private final ByteBuf buffer;
        private long bytes;

        private ReusingTransport(ByteBuf buffer) {
            this.buffer = buffer;
        }

        @Override
        public void write(OutboundQueue queue) {
            while (!queue.isEmpty()) {
                buffer.clear();
                queue.peek(0).writeTo(buffer);
                queue.remove(1);
                bytes += buffer.readableBytes();
            }
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

    @Test
    void deliveringTakesNoMemoryForEachReceiver() {
        SimulatedTime time = new SimulatedTime();
        SimulatedLoop loop = time.loop();
        Shard shard = new Hub().addShard(loop);
        Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(1 << 30));
        CountingListener listener = new CountingListener();
        Claims claims = new Claims(
                "alice",
                "alice",
                "standard",
                Set.of(),
                List.of(VIEW),
                time.now().plusSeconds(3600));
        SessionServices services = new SessionServices(
                _ -> CompletableFuture.completedFuture(claims),
                TestRevocations.by(time.clock()),
                new SessionRegistry(),
                new Dialects(List.of(new CellsDialect(MAPPER))),
                new Detector(MAPPER),
                time.clock(),
                time.timers(),
                new ConnectionLimits(0, 0, 0, 0),
                listener,
                SessionLimits.ofBytes(1 << 20));
        ReusingTransport transport = new ReusingTransport(Unpooled.buffer(1024, 1024));
        for (int i = 0; i < RECEIVERS; i++) {
            Session session = new Session(transport, shard, flusher, services);
            session.open(Optional.of(DialectKind.CELLS));
            session.onText("{\"@type\":\"subscribe\",\"jwt\":\"x\"}");
        }
        loop.runAll();

        long least = Long.MAX_VALUE;
        for (int round = 1; round <= ROUNDS; round++) {
            Publication publication = publication(round);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            shard.publish(publication);
            loop.runAll();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(listener.delivered).isEqualTo(RECEIVERS * ROUNDS);
        assertThat(transport.bytes).isGreaterThan(200L * RECEIVERS * ROUNDS);
        // the frame, and a little for each turn of writing; the smallest object for each receiver would be 32,000 bytes
        assertThat(least).isLessThan(RECEIVERS);
    }

    private static Publication publication(long offset) {
        return new Publication(
                new Position("test", offset),
                Pace.MERGED.topicOf(VIEW.uuid()),
                new Guard.HoldsView(VIEW),
                Policy.RELIABLE,
                Optional.empty(),
                new byte[200]);
    }
}
