package io.switchboard.dev;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builds other than that of the dev profile have none of it; the production build is one of them. */
@QuarkusTest
class NoDevPageTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/dev",
                "/dev/",
                "/dev/token",
                "/dev/info",
                "/dev/page.js",
                "/dev/page.css",
                "/dev/index.html",
                "/index.html"
            })
    void thereIsNoPage(String path) {
        given().get(path).then().statusCode(404);
        given().contentType("application/json")
                .body("{\"user\":\"alice\"}")
                .post(path)
                .then()
                .statusCode(404);
    }
}
