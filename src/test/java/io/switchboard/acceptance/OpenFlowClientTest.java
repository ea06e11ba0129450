package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.service.Actor;
import io.switchboard.service.ActorTokens;
import io.switchboard.testing.BusServices;
import io.switchboard.testing.Gateway;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client that OpenFlow's users have, the very package: {@code @openiap/openflow-api}. */
@QuarkusTest
@TestProfile(OpenFlowClientTest.Quick.class)
@QuarkusTestResource(value = OpenFlowClientTest.Collections.class, restrictToAnnotatedClass = true)
class OpenFlowClientTest {
    /** So often that several fit into a test; and whoever is signed in may watch. */
    public static class Quick implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.openflow.ping-interval", "200ms",
                    "switchboard.openflow.refresh-interval", "2s",
                    "switchboard.queues.redelivery-delay", "50ms",
                    "switchboard.limits.messages-burst", "5000",
                    "switchboard.limits.calls-per-session", "32",
                    "switchboard.rules.subscribe", "collection.*");
        }
    }

    /** A service over HTTP that knows what is in collections. */
    public static class Collections implements QuarkusTestResourceLifecycleManager {
        private HttpServer server;

        @Override
        public Map<String, String> start() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new IllegalStateException("no port", e);
            }
            server.createContext("/", exchange -> {
                JsonObject call =
                        new JsonObject(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                String query = Json.encode(call.getJsonObject("payload").getValue("query"));
                byte[] answer = ("{\"result\":[{\"found\":" + query + "}]}").getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            server.start();
            return Map.of(
                    "switchboard.services.http.query.name",
                    "query",
                    "switchboard.services.http.query.url",
                    "http://127.0.0.1:" + server.getAddress().getPort() + "/query");
        }

        @Override
        public void stop() {
            server.stop(0);
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    @Inject
    ActorTokens actors;

    private BusServices services;

    private final String own = "t" + UUID.randomUUID().toString().substring(24);

    @BeforeEach
    void begin() {
        services = new BusServices(vertx);
        services.serve(
                "echo." + own,
                call -> call.reply(new JsonObject().put("result", call.body().getJsonObject("payload"))));
        services.serve(
                "hash." + own,
                call -> call.reply(new JsonObject()
                        .put(
                                "result",
                                call.body()
                                        .getJsonObject("payload")
                                        .getString("data")
                                        .hashCode())));
        services.serve("fails." + own, call -> call.fail(400, "not like that"));
        services.serve(
                "whoami." + own,
                call -> call.reply(new JsonObject().put("result", new JsonObject().put("user", actor(call)))));
        services.serve("count", call -> call.reply(new JsonObject().put("result", 42)));
        services.serve("refreshtoken", call -> call.reply(new JsonObject().put("token", gateway.token(actor(call)))));
    }

    @AfterEach
    void everybodyIsGone() {
        services.close();
        gateway.awaitOpen(0);
    }

    private String actor(Message<JsonObject> call) {
        return actors.verify(call.headers().get("actor"), call.body().getString("name"))
                .flatMap(Actor::claims)
                .orElseThrow()
                .username();
    }

    private void publish(String type, String name) {
        gateway.publish(
                "publish",
                new JsonObject()
                        .put("topic", "collection." + own)
                        .put(
                                "payload",
                                new JsonObject()
                                        .put("operationType", "update")
                                        .put(
                                                "fullDocument",
                                                new JsonObject()
                                                        .put("_type", type)
                                                        .put("name", name))));
    }

    @Test
    void theLibraryDoesAllThatItCan() throws Exception {
        try (NodeScript client = new NodeScript(
                "openflow.mjs",
                "ws://127.0.0.1:" + gateway.port() + "/openflow",
                gateway.token("alice"),
                gateway.token("bob"),
                own)) {
            client.awaitOutput("the watches", PATIENCE, line -> line.equals("await watched"));
            publish("workflow", "a");
            publish("workflow", "b");
            publish("robot", "r");
            publish("workflow", "end");
            client.send("watched");
            client.awaitSuccess(PATIENCE);
            assertThat(client.output())
                    .contains(
                            "before \"sign in first\"",
                            "renewed \"alice\"",
                            "other \"bob\"",
                            "still \"alice\"",
                            "named \"work." + own + "\"",
                            "work {\"data\":{\"a\":1,\"b\":2,\"__user\":{\"_id\":\"bob\",\"name\":\"bob\","
                                    + "\"username\":\"bob\"}},\"correlationId\":\"c-1\",\"queue\":\"work." + own
                                    + "\"}",
                            "again [7,2]",
                            "exchange [true,\"last\"]",
                            "watching true",
                            "bypath \"r\"",
                            "watched [[\"update\",\"workflow\",\"a\"],[\"update\",\"workflow\",\"end\"]]",
                            "unwatched \"there is no watch of that id\"",
                            "query [{\"found\":\"{\\\"_type\\\":\\\"x\\\"}\"}]",
                            "count 42",
                            "large [200002,true]",
                            "fails \"not like that\"",
                            "unknown \"Unknown command NoSuch\"",
                            "whoami \"bob\"",
                            "forgotten \"alice\"",
                            "lastingown \"own." + own + "\"",
                            "refreshed [\"alice\",true]",
                            "ended true")
                    .filteredOn(line -> line.startsWith("exchange"))
                    .hasSize(4)
                    .containsOnly("exchange [true,\"last\"]");
        }
    }
}
