package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import io.switchboard.hub.Hub;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Flusher;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.Session;
import io.switchboard.session.SessionLimits;
import io.switchboard.testing.CountingListener;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import io.switchboard.testing.TestServices;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A SockJS session over responses that a test holds in its hands. */
class SockJsTransportTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final Duration MARGIN = Duration.ofMillis(100);
    private static final Duration ALMOST = DELAY.minus(MARGIN);
    private static final int PER_SECOND = 10;
    private static final int BURST = 5;
    private static final int CHUNK = 64 * 1024;
    private static final int OUTBOUND = 1024 * 1024;
    private static final String PRELUDE = "h".repeat(2048) + "\n";

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final CountingListener listener = new CountingListener();
    private final CompletableFuture<Claims> verified = new CompletableFuture<>();
    private final List<Optional<String>> ends = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private SockJsTransport transport = newTransport(BURST);
    private Session session;

    /** A response whose socket takes what it is given only when it is told to. */
    private static final class Response implements SockJsReceiver {
        private final SockJsFormat format;
        private final StringBuilder body = new StringBuilder();
        private final List<Runnable> writes = new ArrayList<>();
        private boolean ended;
        private boolean aborted;
        private boolean stuck;

        private Response(SockJsFormat format) {
            this.format = format;
        }

        @Override
        public SockJsFormat format() {
            return format;
        }

        @Override
        public void write(Buffer part, Runnable done) {
            assertThat(ended).as("a part behind the end").isFalse();
            body.append(part.toString(StandardCharsets.UTF_8));
            if (stuck) {
                writes.add(done);
            } else {
                done.run();
            }
        }

        @Override
        public void end(Buffer part, Runnable done) {
            write(part, done);
            ended = true;
        }

        @Override
        public void abort() {
            aborted = true;
        }

        private String body() {
            return body.toString();
        }

        private Response stick() {
            stuck = true;
            return this;
        }

        private void takeOne() {
            writes.removeFirst().run();
        }

        private void take() {
            List.copyOf(writes).forEach(Runnable::run);
            writes.clear();
        }
    }

    private SockJsTransport newTransport(int burst) {
        return new SockJsTransport(
                "192.0.2.1",
                loop,
                time.timers(),
                new InboundBounds(1_000, 3, PER_SECOND, burst, 2),
                DELAY,
                lastWord -> ends.add(lastWord.map(frame -> new String(frame, StandardCharsets.UTF_8))));
    }

    private void open(SockJsReceiver first) {
        session = new Session(
                transport,
                new Hub().addShard(loop),
                new Flusher(loop, time.clock(), new OutboundBudget(0)),
                TestServices.by(time)
                        .dialect(new EchoDialect(MAPPER))
                        .verifier(_ -> verified)
                        .listener(listener)
                        .limits(SessionLimits.ofBytes(OUTBOUND))
                        .build());
        transport.open(
                session,
                new Opening(Optional.of(DialectKind.STOMP), Optional.empty(), new Manner(false, true), false),
                first);
        settle();
    }

    /** Runs the loop until it rests, pauses of the flusher included. */
    private void settle() {
        for (int i = 0; i < 10; i++) {
            loop.runAll();
            time.advance(Duration.ofMillis(1));
        }
        loop.runAll();
    }

    private void pass(Duration duration) {
        time.advance(duration);
        settle();
    }

    private Response attach(SockJsFormat format) {
        return attach(new Response(format));
    }

    private Response attach(Response response) {
        transport.attach(response);
        settle();
        return response;
    }

    private Response opened(SockJsFormat format) {
        Response first = new Response(format);
        open(first);
        return first;
    }

    private void say(String... messages) {
        String text;
        try {
            text = MAPPER.writeValueAsString(messages);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        assertThat(transport.beginSend()).isTrue();
        transport.receive(text, messages.length, new SockJsTransport.Answer() {
            @Override
            public void accepted() {
                transport.endSend();
                answers.add("accepted");
            }

            @Override
            public void unknown() {
                transport.endSend();
                answers.add("unknown");
            }
        });
        settle();
    }

    @Test
    void aPollTakesWhatWaitsAndEnds() {
        Response first = opened(SockJsFormat.XHR);
        assertThat(first.body()).isEqualTo("o\n");
        assertThat(first.ended).isTrue();
        say("one");
        say("two", "three");

        assertThat(attach(SockJsFormat.XHR).body()).isEqualTo("a[\"one\"]\na[\"two\"]\na[\"three\"]\n");
        Response waits = attach(SockJsFormat.XHR);
        assertThat(waits.body()).isEmpty();
        assertThat(waits.ended).isFalse();
        say("four");
        assertThat(waits.body()).isEqualTo("a[\"four\"]\n");
        assertThat(waits.ended).isTrue();
        assertThat(answers).containsExactly("accepted", "accepted", "accepted");
    }

    @Test
    void aPollTakesOneChunkAndAtLeastOneFrame() {
        opened(SockJsFormat.XHR);
        say("many 3 30000");
        say("many 1 200000");
        say("last");

        assertThat(attach(SockJsFormat.XHR).body()).hasSize(2 * (30000 + "a[\"\"]\n".length()));
        assertThat(attach(SockJsFormat.XHR).body()).hasSize(30000 + "a[\"\"]\n".length());
        assertThat(attach(SockJsFormat.XHR).body()).hasSize(200_000 + "a[\"\"]\n".length());
        assertThat(attach(SockJsFormat.XHR).body()).isEqualTo("a[\"last\"]\n");
    }

    @Test
    void aStreamStaysOpen() {
        Response stream = opened(SockJsFormat.XHR_STREAMING);
        say("one");
        say("two");

        assertThat(stream.body()).isEqualTo(PRELUDE + "o\na[\"one\"]\na[\"two\"]\n");
        assertThat(stream.ended).isFalse();
    }

    @Test
    void eventsAreEscapedForTheClientThatDecodesThem() {
        Response events = opened(SockJsFormat.EVENTSOURCE);
        say("100%25%");

        assertThat(events.body()).isEqualTo("\r\ndata: o\r\n\r\ndata: a[\"100%2525%25\"]\r\n\r\n");
        assertThat(events.ended).isFalse();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "XHR")
    void aStreamEndsWhenBrowsersHaveKeptEnoughOfIt(SockJsFormat format) {
        Response stream = opened(format);
        say("many 5 30000");
        assertThat(stream.ended).isTrue();
        assertThat(stream.body().length()).isBetween(128 * 1024, 2 * 128 * 1024);
        say("next");

        assertThat(attach(format).body())
                .endsWith("a[\"next\"]" + (format == SockJsFormat.XHR_STREAMING ? "\n" : "\r\n\r\n"));
    }

    @Test
    void aSocketThatTakesNothingIsGivenNoMoreThanAChunk() {
        Response stream = new Response(SockJsFormat.XHR_STREAMING).stick();
        open(stream);
        say("many 8 20000");

        assertThat(stream.body().length()).isLessThan(2 * CHUNK);
        assertThat(transport.pendingBytes()).isEqualTo(stream.body().length());
        int before = stream.body().length();
        transport.visit();
        assertThat(stream.body()).as("a heart-beat would be one more").hasSize(before);
        stream.take();
        settle();
        assertThat(stream.body().length()).isGreaterThan(before);
        stream.take();
        settle();
        stream.take();
        settle();
        assertThat(transport.pendingBytes()).isZero();
        assertThat(stream.ended).isTrue();
    }

    @Test
    void anotherPollWaitsUntilTheLastOneWasTaken() {
        opened(SockJsFormat.XHR);
        say("many 2 50000");
        attach(new Response(SockJsFormat.XHR)).take();
        say("many 2 70000");
        Response full = attach(new Response(SockJsFormat.XHR).stick());
        assertThat(full.body()).hasSizeGreaterThan(50000);
        Response big = attach(new Response(SockJsFormat.XHR).stick());
        assertThat(big.body()).hasSizeGreaterThan(70000);
        Response next = attach(SockJsFormat.XHR);
        assertThat(next.body()).isEmpty();
        full.take();
        big.take();
        settle();
        assertThat(next.body()).hasSizeGreaterThan(70000);
    }

    @Test
    void whoStopsPollingIsClosedWhenTooMuchWaits() {
        opened(SockJsFormat.XHR);
        say("many 40 30000");

        assertThat(listener.closings).containsExactly(CloseCode.SLOW_CONSUMER);
        assertThat(attach(SockJsFormat.XHR).body())
                .isEqualTo("a[\"closing 503\"]\nc[4508,\"the client reads too slowly\"]\n");
        assertThat(ends).containsExactly(Optional.of("c[4508,\"the client reads too slowly\"]"));
        assertThat(listener.open).isZero();
    }

    /** Its connection, too: what waits in the socket would be there for as long as the client likes. */
    @Test
    void aStreamThatIsNotReadIsCutWithItsSession() {
        Response stream = new Response(SockJsFormat.XHR_STREAMING).stick();
        open(stream);
        say("many 40 30000");

        assertThat(listener.closings).containsExactly(CloseCode.SLOW_CONSUMER);
        assertThat(stream.ended).isTrue();
        assertThat(stream.body()).endsWith("c[4508,\"the client reads too slowly\"]\n");
        assertThat(stream.aborted).isFalse();
        pass(Duration.ofSeconds(6));
        assertThat(stream.aborted).isTrue();
        assertThat(ends).hasSize(1);
        assertThat(listener.open).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondReceiverIsToldSoAndTheFirstStays(SockJsFormat format) {
        opened(SockJsFormat.XHR);
        Response first = attach(SockJsFormat.XHR_STREAMING);
        Response second = attach(format);

        assertThat(second.body()).contains("c[2010,\"Another connection still open\"]");
        assertThat(second.ended).isTrue();
        say("one");
        assertThat(first.body()).endsWith("a[\"one\"]\n");
        assertThat(ends).isEmpty();
    }

    @Test
    void whoDoesNotComeBackIsGone() {
        opened(SockJsFormat.XHR);
        pass(ALMOST);
        assertThat(ends).isEmpty();
        Response next = attach(SockJsFormat.XHR);
        assertThat(time.pendingTimers()).isZero();
        pass(DELAY.multipliedBy(3));
        assertThat(ends).as("it is there").isEmpty();
        say("one");
        assertThat(next.ended).isTrue();
        pass(ALMOST);
        assertThat(ends).as("a timer of the last time would be due").isEmpty();
        pass(MARGIN);
        assertThat(ends).containsExactly(Optional.empty());
        assertThat(listener.open).isZero();
        assertThat(listener.closings).isEmpty();
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void whoseConnectionBreaksIsGoneUnlessAnotherOneComes() {
        Response stream = opened(SockJsFormat.XHR_STREAMING);
        transport.lost(stream);
        pass(ALMOST);
        Response next = attach(SockJsFormat.XHR_STREAMING);
        transport.lost(stream);
        pass(DELAY.multipliedBy(2));
        assertThat(ends).isEmpty();
        transport.lost(next);
        pass(DELAY);
        assertThat(ends).containsExactly(Optional.empty());
    }

    @Test
    void whoReadsSlowlyIsNotGone() {
        opened(SockJsFormat.XHR);
        say("one");
        Response slow = attach(new Response(SockJsFormat.XHR).stick());
        assertThat(slow.ended).isTrue();
        pass(DELAY.multipliedBy(4));
        assertThat(ends).isEmpty();
        slow.take();
        settle();
        pass(ALMOST);
        assertThat(ends).isEmpty();
        pass(MARGIN);
        assertThat(ends).hasSize(1);
    }

    @Test
    void whoReadsAStreamSlowlyIsNotGone() {
        Response stream = new Response(SockJsFormat.XHR_STREAMING).stick();
        open(stream);
        transport.probe(() -> {});
        assertThat(stream.ended).isTrue();
        stream.takeOne();
        pass(DELAY.multipliedBy(4));
        assertThat(ends).isEmpty();
        stream.take();
        settle();
        pass(DELAY);
        assertThat(ends).hasSize(1);
    }

    @Test
    void whoComesBackTooLateIsToldSo() {
        opened(SockJsFormat.XHR);
        pass(DELAY.multipliedBy(2));

        assertThat(attach(SockJsFormat.XHR).body()).isEqualTo("c[1002,\"Connection interrupted\"]\n");
        say("one");
        assertThat(answers).containsExactly("unknown");
    }

    @ParameterizedTest
    @EnumSource
    void whoBreaksTheProtocolIsToldOnTheOpenResponse(SockJsFormat format) {
        opened(SockJsFormat.XHR);
        Response response = attach(format);
        say("bad");

        assertThat(response.body()).contains("a[\"closing 400\"]").contains("c[4400,");
        assertThat(response.body().indexOf("c[4400,"))
                .isGreaterThan(response.body().indexOf("a[\"closing"));
        assertThat(response.ended).isTrue();
        assertThat(ends).hasSize(1);
        assertThat(listener.open).isZero();
        assertThat(attach(SockJsFormat.XHR).body()).startsWith("c[4400,");
    }

    @Test
    void whoBreaksTheProtocolBetweenPollsIsToldOnTheNextOne() {
        opened(SockJsFormat.XHR);
        say("bad");
        assertThat(ends).isEmpty();
        say("one");
        assertThat(answers).containsExactly("accepted", "unknown");
        Response stuck = attach(new Response(SockJsFormat.XHR).stick());

        assertThat(stuck.body()).startsWith("a[\"closing 400\"]\nc[4400,");
        assertThat(ends).as("not before it is read").isEmpty();
        assertThat(attach(SockJsFormat.XHR).body()).startsWith("c[4400,");
        stuck.take();
        settle();
        assertThat(ends).hasSize(1);
    }

    @Test
    void whoBreaksTheProtocolAndDoesNotPollIsForgotten() {
        opened(SockJsFormat.XHR);
        say("bad");
        pass(Duration.ofSeconds(6));

        assertThat(ends).hasSize(1);
        assertThat(listener.open).isZero();
    }

    @Test
    void whoLeavesIsAnswered() {
        opened(SockJsFormat.XHR);
        Response poll = attach(SockJsFormat.XHR);
        say("leave");

        assertThat(poll.body()).contains("c[1000,\"closed\"]");
        assertThat(ends).containsExactly(Optional.of("c[1000,\"closed\"]"));
    }

    @Test
    void anErrorOfOursEndsTheSession() {
        opened(SockJsFormat.XHR);
        Response poll = attach(SockJsFormat.XHR);
        say("burst");

        assertThat(poll.body()).contains("c[1011,");
        assertThat(answers).containsExactly("accepted");
    }

    @Test
    void theServerGoesAway() {
        opened(SockJsFormat.XHR);
        say("one");
        Response between = attach(SockJsFormat.XHR);
        assertThat(between.ended).isTrue();
        session.goAway();
        settle();
        assertThat(ends).isEmpty();

        assertThat(attach(SockJsFormat.XHR).body()).startsWith("c[1001,");
        assertThat(ends).hasSize(1);
    }

    @Test
    void heartBeatsEndPollsAndNotStreams() {
        opened(SockJsFormat.XHR);
        transport.visit();
        Response poll = attach(SockJsFormat.XHR);
        transport.visit();
        settle();
        assertThat(poll.body()).isEqualTo("h\n");
        assertThat(poll.ended).isTrue();
        Response stream = attach(SockJsFormat.XHR_STREAMING);
        for (int i = 0; i < 3; i++) {
            transport.visit();
            settle();
        }
        assertThat(stream.body()).isEqualTo(PRELUDE + "h\nh\nh\n");
        assertThat(stream.ended).isFalse();
        transport.visit();
        assertThat(stream.ended).as("who is gone would not be noticed").isTrue();
        assertThat(stream.body()).endsWith("h\nh\nh\n");
        Response next = attach(SockJsFormat.EVENTSOURCE);
        transport.visit();
        assertThat(next.body()).isEqualTo("\r\ndata: h\r\n\r\n");
        assertThat(next.ended).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void aProbeMakesTheClientComeAgain(SockJsFormat format) {
        opened(SockJsFormat.XHR);
        Response response = attach(format);
        List<String> heard = new ArrayList<>();
        transport.probe(() -> heard.add("one"));
        settle();
        assertThat(response.ended).isTrue();
        transport.probe(() -> heard.add("two"));
        settle();
        assertThat(heard).isEmpty();
        attach(format);
        assertThat(heard).containsExactly("one", "two");
        transport.probe(() -> heard.add("three"));
        say("hello");
        assertThat(heard).containsExactly("one", "two", "three");
    }

    @Test
    void whatFollowsASignInWaitsForIt() {
        opened(SockJsFormat.XHR);
        say("sign in", "first");
        assertThat(answers).containsExactly("accepted");
        say("second");
        assertThat(answers).as("not answered yet").hasSize(1);
        assertThat(transport.beginSend()).as("nor is another one read").isFalse();
        verified.complete(
                new Claims("alice", "alice", "", Set.of(), List.of(), time.now().plus(Duration.ofDays(1))));
        settle();

        assertThat(answers).containsExactly("accepted", "accepted");
        assertThat(attach(SockJsFormat.XHR).body()).isEqualTo("a[\"Authenticated\"]\na[\"first\"]\na[\"second\"]\n");
    }

    @Test
    void whatWaitsForASignInEndsWithTheSession() {
        opened(SockJsFormat.XHR);
        say("sign in");
        say("second");
        session.close(CloseCode.FORBIDDEN, "no");
        settle();

        assertThat(answers).containsExactly("accepted", "unknown");
    }

    @Test
    void whatWaitsForASignInEndsWithTheConnection() {
        opened(SockJsFormat.XHR);
        say("sign in");
        say("second");
        transport.abort();
        settle();

        assertThat(answers).containsExactly("accepted", "unknown");
    }

    @Test
    void whoSendsTooMuchIsAnsweredLate() {
        opened(SockJsFormat.XHR);
        say("1", "2", "3", "4", "5");
        assertThat(answers).hasSize(1);
        pass(Duration.ofSeconds(2));
        say("1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(answers).as("4 too many at 10 a second").hasSize(1);
        pass(Duration.ofMillis(350));
        assertThat(answers).hasSize(1);
        pass(Duration.ofMillis(50));
        assertThat(answers).hasSize(2);
        assertThat(attach(SockJsFormat.XHR).body()).endsWith("a[\"9\"]\n");
        assertThat(ends).isEmpty();
    }

    @Test
    void anAbortEndsTheConnectionToo() {
        opened(SockJsFormat.XHR);
        Response poll = attach(SockJsFormat.XHR);
        transport.abort();

        assertThat(poll.aborted).isTrue();
        assertThat(ends).containsExactly(Optional.empty());
        transport.abort();
        transport.lost(poll);
        settle();
        assertThat(ends).hasSize(1);
        assertThat(listener.open).isZero();
    }

    @Test
    void operatorsSeeTheAddress() {
        assertThat(transport.address()).isEqualTo("192.0.2.1");
    }
}
