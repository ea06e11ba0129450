package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.QueueStore.Claimed;
import io.switchboard.queue.QueueStore.QueueFacts;
import io.switchboard.testing.Postgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
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

    private List<QueueStore> two(QueueQuotas quotas) {
        QueueStore first = store(quotas);
        return List.of(
                first,
                new SqlQueueStore(
                        newStorage(USUAL, new Pace(Duration.ofDays(1), Duration.ofDays(1)))
                                .start(),
                        quotas,
                        clock));
    }

    /** Each on its own connection, as often as it takes for both to be at it at once. */
    @Test
    void twoProcessesTogetherKeepToTheBounds() {
        List<QueueStore> stores = two(new QueueQuotas(0, 0, 3, 40, 0, 0));
        List<CompletionStage<Claimed>> claimed = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            claimed.add(stores.get(i % 2).claim("queue" + i, "user" + i / 8, false, false, "run"));
        }
        claimed.forEach(StorageContract::get);

        List<QueueFacts> queues = get(stores.getFirst().queues("", 1_000));
        assertThat(queues).hasSize(40);
        assertThat(queues.stream().collect(Collectors.groupingBy(QueueFacts::owner, Collectors.counting())))
                .allSatisfy((_, count) -> assertThat(count).isLessThanOrEqualTo(3));
    }

    @Test
    void twoProcessesMakeOneQueueOnce() {
        List<QueueStore> stores = two(NONE);
        for (int i = 0; i < 100; i++) {
            CompletionStage<Claimed> first = stores.get(0).claim("queue" + i, "bob", false, true, "run");
            CompletionStage<Claimed> second = stores.get(1).claim("queue" + i, "bob", false, true, "run");
            assertThat(List.of(get(first), get(second))).containsOnly(Claimed.TEMPORARY);
        }
    }

    /** What is sent to a queue that goes at the same moment is in it, or nowhere. */
    @Test
    void oneProcessDeletesWhatTheOtherSendsTo() {
        List<QueueStore> stores = two(NONE);
        for (int i = 0; i < 50; i++) {
            String queue = "queue" + i;
            String other = "other" + i;
            QueueStore _ = claimed(stores.get(0), queue, other);
            List<CompletionStage<?>> all = new ArrayList<>();
            for (int j = 0; j < 5; j++) {
                all.add(stores.get(1).send(List.of(queue), message("1")));
                all.add(stores.get(1).send(List.of(other, queue), message("2")));
            }
            all.add(stores.get(0).deleteQueue(queue, OptionalLong.empty()));
            all.forEach(StorageContract::get);
        }
        assertThat(storage().up()).isTrue();
    }
}
