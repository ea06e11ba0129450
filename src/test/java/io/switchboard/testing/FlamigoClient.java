package io.switchboard.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A client of the Flamigo dialect that reads one message after the other, over a socket that does only what it is told. */
public final class FlamigoClient implements AutoCloseable {
    public static final String SIGN_IN = "app::websocket:auth";

    private final RawWebSocket socket;
    private int asked;

    private FlamigoClient(RawWebSocket socket) {
        this.socket = socket;
    }

    /** Connects, without a word. */
    public static FlamigoClient open(Gateway gateway) throws IOException {
        return open(gateway, "/flamigo");
    }

    public static FlamigoClient open(Gateway gateway, String path) throws IOException {
        return new FlamigoClient(RawWebSocket.open(gateway.port(), path));
    }

    /** Connects and signs in. */
    public static FlamigoClient signedIn(Gateway gateway, String token) throws IOException {
        FlamigoClient client = open(gateway);
        try {
            client.signIn(token);
            return client;
        } catch (IOException | RuntimeException | AssertionError e) {
            client.close();
            throw e;
        }
    }

    public void signIn(String token) throws IOException {
        JsonObject answer = ask(SIGN_IN, new JsonObject().put("token", token));
        if (!answer.equals(
                new JsonObject().put("topic", SIGN_IN).put("payload", new JsonObject().put("success", true)))) {
            throw new AssertionError("not signed in but " + answer);
        }
    }

    public RawWebSocket socket() {
        return socket;
    }

    public void send(JsonObject message) throws IOException {
        socket.sendText(message.encode());
    }

    /** The next message. */
    public JsonObject next() throws IOException {
        return new JsonObject(socket.readText());
    }

    /** The next message, which is of that topic: its payload. */
    public Object next(String topic) throws IOException {
        JsonObject message = next();
        if (!topic.equals(message.getString("topic")) || message.size() != 2) {
            throw new AssertionError("no " + topic + " but " + message);
        }
        return message.getValue("payload");
    }

    /** Calls a strategy: the next message, which answers it, without the ack. */
    public JsonObject ask(String topic, Object payload) throws IOException {
        String ack = "ask-" + ++asked;
        send(new JsonObject().put("topic", topic).put("payload", payload).put("ackId", ack));
        JsonObject answer = next();
        if (!ack.equals(answer.remove("ackId"))) {
            throw new AssertionError("no answer but " + answer);
        }
        return answer;
    }

    /** The result of a strategy. */
    public Object call(String topic, Object payload) throws IOException {
        JsonObject answer = ask(topic, payload);
        if (!topic.equals(answer.getString("topic"))) {
            throw new AssertionError("no result but " + answer);
        }
        return answer.getValue("payload");
    }

    /** The next message but for its ack, which is an error: status and message. */
    public static String error(JsonObject answer) {
        JsonObject payload = answer.getJsonObject("payload");
        if (!"error".equals(answer.getString("topic"))) {
            throw new AssertionError("no error but " + answer);
        }
        return payload.getInteger("status") + " " + payload.getString("message");
    }

    /** Calls a strategy that fails: status and message. */
    public String fail(String topic, Object payload) throws IOException {
        return error(ask(topic, payload));
    }

    /** Asks for what there is not: whatever was sent before has been handled, and nothing came of it. */
    public void assertQuiet() throws IOException {
        String error = fail("app::nothing:" + System.nanoTime(), 1);
        if (!error.startsWith("404 ")) {
            throw new AssertionError("not quiet but " + error);
        }
    }

    /** Reads to the close frame: the texts before it, and then its code. */
    public List<String> toClose() throws IOException {
        List<String> read = new ArrayList<>();
        for (RawWebSocket.Frame frame : socket.readToClose()) {
            read.add(frame.opcode() == RawWebSocket.CLOSE ? Integer.toString(frame.closeCode()) : frame.text());
        }
        return read;
    }

    @Override
    public void close() {
        socket.close();
    }
}
