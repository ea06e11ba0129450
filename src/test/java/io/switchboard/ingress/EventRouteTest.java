package io.switchboard.ingress;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.hub.Hub;
import io.switchboard.testing.HubProbe;
import io.switchboard.testing.WireJson;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class EventRouteTest {
    private static final String PATH = "/api/v1/events/";
    private static final String SECRET = "hunter2";
    private static final int MAX_BODY = 10 * 1024 * 1024;

    @Inject
    DevelopmentKeys keys;

    @Inject
    Hub hub;

    @TestHTTPResource
    URI server;

    private final String user = "user-" + UUID.randomUUID();

    private String token(String username, Duration lifetime, String... roles) {
        return DevelopmentToken.of(username, List.of(), List.of(roles), lifetime)
                .sign(keys.privateKey());
    }

    private String token(String... roles) {
        return token("indexer", Duration.ofMinutes(5), roles);
    }

    private RequestSpecification publisher() {
        return given().header("Authorization", "Bearer " + token("publisher")).contentType(ContentType.JSON);
    }

    private String job(int number) {
        return "{\"Job\":{\"ID\":\"" + number + "\"},\"TaskUpdated\":{\"TriggerOwner\":\"" + user + "\"}}";
    }

    private String cloudEvent(String id, int number) {
        return "{\"specversion\":\"1.0\",\"source\":\"/" + user + "\",\"id\":\"" + id + "\",\"type\":\"t\",\"data\":"
                + job(number) + "}";
    }

    private static long offset(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    private String publishOne() {
        return publisher()
                .body(job(0))
                .post(PATH + "job")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
    }

    private static JsonNode problem(Response response, int status) throws Exception {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/problem+json");
        JsonNode json = WireJson.MAPPER.readTree(response.asString());
        assertThat(json.path("type").asText()).isEqualTo("about:blank");
        assertThat(json.path("title").asText()).isNotEmpty();
        assertThat(json.path("detail").asText()).isNotEmpty();
        assertThat(json.path("status"))
                .isEqualTo(WireJson.MAPPER.getNodeFactory().numberNode(status));
        assertThat(json.properties()).hasSizeBetween(4, json.has("field") ? 5 : 4);
        return json;
    }

    @Test
    void anEventIsAcceptedAndArrives() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            Response response = publisher().body(job(1)).post(PATH + "job");

            assertThat(response.statusCode()).isEqualTo(202);
            assertThat(response.contentType()).startsWith("application/json");
            assertThat(response.<String>path("id")).matches("[0-9a-z]+-[1-9][0-9]*");
            assertThat(response.jsonPath().<Object, Object>getMap("")).containsOnlyKeys("id");
            assertThat(probe.received()).containsExactly(job(1));
        }
    }

    @Test
    void anArrayIsAcceptedInItsOrder() {
        try (HubProbe probe = new HubProbe(hub, user)) {
            List<String> ids = publisher()
                    .body("[" + job(1) + "," + cloudEvent("x", 2) + "," + job(3) + "]")
                    .post(PATH + "job")
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("ids");

            assertThat(ids).hasSize(3);
            assertThat(offset(ids.get(1))).isEqualTo(offset(ids.get(0)) + 1);
            assertThat(offset(ids.get(2))).isEqualTo(offset(ids.get(0)) + 2);
            assertThat(probe.received()).containsExactly(job(1), job(2), job(3));
        }
    }

    @Test
    void anEmptyArrayIsAcceptedAndIsNothing() {
        long before = offset(publishOne());
        List<String> ids = publisher()
                .body("[]")
                .post(PATH + "job")
                .then()
                .statusCode(202)
                .extract()
                .path("ids");

        assertThat(ids).isEmpty();
        assertThat(offset(publishOne())).isEqualTo(before + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tree", "meta"})
    void treeAndMetaTakeTreeEvents(String topic) {
        publisher()
                .body("{\"Target\":{\"Path\":\"ds/a\"}}")
                .post(PATH + topic)
                .then()
                .statusCode(202);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | TaskUpdated",
                "{\"Job\":{},\"TaskUpdated\":{\"TriggerOwner\":7}} | TaskUpdated.TriggerOwner",
                "[{\"Job\":{},\"TaskUpdated\":{\"TriggerOwner\":\"a\"}},{\"Job\":\"hunter2\"}] | [1].TaskUpdated",
                "{\"specversion\":\"1.0\",\"source\":\"hunter2\",\"id\":\"1\",\"type\":\"t\",\"data\":{}} | data.TaskUpdated",
                "hunter2 | ``",
                "`` | ``",
                "{\"a\":\"hunter2\" | ``",
                "\"hunter2\" | ``"
            })
    void whatIsNoEventIsRefusedByItsField(String body, String field) throws Exception {
        Response response = publisher().body(body).post(PATH + "job");

        assertThat(problem(response, 400).path("field").asText("none")).isEqualTo(field);
        assertThat(response.asString()).doesNotContain(SECRET);
    }

    @Test
    void aRequestWithoutABodyIsRefused() throws Exception {
        problem(publisher().post(PATH + "job"), 400);
        assertThat(raw("POST /api/v1/events/job HTTP/1.1\r\nContent-Length: 0\r\n", token("publisher")))
                .startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void depthIsRefused(String open) throws Exception {
        String body = open.repeat(10_000);

        assertThat(raw(
                        "POST /api/v1/events/job HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n",
                        token("publisher"),
                        body))
                .startsWith("HTTP/1.1 400 ");
    }

    @Test
    void nothingOfARefusedArrayIsPublished() throws Exception {
        try (HubProbe probe = new HubProbe(hub, user)) {
            long before = offset(publishOne());
            problem(publisher().body("[" + job(1) + "," + job(2) + ",{}]").post(PATH + "job"), 400);
            problem(
                    publisher()
                            .body("[" + job(1) + "," + cloudEvent("c", 2) + "] x")
                            .post(PATH + "job"),
                    400);

            assertThat(offset(publishOne())).isEqualTo(before + 1);
            assertThat(probe.received()).containsExactly(job(0), job(0));
            // nor is it remembered as published
            publisher().body(cloudEvent("c", 2)).post(PATH + "job").then().statusCode(202);
            assertThat(probe.received()).containsExactly(job(0), job(0), job(2));
        }
    }

    private void refusedAsUnauthorized(RequestSpecification request, String secret) throws Exception {
        Response response = request.contentType(ContentType.JSON).body(job(1)).post(PATH + "job");

        problem(response, 401);
        assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
        assertThat(response.asString()).doesNotContain(secret).doesNotContain(user);
    }

    @Test
    void withoutAGoodTokenNothingIsPublished() throws Exception {
        String good = token("publisher");
        String expired = token("indexer", Duration.ofMinutes(-1), "publisher");
        String forged = good.substring(0, good.lastIndexOf('.') + 1) + "A".repeat(86);
        try (HubProbe probe = new HubProbe(hub, user)) {
            refusedAsUnauthorized(given(), SECRET);
            refusedAsUnauthorized(given().header("Authorization", ""), SECRET);
            refusedAsUnauthorized(given().header("Authorization", "Bearer "), SECRET);
            refusedAsUnauthorized(given().header("Authorization", "Bearer"), SECRET);
            refusedAsUnauthorized(given().header("Authorization", "Bearer " + SECRET), SECRET);
            refusedAsUnauthorized(
                    given().header("Authorization", "Basic aW5kZXhlcjpodW50ZXIy"), "aW5kZXhlcjpodW50ZXIy");
            refusedAsUnauthorized(given().header("Authorization", good), good);
            refusedAsUnauthorized(given().header("Authorization", "Bearer " + expired), expired);
            refusedAsUnauthorized(given().header("Authorization", "Bearer " + forged), forged);
            refusedAsUnauthorized(given().queryParam("token", good), good);
            refusedAsUnauthorized(given().cookie("token", good), good);

            assertThat(probe.received()).isEmpty();
        }
    }

    @Test
    void theSchemeIsWrittenAsOneLikes() {
        given().header("Authorization", "bearer  " + token("publisher"))
                .contentType(ContentType.JSON)
                .body(job(1))
                .post(PATH + "job")
                .then()
                .statusCode(202);
    }

    @Test
    void anotherRoleMayNotPublish() throws Exception {
        for (String token : List.of(token(), token("reader"), token("Publisher"), token("*"))) {
            Response response = given().header("Authorization", "Bearer " + token)
                    .contentType(ContentType.JSON)
                    .body(job(1))
                    .post(PATH + "job");

            problem(response, 403);
            assertThat(response.asString()).doesNotContain(token).doesNotContain(user);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "Job", "jobs", "job%0Aforged", "*", "%20job"})
    void otherTopicsDoNotExist(String topic) throws Exception {
        JsonNode problem =
                problem(publisher().urlEncodingEnabled(false).body(job(1)).post(PATH + topic), 404);

        assertThat(problem.path("detail").asText())
                .isEqualTo("topics are tree, meta, job, idm, activity, chat, auth, publish");
    }

    @Test
    void anEventThatIsTooLargeIsRefused() throws Exception {
        String large = job(1).replace("\"ID\"", "\"Label\":\"" + "x".repeat(1 << 20) + "\",\"ID\"");

        assertThat(problem(publisher().body(large).post(PATH + "job"), 413)
                        .path("detail")
                        .asText())
                .contains("1048576 bytes");
        problem(publisher().body("[" + job(1) + "," + large + "]").post(PATH + "job"), 413);
    }

    @Test
    void anArrayThatIsTooLongIsRefused() throws Exception {
        String thousand = IntStream.range(0, 1000).mapToObj(this::job).collect(Collectors.joining(","));

        assertThat(problem(publisher().body("[" + thousand + "," + job(1) + "]").post(PATH + "job"), 413)
                        .path("detail")
                        .asText())
                .contains("1000 events");
        publisher().body("[" + thousand + "]").post(PATH + "job").then().statusCode(202);
    }

    /** The platform refuses it by its length, before a byte of it is read. */
    @Test
    void aBodyThatIsTooLargeIsRefusedByItsLength() throws Exception {
        String answer = raw(
                "POST /api/v1/events/job HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + (MAX_BODY + 1) + "\r\n",
                token("publisher"));

        assertThat(answer).startsWith("HTTP/1.1 413 ");
        assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("exception").doesNotContain("stack");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "APPLICATION/JSON",
                "application/cloudevents+json",
                "application/cloudevents-batch+json;charset=UTF-8"
            })
    void jsonIsTaken(String contentType) {
        given().header("Authorization", "Bearer " + token("publisher"))
                .header("Content-Type", contentType)
                .body(job(1).getBytes(StandardCharsets.UTF_8))
                .post(PATH + "job")
                .then()
                .statusCode(202);
    }

    /** The first is what curl says by itself. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-www-form-urlencoded",
                "text/plain",
                "application/xml",
                "multipart/form-data; boundary=x"
            })
    void anotherContentTypeIsRefused(String contentType) throws Exception {
        String answer = raw(
                "POST /api/v1/events/job HTTP/1.1\r\nContent-Type: " + contentType + "\r\nContent-Length: "
                        + job(1).length() + "\r\n",
                token("publisher"),
                job(1));

        assertThat(answer)
                .startsWith("HTTP/1.1 415 ")
                .contains("application/problem+json")
                .contains("send application/json or application/cloudevents+json");
    }

    @Test
    void withoutAContentTypeItIsJson() throws Exception {
        assertThat(raw(
                        "POST /api/v1/events/job HTTP/1.1\r\nContent-Length: " + job(1).length() + "\r\n",
                        token("publisher"),
                        job(1)))
                .startsWith("HTTP/1.1 202 ");
    }

    private Response publishUnder(String key, String body) {
        return publisher().header("Idempotency-Key", key).body(body).post(PATH + "job");
    }

    @Test
    void aRetryIsAnsweredAndNotPublishedAgain() {
        String key = UUID.randomUUID().toString();
        try (HubProbe probe = new HubProbe(hub, user)) {
            String one =
                    publishUnder(key, job(1)).then().statusCode(202).extract().path("id");
            String again =
                    publishUnder(key, job(1)).then().statusCode(202).extract().path("id");
            List<String> array =
                    publishUnder("a" + key, "[" + job(2) + "," + job(3) + "]").path("ids");
            List<String> arrayAgain =
                    publishUnder("a" + key, "[" + job(2) + "," + job(3) + "]").path("ids");

            assertThat(again).isEqualTo(one);
            assertThat(arrayAgain).hasSize(2).isEqualTo(array);
            assertThat(probe.received()).containsExactly(job(1), job(2), job(3));
        }
    }

    @Test
    void theSameKeyForOtherEventsIsRefused() throws Exception {
        String key = UUID.randomUUID().toString();
        try (HubProbe probe = new HubProbe(hub, user)) {
            publishUnder(key, job(1)).then().statusCode(202);
            Response response = publishUnder(key, job(2));

            problem(response, 422);
            assertThat(response.asString()).doesNotContain(key);
            assertThat(probe.received()).containsExactly(job(1));
        }
    }

    @Test
    void anotherPublisherHasKeysOfItsOwn() {
        String key = UUID.randomUUID().toString();
        String one = publishUnder(key, job(1)).path("id");
        String other = given().header("Authorization", "Bearer " + token("scanner", Duration.ofMinutes(5), "publisher"))
                .header("Idempotency-Key", key)
                .contentType(ContentType.JSON)
                .body(job(1))
                .post(PATH + "job")
                .path("id");

        assertThat(other).isNotNull().isNotEqualTo(one);
    }

    @Test
    void aKeyHasABound() throws Exception {
        publishUnder("k".repeat(256), "[]").then().statusCode(202);
        problem(publishUnder("k".repeat(257), job(1)), 400);
    }

    @Test
    void aRetriedCloudEventIsNotPublishedAgain() {
        String id = UUID.randomUUID().toString();
        try (HubProbe probe = new HubProbe(hub, user)) {
            String one = publisher().body(cloudEvent(id, 1)).post(PATH + "job").path("id");
            String again =
                    publisher().body(cloudEvent(id, 1)).post(PATH + "job").path("id");
            List<String> mixed = publisher()
                    .contentType("application/cloudevents-batch+json")
                    .body("[" + cloudEvent("n" + id, 2) + "," + cloudEvent(id, 1) + "]")
                    .post(PATH + "job")
                    .path("ids");

            assertThat(again).isEqualTo(one);
            assertThat(mixed).hasSize(2).endsWith(one).doesNotHaveDuplicates();
            assertThat(probe.received()).containsExactly(job(1), job(2));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "HEAD"})
    void onlyPostPublishes(String method) {
        publisher().body(job(1)).request(method, PATH + "job").then().statusCode(405);
    }

    /** A path can be written in more than one way; the check is where the event is taken, so all of them meet it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/events/job",
                "/api/v1/events/%6aob",
                "/api/v1/events/%256aob",
                "/%61pi/v1/events/job",
                "//api/v1/events/job",
                "/api//v1/events//job",
                "/api/v1/events/job/",
                "/api/v1/events/job//",
                "/api/v1/events/job;role=publisher",
                "/api/v1/events;x/job",
                "/api;/v1/events/job",
                "/;/api/v1/events/job",
                "/x/../api/v1/events/job",
                "/x/%2e%2e/api/v1/events/job",
                "/api/v1/events/./job",
                "/api/v1/events/tree/../job",
                "/api/v1/events%2fjob",
                "/api/v1/events/job%00",
                "/api/v1/events/job?x=/q/health",
                "/q/health/../../api/v1/events/job",
                "\\api\\v1\\events\\job",
                "http://other.example/api/v1/events/job"
            })
    void noWayOfWritingThePathPassesTheCheck(String path) throws Exception {
        String request = "POST " + path + " HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
                + job(1).length() + "\r\n";
        try (HubProbe probe = new HubProbe(hub, user)) {
            assertThat(status(raw(request, "", job(1)))).as("no token").isIn(400, 401, 404, 405);
            assertThat(status(raw(request, token("reader"), job(1))))
                    .as("no role")
                    .isIn(400, 403, 404, 405);
            assertThat(probe.received()).isEmpty();
        }
    }

    private static int status(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 ");
        return Integer.parseInt(answer.substring(9, 12));
    }

    private String raw(String head, String token) throws Exception {
        return raw(head, token, "");
    }

    /** Sends the request as it is written here, and returns the whole answer. */
    private String raw(String head, String token, String body) throws Exception {
        String request = head
                + "Host: localhost\r\nConnection: close\r\n"
                + (token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n")
                + "\r\n"
                + body;
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            in.transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
