package io.switchboard.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServicesDocTest {
    /** The one that the tests run, behind what it says of itself. */
    @Test
    void theServiceOnNatsIsTheVeryScript() throws IOException {
        String script = Files.readString(Path.of("src/test/js/nats-service.mjs"));

        assertThat(Files.readString(Path.of("docs/services.md")))
                .contains(
                        "```js\n" + script.substring(script.indexOf("import ")).strip() + "\n```");
    }
}
