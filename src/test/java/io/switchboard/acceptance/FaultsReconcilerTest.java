package io.switchboard.acceptance;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What looks for losses, duplicates and disorder finds them in records that have some. */
class FaultsReconcilerTest {
    private static final Path PEERS = Path.of("bench", "peers");
    private static final Path TESTS = Path.of("bench", "faults", "reconcile.test.mjs");

    @Test
    void findsWhatIsWrong() throws Exception {
        try (NodeScript tests = new NodeScript(PEERS, TESTS)) {
            tests.awaitSuccess(Duration.ofSeconds(60));
        }
    }
}
