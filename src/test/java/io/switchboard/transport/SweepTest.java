package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SweepTest {
    private static final Duration INTERVAL = Duration.ofSeconds(16);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedLoop loop = time.loop();
    private final Sweep sweep = new Sweep(loop, INTERVAL);

    private void step() {
        time.advance(STEP);
        loop.runAll();
    }

    private void interval() {
        for (int i = 0; i < 16; i++) {
            step();
        }
    }

    @Test
    void shouldVisitEachOnceAnInterval() {
        int[] visits = new int[100];
        for (int i = 0; i < visits.length; i++) {
            int number = i;
            sweep.add(() -> visits[number]++);
        }
        for (int round = 1; round <= 3; round++) {
            interval();
            assertThat(visits).containsOnly(round);
        }
    }

    @Test
    void shouldSpreadTheVisits() {
        int[] visits = new int[1];
        for (int i = 0; i < 160; i++) {
            sweep.add(() -> visits[0]++);
        }
        for (int i = 1; i <= 16; i++) {
            step();
            assertThat(visits[0]).isEqualTo(10 * i);
        }
    }

    @Test
    void shouldHaveOneTimerAndNoneWhereItIsEmpty() {
        assertThat(time.pendingTimers()).isZero();
        List<Sweep.Place> places = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            places.add(sweep.add(() -> {}));
        }
        assertThat(time.pendingTimers()).isEqualTo(1);
        interval();
        assertThat(time.pendingTimers()).isEqualTo(1);
        places.forEach(sweep::remove);
        places.forEach(sweep::remove);
        assertThat(sweep.size()).isZero();
        step();
        assertThat(time.pendingTimers()).isZero();
        int[] visits = new int[1];
        sweep.add(() -> visits[0]++);
        interval();
        assertThat(visits[0]).isEqualTo(1);
    }

    @Test
    void shouldNeverVisitWithoutAnInterval() {
        Sweep off = new Sweep(loop, Duration.ZERO);
        off.remove(off.add(() -> {
            throw new AssertionError();
        }));
        off.add(() -> {
            throw new AssertionError();
        });
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void shouldVisitOnlyWhatIsThereWhoeverComesAndGoes() {
        Random random = new Random(4);
        Map<Integer, Sweep.Place> places = new HashMap<>();
        Map<Integer, Integer> visits = new HashMap<>();
        int next = 0;
        for (int round = 0; round < 200; round++) {
            for (int i = random.nextInt(8); i > 0; i--) {
                int number = next++;
                boolean leaves = random.nextInt(4) == 0;
                places.put(number, sweep.add(() -> {
                    assertThat(places).containsKey(number);
                    visits.merge(number, 1, Integer::sum);
                    if (leaves) {
                        sweep.remove(places.remove(number));
                    }
                }));
            }
            for (Integer number : List.copyOf(places.keySet())) {
                if (random.nextInt(6) == 0) {
                    sweep.remove(places.remove(number));
                }
            }
            step();
            assertThat(sweep.size()).isEqualTo(places.size());
        }
        visits.clear();
        List<Integer> present = List.copyOf(places.keySet());
        interval();
        assertThat(visits.keySet()).containsExactlyInAnyOrderElementsOf(present);
        assertThat(visits.values()).containsOnly(1);
    }
}
