package io.switchboard.limit;

import static io.switchboard.limit.ConnectionLimits.Admission.ADDRESS_FULL;
import static io.switchboard.limit.ConnectionLimits.Admission.ADMITTED;
import static io.switchboard.limit.ConnectionLimits.Admission.SERVER_FULL;
import static io.switchboard.limit.ConnectionLimits.Admission.UNAUTHENTICATED_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ConnectionLimitsTest {
    @Test
    void shouldBoundAllConnections() {
        ConnectionLimits limits = new ConnectionLimits(2, 0, 0, 0);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("b")).isEqualTo(ADMITTED);
        assertThat(limits.enter("c")).isEqualTo(SERVER_FULL);
        assertThat(limits.connections()).isEqualTo(2);
        limits.leave("a");
        assertThat(limits.enter("c")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(SERVER_FULL);
    }

    @Test
    void shouldBoundTheConnectionsOfAnAddress() {
        ConnectionLimits limits = new ConnectionLimits(3, 0, 0, 2);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(ADDRESS_FULL);
        assertThat(limits.connections()).as("the refused one took no place").isEqualTo(2);
        assertThat(limits.enter("b")).isEqualTo(ADMITTED);
        limits.leave("a");
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
    }

    @Test
    void shouldBoundThoseWhoAreNotSignedInApart() {
        ConnectionLimits limits = new ConnectionLimits(4, 2, 0, 0);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(UNAUTHENTICATED_FULL);
        assertThat(limits.connections()).as("the refused one took no place").isEqualTo(2);
        limits.releaseUnauthenticated();
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.acquireUnauthenticated()).isFalse();
        limits.releaseUnauthenticated();
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        limits.releaseUnauthenticated();
        assertThat(limits.enter("a")).as("the total holds too").isEqualTo(SERVER_FULL);
        assertThat(limits.acquireUnauthenticated()).isTrue();
        assertThat(limits.unauthenticated()).isEqualTo(2);
    }

    @Test
    void shouldTakeNoPlaceWhereAnotherBoundIsReached() {
        ConnectionLimits limits = new ConnectionLimits(2, 2, 0, 1);
        assertThat(limits.enter("a")).isEqualTo(ADMITTED);
        assertThat(limits.enter("a")).isEqualTo(ADDRESS_FULL);
        assertThat(limits.unauthenticated()).isEqualTo(1);
        assertThat(limits.enter("b")).isEqualTo(ADMITTED);
        assertThat(limits.enter("c")).isEqualTo(SERVER_FULL);
        assertThat(limits.unauthenticated()).isEqualTo(2);
        assertThat(limits.addresses()).isEqualTo(2);
    }

    @Test
    void shouldBoundTheConnectionsOfAUser() {
        ConnectionLimits limits = new ConnectionLimits(0, 0, 1, 0);
        assertThat(limits.acquire("alice")).isTrue();
        assertThat(limits.acquire("alice")).isFalse();
        assertThat(limits.acquire("bob")).isTrue();
        limits.release("alice");
        assertThat(limits.acquire("alice")).isTrue();
    }

    @Test
    void shouldNotBoundWhereZero() {
        ConnectionLimits limits = new ConnectionLimits(0, 0, 0, 0);
        for (int i = 0; i < 10_000; i++) {
            assertThat(limits.enter("a")).isEqualTo(ADMITTED);
            assertThat(limits.acquire("alice")).isTrue();
        }
        assertThat(limits.connections()).isEqualTo(10_000);
    }

    @Test
    void shouldForgetNamesWithoutPlaces() {
        CountedPlaces places = new CountedPlaces(2);
        for (int i = 0; i < 1_000; i++) {
            places.acquire("name " + i);
        }
        places.acquire("name 0");
        assertThat(places.names()).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i++) {
            places.release("name " + i);
        }
        assertThat(places.names()).isEqualTo(1);
        places.release("name 0");
        places.release("name 0");
        assertThat(places.names()).isZero();
        assertThat(places.acquire("name 0")).isTrue();
    }

    @Test
    void shouldRememberNoNamesWhereNothingIsBounded() {
        CountedPlaces places = new CountedPlaces(0);
        places.acquire("a");
        assertThat(places.names()).isZero();
        places.release("a");
    }

    @Test
    @Timeout(60)
    void shouldGiveTheOnlyPlaceToOneOfManyThreads() throws Exception {
        ConnectionLimits inTotal = new ConnectionLimits(1, 0, 0, 0);
        assertThat(isNeverShared(() -> inTotal.enter("a") == ADMITTED, () -> inTotal.leave("a")))
                .isTrue();
        ConnectionLimits perAddress = new ConnectionLimits(0, 0, 0, 1);
        assertThat(isNeverShared(() -> perAddress.enter("a") == ADMITTED, () -> perAddress.leave("a")))
                .isTrue();
        ConnectionLimits perUser = new ConnectionLimits(0, 0, 1, 0);
        assertThat(isNeverShared(() -> perUser.acquire("alice"), () -> perUser.release("alice")))
                .isTrue();
        ConnectionLimits unauthenticated = new ConnectionLimits(0, 1, 0, 0);
        assertThat(isNeverShared(unauthenticated::acquireUnauthenticated, unauthenticated::releaseUnauthenticated))
                .isTrue();
    }

    private static boolean isNeverShared(BooleanSupplier take, Runnable giveBack) throws Exception {
        AtomicInteger inside = new AtomicInteger();
        List<Future<Boolean>> runs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                runs.add(threads.submit(() -> {
                    boolean alone = true;
                    for (int i = 0; i < 50_000; i++) {
                        dawdle();
                        if (take.getAsBoolean()) {
                            alone &= inside.incrementAndGet() == 1;
                            dawdle();
                            inside.decrementAndGet();
                            giveBack.run();
                        }
                    }
                    return alone;
                }));
            }
            boolean alone = true;
            for (Future<Boolean> run : runs) {
                alone &= run.get(60, TimeUnit.SECONDS);
            }
            return alone;
        }
    }

    /** So that threads meet at every point of each other's way, and stay where they meet. */
    private static void dawdle() {
        for (int i = ThreadLocalRandom.current().nextInt(50); i > 0; i--) {
            Thread.onSpinWait();
        }
    }

    @Test
    @Timeout(60)
    void shouldNeverExceedTheBoundsUnderThreads() throws Exception {
        ConnectionLimits limits = new ConnectionLimits(6, 5, 3, 4);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger ofUser = new AtomicInteger();
        List<Future<Boolean>> runs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int t = 0; t < 8; t++) {
                String address = "address " + t % 2;
                runs.add(threads.submit(() -> {
                    boolean kept = true;
                    for (int i = 0; i < 20_000; i++) {
                        if (limits.enter(address) == ADMITTED) {
                            kept &= inside.incrementAndGet() <= 5;
                            if (limits.acquire("alice")) {
                                kept &= ofUser.incrementAndGet() <= 3;
                                ofUser.decrementAndGet();
                                limits.release("alice");
                            }
                            kept &= limits.unauthenticated() <= 8 + 5;
                            inside.decrementAndGet();
                            limits.releaseUnauthenticated();
                            limits.leave(address);
                        }
                    }
                    return kept;
                }));
            }
            for (Future<Boolean> run : runs) {
                assertThat(run.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(limits.connections()).isZero();
        assertThat(limits.unauthenticated()).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(limits.enter("address 0")).isEqualTo(ADMITTED);
            assertThat(limits.acquire("alice")).isTrue();
        }
        assertThat(limits.acquire("alice")).isFalse();
    }
}
