package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.failure.StoreException;
import io.switchboard.metric.GatewayMetrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A storage for the tests of what is kept in it. */
abstract class StorageContract {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final StorageSettings USUAL =
            new StorageSettings(10_000, 32L << 20, 2, Duration.ofSeconds(30), 0, Duration.ZERO);
    static final Pace HASTE = new Pace(Duration.ofMillis(20), Duration.ofMillis(1));

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<Storage> storages = new ArrayList<>();
    private volatile Instant now = Instant.ofEpochSecond(1_000_000);

    final Clock clock = new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    };

    /** The one database of the test; the same each time. */
    abstract Database database();

    /** One that is closed after the test, and not started yet. */
    Storage newStorage(StorageSettings settings, Pace pace) {
        Storage storage = new Storage(database(), settings, clock, new GatewayMetrics(registry), pace);
        storages.add(storage);
        return storage;
    }

    /** The one that was made last. */
    Storage storage() {
        return storages.getLast();
    }

    @AfterEach
    void closeStorages() {
        storages.forEach(Storage::close);
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    static StoreException.Reason failure(CompletionStage<?> stage) {
        try {
            Object answer = get(stage);
            throw new AssertionError("it was answered with a " + answer.getClass());
        } catch (CompletionException e) {
            assertThat(e.getCause()).isInstanceOf(StoreException.class);
            return ((StoreException) e.getCause()).reason();
        }
    }

    double commits() {
        return registry.get("switchboard.storage.commits").counter().count();
    }
}
