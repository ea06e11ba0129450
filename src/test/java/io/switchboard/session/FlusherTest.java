package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.DialectKind;
import io.switchboard.hub.Delivery;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlusherTest {
    private static final View VIEW = new View("w1", Optional.empty(), List.of(), View.Permission.READ);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Hub hub = new Hub();
    private final Shard shard = hub.addShard(loop);
    private final CountingListener listener = new CountingListener();
    private final Flusher flusher = new Flusher(loop, time.clock(), new OutboundBudget(0));
    private final SessionServices services = TestServices.by(time)
            .claims(new Claims(
                    "alice", "alice", "", Set.of(), List.of(VIEW), time.now().plus(Duration.ofDays(1))))
            .listener(listener)
            .build();
    private int offset;

    /** A socket whose writes take time, or fail. */
    private final class Socket implements Transport {
        private final List<String> received = new ArrayList<>();
        private Duration cost = Duration.ZERO;
        private boolean broken;
        boolean aborted;
        private int writes;

        @Override
        public void write(OutboundQueue queue) {
            if (broken) {
                throw new IllegalStateException("broken");
            }
            writes++;
            time.advance(cost);
            for (; !queue.isEmpty(); queue.remove(1)) {
                received.add(RecordingTransport.textOf(queue.peek(0)));
            }
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void close(CloseCode code) {}

        @Override
        public void abort() {
            aborted = true;
        }
    }

    private Socket connect() {
        Socket socket = new Socket();
        Session session = new Session(socket, shard, flusher, services);
        session.open(Opening.of(DialectKind.CELLS));
        session.onText("{\"@type\":\"subscribe\",\"jwt\":\"t\"}");
        loop.runAll();
        assertThat(session.claims()).isPresent();
        return socket;
    }

    private List<Socket> connect(int count) {
        return IntStream.range(0, count).mapToObj(_ -> connect()).toList();
    }

    private void publish(String text) {
        Publication publication = new Publication(
                new Position("e", ++offset),
                Pace.MERGED.topicOf("w1"),
                new Guard.HoldsView(VIEW),
                Policy.RELIABLE,
                Optional.empty(),
                text.getBytes(StandardCharsets.UTF_8));
        loop.execute(() -> shard.publish(publication));
    }

    private void advance(Duration duration) {
        time.advance(duration);
        loop.runAll();
    }

    private static long reached(List<Socket> sockets) {
        return sockets.stream().filter(socket -> !socket.received.isEmpty()).count();
    }

    @Test
    void shouldWriteALoneEventWithTheLoopsCurrentWork() {
        List<Socket> sockets = connect(3);
        publish("lone");
        loop.runAll();

        assertThat(sockets).allSatisfy(socket -> assertThat(socket.received).containsExactly("lone"));
        assertThat(time.pendingTimers()).as("those of expiry").isEqualTo(3);
    }

    @Test
    void shouldWriteWhatCameTogetherAtOnce() {
        Socket socket = connect();
        publish("1");
        publish("2");
        publish("3");
        loop.runAll();

        assertThat(socket.received).containsExactly("1", "2", "3");
        assertThat(socket.writes).isEqualTo(1);
    }

    @Test
    void shouldGatherABurst() {
        Socket socket = connect();
        socket.cost = Duration.ofMillis(1);
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sent.add("event " + i);
            publish("event " + i);
            loop.runAll();
            advance(Duration.ofNanos(100_000));
        }
        advance(Duration.ofMillis(2));

        assertThat(socket.received).isEqualTo(sent);
        assertThat(socket.writes).as("a turn and a pause of 1 ms each").isBetween(30, 60);
    }

    @Test
    void shouldPauseAsLongAsATurnTook() {
        Socket socket = connect();
        socket.cost = Duration.ofNanos(500_000);
        publish("1");
        loop.runAll();
        publish("2");
        loop.runAll();
        advance(Duration.ofNanos(499_999));
        assertThat(socket.received).containsExactly("1");
        advance(Duration.ofNanos(1));
        assertThat(socket.received).containsExactly("1", "2");
    }

    @Test
    void shouldPauseForTwoMillisecondsAtMost() {
        Socket socket = connect();
        socket.cost = Duration.ofMillis(50);
        publish("1");
        loop.runAll();
        publish("2");
        loop.runAll();
        advance(Duration.ofNanos(1_999_999));
        assertThat(socket.received).containsExactly("1");
        advance(Duration.ofNanos(1));
        assertThat(socket.received).containsExactly("1", "2");
    }

    @Test
    void shouldNotPauseForAnEventThatComesLater() {
        Socket socket = connect();
        socket.cost = Duration.ofMillis(50);
        publish("1");
        loop.runAll();
        advance(Duration.ofMillis(2));
        publish("2");
        loop.runAll();
        assertThat(socket.received).containsExactly("1", "2");
    }

    @Test
    void shouldLetTheLoopDoOtherThingsBetweenTurns() {
        List<Socket> sockets = connect(600);
        List<Long> reached = new ArrayList<>();
        publish("all");
        assertThat(loop.runOne()).isTrue();
        for (int i = 0; i < 4; i++) {
            loop.execute(() -> reached.add(reached(sockets)));
            loop.runOne();
            loop.runOne();
        }

        assertThat(reached).containsExactly(256L, 512L, 600L, 600L);
        publish("next");
        loop.runAll();
        assertThat(sockets).allSatisfy(socket -> assertThat(socket.received).containsExactly("all", "next"));
    }

    @Test
    void shouldKeepTheOrderWhenEventsComeDuringARound() {
        List<Socket> sockets = connect(600);
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add("event " + i);
            publish("event " + i);
            loop.runOne();
            if (i % 3 == 0) {
                loop.runOne();
            }
        }
        loop.runAll();

        assertThat(sockets).allSatisfy(socket -> assertThat(socket.received).isEqualTo(sent));
        assertThat(flusher.bytes()).isZero();
        assertThat(flusher.frames().size()).isZero();
    }

    @Test
    void shouldWriteToTheOthersWhenASocketFails() {
        List<Socket> sockets = connect(3);
        sockets.get(1).broken = true;
        publish("1");
        loop.runAll();
        publish("2");
        loop.runAll();

        assertThat(sockets.get(1).aborted).isTrue();
        assertThat(List.of(sockets.get(0), sockets.get(2)))
                .allSatisfy(socket -> assertThat(socket.received).containsExactly("1", "2"));
    }

    /** What a delivery is told, in order. */
    private static final class Told implements Delivery.Leg {
        private final List<String> events = new ArrayList<>();

        @Override
        public void offered(int publications, int receivers) {
            events.add("offered " + publications + " to " + receivers);
        }

        @Override
        public void handedOver() {
            events.add("handed over");
        }

        @Override
        public void lost() {
            events.add("lost");
        }
    }

    private Told deliver(String text, Topic topic) {
        Told told = new Told();
        shard.onHandOver(flusher::await);
        Publication publication = new Publication(
                new Position("e", ++offset),
                topic,
                new Guard.HoldsView(VIEW),
                Policy.RELIABLE,
                Optional.empty(),
                text.getBytes(StandardCharsets.UTF_8));
        ScopedValue.where(Delivery.CURRENT, _ -> told)
                .run(() -> hub.post(1, target -> target.publish(publication), () -> {}));
        return told;
    }

    @Test
    void shouldTellADeliveryWhenTheLastSocketHadItsTurn() {
        List<Socket> sockets = connect(600);
        Told told = deliver("text", Pace.MERGED.topicOf("w1"));
        assertThat(told.events).isEmpty();

        loop.runOne();
        assertThat(told.events).containsExactly("offered 1 to 600");
        loop.runOne();
        assertThat(reached(sockets)).isEqualTo(256);
        assertThat(told.events).hasSize(1);

        loop.runAll();
        advance(Duration.ofMillis(2));
        advance(Duration.ofMillis(2));
        assertThat(reached(sockets)).isEqualTo(600);
        assertThat(told.events).containsExactly("offered 1 to 600", "handed over");
    }

    @Test
    void shouldNotWaitForAnybodyWhereNobodyReceives() {
        connect(2);
        Told told = deliver("text", Pace.MERGED.topicOf("another"));
        loop.runAll();

        assertThat(told.events).containsExactly("offered 0 to 0");
    }

    @Test
    void shouldMeasureOnlySoManyDeliveriesAtATime() {
        connect(300);
        List<Told> all = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            all.add(deliver("text", Pace.MERGED.topicOf("w1")));
        }
        for (int i = 0; i < 5_000; i++) {
            loop.runOne();
        }
        while (all.stream().anyMatch(told -> told.events.size() < 2)) {
            advance(Duration.ofMillis(2));
        }

        assertThat(all).anyMatch(told -> told.events.contains("lost"));
        assertThat(all).allMatch(told -> told.events.size() == 2);
    }

    @Test
    void shouldCountWhatWasHandedOverOnceATurn() {
        List<Socket> sockets = connect(3);
        publish("1");
        publish("2");
        loop.runAll();

        assertThat(sockets).hasSize(3);
        assertThat(listener.delivered).isEqualTo(6);
        assertThat(listener.reports)
                .as("one for the turn, not for each session")
                .isEqualTo(1);
    }
}
