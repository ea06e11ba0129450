package io.switchboard.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A client of the Realtime dialect that reads one message after the other, over a socket that does only what it is told. */
public final class RealtimeClient implements AutoCloseable {
    private final RawWebSocket socket;
    private final Consumer<String> tap;
    private final String id;

    private RealtimeClient(RawWebSocket socket, Consumer<String> tap) throws IOException {
        this.socket = socket;
        this.tap = tap;
        this.id = status("connected").getString("connection_id");
    }

    /** Connects with the token in the query, and reads the greeting. */
    public static RealtimeClient open(Gateway gateway, String token) throws IOException {
        return open(gateway, token, "", _ -> {});
    }

    /**
     * The same.
     *
     * @param query what the query says beside, such as {@code &binary=1}
     * @param tap sees every text that is read
     */
    public static RealtimeClient open(Gateway gateway, String token, String query, Consumer<String> tap)
            throws IOException {
        return of(RawWebSocket.open(gateway.port(), "/ws?token=" + token + query), tap);
    }

    /** Goes on with a socket on which nothing was read. */
    public static RealtimeClient of(RawWebSocket socket, Consumer<String> tap) throws IOException {
        try {
            return new RealtimeClient(socket, tap);
        } catch (IOException | RuntimeException | AssertionError e) {
            socket.close();
            throw e;
        }
    }

    /** How the server calls the connection. */
    public String id() {
        return id;
    }

    public RawWebSocket socket() {
        return socket;
    }

    public static String message(String type, JsonObject data) {
        return new JsonObject().put("type", type).put("data", data).encode();
    }

    public static String message(String type, Object id, JsonObject data) {
        return new JsonObject()
                .put("type", type)
                .put("id", id)
                .put("data", data)
                .encode();
    }

    public void send(String type, JsonObject data) throws IOException {
        socket.sendText(message(type, data));
    }

    public void send(String type, Object id, JsonObject data) throws IOException {
        socket.sendText(message(type, id, data));
    }

    public void binary(byte[] frame) throws IOException {
        socket.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, frame));
    }

    /** The next message. */
    public JsonObject next() throws IOException {
        String text = socket.readText();
        tap.accept(text);
        return new JsonObject(text);
    }

    /** The next message, which is of that type: what it holds. */
    public JsonObject next(String type) throws IOException {
        JsonObject message = next();
        if (!type.equals(message.getString("type"))) {
            throw new AssertionError("no " + type + " but " + message);
        }
        return message.getJsonObject("data");
    }

    /** The next message, which is a Status like that: its details. */
    public JsonObject status(String status) throws IOException {
        JsonObject data = next("Status");
        if (!status.equals(data.getString("status"))) {
            throw new AssertionError("not " + status + " but " + data);
        }
        return data.getJsonObject("details");
    }

    /** The next message, which is an Error: its code and what it is about. */
    public String error() throws IOException {
        JsonObject data = next("Error");
        return data.getInteger("code") + " " + data.getJsonObject("details").encode();
    }

    public static JsonObject topics(String... topics) {
        return new JsonObject().put("topics", new JsonArray(List.of(topics)));
    }

    /** Subscribes and waits for the answer: its details. */
    public JsonObject subscribe(String... topics) throws IOException {
        send("Subscribe", topics(topics));
        return status("subscribed");
    }

    public JsonObject unsubscribe(String... topics) throws IOException {
        send("Unsubscribe", topics(topics));
        return status("unsubscribed");
    }

    public static JsonObject said(String topic, Object payload) {
        return new JsonObject().put("topic", topic).put("payload", payload);
    }

    public void say(String topic, Object payload) throws IOException {
        send("Broadcast", said(topic, payload));
    }

    /** The payload of the next message, which is a Broadcast. */
    public Object heard() throws IOException {
        return next("Broadcast").getValue("payload");
    }

    /** Reads to the close frame: the texts before it, and then its code. */
    public List<String> toClose() throws IOException {
        List<String> read = new ArrayList<>();
        for (RawWebSocket.Frame frame : socket.readToClose()) {
            if (frame.opcode() == RawWebSocket.CLOSE) {
                read.add(Integer.toString(frame.closeCode()));
            } else {
                tap.accept(frame.text());
                read.add(frame.text());
            }
        }
        return read;
    }

    /** Asks for a Pong: whatever was sent before has been handled, and nothing came of it. */
    public void assertQuiet() throws IOException {
        send("Ping", new JsonObject().put("timestamp", 1));
        next("Pong");
    }

    @Override
    public void close() {
        socket.close();
    }
}
