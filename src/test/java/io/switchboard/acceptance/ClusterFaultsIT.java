package io.switchboard.acceptance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a cluster fail under load, and nothing that was accepted is lost, duplicated or out of order for any client. */
class ClusterFaultsIT {
    private static final Path PEERS = Path.of("bench", "peers");
    private static final Path FAULTS = Path.of("bench", "faults", "faults.mjs");
    private static final Path LOGS = Path.of("target", "faults");

    /** For starting servers, on a machine that is busy; each scenario takes some 30 s where it is not. */
    private static final int DEADLINE_SECONDS = 180;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kill --rounds 1 --clients 8 --rate 40",
                "nats-restart --rounds 1 --clients 8 --rate 40",
                "cut --modes refuse,stall --seconds 8 --clients 8 --rate 40",
                "postgres-restart --rounds 1 --clients 8 --rate 40",
                "merge --nodes 200",
                "rolling --clients 200 --rate 10 --set switchboard.drain.window=3s"
            })
    void nothingThatWasAcceptedIsLostDuplicatedOrOutOfOrder(String scenario) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(scenario.split(" ")));
        arguments.addAll(List.of("--logs", LOGS.toString(), "--deadline", Integer.toString(DEADLINE_SECONDS)));
        try (NodeScript faults = new NodeScript(PEERS, FAULTS, arguments.toArray(String[]::new))) {
            faults.awaitSuccess(Duration.ofSeconds(DEADLINE_SECONDS + 30));
        }
    }
}
