package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.Postgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresChatStoreTest extends ChatStoreContract {
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
    void postgresRestartedUnderLoad() throws Exception {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        Map<String, Long> acknowledged = new ConcurrentHashMap<>();
        AtomicInteger failed = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService posters = Executors.newFixedThreadPool(4)) {
            for (int poster = 0; poster < 4; poster++) {
                String prefix = "p" + poster + "-";
                posters.execute(() -> {
                    for (int i = 0; !over.get(); i++) {
                        try {
                            Message kept = get(store.append(room, draft(prefix + i, "alice", "text")))
                                    .orElseThrow();
                            acknowledged.put(kept.uuid(), kept.seq());
                        } catch (CompletionException e) {
                            assertThat(((StoreException) e.getCause()).reason()).isEqualTo(StoreException.Reason.DOWN);
                            failed.incrementAndGet();
                            // as somebody does who tries again after a moment
                            await().atMost(PATIENCE).until(() -> storage().up() || over.get());
                        }
                    }
                });
            }
            for (Runnable trouble : List.<Runnable>of(
                    postgres::restart,
                    () -> {
                        postgres.kill();
                        postgres.start();
                    },
                    postgres::restart)) {
                int before = acknowledged.size();
                await().atMost(PATIENCE).until(() -> acknowledged.size() > before + 200);
                trouble.run();
            }
            int before = acknowledged.size();
            await().atMost(PATIENCE).until(() -> acknowledged.size() > before + 200);
            over.set(true);
        }

        assertThat(failed).hasPositiveValue();
        List<Message> history = new ArrayList<>();
        for (List<Message> page = get(store.after(room, 0, 1_000)).messages();
                !page.isEmpty();
                page = get(store.after(room, page.getLast().seq(), 1_000)).messages()) {
            history.addAll(page);
        }
        assertThat(history)
                .extracting(Message::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, history.size()).boxed().toList());
        acknowledged.forEach(
                (uuid, seq) -> assertThat(history.get((int) (seq - 1)).uuid()).isEqualTo(uuid));
        List<Long> told =
                changes.stream().map(change -> ChatStoreContract.seq(change)).toList();
        assertThat(told).isSorted().doesNotHaveDuplicates().containsAll(acknowledged.values());
    }

    @Test
    void aServerThatIsNotThereYetIsWaitedFor() throws Exception {
        try (Postgres late = Postgres.create();
                LogRecorder log = new LogRecorder("io.switchboard.storage")) {
            String lateUrl = late.url("postgres");
            try (Storage storage = new Storage(
                    new Database(StorageKind.POSTGRESQL, Postgres.sourceOf(lateUrl), lateUrl),
                    USUAL,
                    java.time.Clock.systemUTC(),
                    new io.switchboard.metric.GatewayMetrics(registry))) {
                SqlChatStore store = new SqlChatStore(storage);
                CompletionStage<Optional<Room>> early = store.find(GENERAL);
                long begun = System.nanoTime();
                storage.start();
                assertThat(failure(early)).isEqualTo(StoreException.Reason.DOWN);
                for (int i = 0; i < 100; i++) {
                    assertThat(failure(store.open(GENERAL))).isEqualTo(StoreException.Reason.DOWN);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
                assertThat(storage.up()).isFalse();
                assertThat(storage.trouble()).isEqualTo("PSQLException 08001");

                late.start();
                await().atMost(PATIENCE).until(storage::up);
                Room room = get(store.open(GENERAL));
                fill(store, room, 1, 3);
            }
            assertThat(log.texts())
                    .anyMatch(text -> text.startsWith("storage is down reason=PSQLException 08001"))
                    .anyMatch(text -> text.equals("storage is up again"))
                    .noneMatch(text -> text.contains("jdbc:") || text.contains("text 1"));
        }
    }

    /** PostgreSQL keeps no U+0000; whoever writes it must not fail those who write beside. */
    @Test
    void whatCannotBeWrittenFailsAlone() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        List<CompletionStage<Optional<Message>>> answers = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            answers.add(store.append(room, i == 15 ? draft("m\0", "alice", "text") : draft(i)));
        }

        assertThat(failure(answers.remove(14))).isEqualTo(StoreException.Reason.DOWN);
        answers.forEach(answer -> assertThat(get(answer)).isPresent());
        assertThat(seqs(get(store.page(room, 0, 100))))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 29).boxed().toList());
        assertThat(storage().up()).isTrue();
    }

    /** Whoever follows the same server has seen it go before anybody posts. */
    @Test
    void aServerThatGoesWhileNobodyPostsIsMissed() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        assertThat(storage().up()).isTrue();
        postgres.stop();
        try {
            await().atMost(PATIENCE).until(() -> !storage().up());
        } finally {
            postgres.start();
        }
        await().atMost(PATIENCE).until(() -> storage().up());
        fill(store, room, 1, 1);
    }

    /** After a restart the connections of the readers are dead, which nobody is to notice. */
    @Test
    void aRestartBetweenTwoQuestionsIsNotNoticed() {
        SqlChatStore store = store();
        Room room = get(store.open(GENERAL));
        for (int i = 0; i < 10; i++) {
            assertThat(get(store.find(GENERAL))).contains(room);
        }
        postgres.restart();
        await().atMost(PATIENCE).until(() -> storage().up());
        for (int i = 0; i < 10; i++) {
            assertThat(get(store.find(GENERAL))).contains(room);
        }
    }
}
