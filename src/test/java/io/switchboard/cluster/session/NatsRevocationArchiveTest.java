package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.KeyValueConfiguration;
import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.testing.NatsServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a real NATS server. */
class NatsRevocationArchiveTest {
    private static final Instant AT = Instant.parse("2030-01-01T00:00:00.123Z");
    private static final Scope ALICE = new Scope.OfUser("alice");

    private NatsServer nats;
    private Connection connection;
    private KeyValue bucket;
    private NatsRevocationArchive archive;

    @BeforeEach
    void start() throws Exception {
        nats = NatsServer.started();
        connection = Nats.connect(Options.builder()
                .server(nats.url())
                .reconnectWait(Duration.ofMillis(50))
                .errorListener(new ErrorListener() {})
                .build());
        var _ = connection
                .keyValueManagement()
                .create(KeyValueConfiguration.builder().name("revocations").build());
        bucket = connection.keyValue(
                "revocations",
                KeyValueOptions.builder()
                        .jetStreamOptions(JetStreamOptions.builder()
                                .requestTimeout(Duration.ofSeconds(1))
                                .build())
                        .build());
        archive = new NatsRevocationArchive(bucket, Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() throws Exception {
        connection.close();
        nats.close();
    }

    @Test
    void shouldHaveNothingAtFirst() throws Exception {
        assertThat(archive.all()).isEmpty();
    }

    @Test
    void shouldKeepEveryAct() throws Exception {
        List<Revocation> acts = List.of(
                new Revocation(ALICE, AT),
                new Revocation(new Scope.OfToken(new Fingerprint(1, 2, 3, 4)), AT),
                new Revocation(new Scope.OfEntitlement(Entitlement.role("r"), Optional.empty()), AT),
                new Revocation(new Scope.OfEntitlement(Entitlement.workspace("w"), Optional.of("alice")), AT));
        for (Revocation act : acts) {
            archive.put(act);
        }

        assertThat(archive.all()).containsExactlyInAnyOrderElementsOf(acts);
        assertThat(new NatsRevocationArchive(bucket, Duration.ofSeconds(10)).all())
                .containsExactlyInAnyOrderElementsOf(acts);
    }

    @Test
    void shouldKeepTheLaterOfTwo() throws Exception {
        Revocation later = new Revocation(ALICE, AT.plusMillis(1));
        archive.put(new Revocation(ALICE, AT));
        archive.put(later);
        archive.put(new Revocation(ALICE, AT));

        assertThat(archive.all()).containsExactly(later);
    }

    @Test
    void shouldKeepTheLatestOfManyAtOnce() throws Exception {
        List<CompletableFuture<Void>> puts = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 1; i <= 8; i++) {
                Revocation act = new Revocation(ALICE, AT.plusMillis(i));
                puts.add(CompletableFuture.runAsync(
                        () -> {
                            try {
                                archive.put(act);
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        },
                        threads));
            }
        }
        puts.forEach(CompletableFuture::join);

        assertThat(archive.all()).containsExactly(new Revocation(ALICE, AT.plusMillis(8)));
    }

    /** Fail closed: what cannot be understood may concern anybody. */
    @Test
    void shouldNotLeaveOutWhatItCannotRead() throws Exception {
        archive.put(new Revocation(ALICE, AT));
        long _ = bucket.put("user.00", new byte[] {99, 1});

        assertThatThrownBy(archive::all).isInstanceOf(IOException.class).hasMessageContaining("another version");
    }

    @Test
    void shouldFailWhileTheServerIsGoneAndKeepWhatItHad() throws Exception {
        archive.put(new Revocation(ALICE, AT));
        nats.kill();

        assertThatThrownBy(() -> archive.put(new Revocation(new Scope.OfUser("bob"), AT)))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new NatsRevocationArchive(bucket, Duration.ofSeconds(1)).all())
                .isInstanceOf(IOException.class);

        nats.start();
        Connection again = Nats.connect(nats.url());
        try {
            assertThat(new NatsRevocationArchive(again.keyValue("revocations"), Duration.ofSeconds(10)).all())
                    .contains(new Revocation(ALICE, AT));
        } finally {
            again.close();
        }
    }
}
