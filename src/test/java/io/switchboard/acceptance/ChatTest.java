package io.switchboard.acceptance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.testing.ChatClient;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RawWebSocket;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Chat rooms over real sockets, kept in a real database. */
@QuarkusTest
class ChatTest {
    @Inject
    Gateway gateway;

    @Inject
    Vertx vertx;

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Rooms and users of their own for each test. */
    private final String own = UUID.randomUUID().toString();

    private final JsonObject lobby = ChatClient.room("GLOBAL", own);

    @AfterEach
    void everybodyIsGone() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        gateway.awaitOpen(0);
    }

    private ChatClient client(String user, String... workspaces) throws Exception {
        return clientWith(gateway.token(user, workspaces));
    }

    private ChatClient clientWith(String token) throws Exception {
        ChatClient client = ChatClient.signedIn(gateway.port(), token);
        opened.add(client);
        return client;
    }

    private String readOnly(String user, String workspace) {
        return gateway.tokenOf(user, List.<Object>of(Map.of("uuid", workspace, "permission", "read")));
    }

    @Test
    void twoTalk() throws Exception {
        ChatClient alice = client("alice");
        JsonObject room;
        alice.join(lobby);
        room = alice.update();
        assertThat(room.getString("Type")).isEqualTo("GLOBAL");
        assertThat(room.getString("RoomTypeObject")).isEqualTo(own);
        assertThat(room.getJsonArray("Users")).isEqualTo(new JsonArray().add("alice"));
        String uuid = room.getString("Uuid");

        ChatClient bob = client("bob");
        assertThat(bob.enter(lobby)).isEqualTo(uuid);
        assertThat(alice.update().getJsonArray("Users"))
                .isEqualTo(new JsonArray().add("alice").add("bob"));

        bob.post(uuid, "hello");
        JsonObject message = alice.read();
        assertThat(message.fieldNames())
                .containsExactlyInAnyOrder("Uuid", "RoomUuid", "Message", "Author", "Timestamp");
        assertThat(message.getString("Message")).isEqualTo("hello");
        assertThat(message.getString("Author")).isEqualTo("bob");
        assertThat(message.getString("RoomUuid")).isEqualTo(uuid);
        assertThat(Long.parseLong(message.getString("Timestamp"))).isGreaterThan(1_700_000_000L);
        assertThat(bob.read()).as("the author too").isEqualTo(message);

        bob.delete(uuid, message.getString("Uuid"));
        JsonObject deleted = alice.wrapped("DELETE_MSG").getJsonObject("Message");
        assertThat(deleted.getString("Uuid")).isEqualTo(message.getString("Uuid"));
        assertThat(deleted.getString("RoomUuid")).isEqualTo(uuid);
        assertThat(bob.wrapped("DELETE_MSG").getJsonObject("Message")).isEqualTo(deleted);

        bob.leave(lobby);
        assertThat(alice.update().getJsonArray("Users")).isEqualTo(new JsonArray().add("alice"));
        bob.post(uuid, "still here?");
        assertThat(bob.error()).contains("join");
        alice.post(uuid, "alone");
        assertThat(alice.text()).isEqualTo("alone");
    }

    @Test
    void historyComesInPagesAndOldestFirst() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        List<String> timestamps = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            alice.post(uuid, "m" + i);
            timestamps.add(alice.read().getString("Timestamp"));
        }

        ChatClient bob = client("bob");
        bob.history(lobby, 0, 3);
        assertThat(bob.update().getString("Uuid")).as("first of all").isEqualTo(uuid);
        assertThat(List.of(bob.text(), bob.text(), bob.text())).containsExactly("m4", "m5", "m6");
        JsonObject more = bob.wrapped("MAY_HAVE_MORE");
        assertThat(more)
                .isEqualTo(new JsonObject()
                        .put("@type", "MAY_HAVE_MORE")
                        .put("RoomUuid", uuid)
                        .put("Timestamp", Integer.parseInt(timestamps.get(4)))
                        .put("Offset", 3)
                        .put("Limit", 3));

        bob.history(lobby, more.getInteger("Offset"), 3);
        bob.update();
        assertThat(List.of(bob.text(), bob.text(), bob.text())).containsExactly("m1", "m2", "m3");
        bob.wrapped("MAY_HAVE_MORE");
        bob.history(lobby, 6, 3);
        bob.update();
        assertThat(bob.text()).isEqualTo("m0");

        // without a limit: everything, and nothing about more
        bob.send("HISTORY", lobby, null);
        bob.update();
        for (int i = 0; i < 7; i++) {
            assertThat(bob.text()).isEqualTo("m" + i);
        }
        bob.leave(lobby);
        bob.post(uuid, "x");
        assertThat(bob.error()).as("asking is not joining").contains("join");
    }

    @Test
    void aHeartbeatJoinsSilentlyAndCreatesNothing() throws Exception {
        ChatClient alice = client("alice");
        alice.ping(lobby);
        assertThat(alice.error()).contains("no such room");
        String uuid = alice.enter(lobby);

        ChatClient again = client("alice");
        again.ping(lobby);
        again.post(uuid, "I am here too");
        assertThat(again.text()).as("nothing came of the heartbeat").isEqualTo("I am here too");
        assertThat(alice.text()).isEqualTo("I am here too");

        ChatClient bob = client("bob");
        bob.ping(lobby);
        assertThat(bob.update().getJsonArray("Users"))
                .as("membership changed")
                .isEqualTo(new JsonArray().add("alice").add("bob"));
    }

    @Test
    void whoComesBackSoonWasNeverAway() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        ChatClient bob = client("bob");
        bob.enter(lobby);
        alice.update();
        bob.close();

        ChatClient reloaded = client("bob");
        reloaded.ping(lobby);
        reloaded.post(uuid, "back");
        assertThat(alice.text()).as("and no update").isEqualTo("back");
    }

    @Test
    void aRoomOfAWorkspaceIsForThoseWhoHoldIt() throws Exception {
        JsonObject room = ChatClient.room("WORKSPACE", own);
        ChatClient alice = client("alice", own);
        String uuid = alice.enter(room);
        ChatClient bob = client("bob", "another");
        bob.join(room);
        assertThat(bob.error()).contains("may not");
        bob.history(room, 0, 10);
        assertThat(bob.error()).contains("may not");
        bob.ping(room);
        assertThat(bob.error()).contains("may not");
        bob.post(uuid, "x");
        assertThat(bob.error()).contains("join");

        ChatClient carol = clientWith(readOnly("carol", own));
        assertThat(carol.enter(room)).isEqualTo(uuid);
        alice.update();
        carol.post(uuid, "may I?");
        assertThat(carol.error()).contains("read");
        alice.post(uuid, "read this");
        assertThat(carol.text()).isEqualTo("read this");
        String message = alice.read().getString("Uuid");
        carol.delete(uuid, message);
        assertThat(carol.error()).contains("read");
    }

    /** Nobody of three who share a workspace reads what the other two say. */
    @Test
    void threeWhoShareAWorkspaceHaveThreeRoomsOfTwo() throws Exception {
        ChatClient alice = client("alice" + own, own);
        ChatClient bob = client("bob" + own, own);
        ChatClient carol = client("carol" + own, own);
        gateway.awaitSignedIn(3);

        alice.join(ChatClient.room("USER", "bob" + own));
        JsonObject ofAlice = alice.update();
        assertThat(ofAlice.getString("RoomTypeObject")).isEqualTo("bob" + own);
        bob.join(ChatClient.room("USER", "alice" + own));
        JsonObject ofBob = bob.update();
        assertThat(ofBob.getString("Uuid")).isEqualTo(ofAlice.getString("Uuid"));
        assertThat(ofBob.getString("RoomTypeObject")).as("the other").isEqualTo("alice" + own);
        assertThat(alice.update().getString("RoomTypeObject")).as("the other").isEqualTo("bob" + own);

        String withAlice = carol.enter(ChatClient.room("USER", "alice" + own));
        String withBob = carol.enter(ChatClient.room("USER", "bob" + own));
        assertThat(List.of(ofAlice.getString("Uuid"), withAlice, withBob)).doesNotHaveDuplicates();
        carol.post(ofAlice.getString("Uuid"), "let me in");
        assertThat(carol.error()).contains("join");

        alice.post(ofAlice.getString("Uuid"), "between us");
        assertThat(bob.text()).isEqualTo("between us");
        assertThat(alice.text()).isEqualTo("between us");
        carol.post(withAlice, "what do you say?");
        assertThat(carol.text()).as("nothing of the others' before").isEqualTo("what do you say?");
        carol.history(ChatClient.room("USER", "bob" + own), 0, 40);
        assertThat(carol.update().getString("Uuid")).isEqualTo(withBob);
        carol.post(withBob, "and you?");
        assertThat(carol.text()).as("nothing was said there").isEqualTo("and you?");
    }

    @Test
    void twoWhoShareNothingHaveNoRoom() throws Exception {
        ChatClient alice = client("alice" + own, own);
        client("bob" + own, "another");
        gateway.awaitSignedIn(2);
        alice.join(ChatClient.room("USER", "bob" + own));
        assertThat(alice.error()).contains("may not");
        alice.join(ChatClient.room("USER", "nobody" + own));
        assertThat(alice.error()).contains("may not");
        alice.join(ChatClient.room("USER", "alice" + own));
        assertThat(alice.error()).contains("another user");
    }

    @Test
    void aServiceDecidesWhoIsInTheRoomOfAFile() throws Exception {
        JsonObject room = ChatClient.room("NODE", own);
        ChatClient alice = client("alice");
        alice.join(room);
        assertThat(alice.error()).as("nobody knows").contains("may not");

        MessageConsumer<JsonObject> service = vertx.eventBus().consumer("service.chat.permission", question -> {
            JsonObject payload = question.body().getJsonObject("payload");
            question.reply(new JsonObject()
                    .put("allowed", !payload.getString("user").equals("mallory"))
                    .put("readOnly", payload.getString("user").equals("carol")));
        });
        try {
            String uuid = alice.enter(room);
            ChatClient mallory = client("mallory");
            mallory.join(room);
            assertThat(mallory.error()).contains("may not");
            ChatClient carol = client("carol");
            assertThat(carol.enter(room)).isEqualTo(uuid);
            alice.update();
            carol.post(uuid, "x");
            assertThat(carol.error()).contains("read");
            alice.post(uuid, "hello");
            assertThat(carol.text()).isEqualTo("hello");
            assertThat(alice.text()).isEqualTo("hello");

            // the same for those who subscribe to its topic by name
            try (RawWebSocket bob = subscribed("bob", "room." + uuid);
                    RawWebSocket eve = subscribed("mallory", "room." + uuid)) {
                alice.post(uuid, "to all who may");
                assertThat(bob.readText()).contains("to all who may");
                eve.sendText("{\"type\":\"Ping\",\"data\":{\"timestamp\":1}}");
                assertThat(eve.readText()).as("nothing before").contains("\"Pong\"");
            }
        } finally {
            service.unregister().toCompletionStage().toCompletableFuture().join();
        }
    }

    @Test
    void nothingThatIsDangerousIsKeptOrPassedOn() throws Exception {
        String script = "<script>alert(1)</script><img src=x onerror=alert(2)>";
        ChatClient alice = client("alice");
        alice.send(
                "JOIN",
                lobby.copy()
                        .put("RoomLabel", script)
                        .put("Users", new JsonArray().add(script))
                        .put("Uuid", script),
                null);
        JsonObject room = alice.update();
        assertThat(room.encode()).doesNotContain("script", "onerror");
        String uuid = room.getString("Uuid");
        JsonObject message = new JsonObject()
                .put("RoomUuid", uuid)
                .put("Message", "a" + script + "b")
                .put("Author", script)
                .put("Timestamp", script)
                .put("Activity", new JsonObject().put("markdown", script))
                .put("Info", new JsonObject().put(script, script))
                .put("Other", script);
        alice.send("POST", new JsonObject().put("RoomLabel", script), message);

        JsonObject said = alice.read();
        assertThat(said.encode()).doesNotContain("script", "onerror", "Activity", "Info", "Other");
        assertThat(said.getString("Message")).startsWith("a").endsWith("b");
        assertThat(said.getString("Author")).isEqualTo("alice");

        // in an edit as well
        alice.edit(uuid, said.getString("Uuid"), "c" + script);
        assertThat(alice.read().encode()).doesNotContain("<script", "onerror");
        alice.history(lobby, 0, 10);
        assertThat(alice.update().encode()).doesNotContain("script");
        assertThat(alice.read().encode()).doesNotContain("<script", "onerror");
    }

    @Test
    void whatWasSaidCanBeSaidBetterByWhoSaidIt() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        ChatClient bob = client("bob");
        bob.enter(lobby);
        alice.update();
        alice.post(uuid, "helo");
        JsonObject first = alice.read();
        bob.read();

        alice.edit(uuid, first.getString("Uuid"), "hello");
        JsonObject second = bob.read();
        assertThat(second.getString("Message")).isEqualTo("hello");
        assertThat(second.getString("Uuid")).isEqualTo(first.getString("Uuid"));
        assertThat(second.getString("Timestamp")).isEqualTo(first.getString("Timestamp"));
        JsonObject before =
                second.getJsonObject("Activity").getJsonArray("items").getJsonObject(0);
        assertThat(before.getString("markdown")).isEqualTo("helo");
        assertThat(before.getInstant("updated")).isNotNull();

        bob.edit(uuid, first.getString("Uuid"), "I hate you all");
        assertThat(bob.error()).contains("yours");
        bob.delete(uuid, first.getString("Uuid"));
        assertThat(bob.error()).contains("yours");
        bob.edit(uuid, UUID.randomUUID().toString(), "x");
        assertThat(bob.error()).contains("yours");
        bob.history(lobby, 0, 10);
        bob.update();
        assertThat(bob.text()).isEqualTo("hello");
    }

    @Test
    void whatIsRefusedIsSaidAndTheConnectionStays() throws Exception {
        ChatClient alice = ChatClient.open(gateway.port(), "/chat");
        opened.add(alice);
        alice.join(lobby);
        assertThat(alice.error()).contains("sign in");
        alice.send(Gateway.subscribe(gateway.token("alice")));
        for (int i = 0; i < 5; i++) {
            alice.send("{\"@type\":\"JOIN\"}");
            assertThat(alice.error()).contains("Room");
            alice.send("{\"@type\":\"JOIN\",\"Room\":{\"Type\":\"CELLAR\"}}");
            assertThat(alice.error()).contains("GLOBAL");
            alice.send("{\"@type\":\"HISTORY\",\"Room\":{},\"Message\":{\"Message\":\"{\\\"Offset\\\":-1}\"}}");
            assertThat(alice.error()).contains("Offset");
            alice.send("{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"no uuid\",\"Message\":\"x\"}}");
            assertThat(alice.error()).contains("join");
            alice.send("{\"@type\":\"POST\",\"Message\":{\"RoomUuid\":\"x\",\"Message\":\"  \"}}");
            assertThat(alice.error()).contains("text");
            alice.send("{\"@type\":\"DELETE_MSG\",\"Message\":{\"RoomUuid\":\"x\"}}");
            assertThat(alice.error()).contains("Uuid");
        }
        alice.send("{\"@type\":\"DANCE\"}");
        // both left out: a plain JOIN of the global room
        alice.send("{\"Room\":{\"RoomTypeObject\":\"" + own + "\"}}");
        assertThat(alice.update().getString("Type")).isEqualTo("GLOBAL");
    }

    @Test
    void whatIsNoJsonEndsTheConnection() throws Exception {
        ChatClient alice = client("alice");
        alice.send("hello");
        assertThat(alice.error()).contains("JSON");
        assertThat(alice.closeCode()).isEqualTo(4400);
    }

    @Test
    void commandsAreCarriedOutInTheirOrderHoweverFastTheyCome() throws Exception {
        ChatClient bob = client("bob");
        String uuid = bob.enter(lobby);
        ChatClient alice = ChatClient.open(gateway.port(), "/chat");
        opened.add(alice);
        alice.send(Gateway.subscribe(gateway.token("alice")));
        alice.join(lobby);
        for (int i = 0; i < 50; i++) {
            alice.post(uuid, "m" + i);
        }
        alice.leave(lobby);
        alice.post(uuid, "too late");

        bob.update();
        for (int i = 0; i < 50; i++) {
            assertThat(bob.text()).isEqualTo("m" + i);
        }
        assertThat(bob.update().getJsonArray("Users")).isEqualTo(new JsonArray().add("bob"));
    }

    @Test
    void whoSignsOutLeavesAtOnce() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        ChatClient bob = client("bob");
        bob.enter(lobby);
        alice.update();

        bob.send("{\"@type\":\"unsubscribe\"}");
        assertThat(alice.update().getJsonArray("Users")).isEqualTo(new JsonArray().add("alice"));
        alice.post(uuid, "gone?");
        bob.send(Gateway.subscribe(gateway.token("bob")));
        bob.post(uuid, "I am back");
        assertThat(bob.error()).as("and nothing was heard").contains("join");
    }

    @Test
    void claimsThatNarrowEndARoomAtOnce() throws Exception {
        JsonObject room = ChatClient.room("WORKSPACE", own);
        ChatClient alice = client("alice", own);
        String uuid = alice.enter(room);
        ChatClient bob = client("bob", own);
        bob.enter(room);
        alice.update();

        bob.send(Gateway.subscribe(gateway.token("bob", "another")));
        assertThat(alice.update().getJsonArray("Users")).isEqualTo(new JsonArray().add("alice"));
        alice.post(uuid, "not for bob");
        alice.text();
        bob.join(lobby);
        assertThat(bob.update().getString("RoomTypeObject"))
                .as("nothing before")
                .isEqualTo(own);
    }

    @Test
    void anotherUserOnTheSameConnectionIsInNoRoom() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        alice.send(Gateway.subscribe(gateway.token("bob")));
        alice.post(uuid, "x");
        assertThat(alice.error()).contains("join");
    }

    @Test
    void servicesSpeakInRoomsToo() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);

        String id = given().header("Authorization", "Bearer " + gateway.token("service"))
                .contentType("application/json")
                .body(new JsonObject()
                        .put(
                                "Message",
                                new JsonObject()
                                        .put("RoomUuid", uuid)
                                        .put("Author", "robot")
                                        .put("Message", "built<script>x</script>")
                                        .put("Info", new JsonObject().put("build", "7")))
                        .encode())
                .post("/api/v1/events/chat")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        JsonObject message = alice.read();
        assertThat(message.getString("Message")).isEqualTo("built");
        assertThat(message.getString("Author")).isEqualTo("robot");
        assertThat(message.getJsonObject("Info")).isEqualTo(new JsonObject().put("build", "7"));
        assertThat(message.getString("Uuid")).isEqualTo(id);

        gateway.publish(
                "chat",
                new JsonObject()
                        .put(
                                "Room",
                                new JsonObject()
                                        .put("Uuid", uuid)
                                        .put("RoomLabel", "The <b>lobby</b><script>x</script>")));
        JsonObject room = alice.update();
        assertThat(room.getString("RoomLabel")).isEqualTo("The <b>lobby</b>");
        assertThat(room.getString("Type")).isEqualTo("GLOBAL");

        gateway.publish(
                "chat",
                new JsonObject()
                        .put("Message", new JsonObject().put("RoomUuid", uuid).put("Uuid", id))
                        .put("Details", "DELETE"));
        assertThat(alice.wrapped("DELETE_MSG").getJsonObject("Message").getString("Uuid"))
                .isEqualTo(id);
    }

    @Test
    void aServiceThatSpeaksOfNoRoomIsToldSo() {
        given().header("Authorization", "Bearer " + gateway.token("service"))
                .contentType("application/json")
                .body("{\"Message\":{\"RoomUuid\":\"" + own + "\",\"Author\":\"robot\",\"Message\":\"x\"}}")
                .post("/api/v1/events/chat")
                .then()
                .statusCode(404);
        given().header("Authorization", "Bearer " + gateway.token("service"))
                .contentType("application/json")
                .body("{\"Message\":{\"RoomUuid\":\"x\"}}")
                .post("/api/v1/events/chat")
                .then()
                .statusCode(400)
                .body("field", org.hamcrest.Matchers.equalTo("Message.RoomUuid"));
    }

    @Test
    void aRetryOfAServiceSaysNothingTwice() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        String body = "{\"Message\":{\"RoomUuid\":\"" + uuid
                + "\",\"Uuid\":\"u1\",\"Author\":\"robot\",\"Message\":\"once\"}}";
        for (int i = 0; i < 2; i++) {
            given().header("Authorization", "Bearer " + gateway.token("service"))
                    .contentType("application/json")
                    .body(body)
                    .post("/api/v1/events/chat")
                    .then()
                    .statusCode(202);
        }
        alice.post(uuid, "next");
        assertThat(List.of(alice.text(), alice.text())).containsExactly("once", "next");
    }

    /** A Realtime session. */
    private RawWebSocket subscribed(String user, String topic, String... workspaces) throws Exception {
        RawWebSocket socket = RawWebSocket.open(gateway.port(), "/ws?token=" + gateway.token(user, workspaces));
        assertThat(socket.readText()).contains("connected");
        socket.sendText("{\"type\":\"Subscribe\",\"data\":{\"topics\":[\"" + topic + "\"]}}");
        assertThat(socket.readText()).contains("subscribed");
        return socket;
    }

    @Test
    void aRealtimeSessionHearsOfARoomThatItMayBeIn() throws Exception {
        JsonObject room = ChatClient.room("WORKSPACE", own);
        ChatClient alice = client("alice", own);
        String uuid = alice.enter(room);
        try (RawWebSocket bob = subscribed("bob", "room." + uuid, own);
                RawWebSocket carol = subscribed("carol", "room." + uuid)) {
            alice.post(uuid, "for those of the workspace");
            JsonObject broadcast = new JsonObject(bob.readText());
            assertThat(broadcast.getString("type")).isEqualTo("Broadcast");
            assertThat(broadcast.getJsonObject("data").getString("topic")).isEqualTo("room." + uuid);
            assertThat(broadcast.getJsonObject("data").getJsonObject("payload").getString("Message"))
                    .isEqualTo("for those of the workspace");
            carol.sendText("{\"type\":\"Ping\",\"data\":{\"timestamp\":1}}");
            assertThat(carol.readText()).as("nothing before").contains("\"Pong\"");
            bob.sendText("{\"type\":\"Broadcast\",\"data\":{\"topic\":\"room." + uuid + "\",\"payload\":1}}");
            assertThat(bob.readText()).as("clients post by chat alone").contains("403");
        }
    }

    @Test
    void administratorsListExportAndDeleteRooms() throws Exception {
        ChatClient alice = client("alice");
        String uuid = alice.enter(lobby);
        for (int i = 0; i < 3; i++) {
            alice.post(uuid, "m" + i);
        }
        alice.text();
        JsonObject second = alice.read();
        alice.text();
        alice.delete(uuid, second.getString("Uuid"));
        alice.wrapped("DELETE_MSG");
        String admin = gateway.tokenWithRoles("root", List.of("admin"));

        String export = given().header("Authorization", "Bearer " + admin)
                .get("/api/v1/rooms/" + uuid + "/messages")
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson")
                .extract()
                .asString();
        List<JsonObject> lines = export.lines().map(JsonObject::new).toList();
        assertThat(lines).extracting(line -> line.getInteger("seq")).containsExactly(1, 3);
        assertThat(lines)
                .extracting(line -> line.getJsonObject("message").getString("Message"))
                .containsExactly("m0", "m2");

        assertThat(rooms(admin)).contains(uuid);
        given().header("Authorization", "Bearer " + gateway.token("alice"))
                .get("/api/v1/rooms")
                .then()
                .statusCode(403);
        given().header("Authorization", "Bearer " + gateway.token("alice"))
                .get("/api/v1/rooms/" + uuid + "/messages")
                .then()
                .statusCode(403);
        given().header("Authorization", "Bearer " + gateway.token("alice"))
                .delete("/api/v1/rooms/" + uuid)
                .then()
                .statusCode(403);

        given().header("Authorization", "Bearer " + admin)
                .delete("/api/v1/rooms/" + uuid)
                .then()
                .statusCode(204);
        assertThat(alice.update().getString("Uuid")).isEqualTo(uuid);
        alice.post(uuid, "anybody?");
        assertThat(alice.error()).contains("no such room");
        assertThat(alice.enter(lobby)).isNotEqualTo(uuid);
        given().header("Authorization", "Bearer " + admin)
                .delete("/api/v1/rooms/" + uuid)
                .then()
                .statusCode(404);
    }

    private static List<String> rooms(String admin) {
        List<String> uuids = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            JsonObject page = new JsonObject(given().header("Authorization", "Bearer " + admin)
                    .queryParam("limit", 2)
                    .queryParams(after.map(id -> Map.of("after", id)).orElse(Map.of()))
                    .get("/api/v1/rooms")
                    .then()
                    .statusCode(200)
                    .extract()
                    .asString());
            page.getJsonArray("rooms").forEach(room -> uuids.add(((JsonObject) room).getString("uuid")));
            after = Optional.ofNullable(page.getString("next"));
        } while (after.isPresent());
        return uuids;
    }

    @Test
    void aTokenThatEndsEndsTheRooms() throws Exception {
        ChatClient alice = clientWith(gateway.token("alice", Duration.ofSeconds(8)));
        alice.enter(lobby);
        assertThat(alice.error()).contains("expired");
        assertThat(alice.closeCode()).isEqualTo(4401);
    }
}
