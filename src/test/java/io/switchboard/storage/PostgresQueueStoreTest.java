package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import io.switchboard.queue.QueueStore;
import io.switchboard.testing.Postgres;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresQueueStoreTest extends SqlQueueStoreContract {
    private static Postgres postgres;

    private String url;

    @BeforeAll
    static void startServer() {
        postgres = Postgres.started();
    }

    @AfterAll
    static void stopServer() {
        postgres.close();
    }

    @BeforeEach
    void newDatabase() {
        url = postgres.newDatabase();
    }

    @Override
    Database database() {
        return new Database(StorageKind.POSTGRESQL, Postgres.sourceOf(url), url);
    }

    @Test
    void aDatabaseThatGoesIsWaitedFor() {
        QueueStore store = claimed(store(), "jobs");
        long _ = sent(store, "jobs", message("1"));
        postgres.stop();
        try {
            assertThat(failure(store.send(List.of("jobs"), message("2")))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.after("jobs", 0, 1, 1))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.remove("jobs", List.of(1L)))).isEqualTo(StoreException.Reason.DOWN);
        } finally {
            postgres.start();
        }
        await().atMost(PATIENCE).until(() -> storage().up());
        assertThat(sent(store, "jobs", message("3"))).isEqualTo(2);
        assertThat(numbers(all(store, "jobs"))).containsExactly(1L, 2L);
    }
}
