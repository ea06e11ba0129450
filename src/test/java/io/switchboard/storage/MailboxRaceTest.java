package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.hub.Content;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.MailStore;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Sending;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Users who connect at the very moment at which a message to them is stored, in a real database and with real threads. */
class MailboxRaceTest extends StorageContract {
    private static final int ROUNDS = 10_000;
    private static final int USERS = 40;
    private static final long SEED = 20261121;

    /** When the recipient connects. */
    private enum Moment {
        SENT,
        ASKED_TO_KEEP,
        KEPT
    }

    private static final List<Moment> MOMENTS = List.copyOf(EnumSet.allOf(Moment.class));

    @TempDir
    Path folder;

    private final List<ScheduledExecutorService> threads = Stream.generate(Executors::newSingleThreadScheduledExecutor)
            .limit(2)
            .toList();

    @Override
    Database database() {
        String url = StorageKind.SQLITE.scheme() + folder.resolve("switchboard.db");
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url);
        return new Database(StorageKind.SQLITE, source, url);
    }

    @AfterEach
    void endThreads() {
        threads.forEach(ScheduledExecutorService::shutdownNow);
    }

    private record ThreadLoop(ScheduledExecutorService thread) implements Loop {
        @Override
        public void execute(Runnable task) {
            thread.execute(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            var _ = thread.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    /** Says when something is about to be kept, and when it was. */
    private record Watched(
            MailStore store, Map<UUID, CompletableFuture<Void>> asked, Map<UUID, CompletableFuture<Void>> kept)
            implements MailStore {
        @Override
        public CompletionStage<Posted> post(Letter letter) {
            CompletionStage<Posted> posted = store.post(letter);
            tell(asked, letter.id());
            // before the mailboxes hear of it
            CompletionStage<Posted> _ = posted.whenComplete((_, _) -> tell(kept, letter.id()));
            return posted;
        }

        private static void tell(Map<UUID, CompletableFuture<Void>> waiting, UUID letter) {
            CompletableFuture<Void> one = waiting.remove(letter);
            if (one != null) {
                one.complete(null);
            }
        }

        @Override
        public CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes) {
            return store.after(recipient, number, limit, bytes);
        }

        @Override
        public CompletionStage<Void> remove(String recipient, Collection<Long> numbers) {
            return store.remove(recipient, numbers);
        }

        @Override
        public CompletionStage<Void> signedIn(String user) {
            return store.signedIn(user);
        }
    }

    /** A connection whose socket takes a letter when the test says so. */
    private static final class Receiver implements Mailboxes.Receiver {
        private record Handed(UUID letter, CompletableFuture<Boolean> given) {}

        private final UUID id = UUID.randomUUID();
        private final BlockingQueue<Handed> handed = new LinkedBlockingQueue<>();

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public boolean acknowledges() {
            return false;
        }

        @Override
        public CompletionStage<Boolean> hand(Publication letter) {
            CompletableFuture<Boolean> given = new CompletableFuture<>();
            handed.add(new Handed(((Content.Direct) letter.content()).id(), given));
            return given;
        }

        UUID take() throws InterruptedException {
            Handed next = handed.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("a letter").isNotNull();
            next.given().complete(true);
            return next.letter();
        }

        List<UUID> rest() {
            return handed.stream().map(Handed::letter).toList();
        }
    }

    private final class User {
        private final String name;
        private final Mailboxes mailboxes;
        private final Watched store;
        private final Owners owners;
        private final ExecutorService others;
        private final Random random;

        private User(int number, Mailboxes mailboxes, Watched store, Owners owners, ExecutorService others) {
            this.name = "user-" + number;
            this.mailboxes = mailboxes;
            this.store = store;
            this.owners = owners;
            this.others = others;
            this.random = new Random(SEED + number);
        }

        /** Once each, in order: nothing of the round before, and nothing missing. */
        void round() throws Exception {
            long now = clock.millis();
            List<Letter> letters = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                letters.add(
                        new Letter(UUID.randomUUID(), name, "sender", now, now + 60_000, "\"text\"", Optional.empty()));
            }
            UUID first = letters.get(random.nextInt(letters.size())).id();
            CompletableFuture<Void> moment = new CompletableFuture<>();
            switch (MOMENTS.get(random.nextInt(MOMENTS.size()))) {
                case SENT -> moment.complete(null);
                case ASKED_TO_KEEP -> store.asked().put(first, moment);
                case KEPT -> store.kept().put(first, moment);
            }
            Receiver receiver = new Receiver();
            CompletableFuture<Void> connected = moment.thenRunAsync(() -> mailboxes.connect(name, receiver), others);
            Future<List<CompletionStage<Sending>>> sending = others.submit(() -> letters.stream()
                    .map(letter -> mailboxes.send(letter, Optional.empty()))
                    .toList());
            List<UUID> received = new ArrayList<>();
            // those that are to be kept before it connects need nobody to take them
            get(connected);
            while (received.size() < letters.size()) {
                received.add(receiver.take());
            }
            mailboxes.disconnect(name, receiver);
            CompletableFuture<Void> done = new CompletableFuture<>();
            owners.of(name).execute(() -> done.complete(null));
            get(done);
            received.addAll(receiver.rest());
            assertThat(received).isEqualTo(letters.stream().map(Letter::id).toList());
            for (CompletionStage<Sending> answer : sending.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                assertThat(get(answer)).isInstanceOfAny(Sending.Delivered.class, Sending.Queued.class);
            }
        }
    }

    @Test
    void whoConnectsAtTheMomentOfStoringGetsEachLetterOnceAndInOrder() throws Exception {
        Watched store = new Watched(
                new SqlMailStore(
                        newStorage(USUAL, new Pace(Duration.ofDays(1), Duration.ofDays(1)))
                                .start(),
                        MailStoreContract.NONE,
                        clock),
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>());
        Owners owners = new Owners(threads.stream().<Loop>map(ThreadLoop::new).toList());
        Mailboxes mailboxes = new LocalMailboxes(store, owners);
        try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> users = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                User user = new User(i, mailboxes, store, owners, others);
                users.add(others.submit(() -> {
                    for (int round = 0; round < ROUNDS / USERS; round++) {
                        user.round();
                    }
                    return null;
                }));
            }
            for (Future<Void> user : users) {
                user.get(5, TimeUnit.MINUTES);
            }
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(kept()).isZero());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(mailboxes.size()).isZero());
    }

    private long kept() throws SQLException {
        try (Connection connection = database().openForReading();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM mail")) {
            row.next();
            return row.getLong(1);
        }
    }
}
