package io.switchboard.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.service.ServiceListener.Telling;
import io.switchboard.testing.LogRecorder;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OutletTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Outlet.Bounds WIDE = new Outlet.Bounds(0, 0);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountingServiceListener listener = new CountingServiceListener();
    private final SimulatedTime time = new SimulatedTime();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private LifecycleEvents events(Outlet.Bounds bounds, Set<LifecycleKind> kinds, Outlet.Sink sink) {
        return new LifecycleEvents(List.of(new Outlet("test", kinds, sink, bounds, threads, listener)), time.clock());
    }

    private LifecycleEvents events(Outlet.Bounds bounds, Outlet.Sink sink) {
        return events(bounds, EnumSet.allOf(LifecycleKind.class), sink);
    }

    private void told(int count) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(listener.tellings()).hasSize(count));
    }

    @Test
    void whatHappensIsToldAndHoldsNoSecret() {
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        LifecycleEvents events = events(WIDE, event -> texts.add(event.json().encode()));
        Actor actor = TestCalls.actor(time.now().plusSeconds(60), "role-1");
        UUID session = actor.session();
        long now = time.now().toEpochMilli();

        events.opened(session, Optional.empty());
        events.authenticated(actor);
        events.closed(session, Optional.of("realtime"), Optional.of("alice"), 4401, List.of());
        told(3);

        assertThat(texts)
                .containsExactly(
                        "{\"event\":\"session.opened\",\"time\":" + now + ",\"session\":\"" + session + "\"}",
                        "{\"event\":\"user.authenticated\",\"time\":" + now + ",\"session\":\"" + session
                                + "\",\"dialect\":\"realtime\",\"user\":\"alice\",\"subject\":\"4711\"}",
                        "{\"event\":\"session.closed\",\"time\":" + now + ",\"session\":\"" + session
                                + "\",\"dialect\":\"realtime\",\"user\":\"alice\",\"code\":4401,\"clean\":true}");
    }

    @Test
    void whoWaitsForOneUserIsToldBehindTheEnd() {
        List<String> addresses = Collections.synchronizedList(new ArrayList<>());
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        LifecycleEvents events = events(WIDE, event -> {
            addresses.add(event.address());
            texts.add(event.json().encode());
        });
        UUID session = UUID.randomUUID();

        events.closed(session, Optional.of("flamigo"), Optional.of("a/b"), 1006, List.of());
        events.disconnected(session, "flamigo", "a/b", 1006);
        told(2);

        assertThat(addresses).containsExactly("session.closed", "user/disconnected/a/b");
        assertThat(texts.getLast())
                .isEqualTo("{\"event\":\"user/disconnected/a/b\",\"time\":"
                        + time.now().toEpochMilli() + ",\"session\":\"" + session
                        + "\",\"dialect\":\"flamigo\",\"user\":\"a/b\",\"code\":1006,\"clean\":false}");
        assertThat(LifecycleKind.of("session.closed")).contains(LifecycleKind.CLOSED);
        assertThat(LifecycleKind.of("user/disconnected/"))
                .as("on the bus alone")
                .isEmpty();
    }

    @Test
    void aReceiverIsToldOnlyOfWhatItAskedFor() {
        List<LifecycleKind> kinds = Collections.synchronizedList(new ArrayList<>());
        LifecycleEvents events = events(WIDE, EnumSet.of(LifecycleKind.CLOSED), event -> kinds.add(event.kind()));

        events.opened(UUID.randomUUID(), Optional.empty());
        events.closed(UUID.randomUUID(), Optional.empty(), Optional.empty(), 1000, List.of());
        told(1);

        assertThat(kinds).containsExactly(LifecycleKind.CLOSED);
    }

    @Test
    void eachSessionIsToldInOrder() {
        Map<UUID, List<Integer>> codes = new ConcurrentHashMap<>();
        LifecycleEvents events = events(WIDE, event -> {
            codes.computeIfAbsent(event.session(), _ -> Collections.synchronizedList(new ArrayList<>()))
                    .add(event.code().orElseThrow());
        });
        List<UUID> sessions = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sessions.add(UUID.randomUUID());
        }
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add(i);
            for (UUID session : sessions) {
                events.closed(session, Optional.empty(), Optional.empty(), i, List.of());
            }
        }
        told(5_000);

        assertThat(codes).hasSize(50);
        assertThat(codes.values()).allMatch(expected::equals);
    }

    @Test
    void whatDoesNotFitIsDroppedAndWhoTellsIsNotHeldUp() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        UUID session = UUID.randomUUID();
        LifecycleEvents events = events(new Outlet.Bounds(10, 0), _ -> {
            entered.countDown();
            release.await();
        });
        try (LogRecorder log = new LogRecorder("io.switchboard.service")) {
            events.opened(session, Optional.empty());
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 14; i++) {
                events.opened(session, Optional.empty());
            }
            assertThat(listener.tellings()).hasSize(5).containsOnly(Telling.DROPPED);
            release.countDown();
            told(15);
            assertThat(Collections.frequency(listener.tellings(), Telling.DELIVERED))
                    .isEqualTo(10);
            assertThat(log.texts()).as("repeats are not repeated").hasSize(2);
            assertThat(log.texts().getLast()).contains("again service=test lost=5");
        }
        events.opened(session, Optional.empty());
        told(16);
        assertThat(listener.tellings().getLast()).isEqualTo(Telling.DELIVERED);
    }

    @Test
    void bytesAreBoundedToo() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        UUID session = UUID.randomUUID();
        LifecycleEvents events = events(new Outlet.Bounds(0, 1_000), _ -> release.await());

        events.closed(session, Optional.empty(), Optional.of("x".repeat(1_000)), 1000, List.of());
        assertThat(listener.tellings()).containsExactly(Telling.DROPPED);
        for (int i = 0; i < 5; i++) {
            events.closed(session, Optional.empty(), Optional.empty(), 1000, List.of());
        }
        assertThat(listener.tellings()).hasSize(3).containsOnly(Telling.DROPPED);
        release.countDown();
        told(6);
    }

    @Test
    void whatFailsDoesNotStopWhatFollows() {
        AtomicBoolean failing = new AtomicBoolean(true);
        UUID session = UUID.randomUUID();
        LifecycleEvents events = events(WIDE, _ -> {
            if (failing.getAndSet(false)) {
                throw new IllegalStateException("hunter2");
            }
        });
        try (LogRecorder log = new LogRecorder("io.switchboard.service")) {
            events.opened(session, Optional.empty());
            events.opened(session, Optional.empty());
            told(2);

            assertThat(listener.tellings()).containsExactly(Telling.FAILED, Telling.DELIVERED);
            assertThat(log.texts()).isNotEmpty().noneMatch(text -> text.contains("hunter2"));
        }
    }
}
