package io.switchboard.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageRateTest {
    private static long count(MessageRate rate, long now) {
        boolean exceeded = rate.count(now);
        assertThat(exceeded).isEqualTo(rate.pauseNanos(now) > 0);
        return rate.pauseNanos(now);
    }

    private static final long START = Long.MAX_VALUE - 1_000_000; // clocks may begin anywhere, and wrap

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    @Test
    void shouldLetABurstThroughAndThenOneAtATime() {
        MessageRate rate = new MessageRate(100, 5, START);
        for (int i = 0; i < 5; i++) {
            assertThat(count(rate, START)).isZero();
        }
        assertThat(count(rate, START)).isEqualTo(millis(10));
        assertThat(count(rate, START)).isEqualTo(millis(20));
        assertThat(count(rate, START + millis(20))).isEqualTo(millis(10));
        assertThat(count(rate, START + millis(40))).isZero();
    }

    @Test
    void shouldHaveTheWholeBurstAgainAfterSilence() {
        MessageRate rate = new MessageRate(100, 5, START);
        for (int i = 0; i < 6; i++) {
            count(rate, START);
        }
        long later = START + millis(60);
        for (int i = 0; i < 5; i++) {
            assertThat(count(rate, later)).as("message " + i).isZero();
        }
        assertThat(count(rate, later)).isPositive();
        long muchLater = later + Duration.ofDays(1).toNanos();
        for (int i = 0; i < 5; i++) {
            assertThat(count(rate, muchLater)).isZero();
        }
        assertThat(count(rate, muchLater)).as("silence is not saved up").isPositive();
    }

    @Test
    void shouldNeverPauseForMoreThanFiveSeconds() {
        MessageRate rate = new MessageRate(1, 0, START);
        long longest = 0;
        for (int i = 0; i < 10_000; i++) {
            longest = Math.max(longest, count(rate, START));
        }
        assertThat(longest).isEqualTo(millis(5_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void shouldNotBoundWhereZero(int burst) {
        MessageRate rate = new MessageRate(0, burst, START);
        for (int i = 0; i < 10_000; i++) {
            assertThat(count(rate, START)).isZero();
        }
    }
}
