package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The TypeScript client of the protocol's reference, to the letter: every promise that it gives resolves by an answer. */
@QuarkusTest
class RealtimeClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of the printed text. Whoever changes the client tests another one. */
    private static final String PRINTED = "4513430d7f34e11429f4eb8c34da8eaba7419a15be9084125b4e85b177d10c7a";

    @TestHTTPResource("/ws")
    URI endpoint;

    @Inject
    Gateway gateway;

    private NodeScript script;

    private void start() throws IOException {
        script = new NodeScript("realtime.mjs", "ws://" + endpoint.getAuthority() + "/ws", gateway.token("alice"));
        script.awaitOutput("the compiled client", PATIENCE, line -> line.equals("{\"ready\":true}"));
    }

    @AfterEach
    void stop() {
        if (script != null) {
            script.close();
        }
        gateway.awaitOpen(0);
    }

    private void call(String client, String method, Object... arguments) throws IOException {
        JsonArray call = new JsonArray().add(client).add(method);
        List.of(arguments).forEach(call::add);
        script.send(call.encode());
    }

    private List<JsonObject> said(String client, String key, String value) {
        return script.output().stream()
                .map(JsonObject::new)
                .filter(line -> client.equals(line.getString("client")) && value.equals(line.getString(key)))
                .toList();
    }

    /** What the promise of the last call resolved to; there have been so many of that method. */
    private JsonObject answer(String client, String method, int calls) {
        script.await(
                "answer " + calls + " of " + method,
                PATIENCE,
                () -> said(client, "method", method).size() == calls);
        return said(client, "method", method).get(calls - 1).getJsonObject("answer");
    }

    private void connect(String client) throws IOException {
        if (script == null) {
            start();
        }
        call(client, "connect");
        script.await(
                "the greeting",
                PATIENCE,
                () -> said(client, "type", "Status").size() == 1
                        && said(client, "method", "connect").size() == 1);
    }

    @Test
    void theClientIsThePrintedOne() throws Exception {
        byte[] source = Files.readAllBytes(Path.of("src/test/js/realtime-client.ts"));

        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(source)))
                .isEqualTo(PRINTED);
    }

    @Test
    void everyPromiseResolvesByAnAnswer() throws Exception {
        try (RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            bob.subscribe("chat.printed");
            connect("a");

            call("a", "subscribe", new JsonArray().add("chat.printed").add("notifications"));
            assertThat(answer("a", "subscribe", 1))
                    .isEqualTo(new JsonObject().put("message_id", "msg_1").put("status", "subscribed"));

            call("a", "broadcast", "chat.printed", new JsonObject().put("message", "Hello from TypeScript client!"));
            assertThat(answer("a", "broadcast", 1))
                    .isEqualTo(new JsonObject()
                            .put("message_id", "msg_2")
                            .put("status", "delivered")
                            .put("recipients", 2));
            assertThat(bob.heard()).isEqualTo(new JsonObject().put("message", "Hello from TypeScript client!"));
            script.await(
                    "its own message",
                    PATIENCE,
                    () -> said("a", "type", "Broadcast").size() == 1);

            call("a", "broadcast", "secret.plans", new JsonObject());
            assertThat(answer("a", "broadcast", 2))
                    .isEqualTo(new JsonObject()
                            .put("message_id", "msg_3")
                            .put("status", "failed")
                            .put("code", 403));

            call("a", "subscribe", new JsonArray().add("chat.other").add("secret.plans"));
            assertThat(answer("a", "subscribe", 2))
                    .isEqualTo(new JsonObject()
                            .put("message_id", "msg_4")
                            .put("status", "failed")
                            .put("code", 403));

            call("a", "sendDirectMessage", "bob", new JsonObject().put("message", "Private message"));
            // an answer of the server, and not the client's own after 30 s
            assertThat(answer("a", "sendDirectMessage", 1).getString("message_id"))
                    .isEqualTo("msg_5");
        }
    }

    /** Every tab numbers its messages from one: that is no retry of another tab's. */
    @Test
    void twoTabsThatNumberAlikeLoseNothing() throws Exception {
        try (RealtimeClient bob = RealtimeClient.open(gateway, gateway.token("bob"))) {
            bob.subscribe("chat.tabs");
            connect("a");
            connect("b");

            for (int i = 1; i <= 3; i++) {
                for (String tab : List.of("a", "b")) {
                    call(tab, "broadcast", "chat.tabs", "the same");
                    assertThat(answer(tab, "broadcast", i))
                            .isEqualTo(new JsonObject()
                                    .put("message_id", "msg_" + i)
                                    .put("status", "delivered")
                                    .put("recipients", 1));
                }
            }

            assertThat(IntStream.range(0, 6).mapToObj(_ -> heard(bob)).toList())
                    .hasSize(6)
                    .containsOnly("the same");
            bob.assertQuiet();
        }
    }

    private static Object heard(RealtimeClient client) {
        try {
            return client.heard();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void itsMessagesForPeopleAreWhatTheServerSends() throws Exception {
        connect("a");
        gateway.publish(
                "publish",
                new JsonObject()
                        .put("user", "alice")
                        .put(
                                "notification",
                                new JsonObject().put("level", "info").put("title", "Maintenance")));

        script.await(
                "the notification",
                PATIENCE,
                () -> said("a", "type", "Notification").size() == 1);
        assertThat(said("a", "type", "Notification").getFirst().getJsonObject("data"))
                .isEqualTo(new JsonObject().put("level", "info").put("title", "Maintenance"));
        assertThat(script.errors("warn")).as("messages that it does not know").isZero();
    }
}
