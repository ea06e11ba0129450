package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PulseTest {
    private final Pulse pulse = new Pulse();

    @Test
    void shouldCountIntervalsOfSilence() {
        assertThat(pulse.beat(true)).as("it has just connected").isZero();
        assertThat(pulse.beat(true)).isEqualTo(1);
        assertThat(pulse.beat(true)).isEqualTo(2);
        pulse.heard();
        assertThat(pulse.beat(true)).isZero();
        assertThat(pulse.beat(true)).isEqualTo(1);
    }

    @Test
    void shouldNotCountTimeInWhichNothingWasRead() {
        pulse.beat(true);
        pulse.beat(true);
        assertThat(pulse.beat(false)).as("silent until now").isEqualTo(2);
        for (int i = 0; i < 5; i++) {
            assertThat(pulse.beat(false)).isZero();
        }
        assertThat(pulse.beat(true)).as("not read from in part of it").isZero();
        assertThat(pulse.beat(true)).isEqualTo(1);
    }

    @Test
    void shouldNotCountAnIntervalInWhichReadingPaused() {
        pulse.beat(true);
        pulse.deaf();
        assertThat(pulse.beat(true)).isZero();
        assertThat(pulse.beat(true)).isEqualTo(1);
    }
}
