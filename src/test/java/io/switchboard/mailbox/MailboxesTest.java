package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.testing.MemoryMailStore;
import io.switchboard.testing.SimulatedTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What happens where the store fails, or has no room. What may happen in whatever order is in {@link MailboxesModelTest}. */
class MailboxesTest {
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final SimulatedTime time = new SimulatedTime();
    private final MemoryMailStore store = new MemoryMailStore();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final Mailboxes mailboxes = new LocalMailboxes(store, new Owners(List.of(loop)));

    /** Takes everything at once. */
    private static final class Receiver implements Mailboxes.Receiver {
        private final UUID id = UUID.randomUUID();
        private final boolean acknowledges;
        private final List<String> payloads = new ArrayList<>();
        private final List<UUID> letters = new ArrayList<>();

        private Receiver(boolean acknowledges) {
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
            Content.Direct content = (Content.Direct) letter.content();
            payloads.add(new String(content.payload(), StandardCharsets.UTF_8));
            letters.add(content.id());
            return CompletableFuture.completedFuture(true);
        }
    }

    private static Letter letter(String payload) {
        return new Letter(UUID.randomUUID(), "alice", "bob", 0, Long.MAX_VALUE, payload, Optional.empty());
    }

    private CompletableFuture<Sending> sending(String payload) {
        return mailboxes.send(letter(payload), Optional.empty()).toCompletableFuture();
    }

    private Sending send(String payload) {
        CompletableFuture<Sending> answer = sending(payload);
        loop.runAll();
        assertThat(answer).isCompleted();
        return answer.join();
    }

    private Receiver connect(boolean acknowledges) {
        Receiver receiver = new Receiver(acknowledges);
        mailboxes.connect("alice", receiver);
        loop.runAll();
        return receiver;
    }

    private void disconnect(Receiver receiver) {
        mailboxes.disconnect("alice", receiver);
        loop.runAll();
    }

    @Test
    void withTheStoreDownWhoIsAwayCannotBeWrittenToAndWhoIsThereCan() {
        Receiver receiver = connect(false);
        store.fail(StoreException.Reason.DOWN);

        assertThat(send("1")).isEqualTo(new Sending.Delivered(List.of(receiver.id())));
        assertThat(receiver.payloads).containsExactly("1");
        disconnect(receiver);
        assertThat(send("2")).isEqualTo(new Sending.Failed(StoreException.Reason.DOWN));
        store.fail(StoreException.Reason.BUSY);
        assertThat(send("3")).isEqualTo(new Sending.Failed(StoreException.Reason.BUSY));

        store.recover();
        assertThat(send("4")).isEqualTo(new Sending.Queued());
        assertThat(connect(false).payloads).containsExactly("4");
        assertThat(store.kept("alice")).isEmpty();
    }

    /** Something may be kept for them, so nothing may overtake it. */
    @Test
    void whoConnectsWhileTheStoreIsDownGetsEverythingWhenItIsBack() {
        assertThat(send("1")).isEqualTo(new Sending.Queued());
        store.fail(StoreException.Reason.DOWN);
        Receiver receiver = connect(false);

        assertThat(send("2")).isEqualTo(new Sending.Failed(StoreException.Reason.DOWN));
        for (int i = 0; i < 10; i++) {
            time.advance(LONGEST_PAUSE);
            loop.runAll();
        }
        assertThat(receiver.payloads).isEmpty();

        store.recover();
        time.advance(LONGEST_PAUSE);
        loop.runAll();
        assertThat(receiver.payloads).containsExactly("1");
        assertThat(send("3")).isEqualTo(new Sending.Delivered(List.of(receiver.id())));
        assertThat(receiver.payloads).containsExactly("1", "3");
        assertThat(store.kept("alice")).isEmpty();
        disconnect(receiver);
        assertThat(mailboxes.size()).isZero();
    }

