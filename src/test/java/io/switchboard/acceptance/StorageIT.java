package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.dev.DevelopmentKeyPair;
import io.switchboard.testing.PackagedServer;
import io.switchboard.testing.Postgres;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped, with either database. */
class StorageIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "geheim-7f3a";

    @TempDir
    Path folder;

    @Test
    void withoutAnySettingItIsAFileInTheWorkingFolder() throws Exception {
        for (int start = 0; start < 2; start++) {
            try (PackagedServer server = PackagedServer.ready(folder)) {
                assertThat(folder.resolve("switchboard.db")).isNotEmptyFile();
                assertThat(server.output()).doesNotContain("jdbc:");
                server.terminate();
                assertThat(server.awaitExit(Duration.ofSeconds(15))).isIn(0, 143);
            }
            // whoever ends in peace leaves one file
            assertThat(folder.resolve("switchboard.db-wal")).doesNotExist();
        }
    }

    @Test
    void aServerThatComesLaterIsFound() throws Exception {
        DevelopmentKeyPair.create(folder);
        try (Postgres postgres = Postgres.create();
                PackagedServer server = PackagedServer.start(
                        folder,
                        "mp.jwt.verify.publickey.location="
                                + folder.resolve(DevelopmentKeyPair.PUBLIC_FILE).toUri(),
                        "switchboard.storage.kind=postgresql",
                        "switchboard.storage.url=" + postgres.url("postgres"),
                        "switchboard.storage.username=" + Postgres.USER,
                        "switchboard.storage.password=" + SECRET)) {
            await().atMost(PATIENCE).until(() -> server.get("/q/health/live") == 200);
            assertThat(server.get("/q/health/ready")).isEqualTo(503);

            postgres.start();
            await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 200);
            assertThat(folder.resolve("switchboard.db")).doesNotExist();

            postgres.stop();
            await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 503);
            assertThat(server.get("/q/health/live")).isEqualTo(200);
            postgres.start();
            await().atMost(PATIENCE).until(() -> server.get("/q/health/ready") == 200);
            server.terminate();
            assertThat(server.awaitExit(Duration.ofSeconds(15))).isIn(0, 143);
            assertThat(server.output())
                    .contains("storage is down reason=PSQLException 08001", "storage is up again")
                    .doesNotContain(SECRET)
                    .doesNotContain("jdbc:");
        }
    }

    @Test
    void aDatabaseThatIsNotNamedEndsTheStart() throws Exception {
        DevelopmentKeyPair.create(folder);
        try (PackagedServer server = PackagedServer.start(
                folder,
                "mp.jwt.verify.publickey.location="
                        + folder.resolve(DevelopmentKeyPair.PUBLIC_FILE).toUri(),
                "switchboard.storage.kind=postgresql")) {
            assertThat(server.awaitExit(PATIENCE)).isNotZero();
            assertThat(server.output())
                    .contains("switchboard.storage.url is required with switchboard.storage.kind=postgresql");
        }
    }
}
