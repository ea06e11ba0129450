package io.switchboard.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.hub.Owners;
import io.switchboard.testing.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PresencesTest {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofMillis(100);

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final List<Presence> told = new ArrayList<>();
    private final Presences presences = new LocalPresences(new Owners(List.of(loop)), time.clock(), GRACE, told::add);

    private void wait(Duration duration) {
        loop.runAll();
        for (long i = 0; i < duration.toMillis(); i += MOMENT.toMillis()) {
            time.advance(MOMENT);
            loop.runAll();
        }
    }

    private Presence ask(String user) {
        var answer = presences.of(List.of(user)).toCompletableFuture();
        loop.runAll();
        return answer.join().getFirst();
    }

    private List<String> statuses() {
        return told.stream().map(Presence::status).toList();
    }

    @Test
    void theFirstConnectionComesAndTheLastOneLeaves() {
        presences.arrive("alice");
        presences.arrive("alice");
        wait(Duration.ofSeconds(2));
        presences.leave("alice");
        wait(Duration.ofSeconds(20));
        assertThat(statuses()).containsExactly("online");

        long left = time.clock().millis();
        presences.leave("alice");
        wait(GRACE.minus(MOMENT));
        assertThat(statuses()).containsExactly("online");

        wait(MOMENT);
        assertThat(statuses()).containsExactly("online", "offline");
        assertThat(told.getLast().lastSeen()).hasValue(left);
        assertThat(presences.size()).isZero();
        assertThat(ask("alice")).isEqualTo(told.getLast());
    }

    @Test
    void aReloadIsNoComingAndGoing() {
        presences.arrive("alice");
        wait(Duration.ofSeconds(2));
        for (int i = 0; i < 10; i++) {
            presences.leave("alice");
            wait(GRACE.minus(MOMENT));
            presences.arrive("alice");
            wait(MOMENT);
        }
        assertThat(statuses()).containsExactly("online");
    }

    @Test
    void theGraceBeginsAnewWithEachReload() {
        presences.arrive("alice");
        presences.leave("alice");
        wait(GRACE.dividedBy(2));
        presences.arrive("alice");
        presences.leave("alice");
        wait(GRACE.dividedBy(2).plus(MOMENT));
        assertThat(statuses()).as("the first grace is over, the second is not").containsExactly("online");
        wait(GRACE);
        assertThat(statuses()).containsExactly("online", "offline");
    }

    @Test
    void whatCancelsOutWithinASecondIsNotTold() {
        presences.arrive("alice");
        wait(Duration.ofSeconds(2));
        presences.set("alice", "busy", Optional.empty());
        wait(MOMENT);
        presences.set("alice", "away", Optional.empty());
        wait(MOMENT);
        presences.set("alice", "busy", Optional.empty());
        wait(Duration.ofSeconds(5));
        assertThat(statuses()).containsExactly("online", "busy");
    }

    @Test
    void aUserIsToldOfOnceASecondAndThenAsThingsAre() {
        presences.arrive("alice");
        loop.runAll();
        for (int i = 0; i < 100; i++) {
            presences.set("alice", "s" + i, Optional.of("{\"n\":" + i + "}"));
            loop.runAll();
            time.advance(Duration.ofMillis(10));
        }
        wait(Duration.ofSeconds(3));
        assertThat(told).hasSizeLessThanOrEqualTo(3);
        assertThat(told.getLast().status()).isEqualTo("s99");
        assertThat(told.getLast().metadata()).contains("{\"n\":99}");
    }

    @Test
    void whoSeemsAwayIsNotGivenAway() {
        presences.arrive("alice");
        wait(Duration.ofSeconds(2));
        presences.set("alice", "offline", Optional.empty());
        wait(Duration.ofSeconds(2));
        assertThat(told.getLast()).isEqualTo(Presence.unknown("alice"));
        assertThat(ask("alice")).isEqualTo(Presence.unknown("alice"));
    }

    @Test
    void aStatusEndsWithTheLastConnection() {
        presences.arrive("alice");
        presences.set("alice", "busy", Optional.of("{}"));
        wait(Duration.ofSeconds(2));
        presences.leave("alice");
        wait(GRACE.plusSeconds(2));
        presences.arrive("alice");
        wait(Duration.ofSeconds(2));
        assertThat(told.getLast().status()).isEqualTo("online");
        assertThat(told.getLast().metadata()).isEmpty();
    }

    @Test
    void whoIsNotHereSaysNothing() {
        presences.set("alice", "busy", Optional.empty());
        presences.leave("alice");
        wait(Duration.ofSeconds(10));
        assertThat(told).isEmpty();
        assertThat(ask("alice")).isEqualTo(new Presence("alice", "offline", OptionalLong.empty(), Optional.empty()));
        assertThat(presences.size()).isZero();
    }

    @Test
    void aStormOfFiveThousandWhoComeBackIsSilent() {
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            presences.arrive("u" + i);
        }
        wait(Duration.ofSeconds(2));
        assertThat(told).hasSize(5000);
        for (int i = 0; i < 5000; i++) {
            presences.leave("u" + i);
        }
        List<Integer> back = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            back.add(i);
        }
        java.util.Collections.shuffle(back, random);
        for (int i = 0; i < 5000; i++) {
            presences.arrive("u" + back.get(i));
            if (i % 500 == 499) {
                wait(Duration.ofMillis(200));
            }
        }
        wait(Duration.ofSeconds(20));
        assertThat(told).hasSize(5000);
        assertThat(presences.size()).isEqualTo(5000);
    }
}
