package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.GeneratedText;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/openapi.yaml is what the server says of its HTTP API. */
@QuarkusTest
class OpenApiDocTest {
    @Test
    void theDocumentIsTheServersOwn() throws IOException {
        String served = given().get("/q/openapi?format=yaml")
                .then()
                .statusCode(200)
                .extract()
                .asString();

        assertThat(served).contains("/api/v1/events/{topic}").doesNotContain("/dev/");
        GeneratedText.whole(Path.of("docs/openapi.yaml"), served.startsWith("---\n") ? served.substring(4) : served);
    }
}
