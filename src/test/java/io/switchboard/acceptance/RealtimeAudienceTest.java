package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a user is sent while away, and while a new connection has not yet said how far it is. */
@QuarkusTest
class RealtimeAudienceTest {
    @Inject
    Gateway gateway;

    private final String user = "user-" + UUID.randomUUID();

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RawWebSocket client() throws Exception {
        RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token(user));
        assertThat(socket.readText()).contains("\"connected\"");
        return socket;
    }

    private void send(String payload) {
        gateway.publish("publish", new JsonObject().put("user", user).put("payload", payload));
    }

    private static void subscribe(RawWebSocket socket, JsonObject recover) throws Exception {
        socket.sendText(new JsonObject()
                .put("type", "Subscribe")
                .put(
                        "data",
                        new JsonObject()
                                .put("topics", new JsonArray().add("chat.of-nobody"))
                                .put("recover", recover))
                .encode());
    }

    private static JsonObject data(RawWebSocket socket) throws Exception {
        return new JsonObject(socket.readText()).getJsonObject("data");
    }

    @Test
    void whatWasMissedComesOnceAndWhatCameMeanwhileNotAgain() throws Exception {
        JsonObject position;
        try (RawWebSocket before = client()) {
            subscribe(before, new JsonObject());
            position = data(before).getJsonObject("details").getJsonObject("position");
        }
        send("missed");
        try (RawWebSocket socket = client()) {
            send("meanwhile");
            assertThat(data(socket).getString("payload")).isEqualTo("meanwhile");
            subscribe(socket, new JsonObject().put("$all", position));

            assertThat(data(socket).getString("status")).isEqualTo("subscribed");
            assertThat(data(socket).getString("payload")).isEqualTo("missed");
            assertThat(data(socket).getString("status")).isEqualTo("recovered");
            subscribe(socket, new JsonObject().put("$all", position));
            assertThat(data(socket).getString("status")).isEqualTo("subscribed");
            assertThat(data(socket).getString("status")).isEqualTo("recovered");
            send("new");
            assertThat(data(socket).getString("payload")).isEqualTo("new");
        }
    }
}
