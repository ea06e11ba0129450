package io.switchboard.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.limit.CommandLimits.Rate;
import io.switchboard.session.CommandKind;
import io.switchboard.session.CommandRates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLimitsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private static CommandLimits limits(int perSession, int perUser, int burst) {
        return new CommandLimits(Map.of(CommandKind.HISTORY, new Rate(perSession, perUser, burst)));
    }

    /** A clock of nanoseconds may begin anywhere, and overflow. */
    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE - 100})
    void aBurstAtRestAndThenTheRate(long start) {
        CommandRates.OfSession session = limits(10, 0, 3).begin(start);
        for (int i = 0; i < 3; i++) {
            assertThat(session.take(CommandKind.HISTORY, "alice", start)).isZero();
        }
        assertThat(session.take(CommandKind.HISTORY, "alice", start)).isEqualTo(SECOND / 10);
        assertThat(session.take(CommandKind.HISTORY, "alice", start))
                .as("not counted")
                .isEqualTo(SECOND / 10);
        long now = start;
        for (int i = 0; i < 100; i++) {
            now += SECOND / 10;
            assertThat(session.take(CommandKind.HISTORY, "alice", now)).isZero();
            assertThat(session.take(CommandKind.HISTORY, "alice", now)).isEqualTo(SECOND / 10);
        }
        now += SECOND;
        for (int i = 0; i < 3; i++) {
            assertThat(session.take(CommandKind.HISTORY, "alice", now)).isZero();
        }
        assertThat(session.take(CommandKind.HISTORY, "alice", now)).isPositive();
    }

    @Test
    void withoutABurstItIsThatOfASecond() {
        CommandRates.OfSession session = limits(5, 0, 0).begin(0);
        for (int i = 0; i < 5; i++) {
            assertThat(session.take(CommandKind.HISTORY, "alice", 0)).isZero();
        }
        assertThat(session.take(CommandKind.HISTORY, "alice", 0)).isEqualTo(SECOND / 5);
    }

    @Test
    void otherKindsAndUsersAndSessionsAreTheirOwn() {
        CommandLimits limits = limits(1, 2, 1);
        CommandRates.OfSession one = limits.begin(0);
        CommandRates.OfSession two = limits.begin(0);
        assertThat(one.take(CommandKind.HISTORY, "alice", 0)).isZero();
        assertThat(one.take(CommandKind.DIRECT, "alice", 0)).isZero();
        assertThat(two.take(CommandKind.HISTORY, "bob", 0)).isZero();
        assertThat(two.take(CommandKind.HISTORY, "bob", 0)).isEqualTo(SECOND);
    }

    /** What one connection was refused because of another must not count against it. */
    @Test
    void whatTheUsersRateRefusesIsNotCountedForTheSession() {
        CommandLimits limits = limits(1, 10, 1);
        CommandRates.OfSession one = limits.begin(0);
        CommandRates.OfSession two = limits.begin(0);
        assertThat(one.take(CommandKind.HISTORY, "alice", 0)).isZero();
        assertThat(two.take(CommandKind.HISTORY, "alice", 0)).isEqualTo(SECOND / 10);
        assertThat(two.take(CommandKind.HISTORY, "alice", SECOND / 10)).isZero();
        assertThat(two.take(CommandKind.HISTORY, "alice", SECOND / 5)).isEqualTo(SECOND - SECOND / 10);
    }

    @Test
    void usersAreForgottenWhenTheyAreAtRest() {
        CommandLimits limits = limits(0, 10, 10);
        CommandRates.OfSession session = limits.begin(0);
        for (int i = 0; i < 100_000; i++) {
            assertThat(session.take(CommandKind.HISTORY, "user " + i, i * SECOND / 100))
                    .isZero();
            assertThat(limits.size()).isLessThan(2_100);
        }
    }

    @Test
    void aUserOnManyThreadsGetsTheBurstAndNoMore() throws Exception {
        CommandLimits limits = limits(0, 1, 1_000);
        AtomicInteger taken = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            CommandRates.OfSession session = limits.begin(0);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 10_000; n++) {
                    if (session.take(CommandKind.HISTORY, "alice", 0) == 0) {
                        taken.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).hasValue(1_000);
    }
}
