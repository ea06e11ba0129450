package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page of the dev profile in a real browser, with real files: alice sees what happens to them, bob nothing. */
@QuarkusTest
@TestProfile(BrowserTest.DevBuild.class)
class BrowserTest {
    private static final Path HOME = Path.of("target", "browser");
    private static final Path FOLDER = HOME.resolve("folder").toAbsolutePath();
    private static final Path SCREENSHOT = Path.of("target", "screenshots", "page.png");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TestHTTPResource("/")
    URI page;

    /** Builds the application as the dev profile does, and watches a folder of its own. */
    public static class DevBuild implements QuarkusTestProfile {
        @Override
        public String getConfigProfile() {
            return "dev";
        }

        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Files.createDirectories(FOLDER);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Map.of(
                    "quarkus.http.test-port", "0",
                    "switchboard.dev.home", HOME.toString(),
                    "switchboard.dev.folder", FOLDER.toString());
        }
    }

    @Test
    void aliceSeesRealFilesComeAndGoAndBobSeesNothing() throws Exception {
        if (System.getenv("CHROMIUM") == null) {
            NodeScript.requireCommand("chromium");
        }
        Files.createDirectories(SCREENSHOT.getParent());
        Files.deleteIfExists(SCREENSHOT);
        try (NodeScript browser =
                new NodeScript("browser.mjs", page.toString(), FOLDER.toString(), SCREENSHOT.toString())) {
            browser.closeInput();
            browser.awaitSuccess(PATIENCE);
            assertThat(browser.output()).endsWith("passed");
        }
        assertThat(SCREENSHOT).isNotEmptyFile();
    }
}
