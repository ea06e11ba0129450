package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.OpenFlowClient;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Passwords, which a service checks; and newer tokens, which one has. */
@QuarkusTest
@TestProfile(OpenFlowSignInTest.Strict.class)
class OpenFlowSignInTest {
    private static final int PER_NAME = 4;

    /** Few attempts, and frequent renewals. */
    public static class Strict implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.limits.sign-ins-per-name",
                    Integer.toString(PER_NAME),
                    "switchboard.limits.sign-ins-per-address",
                    "1000",
                    "switchboard.limits.errors-in-a-row",
                    "0",
                    "switchboard.openflow.refresh-interval",
                    "1s");
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private BusServices services;

    /** So that the attempts of one test are not those of another. */
    private final String own = "u" + System.nanoTime();

    private final List<JsonObject> asked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void begin() {
        services = new BusServices(vertx);
    }

    @AfterEach
    void everybodyIsGone() {
        services.close();
        gateway.awaitOpen(0);
    }

    private static JsonObject object() {
        return new JsonObject();
    }

    private JsonObject credentials(String password) {
        return object().put("username", own).put("password", password);
    }

    private void serve() {
        services.serve("signin", call -> {
            JsonObject payload = call.body().getJsonObject("payload");
            asked.add(payload);
            String user = payload.getString("impersonate", payload.getString("username", "saml"));
            if (payload.containsKey("password") && !"open sesame".equals(payload.getString("password"))) {
                call.fail(401, "wrong password");
            } else {
                call.reply(object().put("token", gateway.token(user))
                        .put("user", object().put("_id", "7").put("username", user)));
            }
        });
    }

    @Test
    void aPasswordIsCheckedByTheServiceWhoseTokenSignsIn() throws Exception {
        serve();
        services.serve("hello", call -> call.reply(object().put("result", "hello")));
        try (OpenFlowClient alice = OpenFlowClient.open(gateway)) {
            assertThat(alice.fail("signin", credentials("sesame"))).isEqualTo("wrong password");
            assertThat(alice.fail("hello", object())).isEqualTo("sign in first");
            JsonObject answer = alice.ask("signin", credentials("open sesame"));
            assertThat(answer.getString("jwt")).isNotEmpty();
            assertThat(answer.getInteger("websocket_package_size")).isPositive();
            assertThat(answer.getJsonObject("user"))
                    .isEqualTo(object().put("_id", "7").put("username", own));
            assertThat(answer.fieldNames()).doesNotContain("password");
            assertThat(alice.ask("hello", object()).getString("result")).isEqualTo("hello");
        }
    }

    @Test
    void anAssertionIsTheServicesToo() throws Exception {
        serve();
        try (OpenFlowClient alice = OpenFlowClient.open(gateway)) {
            JsonObject answer =
                    alice.ask("signin", object().put("rawAssertion", "<saml/>").put("realm", "mobile"));
            assertThat(answer.getJsonObject("user").getString("username")).isEqualTo("saml");
            assertThat(answer.fieldNames()).doesNotContain("rawAssertion");
            assertThat(asked.getFirst().getString("rawAssertion")).isEqualTo("<saml/>");
        }
    }

    @Test
    void withoutTheServiceAPasswordIsRefusedWithAnExplanation() throws Exception {
        try (OpenFlowClient alice = OpenFlowClient.open(gateway)) {
            JsonObject answer = alice.ask("signin", credentials("open sesame"));
            assertThat(answer)
                    .isEqualTo(object().put("username", own)
                            .put("error", "nobody here signs in with that: sign in with a jwt"));
        }
    }

    @Test
    void whoOnlyAsksStaysWhoItIs() throws Exception {
        serve();
        try (OpenFlowClient alice = OpenFlowClient.signedIn(gateway, gateway.token("alice"))) {
            JsonObject asked = credentials("open sesame").put("validate_only", true);
            assertThat(alice.ask("signin", asked).getJsonObject("user").getString("username"))
                    .isEqualTo(own);
            JsonObject mine = alice.ask("signin", object().put("validate_only", true));
            assertThat(mine.getJsonObject("user").getString("username")).isEqualTo("alice");
            assertThat(mine.getString("jwt")).isNotEmpty();
            assertThat(alice.ask("signin", object().put("validate_only", true).put("jwt", gateway.token("bob")))
                            .getJsonObject("user")
                            .getString("username"))
                    .isEqualTo("bob");
            assertThat(alice.ask("signin", object().put("validate_only", true))
                            .getJsonObject("user")
                            .getString("username"))
                    .isEqualTo("alice");
            assertThat(alice.fail("signin", object().put("validate_only", true).put("jwt", "forged")))
                    .isNotEmpty();
        }
        try (OpenFlowClient nobody = OpenFlowClient.open(gateway)) {
            assertThat(nobody.fail("signin", object().put("validate_only", true)))
                    .isEqualTo("sign in first");
            assertThat(nobody.fail("signin", object())).isEqualTo("send a jwt, or a username and a password");
        }
    }

    @Test
    void onlyTheServiceMakesSomebodyAnother() throws Exception {
        try (OpenFlowClient alice = OpenFlowClient.signedIn(gateway, gateway.token("alice"))) {
            JsonObject other = object().put("impersonate", "bob").put("jwt", gateway.token("alice"));
            assertThat(alice.fail("signin", other)).isEqualTo("nobody here signs in with that: sign in with a jwt");
            serve();
            assertThat(alice.ask("signin", other).getJsonObject("user").getString("username"))
                    .isEqualTo("bob");
            assertThat(asked.getFirst().getString("jwt")).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSignInThatIsHammeredIsSlowedDownForThatNameAlone(boolean rightInTheEnd) throws Exception {
        serve();
        try (OpenFlowClient first = OpenFlowClient.open(gateway);
                OpenFlowClient second = OpenFlowClient.open(gateway)) {
            for (int i = 0; i < PER_NAME; i++) {
                assertThat((i % 2 == 0 ? first : second).fail("signin", credentials("wrong " + i)))
                        .isEqualTo("wrong password");
            }
            for (int i = 0; i < 20; i++) {
                assertThat(second.fail("signin", credentials(rightInTheEnd ? "open sesame" : "wrong")))
                        .isEqualTo("too many tried to sign in like this: wait before the next");
            }
            assertThat(asked).hasSize(PER_NAME);
            JsonObject other = credentials("open sesame").put("username", own + "-other");
            assertThat(second.ask("signin", other).fieldNames()).contains("jwt");
        }
    }

    @Test
    void newerTokensComeByThemselvesAndAreOfTheSameUser() throws Exception {
        AtomicInteger renewals = new AtomicInteger();
        services.serve(
                "refreshtoken",
                call -> call.reply(object().put(
                                "token",
                                gateway.tokenWithRoles(
                                        renewals.incrementAndGet() == 1 ? "mallory" : "alice", List.of("renewed")))));
        // it would end before the test does
        try (OpenFlowClient alice = OpenFlowClient.signedIn(gateway, gateway.token("alice", Duration.ofSeconds(4)))) {
            JsonObject renewed = alice.begun("refreshtoken").data();
            assertThat(renewed.getJsonObject("user").getString("username")).isEqualTo("alice");
            assertThat(renewed.getJsonObject("user")
                            .getJsonArray("roles")
                            .getJsonObject(0)
                            .getString("name"))
                    .isEqualTo("renewed");
            assertThat(renewals.get()).isGreaterThanOrEqualTo(2);
            // one a second: the first token has ended by then
            for (int i = 0; i < 5; i++) {
                alice.begun("refreshtoken");
            }
        }
    }
}
