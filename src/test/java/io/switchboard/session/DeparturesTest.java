package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.dialect.realtime.RealtimeDialect;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The end of the process: who is told what, and who is closed when. */
class DeparturesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration WINDOW = Duration.ofSeconds(20);
    private static final int PER_TURN = 16;
    private static final Duration STEP = Duration.ofMillis(5);
    private static final long TICK_MILLIS = Departures.TICK_NANOS / 1_000_000;

    private final SimulatedTime time = new SimulatedTime();
    private final Hub hub = new Hub();
    private final List<SimulatedLoop> loops = new ArrayList<>(List.of(time.loop(), time.loop()));
    private final List<Shard> shards =
            new ArrayList<>(loops.stream().map(hub::addShard).toList());
    private final OutboundBudget budget = new OutboundBudget(0);
    private final CountingListener listener = new CountingListener();
    private final SessionRegistry registry = new SessionRegistry(PER_TURN);
    private final List<Client> clients = new ArrayList<>();

    private final class Client {
        private final RecordingTransport transport = new RecordingTransport();
        private final Session session;
        private long closedAtMillis = -1;

        private Client(int loop, DialectKind kind) {
            SimpleDialect cells = new CellsDialect(MAPPER);
            TestServices services = TestServices.by(time).listener(listener).registry(registry);
            session = new Session(
                    transport,
                    shards.get(loop),
                    new Flusher(loops.get(loop), time.clock(), budget),
                    (kind == DialectKind.REALTIME
                                    ? services.dialect(new RealtimeDialect(MAPPER))
                                    : services.dialect(cells))
                            .build());
            Claims claims = new Claims(
                    "alice", "alice", "", Set.of(), List.of(), time.now().plus(Duration.ofDays(1)));
            session.open(new Opening(Optional.of(kind), Optional.of(claims), Manner.USUAL, false));
        }

        /** What it was told of the end. */
        private List<JsonNode> told() {
            return transport.messages().stream()
                    .map(DeparturesTest::json)
                    .filter(message -> message.at("/data/status").asText().equals("draining"))
                    .map(message -> message.at("/data/details"))
                    .toList();
        }

        private long afterMillis() {
            assertThat(told()).hasSize(1);
            return told().getFirst().path("reconnect_after_ms").asLong(-1);
        }

        private boolean isClosed() {
            return transport.closedWith().isPresent();
        }
    }

    private static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Client connect(int loop, DialectKind kind) {
        Client client = new Client(loop, kind);
        clients.add(client);
        return client;
    }

    private void connect(int count) {
        for (int i = 0; i < count; i++) {
            connect(i % 2, DialectKind.REALTIME);
        }
        settle();
    }

    private void settle() {
        for (int i = 0; i < 3; i++) {
            loops.forEach(SimulatedLoop::runAll);
        }
    }

    private void depart(Duration window) {
        registry.depart(new Departure(window, TestServices.NO_PAST));
    }

    private long nowMillis() {
        return Duration.ofNanos(loops.getFirst().nanoTime()).toMillis();
    }

    /** Lets time pass in small steps, and notes who is closed when. */
    private void pass(Duration duration) {
        for (long left = duration.toMillis(); left > 0; left -= STEP.toMillis()) {
            time.advance(STEP);
            settle();
            for (Client client : clients) {
                if (client.closedAtMillis < 0 && client.isClosed()) {
                    client.closedAtMillis = nowMillis();
                }
            }
        }
    }

    private long count(Predicate<Client> which) {
        return clients.stream().filter(which).count();
    }

    @Test
    void shouldSpreadTheMomentsEvenlyOverTheWindow() {
        connect(400);
        depart(WINDOW);
        settle();

        List<Long> moments = clients.stream().map(Client::afterMillis).toList();
        for (int part = 0; part < 10; part++) {
            long from = part * WINDOW.toMillis() / 10;
            assertThat(moments.stream().filter(at -> at >= from && at < from + WINDOW.toMillis() / 10))
                    .as("from %s ms on", from)
                    .hasSize(40);
        }
        List<Long> ofOneLoop = IntStream.iterate(0, i -> i < moments.size(), i -> i + 2)
                .mapToObj(moments::get)
                .toList();
        assertThat(ofOneLoop)
                .as("not in the order in which they came")
                .isNotEqualTo(ofOneLoop.stream().sorted().toList());
        // with one part for each session there is still chance within the part
        assertThat(moments.stream().map(at -> at % 100).distinct()).hasSizeGreaterThan(50);
    }

    @Test
    void shouldCloseEachAtItsMomentAndTellItOnce() {
        connect(300);
        depart(WINDOW);
        settle();
        assertThat(count(Client::isClosed)).isZero();
        pass(WINDOW.plusMillis(TICK_MILLIS).plus(STEP));

        assertThat(clients).allSatisfy(client -> {
            assertThat(client.transport.closedWith()).contains(CloseCode.GOING_AWAY);
            assertThat(client.closedAtMillis)
                    .isBetween(client.afterMillis(), client.afterMillis() + TICK_MILLIS + STEP.toMillis() + 1);
        });
    }

    /** However many sessions there are. */
    @Test
    void shouldKeepOneTimerForALoop() {
        connect(300);
        long before = time.pendingTimers();
        depart(WINDOW);
        settle();
        assertThat(time.pendingTimers()).isEqualTo(before + 2);
        clients.getFirst().session.onClosed();
        pass(WINDOW.plusSeconds(1));
        clients.forEach(client -> client.session.onClosed());
        assertThat(time.pendingTimers()).isZero();
        assertThat(listener.open).isZero();
    }

    @Test
    void shouldSeeToAFewSessionsInEachTask() {
        for (int i = 0; i < 10 * PER_TURN; i++) {
            connect(0, DialectKind.REALTIME);
        }
        settle();
        depart(Duration.ofMillis(1));
        long told = 0;
        while (loops.getFirst().runOne()) {
            long now = count(client ->
                    client.session.facts().queuedBytes() > 0 || !client.told().isEmpty());
            assertThat(now - told).isLessThanOrEqualTo(PER_TURN);
            told = now;
        }
        assertThat(told).isEqualTo(10 * PER_TURN);
        time.advance(Duration.ofNanos(Departures.TICK_NANOS));
        long closed = 0;
        while (loops.getFirst().runOne()) {
            long now = count(Client::isClosed);
            assertThat(now - closed).isLessThanOrEqualTo(PER_TURN);
            closed = now;
        }
        assertThat(closed).isEqualTo(10 * PER_TURN);
        assertThat(clients).allSatisfy(client -> assertThat(client.told()).hasSize(1));
    }

    @Test
    void shouldTellWhoComesInMeanwhileHowLittleIsLeft() {
        connect(10);
        depart(WINDOW);
        settle();
        pass(WINDOW.dividedBy(2));
        long halfTime = nowMillis();
        List<Client> late = IntStream.range(0, 40)
                .mapToObj(i -> connect(i % 2, DialectKind.REALTIME))
                .toList();
        settle();
        assertThat(late)
                .allSatisfy(client -> assertThat(client.afterMillis()).isBetween(0L, WINDOW.toMillis() - halfTime));
        assertThat(late.stream().map(Client::afterMillis).filter(at -> at > 5_000))
                .isNotEmpty();
        pass(WINDOW.dividedBy(2).plusMillis(TICK_MILLIS).plus(STEP));

        assertThat(count(Client::isClosed)).isEqualTo(50);
        assertThat(late)
                .allSatisfy(client -> assertThat(client.closedAtMillis)
                        .isBetween(
                                halfTime + client.afterMillis(),
                                halfTime + client.afterMillis() + TICK_MILLIS + STEP.toMillis() + 1));
    }

    /** On a loop that has much to do, telling takes so long that moments come in between. */
    @Test
    void shouldCloseNobodyWhoHasNotBeenTold() {
        for (int i = 0; i < 10 * PER_TURN; i++) {
            connect(0, DialectKind.REALTIME);
        }
        settle();
        depart(WINDOW);
        loops.getFirst().runOne();
        for (int i = 0; i < 10 * PER_TURN; i++) {
            connect(0, DialectKind.REALTIME);
        }
        time.advance(WINDOW.minusSeconds(1));
        settle();

        assertThat(count(Client::isClosed)).isBetween(250L, 319L);
        assertThat(clients).allSatisfy(client -> assertThat(client.told()).hasSize(1));
    }

    /** Its loop had nobody when the others heard of the end. */
    @Test
    void shouldTellTheFirstOfALoop() {
        connect(2);
        depart(WINDOW);
        settle();
        loops.add(time.loop());
        shards.add(hub.addShard(loops.getLast()));
        Client first = connect(2, DialectKind.REALTIME);
        settle();

        assertThat(first.afterMillis()).isBetween(0L, WINDOW.toMillis());
        pass(WINDOW.plusMillis(TICK_MILLIS).plus(STEP));
        assertThat(first.transport.closedWith()).contains(CloseCode.GOING_AWAY);
    }

    @Test
    void shouldCloseWhoComesWhenTheWindowIsOver() {
        connect(2);
        depart(WINDOW);
        settle();
        pass(WINDOW.plusSeconds(1));
        Client late = connect(0, DialectKind.REALTIME);
        settle();

        assertThat(late.afterMillis()).isZero();
        assertThat(late.transport.closedWith()).contains(CloseCode.GOING_AWAY);
    }

    @Test
    void shouldCloseEverybodyAtOnceWithoutAWindow() {
        connect(100);
        depart(Duration.ZERO);
        settle();
        Client late = connect(1, DialectKind.REALTIME);
        settle();

        assertThat(clients).hasSize(101).contains(late).allSatisfy(client -> {
            assertThat(client.transport.closedWith()).contains(CloseCode.GOING_AWAY);
            assertThat(client.told()).isEmpty();
            assertThat(client.transport.messages()).hasSize(1);
        });
    }

    @Test
    void shouldCloseWhoseDialectCannotSayItWithoutAWord() {
        for (int i = 0; i < 20; i++) {
            connect(i % 2, DialectKind.CELLS);
        }
        depart(WINDOW);
        settle();
        assertThat(count(Client::isClosed)).isZero();
        pass(WINDOW.dividedBy(2));
        assertThat(count(Client::isClosed)).isEqualTo(10);
        pass(WINDOW.dividedBy(2).plusMillis(TICK_MILLIS).plus(STEP));

        assertThat(clients).allSatisfy(client -> {
            assertThat(client.transport.closedWith()).contains(CloseCode.GOING_AWAY);
            assertThat(client.transport.messages()).isEmpty();
        });
    }

    @Test
    void shouldNotSpeakToWhoHasLeftMeanwhile() {
        connect(2);
        Client gone = clients.getFirst();
        depart(WINDOW);
        gone.session.onClosed();
        settle();
        pass(WINDOW.plusSeconds(1));

        assertThat(gone.told()).isEmpty();
        assertThat(gone.transport.closedWith()).isEmpty();
        assertThat(clients.getLast().transport.closedWith()).contains(CloseCode.GOING_AWAY);
    }

    @Test
    void shouldHearOfTheEndOnce() {
        connect(4);
        depart(WINDOW);
        depart(Duration.ZERO);
        settle();

        assertThat(count(Client::isClosed)).isZero();
        assertThat(clients).allSatisfy(client -> assertThat(client.told()).hasSize(1));
    }
}
