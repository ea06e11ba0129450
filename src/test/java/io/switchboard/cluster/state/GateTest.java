package io.switchboard.cluster.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final LocalCluster cluster = new LocalCluster(new SimulatedTime());
    private final LocalCluster.Replica a = cluster.replica("a");
    private final LocalCluster.Replica b = cluster.replica("b");
    private final Gate gate = new Gate(a, cluster.loop(), LONGEST);
    private final List<String> done = new ArrayList<>();
    private String mine;
    private String gained;

    @BeforeEach
    void oneReplicaIsLost() {
        cluster.agree();
        gate.open();
        mine = cluster.keyOf("a", 0);
        gained = cluster.keyOf("b", 0);
        b.kill();
        cluster.agree();
    }

    private void pass(String key, String what) {
        gate.pass(key, () -> done.add(what), () -> done.add("not " + what));
    }

    @Test
    void onlyWhatWasGainedWaitsInOrder() {
        pass(gained, "1");
        pass(mine, "2");
        pass(gained, "3");
        assertThat(done).containsExactly("2");
        gate.open();
        pass(gained, "4");
        assertThat(done).containsExactly("2", "1", "3", "4");
    }

    @Test
    void nobodyWaitsForEver() {
        pass(gained, "1");
        cluster.pass(LONGEST.minusMillis(100));
        assertThat(done).isEmpty();
        cluster.pass(Duration.ofMillis(200));
        assertThat(done).containsExactly("1");
    }

    @Test
    void whatIsLostAgainIsNotDone() {
        pass(gained, "1");
        gate.drop(gained::equals);
        gate.open();
        assertThat(done).containsExactly("not 1");
    }

    @Test
    void anotherViewOpensNothing() {
        pass(gained, "1");
        LocalCluster.Replica _ = cluster.replica("c");
        cluster.agree();
        assertThat(gate.isOpen(gained)).isEqualTo(!cluster.ownerOf(gained).equals("a"));
        assertThat(done).isEmpty();
    }
}
