package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.service.RequestBus;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.FlamigoClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.NatsRequestBus;
import io.switchboard.testing.NatsServer;
import io.switchboard.testing.OpenFlowClient;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Services that listen on NATS, in JavaScript, as docs/services.md shows them. */
@QuarkusTest
@TestProfile(NatsServicesTest.WithNats.class)
@QuarkusTestResource(value = NatsServicesTest.Server.class, restrictToAnnotatedClass = true)
class NatsServicesTest {
    public static class WithNats implements QuarkusTestProfile {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(NatsRequestBus.class);
        }
    }

    /** A NATS server without anybody. */
    public static class Server implements QuarkusTestResourceLifecycleManager {
        private NatsServer server;

        @Override
        public Map<String, String> start() {
            server = NatsServer.started();
            return Map.of(NatsRequestBus.URL, server.url());
        }

        @Override
        public void stop() {
            server.close();
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @Inject
    RequestBus requests;

    @ConfigProperty(name = NatsRequestBus.URL)
    String nats;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private NodeScript service() throws Exception {
        NodeScript script = new NodeScript("nats-service.mjs", nats, "http://127.0.0.1:" + gateway.port());
        script.awaitOutput("the subscriptions", PATIENCE, line -> line.equals("ready"));
        return script;
    }

    private static JsonObject object() {
        return new JsonObject();
    }

    @Test
    void aStrategyOfFlamigoIsAnsweredOnNats() throws Exception {
        try (NodeScript service = service();
                FlamigoClient alice = FlamigoClient.signedIn(gateway, gateway.token("alice"))) {
            assertThat(alice.call("app::orders:create", object().put("article", "a-17")))
                    .isEqualTo(
                            object().put("order", "o-1").put("article", "a-17").put("for", "alice"));
            assertThat(alice.fail("app::orders:create", object())).isEqualTo("400 say which article");

            service.closeInput();
            service.awaitSuccess(PATIENCE);
            assertThat(alice.fail("app::orders:create", object())).startsWith("404 ");
        }
    }

    @Test
    void aCommandOfOpenFlowIsAnsweredOnNats() throws Exception {
        JsonObject question = object().put("collectionname", "entities").put("query", object().put("_type", "x"));
        JsonObject found = question.copy();
        found.put("collection", found.remove("collectionname"))
                .put("found", found.remove("query"))
                .put("for", "alice");
        try (NodeScript service = service();
                OpenFlowClient alice = OpenFlowClient.signedIn(gateway, gateway.token("alice"))) {
            assertThat(alice.ask("query", question).getJsonArray("result")).isEqualTo(new JsonArray().add(found));

            service.closeInput();
            service.awaitSuccess(PATIENCE);
        }
    }

    @Test
    void whoeverElseIsOnNatsCannotCallIt() throws Exception {
        try (NodeScript _ = service()) {
            RequestBus.Answer answer = requests.request(
                    "switchboard.service.orders:create",
                    Map.of("Authorization", "Bearer " + gateway.token("alice")),
                    "{\"payload\":{\"article\":\"a-17\"}}".getBytes(StandardCharsets.UTF_8),
                    PATIENCE);

            assertThat(answer.headers()).containsEntry("Switchboard-Status", "401");
            assertThat(answer.body()).isEmpty();
        }
    }

    @Test
    void whoIsNearerIsAskedFirst() throws Exception {
        try (NodeScript _ = service();
                BusServices services = new BusServices(vertx);
                FlamigoClient alice = FlamigoClient.signedIn(gateway, gateway.token("alice"))) {
            services.serve("orders:create", call -> call.reply(object().put("order", "near")));

            assertThat(alice.call("app::orders:create", object())).isEqualTo(object().put("order", "near"));
        }
    }
}
