package io.switchboard.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Owners;
import io.switchboard.hub.Topic;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatheringsTest {
    private static final Topic ROOM = Topic.of("chat", "general");
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofMillis(100);
    private static final int FEW = 5;

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final List<String> told = new ArrayList<>();
    /** Who is there as far as those there were told. */
    private final Set<String> seen = new HashSet<>();

    private final Gatherings gatherings =
            new LocalGatherings(new Owners(List.of(loop)), ROOM::equals, FEW, GRACE, (topic, came, left) -> {
                assertThat(topic).isEqualTo(ROOM);
                came.forEach(user -> {
                    told.add("+" + user);
                    assertThat(seen.add(user)).as(user).isTrue();
                });
                left.forEach(user -> {
                    told.add("-" + user);
                    assertThat(seen.remove(user)).as(user).isTrue();
                });
            });

    private void wait(Duration duration) {
        loop.runAll();
        for (long i = 0; i < duration.toMillis(); i += MOMENT.toMillis()) {
            time.advance(MOMENT);
            loop.runAll();
        }
    }

    private Gatherings.Crowd ask() {
        var answer = gatherings.of(ROOM).toCompletableFuture();
        loop.runAll();
        return answer.join();
    }

    @Test
    void whoComesAndLeavesIsTold() {
        gatherings.join(ROOM, "alice");
        gatherings.join(ROOM, "alice");
        wait(Duration.ofSeconds(2));
        gatherings.join(ROOM, "bob");
        wait(Duration.ofSeconds(2));
        assertThat(told).containsExactly("+alice", "+bob");
        assertThat(ask()).isEqualTo(new Gatherings.Crowd(2, List.of("alice", "bob")));

        gatherings.leave(ROOM, "alice");
        wait(GRACE.multipliedBy(2));
        assertThat(told).as("another connection is there").hasSize(2);
        gatherings.leave(ROOM, "alice");
        wait(GRACE.minus(MOMENT));
        assertThat(told).hasSize(2);
        wait(MOMENT);
        assertThat(told).containsExactly("+alice", "+bob", "-alice");
        gatherings.leave(ROOM, "bob");
        wait(GRACE.multipliedBy(2));
        assertThat(gatherings.size()).isZero();
        assertThat(ask()).isEqualTo(new Gatherings.Crowd(0, List.of()));
    }

    @Test
    void aReloadIsNoComingAndGoing() {
        gatherings.join(ROOM, "alice");
        wait(Duration.ofSeconds(2));
        for (int i = 0; i < 5; i++) {
            gatherings.leave(ROOM, "alice");
            wait(GRACE.minus(MOMENT));
            gatherings.join(ROOM, "alice");
            wait(MOMENT);
        }
        assertThat(told).containsExactly("+alice");
    }

    @Test
    void ofACrowdOnlyTheNumberIsKnown() {
        for (int i = 0; i < FEW; i++) {
            gatherings.join(ROOM, "u" + i);
        }
        wait(Duration.ofSeconds(2));
        assertThat(told).hasSize(FEW);
        for (int i = FEW; i < 50_000; i++) {
            gatherings.join(ROOM, "u" + i);
        }
        wait(Duration.ofSeconds(10));
        assertThat(told).hasSize(FEW);
        assertThat(ask()).isEqualTo(new Gatherings.Crowd(50_000, List.of()));
    }

    /** After any coming and going, of crowds too, those there were told of exactly those who are there. */
    @ParameterizedTest
    @CsvSource({"1,5", "2,5", "3,5", "4,7", "5,7", "6,7", "7,20", "8,20"})
    void whatWasToldIsTrueInTheEnd(int seed, int users) {
        Random random = new Random(seed);
        int[] connections = new int[users];
        for (int i = 0; i < 500; i++) {
            int user = random.nextInt(users);
            if (random.nextBoolean() && connections[user] > 0) {
                connections[user]--;
                gatherings.leave(ROOM, "u" + user);
            } else if (connections[user] < 3) {
                connections[user]++;
                gatherings.join(ROOM, "u" + user);
            }
            if (random.nextInt(4) == 0) {
                wait(Duration.ofMillis(random.nextInt(8000)));
            }
        }
        for (int user = FEW; user < users; user++) {
            while (connections[user] > 0) {
                connections[user]--;
                gatherings.leave(ROOM, "u" + user);
            }
        }
        wait(GRACE.plusSeconds(3));
        Set<String> there = new HashSet<>();
        for (int user = 0; user < FEW; user++) {
            if (connections[user] > 0) {
                there.add("u" + user);
            }
        }
        assertThat(seen).isEqualTo(there);
    }
}
