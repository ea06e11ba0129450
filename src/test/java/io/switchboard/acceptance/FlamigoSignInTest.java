package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.service.Actor;
import io.switchboard.service.ActorTokens;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.FlamigoClient;
import io.switchboard.testing.Gateway;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A deployment whose own service signs clients of Flamigo in. */
@QuarkusTest
@TestProfile(FlamigoSignInTest.ByService.class)
class FlamigoSignInTest {
    /** With the service in place of the token. */
    public static class ByService implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.flamigo.sign-in", "service");
        }
    }

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @Inject
    ActorTokens actors;

    private BusServices services;

    private final List<Message<JsonObject>> asked = new CopyOnWriteArrayList<>();
    private final String own = "t" + UUID.randomUUID().toString().substring(24);

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

    /** Knows whose password it is: that of {@code alice} is {@code open sesame}. */
    private void serve() {
        services.serve("websocket:auth", call -> {
            asked.add(call);
            JsonObject payload = call.body().getJsonObject("payload");
            if (!"open sesame".equals(payload.getString("password"))) {
                call.fail(403, "wrong password");
            } else {
                BusServices.reply(
                        call,
                        object().put("token", gateway.token(payload.getString("user")))
                                .put("name", "Alice")
                                .put("success", "perhaps"),
                        BusServices.subscribing("chat/" + own));
            }
        });
    }

    private static JsonObject credentials(String password) {
        return object().put("user", "alice").put("password", password);
    }

    @Test
    void theServiceIsAskedOnNobodysBehalfAndItsTokenSignsIn() throws Exception {
        serve();
        services.serve(
                "who:" + own,
                call -> call.reply(object().put(
                                "user",
                                actors.verify(call.headers().get("actor"), "who:" + own)
                                        .flatMap(Actor::claims)
                                        .orElseThrow()
                                        .username())));
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            JsonObject answer = alice.ask(FlamigoClient.SIGN_IN, credentials("open sesame"));

            assertThat(answer)
                    .isEqualTo(object().put("topic", FlamigoClient.SIGN_IN)
                            .put("payload", object().put("name", "Alice").put("success", true)));
            assertThat(alice.call("app::who:" + own, 1)).isEqualTo(object().put("user", "alice"));
            // as any strategy it subscribes whom it knows
            gateway.publish(
                    "publish", object().put("topic", "chat." + own + ".x").put("payload", 1));
            assertThat(alice.next("chat:" + own + ":x")).isEqualTo(1);
        }
        Message<JsonObject> call = asked.getFirst();
        Actor actor =
                actors.verify(call.headers().get("actor"), "websocket:auth").orElseThrow();
        assertThat(call.body().getJsonObject("payload")).isEqualTo(credentials("open sesame"));
        assertThat(actor.claims()).isEmpty();
        assertThat(actor.dialect()).isEqualTo("flamigo");
        assertThat(actor.session()).hasToString(call.body().getString("session"));
    }

    @Test
    void whomTheServiceRefusesMayTryAgain() throws Exception {
        serve();
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            assertThat(alice.fail(FlamigoClient.SIGN_IN, credentials("sesame"))).isEqualTo("403 wrong password");
            assertThat(alice.fail("app::who:" + own, 1)).isEqualTo("401 unauthorized");
            alice.call(FlamigoClient.SIGN_IN, credentials("open sesame"));
            alice.assertQuiet();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "EMPTY", "FORGED", "EXPIRED", "ACTOR", "NOT_JSON", "FAILS", "NOBODY"})
    void whateverElseItAnswersNobodyIsSignedIn(String kind) throws Exception {
        if (!kind.equals("NOBODY")) {
            services.serve("websocket:auth", call -> {
                String good = gateway.token("alice");
                switch (kind) {
                    case "NONE" -> call.reply(object().put("success", true));
                    case "EMPTY" -> call.reply(null);
                    case "FORGED" ->
                        call.reply(object().put("token", good.substring(0, good.length() - 8) + "AAAAAAAA"));
                    case "EXPIRED" -> call.reply(object().put("token", gateway.token("alice", Duration.ofSeconds(-1))));
                    case "ACTOR" ->
                        call.reply(object().put("token", call.headers().get("actor")));
                    case "NOT_JSON" -> call.reply("{\"token\":");
                    default -> call.fail(503, "later");
                }
            });
        }
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            String error = alice.fail(FlamigoClient.SIGN_IN, object());

            assertThat(error)
                    .startsWith(
                            switch (kind) {
                                case "NOT_JSON" -> "500 ";
                                case "FAILS" -> "503 later";
                                case "NOBODY" -> "404 ";
                                default -> "401 ";
                            });
            assertThat(alice.fail("app::a:" + own, 1)).isEqualTo("401 unauthorized");
            assertThat(gateway.signedIn()).isZero();
        }
    }

    @Test
    void aConnectionWaitsForOneAnswerAtATime() throws Exception {
        services.serve("websocket:auth", asked::add);
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            for (int i = 0; i < 3; i++) {
                alice.send(object().put("topic", FlamigoClient.SIGN_IN).put("payload", i));
            }
            alice.send(object().put("topic", "app::a:" + own).put("payload", 1).put("ack", "last"));
            for (int i = 1; i <= 3; i++) {
                int sofar = i;
                await().until(() -> asked.size() == sofar);
                asked.getLast().fail(403, "no " + i);
                JsonObject answer = alice.next();
                assertThat(FlamigoClient.error(answer)).isEqualTo("403 no " + i);
                assertThat(asked.size()).isLessThanOrEqualTo(i + 1);
            }
            assertThat(alice.next().getString("ack")).isEqualTo("last");
        }
        assertThat(asked).extracting(call -> call.body().getValue("payload")).containsExactly(0, 1, 2);
    }

    @Test
    void fieldsComeFirstAndThePayloadIsTheServicesMatter() throws Exception {
        serve();
        try (FlamigoClient alice = FlamigoClient.open(gateway)) {
            alice.send(object().put("topic", FlamigoClient.SIGN_IN));
            assertThat(FlamigoClient.error(alice.next())).startsWith("400 ");
        }
        assertThat(asked).isEmpty();
    }
}
