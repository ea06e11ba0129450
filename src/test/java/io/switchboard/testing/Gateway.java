package io.switchboard.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.dev.DevelopmentKeys;
import io.switchboard.dev.DevelopmentToken;
import io.switchboard.metric.GatewayMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;

/** The started service as tests over sockets see it: tokens, events, and figures to wait for. */
@Singleton
public class Gateway {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final GatewayMetrics metrics;
    private final MeterRegistry registry;
    private final DevelopmentKeys keys;

    Gateway(Vertx vertx, GatewayMetrics metrics, MeterRegistry registry, DevelopmentKeys keys) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.registry = registry;
        this.keys = keys;
    }

    public int port() {
        return ConfigProvider.getConfig().getValue("quarkus.http.test-port", Integer.class);
    }

    public String token(String user, String... workspaces) {
        return token(user, Duration.ofMinutes(5), workspaces);
    }

    public String token(String user, Duration lifetime, String... workspaces) {
        return DevelopmentToken.of(user, List.<Object>of((Object[]) workspaces), List.of("publisher"), lifetime)
                .sign(keys.privateKey());
    }

    /** With workspaces as objects. */
    public String tokenOf(String user, List<Object> workspaces) {
        return DevelopmentToken.of(user, workspaces, List.of("publisher"), Duration.ofMinutes(5))
                .sign(keys.privateKey());
    }

    public String tokenWithRoles(String user, List<String> roles, String... workspaces) {
        return DevelopmentToken.of(user, List.<Object>of((Object[]) workspaces), roles, Duration.ofMinutes(5))
                .sign(keys.privateKey());
    }

    public String adminToken(String user) {
        return new DevelopmentToken(
                        user,
                        user,
                        List.of(),
                        List.of(),
                        Optional.of("admin"),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofMinutes(5))
                .sign(keys.privateKey());
    }

    public static String subscribe(String token) {
        return "{\"@type\":\"subscribe\",\"jwt\":\"" + token + "\"}";
    }

    /** A socket that is signed in already. */
    public RawWebSocket signedIn(String user, String... workspaces) throws java.io.IOException {
        int before = metrics.signedInSessions();
        RawWebSocket socket = RawWebSocket.open(port(), "/ws/event");
        socket.sendText(subscribe(token(user, workspaces)));
        awaitSignedIn(before + 1);
        return socket;
    }

    /** How many sessions are signed in. */
    public int signedIn() {
        return metrics.signedInSessions();
    }

    public void awaitSignedIn(int sessions) {
        await().atMost(PATIENCE)
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .untilAsserted(() -> assertThat(metrics.signedInSessions()).isEqualTo(sessions));
    }

    public void awaitOpen(int sessions) {
        await().atMost(PATIENCE)
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .untilAsserted(() -> assertThat(metrics.openSessions()).isEqualTo(sessions));
    }

    /** A creation that those see who hold one of the workspaces. */
    public static JsonObject created(String name, String... workspaces) {
        JsonArray places = new JsonArray();
        for (String workspace : workspaces) {
            places.add(new JsonObject()
                    .put("WsUuid", workspace)
                    .put("WsSlug", workspace)
                    .put("Path", name));
        }
        return new JsonObject()
                .put("Type", "CREATE")
                .put(
                        "Target",
                        new JsonObject()
                                .put("Uuid", "uuid-of-" + name)
                                .put("Path", "ds/" + name)
                                .put("Type", "LEAF")
                                .put("AppearsIn", places));
    }

    public static JsonObject job(String id, String owner) {
        return new JsonObject()
                .put("Job", new JsonObject().put("ID", id))
                .put("TaskUpdated", new JsonObject().put("ID", "task").put("TriggerOwner", owner));
    }

    /** Publishes and waits until the event has its place. */
    public void publish(String address, JsonObject event) {
        vertx.eventBus()
                .request(address, event)
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** What a client holding this workspace reads of {@link #created}. */
    public static String path(String message) {
        return new JsonObject(message).getJsonObject("Target").getString("Path");
    }

    public static String workspace(String message) {
        return new JsonObject(message)
                .getJsonObject("Target")
                .getJsonObject("MetaStore")
                .getString("EventWorkspaceId");
    }

    /** A counter's or a gauge's value; 0 where nothing was counted. */
    public double figure(String name, String... tags) {
        var meter = registry.find(name).tags(tags).meter();
        return meter == null ? 0 : meter.measure().iterator().next().getValue();
    }
}
