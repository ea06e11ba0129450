package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.testing.Receivers;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** A publication is one object for all who receive it: the memory that delivering it takes is counted, not timed. */
class FanOutAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int RECEIVERS = 2_000;
    private static final int ROUNDS = 50;

    @Test
    void deliveringTakesNoMemoryForEachReceiver() {
        SimulatedTime time = new SimulatedTime();
        SimulatedLoop loop = time.loop();
        Shard shard = new Hub().addShard(loop);
        Receivers receivers = new Receivers(shard, time.clock());
        receivers.open(RECEIVERS);
        loop.runAll();

        long least = Long.MAX_VALUE;
        for (int round = 1; round <= ROUNDS; round++) {
            Publication publication = Receivers.publication(round, new byte[200]);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            shard.publish(publication);
            loop.runAll();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(receivers.listener.delivered).isEqualTo(RECEIVERS * ROUNDS);
        assertThat(receivers.bytes()).isGreaterThan(200L * RECEIVERS * ROUNDS);
        // the frame, and a little for each turn of writing; the smallest object for each receiver would be 32,000 bytes
        assertThat(least).isLessThan(RECEIVERS);
    }
}
