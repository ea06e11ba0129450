package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.testing.LocalCluster;
import io.switchboard.testing.SimulatedTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WithdrawalKeeperTest {
    private final SimulatedTime time = new SimulatedTime();
    private final LocalCluster cluster = new LocalCluster(time);
    private final MemoryArchive archive = new MemoryArchive();
    private final Map<String, LocalCluster.Replica> replicas = new TreeMap<>();
    private final Map<String, WithdrawalKeeper> keepers = new TreeMap<>();

    @BeforeEach
    void start() {
        for (String id : List.of("a", "b", "c")) {
            replicas.put(id, cluster.replica(id));
            keepers.put(id, new WithdrawalKeeper(replicas.get(id), cluster.loop(), cluster.loop()::execute, archive));
        }
        cluster.agree();
    }

    private Revocation deleted(String workspace) {
        return new Revocation(new Scope.OfEntitlement(Entitlement.workspace(workspace), Optional.empty()), time.now());
    }

    /** As every replica hears of it from the log. */
    private Revocation happens(String workspace) {
        Revocation act = deleted(workspace);
        keepers.values().forEach(keeper -> keeper.accept(act));
        cluster.pass(Duration.ofMillis(10));
        return act;
    }

    @Test
    void shouldKeepItFromOneReplica() throws IOException {
        Revocation first = happens("w1");
        Revocation second = happens("w2");

        assertThat(archive.all()).containsExactly(first, second);
        assertThat(archive.puts()).isEqualTo(2);
    }

    @Test
    void shouldKeepItLaterWhereItFails() throws IOException {
        archive.fail(true);
        Revocation first = happens("w1");
        Revocation second = happens("w2");
        cluster.pass(Duration.ofSeconds(6));
        archive.fail(false);
        assertThat(archive.all()).isEmpty();

        cluster.pass(Duration.ofSeconds(6));

        assertThat(archive.all()).containsExactly(first, second);
    }

    @Test
    void shouldKeepWhatTheReplicaCouldNotThatIsGone() throws IOException {
        archive.fail(true);
        Revocation act = happens("w1");
        archive.fail(false);
        replicas.get(cluster.ownerOf("idm")).kill();

        cluster.agree();
        cluster.pass(Duration.ofMillis(10));

        assertThat(archive.all()).containsExactly(act);
    }
}
