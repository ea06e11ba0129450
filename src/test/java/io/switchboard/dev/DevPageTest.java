package io.switchboard.dev;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import java.nio.file.Path;
import java.util.Map;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in the build of the dev profile. */
@QuarkusTest
@TestProfile(DevPageTest.DevBuild.class)
class DevPageTest {
    private static final String HOME = "target/dev-page";

    /** Builds the application as the dev profile does. */
    public static class DevBuild implements QuarkusTestProfile {
        @Override
        public String getConfigProfile() {
            return "dev";
        }

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.test-port", "0", "switchboard.dev.home", HOME);
        }
    }

    @Test
    void thePageAndItsPartsAreServed() {
        given().get("/")
                .then()
                .statusCode(200)
                .contentType("text/html; charset=utf-8")
                .header("Content-Security-Policy", containsString("default-src 'none'"))
                .body(containsString("<title>Switchboard</title>"));
        given().get("/dev/page.js").then().statusCode(200).contentType(containsString("text/javascript"));
        given().get("/dev/page.css").then().statusCode(200).contentType(containsString("text/css"));
        given().get("/dev/info").then().statusCode(200).body("folder", endsWith(HOME + "/folder"));
        assertThat(Path.of(HOME, "folder", "README.txt")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev", "/dev/", "/dev/index.html", "/dev/nothing", "/private.pem"})
    void nothingElseIs(String path) {
        given().get(path).then().statusCode(404);
    }

    @Test
    void aTokenIsSignedWithTheDevelopmentKey() throws Exception {
        String token = given().contentType(ContentType.JSON)
                .body(
                        "{\"user\":\"alice\",\"workspaces\":[\"dev-files\",{\"uuid\":\"w\",\"roots\":[{\"path\":\"dev/a\"}]}],"
                                + "\"roles\":[\"publisher\"],\"expires\":60}")
                .post("/dev/token")
                .then()
                .statusCode(200)
                .extract()
                .path("token");
        JwtClaims claims = new JwtConsumerBuilder()
                .setVerificationKey(DevelopmentKeyPair.readPublic(Path.of(HOME, "public.pem")))
                .build()
                .processToClaims(token);
        assertThat(claims.getSubject()).isEqualTo("alice");
        assertThat(claims.getStringListClaimValue("roles")).containsExactly("publisher");
        assertThat(claims.getExpirationTime().getValue() - claims.getIssuedAt().getValue())
                .isEqualTo(60);
    }

    @Test
    void aPageFromElsewhereGetsNoToken() {
        String body = "{\"user\":\"alice\"}";
        given().contentType(ContentType.JSON)
                .body(body)
                .header("Origin", "http://evil.example")
                .post("/dev/token")
                .then()
                .statusCode(403);
        given().contentType(ContentType.JSON)
                .body(body)
                .header("Host", "evil.example")
                .post("/dev/token")
                .then()
                .statusCode(403);
        // what a page may send without asking first
        given().contentType("text/plain").body(body).post("/dev/token").then().statusCode(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"user\":1}",
                "{\"user\":\"a\",\"roles\":[1]}",
                "{\"user\":\"a\",\"workspaces\":[1]}",
                "{\"user\":\"a\",\"workspaces\":\"w\"}",
                "{\"user\":\"a\",\"expires\":0}",
                "{\"user\":\"a\",\"expires\":\"x\"}"
            })
    void whatIsNotARequestIsExplained(String body) {
        given().contentType(ContentType.JSON)
                .body(body)
                .post("/dev/token")
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }
}
