package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.queue.Algorithm;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bindings;
import io.switchboard.queue.QueueStore.Bound;
import io.switchboard.queue.QueueStore.Claimed;
import io.switchboard.queue.QueueStore.Deleted;
import io.switchboard.queue.QueueStore.ExchangeFacts;
import io.switchboard.queue.QueueStore.MessageFacts;
import io.switchboard.queue.QueueStore.Page;
import io.switchboard.queue.QueueStore.QueueFacts;
import io.switchboard.queue.QueueStore.Requeued;
import io.switchboard.queue.QueueStore.Returned;
import io.switchboard.queue.QueueStore.Sent;
import io.switchboard.queue.Waiting;
import io.switchboard.queue.WorkMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a store of queues promises, whichever database is behind it. */
abstract class QueueStoreContract extends StorageContract {
    static final QueueQuotas NONE = new QueueQuotas(0, 0, 0, 0, 0, 0);
    private static final Duration HOUR = Duration.ofHours(1);

    /** An empty one; a second one of a test holds what the first did. */
    abstract QueueStore store(QueueQuotas quotas);

    /** What is counted is what there is. */
    abstract void assertCounted();

    QueueStore store() {
        return store(NONE);
    }

    @AfterEach
    void countsAreRight() {
        assertCounted();
    }

    WorkMessage message(String data) {
        return message(data, HOUR);
    }

    WorkMessage message(String data, Duration timeToLive) {
        long now = clock.millis();
        return new WorkMessage(
                UUID.randomUUID(), "alice", data, "answers", "c-1", "", "", now, now + timeToLive.toMillis());
    }

    static QueueStore claimed(QueueStore store, String... queues) {
        for (String queue : queues) {
            assertThat(get(store.claim(queue, "bob", false, false, "run"))).isEqualTo(Claimed.DURABLE);
        }
        return store;
    }

    static long sent(QueueStore store, String queue, WorkMessage message) {
        Sent sent = get(store.send(List.of(queue), message));
        assertThat(sent.full()).isFalse();
        return sent.numbers().get(queue);
    }

    static Page all(QueueStore store, String queue) {
        return get(store.after(queue, 0, 10_000, Long.MAX_VALUE));
    }

    static List<Long> numbers(Page page) {
        return page.messages().stream().map(Waiting::number).toList();
    }

    static List<Long> deadNumbers(QueueStore store, String queue) {
        return get(store.peek(queue, true, 0, 1_000)).orElseThrow().stream()
                .map(MessageFacts::number)
                .toList();
    }

    static QueueFacts facts(QueueStore store, String queue) {
        return get(store.queues("", 1_000)).stream()
                .filter(facts -> facts.name().equals(queue))
                .findFirst()
                .orElseThrow();
    }

    private static void bury(QueueStore store, String queue, long number) {
        assertThat(get(store.putBack(queue, number, 1))).isEqualTo(new Returned.Dead());
    }

