package io.switchboard.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.failure.StoreException;
import io.switchboard.queue.Consumer.Taken;
import io.switchboard.queue.QueueListener.Return;
import io.switchboard.storage.QueueQuotas;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of work queues, one by one. */
class WorkQueuesTest {
    private static final QueueQuotas NONE = new QueueQuotas(0, 0, 0, 0, 0, 0);
    private static final QueueReply DONE = new QueueReply.Done();

    private Workshop shop = new Workshop();

    private static int status(QueueReply reply) {
        return ((QueueReply.Refused) reply).status();
    }

    private String temporary(Workshop.Worker worker) {
        QueueReply reply = shop.reply(shop.queues.consume(worker, "bob", Optional.empty(), false));
        return ((QueueReply.Consuming) reply).queue();
    }

    private String bound(Workshop.Worker worker, String exchange, Algorithm algorithm, String key) {
        QueueReply reply = shop.reply(shop.queues.bind(worker, "bob", exchange, algorithm, key, true));
        return ((QueueReply.Bound) reply).queue();
    }

    private QueueReply publish(String exchange, String key, String data) {
        return shop.reply(shop.queues.publish(exchange, shop.message(data, Duration.ofHours(1), key)));
    }

    // Names and rights

    @Test
    void namesHaveNoCase() {
        Workshop.Worker worker = shop.new Worker();
        assertThat(shop.reply(shop.queues.consume(worker, "bob", Optional.of("JoBs"), false)))
                .isEqualTo(new QueueReply.Consuming("jobs"));
        assertThat(shop.send("JOBS", "1")).isEqualTo(DONE);
        worker.ready("jobS");
        assertThat(worker.last().queue()).isEqualTo("jobs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "\u007f", "long"})
    void whatIsNoNameIsRefused(String text) {
        String name = text.equals("long") ? "x".repeat(201) : text;
        Workshop.Worker worker = shop.new Worker();
        assertThat(List.of(
                        shop.reply(shop.queues.consume(worker, "bob", Optional.of(name), true)),
                        shop.send(name, "1"),
                        publish(name, "", "1"),
                        shop.reply(shop.queues.cancel(worker.id(), name)),
                        shop.reply(shop.queues.bind(worker, "bob", name, Algorithm.FANOUT, "", true))))
                .allSatisfy(reply -> assertThat(status(reply)).isEqualTo(400));
        assertThat(shop.counts.refused).isEqualTo(5);
        shop.queues.ready(worker.id(), name);
    }

    @Test
    void theServerNamesQueuesThatNobodyGuesses() {
        Workshop.Worker worker = shop.new Worker();
        String first = temporary(worker);
        assertThat(first).matches("[0-9a-f]{32}").isNotEqualTo(temporary(worker));
    }

    @Test
    void aQueueIsItsOwnersUnlessARuleSaysOtherwise() {
        Workshop.Worker owner = shop.consumer("jobs");
        Workshop.Worker other = shop.new Worker();
        assertThat(status(shop.reply(shop.queues.consume(other, "eve", Optional.of("jobs"), false))))
                .isEqualTo(403);
        other.ready("jobs");
        shop.send("jobs", "1");
        assertThat(other.given).isEmpty();
        assertThat(shop.reply(shop.queues.consume(other, "eve", Optional.of("jobs"), true)))
                .isEqualTo(new QueueReply.Consuming("jobs"));
        assertThat(shop.counts.consumers).isEqualTo(2);
        owner.goes();
        other.goes();
        assertThat(shop.counts.consumers).isZero();
        assertThat(shop.queues.size()).isZero();
    }

    @Test
    void consumingTwiceIsOnce() {
        Workshop.Worker worker = shop.consumer("jobs", "jobs").ready("jobs");
        CompletableFuture<QueueReply> third =
                shop.queues.consume(worker, "bob", Optional.of("jobs"), false).toCompletableFuture();
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        assertThat(third).isCompletedWithValue(new QueueReply.Consuming("jobs"));
        assertThat(worker.data()).containsExactly("1");
        assertThat(shop.counts.consumers).isEqualTo(1);
        assertThat(shop.reply(shop.queues.cancel(worker.id(), "jobs"))).isEqualTo(DONE);
        assertThat(shop.counts.consumers).isZero();
        assertThat(status(shop.reply(shop.queues.cancel(worker.id(), "jobs")))).isEqualTo(404);
    }

    @Test
    void whatIsSentNowhereIsRefused() {
        assertThat(status(shop.send("nothing", "1"))).isEqualTo(404);
        assertThat(status(publish("nothing", "", "1"))).isEqualTo(404);
    }

    // Giving

    @Test
    void nothingIsGivenBeforeTheConsumerIsReady() {
        Workshop.Worker worker = shop.consumer("jobs");
        shop.send("jobs", "1");
        assertThat(worker.given).isEmpty();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1");
        assertThat(worker.last().attempt()).isEqualTo(1);
        shop.send("jobs", "2");
        worker.acknowledge();
        assertThat(worker.data()).containsExactly("1");
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");
        worker.acknowledge();
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(List.of(shop.counts.sent, shop.counts.delivered, shop.counts.acknowledged))
                .containsExactly(2, 2, 2);
    }

    @Test
    void eachMessageGoesToOneInTurn() {
        List<Workshop.Worker> workers = IntStream.range(0, 3)
                .mapToObj(_ -> shop.consumer("jobs").ready("jobs"))
                .toList();
        for (int i = 0; i < 9; i++) {
            shop.send("jobs", Integer.toString(i));
            Workshop.Worker turn = workers.get(i % 3);
            turn.acknowledge();
            turn.ready("jobs");
        }
        assertThat(workers.get(0).data()).containsExactly("0", "3", "6");
        assertThat(workers.get(1).data()).containsExactly("1", "4", "7");
        assertThat(workers.get(2).data()).containsExactly("2", "5", "8");
    }

    /** What is in memory is not read; what does not fit is. */
    @Test
    void whatWasJustSentIsNotReadBack() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        int reads = shop.store.reads();
        for (int i = 0; i < 50; i++) {
            shop.send("jobs", Integer.toString(i));
        }
        for (int i = 0; i < 50; i++) {
            worker.acknowledge();
            worker.ready("jobs");
        }
        assertThat(worker.given).hasSize(50);
        assertThat(shop.store.reads()).isEqualTo(reads);

        for (int i = 0; i < 1_000; i++) {
            shop.send("jobs", "x".repeat(5_000));
        }
        for (int i = 0; i < 1_000; i++) {
            worker.acknowledge();
            worker.ready("jobs");
        }
        assertThat(worker.given).hasSize(1_050);
        assertThat(worker.given).extracting(Delivery::number).isSorted().doesNotHaveDuplicates();
        assertThat(shop.store.reads()).isBetween(reads + 5, reads + 30);
    }

    @Test
    void whoIsBusyIsPassedOver() {
        Workshop.Worker busy = shop.consumer("jobs").says(Taken.BUSY).ready("jobs");
        Workshop.Worker idle = shop.consumer("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        assertThat(busy.data()).containsExactly("1");
        idle.ready("jobs");
        assertThat(idle.data()).containsExactly("1");
        assertThat(idle.last().attempt()).isEqualTo(1);
        busy.says(Taken.TAKEN).ready("jobs");
        assertThat(busy.data()).containsExactly("1", "2");
        assertThat(shop.counts.returned).isEmpty();
    }

    /** Whether it is on one side of the answer or the other depends on threads: it must not be forgotten. */
    @ParameterizedTest
    @EnumSource(
            value = Taken.class,
            names = {"TAKEN", "BUSY"})
    void whoIsReadyBeforeItsAnswerArrivesIsReady(Taken taken) {
        Workshop.Worker worker = shop.consumer("jobs").thinks().ready("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        worker.ready("jobs");
        assertThat(worker.given).hasSize(1);
        worker.answer(taken);
        assertThat(worker.data()).containsExactly("1", taken == Taken.TAKEN ? "2" : "1");
    }

    @Test
    void anAnswerMayOvertakeTheWordThatItWasTaken() {
        Workshop.Worker worker = shop.consumer("jobs").thinks().ready("jobs");
        shop.send("jobs", "1");
        worker.acknowledge();
        worker.answer(Taken.TAKEN);
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(List.of(shop.counts.delivered, shop.counts.acknowledged)).containsExactly(1, 1);
        assertThat(shop.counts.returned).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Taken.class)
    void whoGoesBeforeItHasAnsweredLosesItOnce(Taken late) {
        Workshop.Worker first = shop.consumer("jobs").thinks().ready("jobs");
        shop.send("jobs", "1");
        first.goes();
        Workshop.Worker second = shop.consumer("jobs").ready("jobs");
        assertThat(second.data()).containsExactly("1");
        assertThat(second.last().attempt()).isEqualTo(2);
        first.answer(late);
        Workshop.Worker third = shop.consumer("jobs").ready("jobs");
        assertThat(third.given).isEmpty();
        second.acknowledge();
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(shop.counts.returned).isEqualTo(Map.of(Return.LOST, 1));
    }

    @Test
    void whoSaysThatItIsGoneIsGone() {
        Workshop.Worker gone = shop.consumer("jobs").says(Taken.GONE).ready("jobs");
        Workshop.Worker other = shop.consumer("jobs");
        shop.send("jobs", "1");
        assertThat(shop.counts.consumers).isEqualTo(1);
        other.ready("jobs");
        assertThat(other.data()).containsExactly("1");
        assertThat(other.last().attempt()).isEqualTo(1);
        gone.ready("jobs");
        assertThat(gone.given).hasSize(1);
    }

    @Test
    void whoGoesWhileItComesIsNotThere() {
        shop.store.waits();
        Workshop.Worker worker = shop.new Worker();
        CompletableFuture<QueueReply> reply =
                shop.queues.consume(worker, "bob", Optional.empty(), false).toCompletableFuture();
        shop.loop.runAll();
        shop.queues.gone(worker.id());
        shop.run();
        assertThat(status(reply.getNow(null))).isEqualTo(404);
        assertThat(shop.counts.consumers).isZero();
        assertThat(shop.queues.size()).isZero();
        for (int i = 0; i < 70; i++) {
            shop.pass(Duration.ofMinutes(1));
        }
        CompletableFuture<List<QueueStore.QueueFacts>> left =
                shop.store.queues("", 10).toCompletableFuture();
        shop.run();
        assertThat(left).isCompletedWithValue(List.of());
    }

    // Coming back

    @Test
    void whatIsRejectedComesBackAfterAWhileAndDies() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        for (int attempt = 1; attempt <= 5; attempt++) {
            assertThat(worker.last().attempt()).isEqualTo(attempt);
            assertThat(worker.last().message().data()).isEqualTo("1");
            worker.reject();
            shop.pass(Duration.ofMillis(999));
            assertThat(worker.given).hasSize(attempt);
            shop.pass(Duration.ofMillis(1));
            worker.ready("jobs");
        }
        assertThat(worker.last().message().data()).isEqualTo("2");
        assertThat(shop.store.dead("jobs")).extracting(WorkMessage::data).containsExactly("1");
        assertThat(shop.counts.died).isEqualTo(1);
        assertThat(shop.counts.returned).isEqualTo(Map.of(Return.REJECTED, 5));
    }

    @Test
    void meanwhileLaterOnesAreGivenAndThenItIsFirst() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        for (String data : List.of("1", "2", "3", "4")) {
            shop.send("jobs", data);
        }
        worker.reject();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");
        shop.pass(Duration.ofSeconds(1));
        worker.acknowledge();
        worker.ready("jobs").acknowledge();
        worker.ready("jobs").acknowledge();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2", "1", "3", "4");
    }

    @Test
    void whatALostConsumerHadComesBackAtOnceInItsPlace() {
        Workshop.Worker lost = shop.consumer("jobs").ready("jobs");
        Workshop.Worker other = shop.consumer("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        lost.goes();
        other.ready("jobs");
        assertThat(other.data()).containsExactly("1");
        assertThat(other.last().attempt()).isEqualTo(2);
        assertThat(shop.reply(shop.queues.cancel(other.id(), "jobs"))).isEqualTo(DONE);
        Workshop.Worker third = shop.consumer("jobs").ready("jobs");
        assertThat(third.last().attempt()).isEqualTo(3);
    }

    @Test
    void whoSaysNothingLosesItAndALateAnswerChangesNothing() {
        Workshop.Worker slow = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        shop.pass(Duration.ofMinutes(30).minusMillis(1));
        assertThat(shop.counts.returned).isEmpty();
        shop.pass(Duration.ofMillis(1));
        assertThat(shop.counts.returned).isEqualTo(Map.of(Return.TIMEOUT, 1));
        slow.acknowledge();
        shop.pass(Duration.ofSeconds(1));
        assertThat(slow.given).hasSize(1);
        slow.ready("jobs");
        assertThat(slow.given).hasSize(2);

        // neither does one of the attempt before, though it has the message again
        shop.queues.acknowledge(slow.id(), slow.given.getFirst());
        shop.queues.reject(slow.id(), slow.given.getFirst());
        shop.run();
        assertThat(shop.store.kept("jobs")).hasSize(1);
        slow.acknowledge();
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(shop.counts.acknowledged).isEqualTo(1);
    }

    @Test
    void onlyWhoHasItCanAnswer() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        Workshop.Worker other = shop.consumer("jobs");
        shop.send("jobs", "1");
        shop.queues.acknowledge(other.id(), worker.last());
        shop.queues.reject(other.id(), worker.last());
        shop.run();
        assertThat(shop.store.kept("jobs")).hasSize(1);
        assertThat(shop.counts.returned).isEmpty();
        worker.acknowledge();
        worker.acknowledge();
        worker.reject();
        assertThat(shop.counts.acknowledged).isEqualTo(1);
        assertThat(shop.counts.returned).isEmpty();
    }

    @Test
    void aRestartReturnsWhatIsInFlightAndKeepsTheCount() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        worker.reject();
        shop.send("jobs", "2");
        worker.ready("jobs");
        shop.restart();
        Workshop.Worker next = shop.consumer("jobs").ready("jobs");
        assertThat(next.data()).containsExactly("1");
        assertThat(next.last().attempt()).isEqualTo(2);
        next.acknowledge();
        next.ready("jobs");
        assertThat(next.data()).containsExactly("1", "2");
        assertThat(next.last().attempt()).isEqualTo(1);
    }

