package io.switchboard.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** A connection to {@code /chat} that says what the web client of Cells says. */
public final class ChatClient implements AutoCloseable {
    private final RawWebSocket socket;

    private ChatClient(RawWebSocket socket) {
        this.socket = socket;
    }

    /** One who has not signed in. */
    public static ChatClient open(int port, String path) throws IOException {
        return new ChatClient(RawWebSocket.open(port, path));
    }

    /** One who has sent a token; whatever is sent next waits for it. */
    public static ChatClient signedIn(int port, String token) throws IOException {
        ChatClient client = open(port, "/ws/chat");
        client.send(Gateway.subscribe(token));
        return client;
    }

    public void send(String text) throws IOException {
        socket.sendText(text);
    }

    public void send(String type, JsonObject room, JsonObject message) throws IOException {
        JsonObject json = new JsonObject().put("@type", type);
        if (room != null) {
            json.put("Room", room);
        }
        if (message != null) {
            json.put("Message", message);
        }
        send(json.encode());
    }

    public static JsonObject room(String type, String object) {
        return new JsonObject().put("Type", type).put("RoomTypeObject", object);
    }

    public void join(JsonObject room) throws IOException {
        send("JOIN", room, null);
    }

    public void ping(JsonObject room) throws IOException {
        send("JOIN", room, new JsonObject().put("Message", "PING"));
    }

    public void leave(JsonObject room) throws IOException {
        send("LEAVE", room, null);
    }

    public void post(String roomUuid, String text) throws IOException {
        send("POST", null, new JsonObject().put("RoomUuid", roomUuid).put("Message", text));
    }

    public void edit(String roomUuid, String uuid, String text) throws IOException {
        send(
                "POST",
                null,
                new JsonObject().put("RoomUuid", roomUuid).put("Uuid", uuid).put("Message", text));
    }

    public void delete(String roomUuid, String uuid) throws IOException {
        send("DELETE_MSG", null, new JsonObject().put("RoomUuid", roomUuid).put("Uuid", uuid));
    }

    public void history(JsonObject room, int offset, int limit) throws IOException {
        send(
                "HISTORY",
                room,
                new JsonObject()
                        .put(
                                "Message",
                                new JsonObject()
                                        .put("Offset", offset)
                                        .put("Limit", limit)
                                        .encode()));
    }

    /** Joins and returns the room's uuid; the room's update is read. */
    public String enter(JsonObject room) throws IOException {
        join(room);
        return update().getString("Uuid");
    }

    /** The next message. */
    public JsonObject read() throws IOException {
        return new JsonObject(socket.readText());
    }

    /** The next message, which is an update of a room: the room. */
    public JsonObject update() throws IOException {
        return wrapped("ROOM_UPDATE").getJsonObject("Room");
    }

    /** The next message, which is an error: what it says. */
    public String error() throws IOException {
        return wrapped("error").getString("error");
    }

    /** The next message, which is somebody's: its text. */
    public String text() throws IOException {
        JsonObject message = read();
        if (message.containsKey("@type")) {
            throw new AssertionError("no message of a room but " + message);
        }
        return message.getString("Message");
    }

    /** The next message, of that type. */
    public JsonObject wrapped(String type) throws IOException {
        JsonObject message = read();
        if (!type.equals(message.getString("@type"))) {
            throw new AssertionError("not " + type + " but " + message);
        }
        return message;
    }

    /** Reads to the end: the code with which the server closed. */
    public int closeCode() throws IOException {
        return socket.readToClose().getLast().closeCode();
    }

    public RawWebSocket socket() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}
