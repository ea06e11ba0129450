package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import io.switchboard.service.ServiceAnswer.Unknown;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ServicesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final SimulatedTime time = new SimulatedTime();
    private final CountingServiceListener listener = new CountingServiceListener();

    @FunctionalInterface
    private interface Behaviour {
        ServiceAnswer answer(Inquiry inquiry) throws Exception;
    }

    private record FakeTarget(Duration timeout, Behaviour behaviour) implements Target {
        @Override
        public String label() {
            return "fake";
        }

        @Override
        public ServiceAnswer answer(Inquiry inquiry) throws Exception {
            return behaviour.answer(inquiry);
        }
    }

    private Services services(int calls, Duration timeout, Behaviour behaviour) {
        return new Services(
                new ServiceDirectory(List.of(), new FakeTarget(timeout, behaviour), List.of(), Optional.empty()),
                100,
                calls,
                time.clock(),
                listener);
    }

    private ServiceCall call(String payload) {
        return TestCalls.call("a", TestCalls.actor(time.now().plusSeconds(60)), payload);
    }

    private static Reply reply(String payload) {
        return new Reply(payload.getBytes(UTF_8), Optional.empty(), Optional.empty());
    }

    private void everythingEnded(int answers) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(listener.inFlight).hasValue(0);
            assertThat(listener.answers).hasSize(answers);
        });
    }

    @Test
    void aCallIsAnsweredOnAVirtualThread() {
        AtomicBoolean virtual = new AtomicBoolean();
        Services services = services(1, LONG, inquiry -> {
            virtual.set(Thread.currentThread().isVirtual());
            return reply("[" + inquiry.payloadText() + "]");
        });

        assertThat(TestCalls.text(TestCalls.await(services.call(call("1"))))).isEqualTo("[1]");
        assertThat(virtual).isTrue();
        everythingEnded(1);
    }

    @Test
    void whatNobodyKnowsIsUnknown() {
        Services services = services(1, LONG, _ -> new Unknown());

        assertThat(TestCalls.await(services.call(call("1")))).isInstanceOf(Unknown.class);
        assertThat(TestCalls.await(services.call(TestCalls.call("no name")))).isInstanceOf(Unknown.class);
        everythingEnded(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hunter2", "1,\"session\":\"other\"", "{}{}"})
    void aPayloadThatIsNotJsonReachesNobody(String payload) {
        AtomicInteger asked = new AtomicInteger();
        Services services = services(1, LONG, _ -> {
            asked.incrementAndGet();
            return reply("1");
        });

        TestCalls.failure(TestCalls.await(services.call(call(payload))), 400);
        assertThat(asked).hasValue(0);
        everythingEnded(1);
    }

    @Test
    void aPayloadThatIsTooLargeReachesNobody() {
        Services services = services(1, LONG, _ -> reply("1"));

        TestCalls.reply(TestCalls.await(services.call(call("\"" + "x".repeat(98) + "\""))));
        TestCalls.failure(TestCalls.await(services.call(call("\"" + "x".repeat(99) + "\""))), 400);
    }

    @Test
    void nobodyIsCalledOnBehalfOfWhoseSignInHasExpired() {
        Services services = services(1, LONG, _ -> reply("1"));
        ServiceCall call = call("1");

        time.advance(Duration.ofSeconds(60));

        TestCalls.failure(TestCalls.await(services.call(call)), 401);
    }

    /** Whoever it is, and whatever is asked: there is no call without a sign-in, but for signing in. */
    @Test
    void onlyTheServiceThatSignsInIsAskedWhereNobodyIsSignedIn() {
        AtomicInteger asked = new AtomicInteger();
        Services services = services(1, LONG, _ -> {
            asked.incrementAndGet();
            return reply("1");
        });
        Actor nobody = new Actor(UUID.randomUUID(), "flamigo", Optional.empty());
        Actor alice = TestCalls.actor(time.now().plusSeconds(60));

        for (String name : List.of("a", "websocket:auth2", "websocket.auth", "websocket:auth/x", "chat.permission")) {
            assertThat(TestCalls.failure(TestCalls.await(services.call(TestCalls.call(name, nobody, "1"))), 401)
                            .message())
                    .isEqualTo("sign in first");
        }
        // what it answers is a token
        assertThat(TestCalls.await(services.call(TestCalls.call("websocket:auth", alice, "1"))))
                .isInstanceOf(Unknown.class);
        assertThat(asked).hasValue(0);
        TestCalls.reply(TestCalls.await(services.call(TestCalls.call("websocket:auth", nobody, "1"))));
        assertThat(asked).hasValue(1);
    }

    @Test
    void aServiceThatNeverAnswersIsInterruptedAndGivesItsPlaceBack() {
        Services services = services(1, SHORT, _ -> {
            new CountDownLatch(1).await();
            return reply("1");
        });

        TestCalls.failure(TestCalls.await(services.call(call("1"))), 503);
        everythingEnded(1);
    }

    @Test
    void aServiceThatHeedsNoInterruptKeepsItsPlace() {
        CountDownLatch release = new CountDownLatch(1);
        Services services = services(1, SHORT, _ -> {
            awaitUninterruptibly(release);
            return reply("1");
        });

        Failure late = TestCalls.failure(TestCalls.await(services.call(call("1"))), 503);
        Failure full = TestCalls.failure(TestCalls.await(services.call(call("2"))), 503);

        assertThat(late.message()).contains("in time");
        assertThat(full.message()).contains("too many");
        assertThat(listener.inFlight).hasValue(1);
        release.countDown();
        everythingEnded(2);
        assertThat(listener.answers).as("what came too late is not counted").containsExactly(late, full);
        TestCalls.reply(TestCalls.await(services.call(call("3"))));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException _) {
                // as a bad service does
            }
        }
    }

    @Test
    void callsInFlightAreBounded() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        CountDownLatch release = new CountDownLatch(1);
        Services services = services(3, LONG, _ -> {
            running.countDown();
            release.await();
            return reply("1");
        });

        List<CompletionStage<ServiceAnswer>> calls =
                List.of(services.call(call("1")), services.call(call("2")), services.call(call("3")));
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
        TestCalls.failure(TestCalls.await(services.call(call("4"))), 503);
        release.countDown();

        calls.forEach(answer -> TestCalls.reply(TestCalls.await(answer)));
        everythingEnded(4);
    }

    @Test
    void whoCallsIsNotHeldUpAndHearsOnce() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Services services = services(1, LONG, _ -> {
            release.await();
            return reply("1");
        });
        AtomicInteger heard = new AtomicInteger();

        CompletionStage<ServiceAnswer> answer = services.call(call("1"));
        CompletionStage<Void> told = answer.thenAccept(_ -> heard.incrementAndGet());
        assertThat(heard).hasValue(0);
        CompletableFuture<ServiceAnswer> copy = answer.toCompletableFuture();
        copy.complete(reply("2"));
        assertThat(heard).as("nobody else completes it").hasValue(0);
        release.countDown();

        told.toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertThat(heard).hasValue(1);
        everythingEnded(1);
    }

    @Test
    void whateverAServiceThrowsItsCallerIsAnsweredAndTheLogSaysNothingOfIt() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Services services = services(1, LONG, _ -> {
            switch (thrown.get()) {
                case Exception e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new AssertionError(e);
            }
        });
        try (LogRecorder log = new LogRecorder("io.switchboard.service")) {
            for (Throwable failure : List.of(
                    new IllegalStateException("hunter2"),
                    new Exception("hunter2"),
                    new StackOverflowError("hunter2"),
                    new AssertionError("hunter2"))) {
                thrown.set(failure);
                assertThat(TestCalls.failure(TestCalls.await(services.call(call("\"hunter2\""))), 500)
                                .message())
                        .isEqualTo("the service failed");
            }
            assertThat(log.texts()).hasSize(4).allMatch(text -> text.contains("service failed service=fake"));
            assertThat(log.texts()).noneMatch(text -> text.contains("hunter2"));
        }
        thrown.set(new ServiceException(429, "slowly"));
        assertThat(TestCalls.failure(TestCalls.await(services.call(call("1"))), 429)
                        .message())
                .isEqualTo("slowly");
        everythingEnded(5);
    }
}