    @Test
    void whatIsSentWaitsInItsOrder() {
        QueueStore store = claimed(store(), "jobs", "other");
        WorkMessage first = message("{\"n\":1}");
        WorkMessage second =
                new WorkMessage(UUID.randomUUID(), "carol", "[2]", "", "", "all", "a.b", 7, clock.millis() + 1);
        assertThat(sent(store, "jobs", first)).isEqualTo(1);
        assertThat(sent(store, "jobs", second)).isEqualTo(2);
        assertThat(sent(store, "other", first)).isEqualTo(1);

        assertThat(all(store, "jobs"))
                .isEqualTo(new Page(List.of(new Waiting(1, 0, first), new Waiting(2, 0, second)), 2, true));
        assertThat(numbers(get(store.after("jobs", 1, 10, 10_000)))).containsExactly(2L);
        assertThat(get(store.after("jobs", 2, 10, 10_000))).isEqualTo(new Page(List.of(), 2, true));
        assertThat(get(store.after("nothing", 7, 10, 10_000))).isEqualTo(new Page(List.of(), 7, true));
        assertThatThrownBy(() -> store.after("jobs", 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPageHoldsWhatFitsAndOneAtLeast() {
        QueueStore store = claimed(store(), "jobs");
        for (int i = 0; i < 5; i++) {
            long _ = sent(store, "jobs", message("x".repeat(100)));
        }
        long one = message("x".repeat(100)).weight();

        assertThat(get(store.after("jobs", 0, 3, 10_000)).upTo()).isEqualTo(3);
        assertThat(get(store.after("jobs", 0, 3, 10_000)).complete()).isFalse();
        assertThat(numbers(get(store.after("jobs", 0, 10, 2 * one)))).containsExactly(1L, 2L);
        assertThat(numbers(get(store.after("jobs", 0, 10, 3 * one - 1)))).containsExactly(1L, 2L);
        assertThat(numbers(get(store.after("jobs", 2, 10, 1)))).containsExactly(3L);
        assertThat(numbers(get(store.after("jobs", 4, 10, 0)))).containsExactly(5L);
        assertThat(get(store.after("jobs", 4, 10, 0)).complete()).isTrue();
        assertThat(get(store.after("jobs", 0, 5, 10_000)).complete()).isTrue();
    }

    @Test
    void aPageReachesToTheNewestThoughThatIsGone() {
        QueueStore store = claimed(store(), "jobs");
        for (int i = 0; i < 3; i++) {
            long _ = sent(store, "jobs", message("1"));
        }
        get(store.remove("jobs", List.of(3L, 2L, 99L)));

        assertThat(all(store, "jobs").upTo()).isEqualTo(3);
        assertThat(numbers(all(store, "jobs"))).containsExactly(1L);
        assertThat(sent(store, "jobs", message("1"))).isEqualTo(4);
    }

    @Test
    void aQueueBelongsToWhoClaimsItFirst() {
        QueueStore store = claimed(store(), "jobs");

        assertThat(get(store.claim("jobs", "bob", false, false, "run"))).isEqualTo(Claimed.DURABLE);
        assertThat(get(store.claim("jobs", "eve", false, false, "run"))).isEqualTo(Claimed.FOREIGN);
        assertThat(get(store.claim("jobs", "eve", true, false, "run"))).isEqualTo(Claimed.DURABLE);
        assertThat(get(store.claim("tmp", "eve", false, true, "run"))).isEqualTo(Claimed.TEMPORARY);
        assertThat(get(store.claim("tmp", "bob", false, false, "run"))).isEqualTo(Claimed.FOREIGN);
        assertThat(get(store.claim("tmp", "eve", false, false, "run"))).isEqualTo(Claimed.TEMPORARY);
        assertThat(facts(store, "jobs")).isEqualTo(new QueueFacts("jobs", "bob", false, 0, 0, 0, OptionalLong.empty()));
        assertThat(facts(store, "tmp").temporary()).isTrue();
    }

    @Test
    void whatIsKeptIsThereAfterARestart() {
        QueueStore first = claimed(store(), "jobs");
        for (int i = 0; i < 50; i++) {
            long _ = sent(first, "jobs", message(Integer.toString(i)));
        }
        get(first.remove("jobs", List.of(7L)));
        assertThat(get(first.putBack("jobs", 9, 5))).isEqualTo(new Returned.Again(1));
        bury(first, "jobs", 11);
        Page before = all(first, "jobs");

        QueueStore second = store();
        assertThat(all(second, "jobs")).isEqualTo(before);
        assertThat(before.messages()).hasSize(48);
        assertThat(before.messages().get(7)).extracting(Waiting::returns).isEqualTo(1);
        assertThat(deadNumbers(second, "jobs")).containsExactly(11L);
        assertThat(sent(second, "jobs", message("51"))).isEqualTo(51);
    }

    // Bounds

    @Test
    void aQueueHoldsSoManyMessages() {
        QueueStore store = claimed(store(new QueueQuotas(3, 0, 0, 0, 0, 0)), "jobs");
        for (int i = 0; i < 3; i++) {
            long _ = sent(store, "jobs", message("1"));
        }
        assertThat(get(store.send(List.of("jobs"), message("1")))).isEqualTo(new Sent(Map.of(), true, 0));
        // dead letters count
        bury(store, "jobs", 2);
        assertThat(get(store.send(List.of("jobs"), message("1"))).full()).isTrue();
        get(store.remove("jobs", List.of(1L)));
        assertThat(sent(store, "jobs", message("1"))).isEqualTo(4);
    }

    @Test
    void aQueueHoldsSoManyBytes() {
        long weight = message("12345678").weight();
        QueueStore store = claimed(store(new QueueQuotas(0, 2 * weight, 0, 0, 0, 0)), "jobs");
        long _ = sent(store, "jobs", message("12345678"));
        assertThat(get(store.send(List.of("jobs"), message("123456789"))).full())
                .isTrue();
        long _ = sent(store, "jobs", message("12345678"));
        assertThat(get(store.send(List.of("jobs"), message("1"))).full()).isTrue();
    }

    @Test
    void whatIsTooOldMakesRoom() {
        QueueStore store = claimed(store(new QueueQuotas(3, 0, 0, 0, 0, 0)), "jobs");
        long _ = sent(store, "jobs", message("1", Duration.ofMinutes(1)));
        long _ = sent(store, "jobs", message("2", Duration.ofMinutes(1)));
        long _ = sent(store, "jobs", message("3"));
        pass(Duration.ofMillis(59_999));
        assertThat(get(store.send(List.of("jobs"), message("4"))).full()).isTrue();
        pass(Duration.ofMillis(1));

        Sent sent = get(store.send(List.of("jobs"), message("4")));
        assertThat(sent).isEqualTo(new Sent(Map.of("jobs", 4L), false, 2));
        assertThat(numbers(all(store, "jobs"))).containsExactly(3L, 4L);
    }

    @Test
    void allGetItOrNone() {
        QueueStore store = claimed(store(new QueueQuotas(2, 0, 0, 0, 0, 0)), "a", "b", "c");
        Set<String> queues = Set.of("a", "b", "c", "nothing");
        assertThat(get(store.send(queues, message("1"))))
                .isEqualTo(new Sent(Map.of("a", 1L, "b", 1L, "c", 1L), false, 0));
        long _ = sent(store, "b", message("2"));
        assertThat(get(store.send(queues, message("3")))).isEqualTo(new Sent(Map.of(), true, 0));
        assertThat(numbers(all(store, "a"))).containsExactly(1L);
        assertThat(numbers(all(store, "c"))).containsExactly(1L);
        assertThat(get(store.send(List.of("nothing"), message("4")))).isEqualTo(new Sent(Map.of(), false, 0));
    }

    @Test
    void aUserOwnsSoManyQueuesAndAllSoMany() {
        QueueStore store = claimed(store(new QueueQuotas(0, 0, 2, 3, 0, 0)), "a", "b");
        assertThat(get(store.claim("c", "bob", false, false, "run"))).isEqualTo(Claimed.USER_FULL);
        assertThat(get(store.bind("x", Algorithm.FANOUT, "bob", Optional.of(new Binding("q", "")), "run")))
                .isEqualTo(Bound.USER_FULL);
        assertThat(get(store.claim("a", "bob", false, false, "run"))).isEqualTo(Claimed.DURABLE);
        assertThat(get(store.claim("c", "eve", false, false, "run"))).isEqualTo(Claimed.DURABLE);
        assertThat(get(store.claim("d", "eve", false, false, "run"))).isEqualTo(Claimed.FULL);
        assertThat(get(store.bind("x", Algorithm.FANOUT, "eve", Optional.of(new Binding("q", "")), "run")))
                .isEqualTo(Bound.QUEUES_FULL);
        assertThat(get(store.exchanges("", 10))).isEmpty();
        assertThat(get(store.deleteQueue("a", OptionalLong.empty()))).isEqualTo(new Deleted.Done(Set.of()));
        assertThat(get(store.claim("d", "eve", false, false, "run"))).isEqualTo(Claimed.DURABLE);
    }

    // What comes back

    @Test
    void whatComesBackTooOftenIsADeadLetter() {
        QueueStore store = claimed(store(), "jobs");
        long number = sent(store, "jobs", message("1"));
        for (int i = 1; i < 5; i++) {
            assertThat(get(store.putBack("jobs", number, 5))).isEqualTo(new Returned.Again(i));
        }
        assertThat(all(store, "jobs").messages().getFirst().returns()).isEqualTo(4);
        assertThat(get(store.putBack("jobs", number, 5))).isEqualTo(new Returned.Dead());

        assertThat(numbers(all(store, "jobs"))).isEmpty();
        assertThat(deadNumbers(store, "jobs")).containsExactly(number);
        assertThat(get(store.putBack("jobs", number, 5))).isEqualTo(new Returned.Gone());
        get(store.remove("jobs", List.of(number)));
        assertThat(deadNumbers(store, "jobs")).containsExactly(number);
        assertThat(facts(store, "jobs"))
                .isEqualTo(
                        new QueueFacts("jobs", "bob", false, 0, 1, message("1").weight(), OptionalLong.empty()));
    }

    @Test
    void withoutABoundItComesBackForEver() {
        QueueStore store = claimed(store(), "jobs");
        long number = sent(store, "jobs", message("1"));
        for (int i = 1; i < 20; i++) {
            assertThat(get(store.putBack("jobs", number, 0))).isEqualTo(new Returned.Again(i));
        }
    }

    @Test
    void whatIsTooOldIsNotGivenAndGoes() {
        QueueStore store = claimed(store(), "jobs");
        long _ = sent(store, "jobs", message("1", Duration.ofMinutes(1)));
        long second = sent(store, "jobs", message("2", Duration.ofMinutes(1)));
        long third = sent(store, "jobs", message("3"));
        pass(Duration.ofMinutes(1));

        assertThat(numbers(all(store, "jobs"))).containsExactly(third);
        assertThat(get(store.putBack("jobs", second, 5))).isEqualTo(new Returned.Expired());
        assertThat(get(store.putBack("jobs", second, 5))).isEqualTo(new Returned.Gone());
        assertThat(get(store.deleteExpired())).isEqualTo(1);
        assertThat(get(store.deleteExpired())).isZero();
        assertThat(facts(store, "jobs").messages()).isEqualTo(1);
    }

    @Test
    void deadLettersStayForAWhile() {
        QueueStore store = claimed(store(), "jobs");
        bury(store, "jobs", sent(store, "jobs", message("1")));
        pass(Duration.ofHours(2));
        bury(store, "jobs", sent(store, "jobs", message("2")));
        assertThat(get(store.deleteExpired())).isZero();

        assertThat(get(store.deleteDead(clock.millis() - Duration.ofHours(2).toMillis() - 1)))
                .isZero();
        assertThat(get(store.deleteDead(clock.millis() - Duration.ofHours(2).toMillis())))
                .isEqualTo(1);
        assertThat(deadNumbers(store, "jobs")).containsExactly(2L);
    }

    @Test
    void deadLettersCanBeTriedAgain() {
        QueueStore store = claimed(store(), "jobs");
        WorkMessage shortLived = message("1", Duration.ofMinutes(1));
        WorkMessage longLived = message("2");
        for (WorkMessage message : List.of(shortLived, longLived, message("3"))) {
            bury(store, "jobs", sent(store, "jobs", message));
        }
        pass(Duration.ofMinutes(5));

        assertThat(get(store.requeue("jobs", 2))).contains(new Requeued(2, 1));
        assertThat(get(store.requeue("nothing", 2))).isEmpty();
        List<Waiting> waiting = all(store, "jobs").messages();
        assertThat(waiting).extracting(Waiting::returns).containsExactly(0, 0);
        assertThat(waiting.getFirst().message().expiresAt())
                .isEqualTo(clock.millis() + Duration.ofMinutes(1).toMillis());
        assertThat(waiting.getLast().message()).isEqualTo(longLived);
        assertThat(deadNumbers(store, "jobs")).containsExactly(3L);
        assertThat(facts(store, "jobs").messages()).isEqualTo(2);
        assertThat(get(store.requeue("jobs", 2))).contains(new Requeued(1, 3));
        assertThat(get(store.requeue("jobs", 2)).orElseThrow().count()).isZero();
    }

    // Deleting

    @Test
    void aPurgeLeavesWhatSomebodyHas() {
        QueueStore store = claimed(store(), "jobs");
        for (int i = 0; i < 6; i++) {
            long _ = sent(store, "jobs", message("1"));
        }
        bury(store, "jobs", 2);
        assertThat(purge(store, false, Set.of(3L, 5L))).isEqualTo(3);
        assertThat(numbers(all(store, "jobs"))).containsExactly(3L, 5L);
        assertThat(deadNumbers(store, "jobs")).containsExactly(2L);
        assertThat(purge(store, true, Set.of())).isEqualTo(1);
        assertThat(deadNumbers(store, "jobs")).isEmpty();
        assertThat(get(store.purge("nothing", false, Set.of(), 0, OptionalLong.empty())))
                .isEmpty();
    }

    /** In more than one portion, too. */
    @Test
    void muchIsDeletedInPortions() {
        QueueStore store = claimed(store(), "jobs", "other");
        List<CompletionStage<Sent>> sent = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            sent.add(store.send(List.of("jobs", "other"), message("1")));
        }
        sent.forEach(StorageContract::get);
        assertThat(purge(store, false, Set.of(1L, 1_500L))).isEqualTo(2_498);
        assertThat(numbers(all(store, "jobs"))).containsExactly(1L, 1_500L);

        Deleted deleted = get(store.deleteQueue("other", OptionalLong.empty()));
        while (deleted instanceof Deleted.More) {
            assertCounted();
            deleted = get(store.deleteQueue("other", OptionalLong.empty()));
        }
        assertThat(deleted).isEqualTo(new Deleted.Done(Set.of()));
        assertThat(get(store.peek("other", false, 0, 1))).isEmpty();
    }

    private static int purge(QueueStore store, boolean dead, Set<Long> keep) {
        QueueStore.Purged purged =
                get(store.purge("jobs", dead, keep, 0, OptionalLong.empty())).orElseThrow();
        int deleted = purged.deleted();
        while (purged.reached() < purged.last()) {
            purged = get(store.purge("jobs", dead, keep, purged.reached(), OptionalLong.of(purged.last())))
                    .orElseThrow();
            deleted += purged.deleted();
        }
        return deleted;
    }

    @Test
    void noNumberIsUsedTwiceThoughTheQueueWasDeleted() {
        QueueStore store = claimed(store(), "jobs");
        for (int i = 0; i < 3; i++) {
            long _ = sent(store, "jobs", message("1"));
        }
        assertThat(get(store.deleteQueue("jobs", OptionalLong.empty()))).isEqualTo(new Deleted.Done(Set.of()));
        assertThat(get(store.deleteQueue("jobs", OptionalLong.empty()))).isEqualTo(new Deleted.Unknown());
        assertThat(get(store.send(List.of("jobs"), message("1"))).numbers()).isEmpty();

        assertThat(sent(claimed(store, "jobs"), "jobs", message("1"))).isEqualTo(4);
    }

    @Test
    void onlyWhatNobodyUsesIsUnused() {
        QueueStore store = claimed(store(), "jobs");
        for (String queue : List.of("consumed", "full", "left")) {
            assertThat(get(store.claim(queue, "bob", false, true, "run"))).isEqualTo(Claimed.TEMPORARY);
        }
        long number = sent(store, "full", message("1"));
        get(store.release("full", "run"));
        get(store.release("left", "another run"));
        get(store.release("left", "run"));
        long then = clock.millis();

        assertThat(get(store.unusedQueues(then - 1))).isEmpty();
        assertThat(get(store.unusedQueues(then))).containsExactly("left");
        pass(HOUR);
        get(store.remove("full", List.of(number)));
        assertThat(get(store.unusedQueues(then))).containsExactly("left");
        for (String queue : List.of("jobs", "consumed", "full")) {
            assertThat(get(store.deleteQueue(queue, OptionalLong.of(then)))).isEqualTo(new Deleted.Unknown());
        }
        assertThat(get(store.deleteQueue("left", OptionalLong.of(then)))).isEqualTo(new Deleted.Done(Set.of()));
        assertThat(get(store.unusedQueues(clock.millis()))).containsExactly("full");
    }

    /** Whoever consumed it is gone with the run; its time begins when that is found out. */
    @Test
    void anotherRunHasNoConsumersAnyMore() {
        QueueStore store = store();
        assertThat(get(store.claim("tmp", "bob", false, true, "first"))).isEqualTo(Claimed.TEMPORARY);
        pass(HOUR);
        get(store.begin("first"));
        assertThat(get(store.unusedQueues(clock.millis()))).isEmpty();
        get(store.begin("second"));
        assertThat(get(store.unusedQueues(clock.millis() - 1))).isEmpty();
        assertThat(get(store.unusedQueues(clock.millis()))).containsExactly("tmp");
        assertThat(get(store.claim("tmp", "bob", false, false, "second"))).isEqualTo(Claimed.TEMPORARY);
        assertThat(get(store.unusedQueues(clock.millis()))).isEmpty();
    }

    /** Those that are there for good count as used by nobody. */
    @Test
    void whatCountsAsUsedIsFoundPageByPage() {
        QueueStore store = store();
        for (String queue : List.of("d", "b", "c", "a")) {
            assertThat(get(store.claim(queue, "bob", false, true, "run"))).isEqualTo(Claimed.TEMPORARY);
        }
        assertThat(get(store.claim("durable", "bob", false, false, "run"))).isEqualTo(Claimed.DURABLE);
        assertThat(get(store.claim("other", "bob", false, true, "another"))).isEqualTo(Claimed.TEMPORARY);
        get(store.release("c", "run"));

        assertThat(get(store.consumedQueues("run", "", 2))).containsExactly("a", "b");
        assertThat(get(store.consumedQueues("run", "b", 2))).containsExactly("d");
        assertThat(get(store.consumedQueues("another", "", 2))).containsExactly("other");
    }

    // Exchanges

    @Test
    void anExchangeHasItsBindings() {
        QueueStore store = store(new QueueQuotas(0, 0, 0, 0, 2, 2));
        assertThat(get(store.bind("x", Algorithm.TOPIC, "bob", Optional.empty(), "run")))
                .isEqualTo(Bound.DONE);
        assertThat(get(store.bindings("x"))).contains(new Bindings(Algorithm.TOPIC, List.of()));
        assertThat(get(store.bindings("nothing"))).isEmpty();
        assertThat(get(store.bind("x", Algorithm.FANOUT, "bob", Optional.empty(), "run")))
                .isEqualTo(Bound.OTHER_ALGORITHM);
        for (String queue : List.of("q1", "q2")) {
            assertThat(get(store.bind("x", Algorithm.TOPIC, "eve", Optional.of(new Binding(queue, "a.*")), "run")))
                    .isEqualTo(Bound.DONE);
        }
        assertThat(get(store.bind("x", Algorithm.TOPIC, "bob", Optional.of(new Binding("q3", "")), "run")))
                .isEqualTo(Bound.BINDINGS_FULL);
        assertThat(get(store.bind("y", Algorithm.HEADER, "bob", Optional.empty(), "run")))
                .isEqualTo(Bound.DONE);
        assertThat(get(store.bind("z", Algorithm.DIRECT, "bob", Optional.empty(), "run")))
                .isEqualTo(Bound.EXCHANGES_FULL);

        QueueStore again = store(new QueueQuotas(0, 0, 0, 0, 2, 2));
        assertThat(get(again.bindings("x")).orElseThrow().bindings())
                .containsExactlyInAnyOrder(new Binding("q1", "a.*"), new Binding("q2", "a.*"));
        assertThat(facts(again, "q1").owner()).isEqualTo("eve");
        assertThat(facts(again, "q1").temporary()).isTrue();
        assertThat(get(again.exchanges("", 10)))
                .containsExactly(
                        new ExchangeFacts("x", Algorithm.TOPIC, "bob", 2),
                        new ExchangeFacts("y", Algorithm.HEADER, "bob", 0));
        assertThat(get(again.exchanges("x", 10))).hasSize(1);
        assertThat(get(again.deleteQueue("q1", OptionalLong.empty()))).isEqualTo(new Deleted.Done(Set.of("x")));
        assertThat(get(again.bindings("x")).orElseThrow().bindings()).containsExactly(new Binding("q2", "a.*"));
        assertThat(get(again.deleteExchange("x", OptionalLong.empty()))).contains(Set.of("q2"));
        assertThat(get(again.deleteExchange("x", OptionalLong.empty()))).isEmpty();
        assertThat(get(again.send(List.of("q2"), message("1"))).numbers()).hasSize(1);
    }

    @Test
    void anExchangeWithoutBindingsIsUnused() {
        QueueStore store = store();
        assertThat(get(store.bind("bound", Algorithm.FANOUT, "bob", Optional.of(new Binding("q", "")), "run")))
                .isEqualTo(Bound.DONE);
        assertThat(get(store.bind("empty", Algorithm.FANOUT, "bob", Optional.empty(), "run")))
                .isEqualTo(Bound.DONE);
        long then = clock.millis();
        assertThat(get(store.unusedExchanges(then - 1))).isEmpty();
        assertThat(get(store.unusedExchanges(then))).containsExactly("empty");
        pass(HOUR);
        assertThat(get(store.deleteQueue("q", OptionalLong.empty()))).isEqualTo(new Deleted.Done(Set.of("bound")));
        assertThat(get(store.unusedExchanges(then))).containsExactly("empty");
        assertThat(get(store.deleteExchange("bound", OptionalLong.of(then)))).isEmpty();
        assertThat(get(store.deleteExchange("empty", OptionalLong.of(then)))).contains(Set.of());
        assertThat(get(store.unusedExchanges(clock.millis()))).containsExactly("bound");
    }

    @Test
    void whoLooksAfterQueuesSeesNoData() {
        QueueStore store = claimed(store(), "jobs", "more");
        WorkMessage message = message("\"secret\"");
        long number = sent(store, "jobs", message);
        pass(Duration.ofMinutes(1));
        long _ = sent(store, "jobs", message("2"));
        assertThat(get(store.putBack("jobs", number, 5))).isEqualTo(new Returned.Again(1));

        assertThat(get(store.peek("jobs", false, 0, 1)).orElseThrow())
                .containsExactly(new MessageFacts(
                        1,
                        message.id(),
                        "alice",
                        1,
                        message.sentAt(),
                        message.expiresAt(),
                        "answers",
                        "c-1",
                        "",
                        "",
                        message.weight()));
        assertThat(get(store.peek("jobs", false, 1, 10)).orElseThrow()).hasSize(1);
        assertThat(get(store.peek("nothing", false, 0, 10))).isEmpty();
        assertThat(facts(store, "jobs").oldestSentAt()).hasValue(message.sentAt());
        assertThat(get(store.queues("", 1))).extracting(QueueFacts::name).containsExactly("jobs");
        assertThat(get(store.queues("jobs", 9))).extracting(QueueFacts::name).containsExactly("more");
    }

    @Test
    void manyChangesAtOnceKeepTheirOrder() {
        QueueStore store = claimed(store(), "jobs");
        List<CompletionStage<Sent>> sent = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sent.add(store.send(List.of("jobs"), message(Integer.toString(i))));
        }
        for (int i = 0; i < 500; i++) {
            assertThat(get(sent.get(i)).numbers()).containsEntry("jobs", i + 1L);
        }
        get(store.remove("jobs", LongStream.rangeClosed(1, 499).boxed().toList()));
        assertThat(all(store, "jobs").messages())
                .extracting(waiting -> waiting.message().data())
                .containsExactly("499");
    }
}