    @Test
    void whatCannotBeRemovedIsNotGivenTwiceAndIsRemovedLater() {
        MemoryMailStore waiting = new MemoryMailStore().waits();
        Mailboxes boxes = new LocalMailboxes(waiting, new Owners(List.of(loop)));
        CompletableFuture<Sending> answer =
                boxes.send(letter("1"), Optional.empty()).toCompletableFuture();
        loop.runAll();
        assertThat(waiting.next()).isTrue();
        loop.runAll();
        assertThat(answer).isCompletedWithValue(new Sending.Queued());
        Receiver first = new Receiver(false);
        boxes.connect("alice", first);
        loop.runAll();
        assertThat(waiting.next()).as("the page").isTrue();
        loop.runAll();
        assertThat(first.payloads).containsExactly("1");
        waiting.fail(StoreException.Reason.DOWN);
        assertThat(waiting.next()).as("the removal").isTrue();
        loop.runAll();
        waiting.recover();

        // before it is tried again
        Receiver second = new Receiver(false);
        boxes.connect("alice", second);
        loop.runAll();
        while (waiting.next()) {
            loop.runAll();
        }
        assertThat(waiting.kept("alice")).hasSize(1);
        time.advance(LONGEST_PAUSE);
        loop.runAll();
        while (waiting.next()) {
            loop.runAll();
        }
        assertThat(second.payloads).isEmpty();
        assertThat(first.payloads).containsExactly("1");
        assertThat(waiting.kept("alice")).isEmpty();
    }

    @Test
    void withoutRoomItIsRefusedAndWhoIsThereGetsIt() {
        store.full(true);
        assertThat(send("1")).isEqualTo(new Sending.Refused());
        Receiver receiver = connect(false);
        assertThat(send("2")).isEqualTo(new Sending.Delivered(List.of(receiver.id())));
        disconnect(receiver);

        store.full(false);
        assertThat(send("3")).isEqualTo(new Sending.Queued());
        assertThat(connect(false).payloads).containsExactly("3");
    }

    @Test
    void whatHasNoTimeIsNotKept() {
        Letter over = new Letter(UUID.randomUUID(), "alice", "bob", 7, 7, "1", Optional.empty());
        CompletableFuture<Sending> answer =
                mailboxes.send(over, Optional.empty()).toCompletableFuture();
        loop.runAll();

        assertThat(answer).isCompletedWithValue(new Sending.Refused());
        assertThat(store.kept("alice")).isEmpty();
    }

    @Test
    void bytesAreDeliveredAndNeverKept() {
        CompletableFuture<Sending> away =
                mailboxes.send(letter("1"), Optional.of(new byte[] {1})).toCompletableFuture();
        loop.runAll();
        assertThat(away).isCompletedWithValue(new Sending.Refused());
        assertThat(store.kept("alice")).isEmpty();
        // also to one that has everything else kept
        Receiver receiver = connect(true);
        CompletableFuture<Sending> there =
                mailboxes.send(letter("2"), Optional.of(new byte[] {2})).toCompletableFuture();
        loop.runAll();

        assertThat(there).isCompletedWithValue(new Sending.Delivered(List.of(receiver.id())));
        assertThat(receiver.payloads).containsExactly("2");
        assertThat(store.kept("alice")).isEmpty();
    }

    @Test
    void whatIsOnItsWayIsBoundedInBytes() {
        String half = "x".repeat((int) (LocalMailboxes.MOST_BYTES / 2));
        CompletableFuture<Sending> one = sending(half);
        CompletableFuture<Sending> two = sending(half);

        assertThat(sending("x")).isCompletedWithValue(new Sending.Failed(StoreException.Reason.BUSY));
        loop.runAll();
        assertThat(one).isCompletedWithValue(new Sending.Queued());
        assertThat(two).isCompletedWithValue(new Sending.Queued());
        assertThat(send("x")).isEqualTo(new Sending.Queued());
    }

    @Test
    void whatIsAcknowledgedIsRemovedAndWhatNobodyWaitsForIsNoError() {
        mailboxes.acknowledged("alice", UUID.randomUUID());
        loop.runAll();
        assertThat(mailboxes.size()).isZero();
        Receiver receiver = connect(true);
        assertThat(send("1")).isEqualTo(new Sending.Delivered(List.of(receiver.id())));
        assertThat(store.kept("alice")).hasSize(1);
        mailboxes.acknowledged("alice", UUID.randomUUID());
        mailboxes.acknowledged("bob", receiver.letters.getFirst());
        loop.runAll();
        assertThat(store.kept("alice")).hasSize(1);

        for (int i = 0; i < 2; i++) {
            mailboxes.acknowledged("alice", receiver.letters.getFirst());
            loop.runAll();
            assertThat(store.kept("alice")).isEmpty();
        }
        disconnect(receiver);
        assertThat(mailboxes.size()).isZero();
    }

    @Test
    void theStoreHearsWhoHasSignedIn() {
        assertThat(send("1")).isEqualTo(new Sending.Queued());
        assertThat(store.knows("alice")).isFalse();
        disconnect(connect(false));

        assertThat(store.knows("alice")).isTrue();
        assertThat(store.knows("bob")).isFalse();
    }
}
