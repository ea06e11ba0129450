package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Content;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.testing.MemoryMailStore;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the order in which connections come, take letters, or break, the database answers, and senders send: each connection
 * gets letters in their order and each once; what was answered as delivered or queued is received; what somebody has received is
 * not sent to one who comes later.
 */
class MailboxesModelTest {
    private static final int SEEDS = 2000;
    private static final int STEPS = 120;

    private final SimulatedTime time = new SimulatedTime();
    private final MemoryMailStore store = new MemoryMailStore().waits();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final Mailboxes mailboxes = new LocalMailboxes(store, new Owners(List.of(loop)));
    private final List<Letter> sent = new ArrayList<>();
    private final List<CompletableFuture<Sending>> answers = new ArrayList<>();
    private final List<Connection> open = new ArrayList<>();
    private final List<Connection> all = new ArrayList<>();
    /** What a client has for good. */
    private final Set<UUID> received = new HashSet<>();

    private Random random;

    private final class Connection implements Mailboxes.Receiver {
        private final UUID id = UUID.randomUUID();
        private final boolean acknowledges;
        private final Set<UUID> receivedBefore = new HashSet<>(received);
        private final Queue<Runnable> hands = new ArrayDeque<>();
        private final Queue<CompletableFuture<Boolean>> pending = new ArrayDeque<>();
        private final List<UUID> given = new ArrayList<>();
        private final Queue<UUID> toAcknowledge = new ArrayDeque<>();
        private boolean broken;

        private Connection(boolean acknowledges) {
            this.acknowledges = acknowledges;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public boolean acknowledges() {
            return acknowledges;
        }

        @Override
        public CompletionStage<Boolean> hand(Publication letter) {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            if (broken) {
                result.complete(false);
                return result;
            }
            UUID message = ((Content.Direct) letter.content()).id();
            pending.add(result);
            hands.add(() -> {
                assertThat(receivedBefore).as("received by somebody before").doesNotContain(message);
                given.add(message);
                if (acknowledges) {
                    toAcknowledge.add(message);
                } else {
                    received.add(message);
                }
                pending.remove().complete(true);
            });
            return result;
        }

        void take() {
            Runnable next = hands.poll();
            if (next != null) {
                next.run();
            }
        }

        void acknowledge() {
            UUID next = toAcknowledge.poll();
            if (next != null) {
                received.add(next);
                mailboxes.acknowledged("alice", next);
            }
        }

        void end() {
            broken = true;
            open.remove(this);
            hands.clear();
            while (!pending.isEmpty()) {
                pending.remove().complete(false);
            }
            if (random.nextInt(4) == 0) {
                // on another event loop
                connect(false);
            }
            mailboxes.disconnect("alice", this);
        }
    }

    private void send() {
        Letter letter = new Letter(
                UUID.randomUUID(), "alice", "bob", 0, Long.MAX_VALUE, "\"" + sent.size() + "\"", Optional.empty());
        sent.add(letter);
        answers.add(mailboxes.send(letter, Optional.empty()).toCompletableFuture());
    }

    private void connect(boolean acknowledges) {
        Connection connection = new Connection(acknowledges);
        open.add(connection);
        all.add(connection);
        mailboxes.connect("alice", connection);
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostRepeatedOrOvertaken(int seed) {
        random = new Random(seed);
        boolean acknowledging = seed % 3 == 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> send();
                case 3 -> {
                    if (open.size() < 3) {
                        connect(acknowledging && random.nextBoolean());
                    }
                }
                case 4 -> {
                    if (!open.isEmpty()) {
                        open.get(random.nextInt(open.size())).end();
                    }
                }
                case 5, 6, 7 -> {
                    if (!open.isEmpty()) {
                        open.get(random.nextInt(open.size())).take();
                    }
                }
                case 8 -> {
                    if (!open.isEmpty()) {
                        open.get(random.nextInt(open.size())).acknowledge();
                    }
                }
                case 9, 10 -> store.next();
                default -> time.advance(Duration.ofMillis(random.nextInt(400)));
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                boolean _ = loop.runOne();
            }
        }
        settle();

        List<UUID> order = sent.stream().map(Letter::id).toList();
        for (Connection one : all) {
            assertThat(one.given).doesNotHaveDuplicates();
            assertThat(one.given).isSortedAccordingTo((a, b) -> Integer.compare(order.indexOf(a), order.indexOf(b)));
        }
        assertThat(answers).allMatch(CompletableFuture::isDone);
        assertThat(answers.stream().map(CompletableFuture::join))
                .allMatch(answer -> answer instanceof Sending.Delivered || answer instanceof Sending.Queued);
        assertThat(received).containsExactlyInAnyOrderElementsOf(order);
        assertThat(store.kept("alice")).isEmpty();
        assertThat(mailboxes.size()).isZero();
    }

    /** All connections end, and one comes that takes everything. */
    private void settle() {
        while (!open.isEmpty()) {
            open.getFirst().end();
        }
        connect(false);
        Connection last = open.getFirst();
        int idle = 0;
        while (idle < 3) {
            loop.runAll();
            if (store.next()) {
                idle = 0;
            } else if (last.hands.isEmpty()) {
                time.advance(Duration.ofSeconds(1));
                idle++;
            }
            last.take();
        }
        while (!open.isEmpty()) {
            open.getFirst().end();
        }
        loop.runAll();
        while (store.next()) {
            loop.runAll();
        }
    }
}
