package io.switchboard.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SignInLimitsTest {
    private static final Optional<String> ALICE = Optional.of("alice");

    private long now = 17;

    private SignInLimits limits(int perAddress, int perName) {
        return new SignInLimits(perAddress, perName, () -> now);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void aMinutesWorthMayComeAtOnceAndThenTheyComeAtTheirRate() {
        SignInLimits limits = limits(0, 4);
        for (int i = 0; i < 4; i++) {
            assertThat(limits.take("a" + i, ALICE)).isZero();
        }
        assertThat(limits.take("b", ALICE)).isEqualTo(Duration.ofSeconds(15).toNanos());
        // who is refused loses nothing by it
        assertThat(limits.take("b", ALICE)).isEqualTo(Duration.ofSeconds(15).toNanos());
        pass(Duration.ofSeconds(14));
        assertThat(limits.take("b", ALICE)).isEqualTo(Duration.ofSeconds(1).toNanos());
        pass(Duration.ofSeconds(1));
        assertThat(limits.take("b", ALICE)).isZero();
        assertThat(limits.take("b", ALICE)).isPositive();
        pass(Duration.ofMinutes(10));
        for (int i = 0; i < 4; i++) {
            assertThat(limits.take("b", ALICE)).isZero();
        }
        assertThat(limits.take("b", ALICE)).isPositive();
    }

    @Test
    void namesAndAddressesAreCountedEachForItself() {
        SignInLimits limits = limits(3, 2);
        assertThat(limits.take("a", ALICE)).isZero();
        assertThat(limits.take("a", ALICE)).isZero();
        assertThat(limits.take("a", ALICE)).as("the name").isPositive();
        assertThat(limits.take("a", Optional.of("bob"))).as("the address").isPositive();
        assertThat(limits.take("a", Optional.empty())).isPositive();
        assertThat(limits.take("b", Optional.of("bob"))).isZero();
        assertThat(limits.take("b", ALICE)).as("the name, from wherever").isPositive();
    }

    @Test
    void zeroIsNoBound() {
        SignInLimits limits = limits(0, 0);
        for (int i = 0; i < 10_000; i++) {
            assertThat(limits.take("a", ALICE)).isZero();
        }
    }
}