    // Time

    @Test
    void whatIsTooOldIsNotGivenButMayBeAcknowledged() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        for (String data : List.of("1", "2", "3")) {
            shop.reply(shop.queues.send("jobs", shop.message(data, Duration.ofMinutes(5), "")));
        }
        shop.pass(Duration.ofMinutes(5).minusMillis(1));
        worker.acknowledge();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");
        shop.time.advance(Duration.ofMillis(1));
        worker.acknowledge();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");
        shop.pass(Duration.ofMinutes(1));
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(List.of(shop.counts.acknowledged, shop.counts.expired)).containsExactly(2, 1);
    }

    @Test
    void whatComesBackTooLateIsGone() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.reply(shop.queues.send("jobs", shop.message("1", Duration.ofSeconds(10), "")));
        shop.time.advance(Duration.ofSeconds(10));
        worker.reject();
        assertThat(shop.store.kept("jobs")).isEmpty();
        assertThat(shop.store.dead("jobs")).isEmpty();
        assertThat(shop.counts.expired).isEqualTo(1);
    }

    @Test
    void deadLettersGoAfterAWhile() {
        shop = new Workshop(
                new QueueSettings(Duration.ZERO, Duration.ofMinutes(30), 1, Duration.ofHours(2), Duration.ofHours(1)),
                NONE);
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        worker.reject();
        assertThat(shop.store.dead("jobs")).hasSize(1);
        shop.pass(Duration.ofMinutes(119));
        assertThat(shop.store.dead("jobs")).hasSize(1);
        shop.pass(Duration.ofMinutes(1));
        shop.pass(Duration.ofMinutes(1));
        assertThat(shop.store.dead("jobs")).isEmpty();
    }

    @Test
    void temporaryQueuesGoWhenNobodyUsesThem() {
        Workshop.Worker worker = shop.consumer("durable");
        String used = temporary(worker);
        String left = temporary(worker);
        String full = temporary(worker);
        shop.send(full, "1");
        assertThat(shop.reply(shop.queues.cancel(worker.id(), left))).isEqualTo(DONE);
        assertThat(shop.reply(shop.queues.cancel(worker.id(), full))).isEqualTo(DONE);
        rounds(59);
        assertThat(shop.send(left, "0")).isEqualTo(DONE);
        Workshop.Worker other = shop.consumer(left).ready(left);
        other.acknowledge();
        other.goes();
        rounds(61);
        assertThat(status(shop.send(left, "0"))).isEqualTo(404);
        // what waited there was over after an hour, and then its own hour began
        rounds(10);
        assertThat(status(shop.send(full, "0"))).isEqualTo(404);
        assertThat(shop.send(used, "0")).isEqualTo(DONE);
        assertThat(shop.send("durable", "0")).isEqualTo(DONE);
    }

    @Test
    void theHourBeginsAnewAfterARestart() {
        Workshop.Worker worker = shop.new Worker();
        String queue = temporary(worker);
        rounds(300);
        shop.restart();
        rounds(59);
        assertThat(shop.send(queue, "1")).isEqualTo(DONE);
        Workshop.Worker next = shop.consumer(queue).ready(queue);
        next.acknowledge();
        next.goes();
        rounds(62);
        assertThat(status(shop.send(queue, "1"))).isEqualTo(404);
    }

    @Test
    void exchangesGoWhenTheySendNowhere() {
        Workshop.Worker worker = shop.new Worker();
        String queue = bound(worker, "x", Algorithm.FANOUT, "");
        assertThat(shop.reply(shop.queues.bind(worker, "bob", "y", Algorithm.FANOUT, "", false)))
                .isEqualTo(new QueueReply.Bound("y", ""));
        rounds(62);
        assertThat(status(publish("y", "", "1"))).isEqualTo(404);
        assertThat(publish("x", "", "1")).isEqualTo(DONE);
        worker.ready(queue).acknowledge();
        worker.goes();
        rounds(65);
        assertThat(publish("x", "", "1")).isEqualTo(DONE);
        assertThat(shop.store.kept(queue)).isEmpty();
        rounds(65);
        assertThat(status(publish("x", "", "1"))).isEqualTo(404);
    }

    private void rounds(int minutes) {
        for (int i = 0; i < minutes; i++) {
            shop.pass(Duration.ofMinutes(1));
        }
    }

    // Bounds and failures

    @Test
    void whatIsFullRefuses() {
        shop = new Workshop(Workshop.SETTINGS, new QueueQuotas(1, 0, 3, 4, 1, 2));
        Workshop.Worker worker = shop.new Worker();
        String queue = bound(worker, "x", Algorithm.FANOUT, "");
        String other = bound(worker, "x", Algorithm.FANOUT, "");
        assertThat(shop.send(queue, "1")).isEqualTo(DONE);
        assertThat(shop.send(queue, "2")).isEqualTo(Refusals.QUEUE_FULL);
        assertThat(publish("x", "", "2")).isEqualTo(Refusals.EXCHANGE_FULL);
        assertThat(shop.store.kept(other)).isEmpty();
        assertThat(shop.reply(shop.queues.bind(worker, "bob", "x", Algorithm.FANOUT, "", true)))
                .isEqualTo(Refusals.BINDINGS_FULL);
        assertThat(shop.reply(shop.queues.bind(worker, "bob", "y", Algorithm.FANOUT, "", true)))
                .isEqualTo(Refusals.EXCHANGES_FULL);
        assertThat(shop.reply(shop.queues.bind(worker, "bob", "x", Algorithm.TOPIC, "", true)))
                .isEqualTo(Refusals.OTHER_ALGORITHM);
        String _ = temporary(worker);
        assertThat(shop.reply(shop.queues.consume(worker, "bob", Optional.of("q"), false)))
                .isEqualTo(Refusals.USER_FULL);
        assertThat(shop.reply(shop.queues.consume(worker, "eve", Optional.of("q"), false)))
                .isEqualTo(new QueueReply.Consuming("q"));
        assertThat(shop.reply(shop.queues.consume(worker, "eve", Optional.of("r"), false)))
                .isEqualTo(Refusals.QUEUES_FULL);
    }

    @ParameterizedTest
    @EnumSource(StoreException.Reason.class)
    void aStoreThatFailsIsSaidAndWaitedFor(StoreException.Reason reason) {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        shop.store.fail(reason);
        QueueReply expected = reason == StoreException.Reason.BUSY ? Refusals.BUSY : Refusals.DOWN;
        assertThat(expected.toString()).doesNotContain("room");
        assertThat(List.of(
                        shop.send("jobs", "3"),
                        publish("x", "", "3"),
                        shop.reply(shop.queues.consume(worker, "bob", Optional.of("q"), false)),
                        shop.reply(shop.queues.bind(worker, "bob", "x", Algorithm.FANOUT, "", true))))
                .allMatch(expected::equals);
        worker.acknowledge();
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");
        worker.reject();
        shop.pass(Duration.ofSeconds(30));
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("1", "2");

        shop.store.recover();
        shop.pass(Duration.ofSeconds(10));
        assertThat(worker.data()).containsExactly("1", "2", "2");
        worker.acknowledge();
        assertThat(shop.store.kept("jobs")).isEmpty();
        worker.goes();
        shop.pass(Duration.ofSeconds(10));
        assertThat(shop.queues.size()).isZero();
    }

    // Exchanges

    @ParameterizedTest
    @CsvSource({
        "DIRECT, a.b, a.b, true",
        "DIRECT, a.*, a.b, false",
        "FANOUT, a.b, c, true",
        "HEADER, a.b, c, true",
        "TOPIC, a.*, a.b, true",
        "TOPIC, a.*, a.b.c, false",
        "TOPIC, #, a.b.c, true",
    })
    void anExchangeSendsByItsAlgorithm(Algorithm algorithm, String pattern, String key, boolean sent) {
        Workshop.Worker worker = shop.new Worker();
        String queue = bound(worker, "X", algorithm, pattern);
        assertThat(publish("x", key, "1")).isEqualTo(DONE);
        assertThat(shop.store.kept(queue)).hasSize(sent ? 1 : 0);
        worker.ready(queue);
        assertThat(worker.given).hasSize(sent ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', true",
        "#, '', true",
        "*, '', false",
        "*, a, true",
        "*.*, a, false",
        "#.#, a, true",
        "#.b, a.b, true",
        "#.b, b, true",
        "#.b, a.b.c, false",
        "a.#.c, a.c, true",
        "a.#.c, a.b.b.c, true",
        "a.#.c, a.b.c.d, false",
        "a.#.b.*.#.c, a.b.x.b.y.c, true",
        "a.#.b.*.#.c, a.b.c, false",
        "#.a.#.a.#, a.b.a, true",
        "#.a.#.a.#, b.a.b, false",
        "a.b, a.b.c, false",
        "a.b.c, a.b, false",
    })
    void aPatternMatchesWords(String pattern, String key, boolean matches) {
        assertThat(WordPattern.matches(pattern, key)).isEqualTo(matches);
    }

    @Test
    void bindingsAreRightAfterEachChange() {
        Workshop.Worker worker = shop.new Worker();
        String first = bound(worker, "x", Algorithm.FANOUT, "");
        publish("x", "", "1");
        int kept = shop.store.kept(first).size();
        assertThat(kept).isEqualTo(1);
        String second = bound(worker, "x", Algorithm.FANOUT, "");
        publish("x", "", "2");
        assertThat(shop.store.kept(second)).hasSize(1);
        CompletableFuture<Boolean> deleted = shop.queues.deleteQueue(first).toCompletableFuture();
        shop.run();
        assertThat(deleted).isCompletedWithValue(true);
        // of the same name, and not bound
        Workshop.Worker _ = shop.consumer(first);
        publish("x", "", "3");
        assertThat(shop.store.kept(first)).isEmpty();
        assertThat(shop.store.kept(second)).hasSize(2);
        shop.restart();
        publish("x", "", "4");
        assertThat(shop.store.kept(second)).hasSize(3);
    }

    // Operators

    @Test
    void whoConsumesADeletedQueueIsTold() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        shop.send("jobs", "1");
        shop.send("jobs", "2");
        assertThat(shop.queues.consumers("JOBS")).isEqualTo(1);
        CompletableFuture<Boolean> deleted = shop.queues.deleteQueue("Jobs").toCompletableFuture();
        shop.run();
        assertThat(deleted).isCompletedWithValue(true);
        assertThat(worker.closed).containsExactly("jobs");
        assertThat(shop.counts.consumers).isZero();
        assertThat(shop.queues.consumers("jobs")).isZero();
        worker.acknowledge();
        worker.ready("jobs");
        assertThat(worker.given).hasSize(1);
        assertThat(shop.queues.size()).isZero();
        CompletableFuture<Boolean> again = shop.queues.deleteQueue("jobs").toCompletableFuture();
        shop.run();
        assertThat(again).isCompletedWithValue(false);
    }

    @Test
    void aPurgeLeavesWhatIsBeingDone() {
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        for (int i = 0; i < 300; i++) {
            shop.send("jobs", Integer.toString(i));
        }
        CompletableFuture<Optional<Integer>> purged =
                shop.queues.purge("jobs", false).toCompletableFuture();
        shop.run();
        assertThat(purged).isCompletedWithValue(Optional.of(299));
        worker.ready("jobs");
        assertThat(worker.data()).containsExactly("0");
        worker.acknowledge();
        shop.send("jobs", "new");
        assertThat(worker.data()).containsExactly("0", "new");
        CompletableFuture<Optional<Integer>> nothing =
                shop.queues.purge("nothing", false).toCompletableFuture();
        shop.run();
        assertThat(nothing).isCompletedWithValue(Optional.empty());
    }

    @Test
    void deadLettersAreTriedAgain() {
        shop = new Workshop(
                new QueueSettings(Duration.ZERO, Duration.ofMinutes(30), 1, Duration.ofDays(7), Duration.ofHours(1)),
                NONE);
        Workshop.Worker worker = shop.consumer("jobs").ready("jobs");
        for (String data : List.of("1", "2", "3")) {
            shop.send("jobs", data);
            worker.reject();
            worker.ready("jobs");
        }
        assertThat(shop.store.dead("jobs")).hasSize(3);
        CompletableFuture<Optional<Integer>> requeued =
                shop.queues.requeue("jobs", 2).toCompletableFuture();
        shop.run();
        assertThat(requeued).isCompletedWithValue(Optional.of(2));
        worker.acknowledge();
        worker.ready("jobs").acknowledge();
        assertThat(worker.data()).containsExactly("1", "2", "3", "1", "2");
        assertThat(worker.last().attempt()).isEqualTo(1);
        CompletableFuture<Optional<Integer>> purged =
                shop.queues.purge("jobs", true).toCompletableFuture();
        shop.run();
        assertThat(purged).isCompletedWithValue(Optional.of(1));
    }

    @Test
    void whoConsumesFromADeletedExchangeIsTold() {
        Workshop.Worker worker = shop.new Worker();
        String queue = bound(worker, "x", Algorithm.FANOUT, "");
        publish("x", "", "1");
        CompletableFuture<Boolean> deleted = shop.queues.deleteExchange("X").toCompletableFuture();
        shop.run();
        assertThat(deleted).isCompletedWithValue(true);
        assertThat(worker.closed).containsExactly("x>" + queue);
        assertThat(status(publish("x", "", "2"))).isEqualTo(404);
        worker.ready(queue);
        assertThat(worker.data()).containsExactly("1");
    }
}
