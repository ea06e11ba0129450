package io.switchboard.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A client of the OpenFlow dialect that reads one packet after the other, over a socket that does only what it is told. */
public final class OpenFlowClient implements AutoCloseable {
    /**
     * A packet that came.
     *
     * @param replyTo empty: the server began
     * @param data as JSON
     */
    public record Packet(String id, String replyTo, String command, JsonObject data) {}

    private final RawWebSocket socket;
    private int asked;

    private OpenFlowClient(RawWebSocket socket) {
        this.socket = socket;
    }

    /** Connects, without a word. */
    public static OpenFlowClient open(Gateway gateway) throws IOException {
        return open(gateway, "/openflow");
    }

    public static OpenFlowClient open(Gateway gateway, String path) throws IOException {
        return of(RawWebSocket.open(gateway.port(), path));
    }

    /** Over a socket that is open. */
    public static OpenFlowClient of(RawWebSocket socket) {
        return new OpenFlowClient(socket);
    }

    /** Connects and signs in. */
    public static OpenFlowClient signedIn(Gateway gateway, String token) throws IOException {
        OpenFlowClient client = open(gateway);
        try {
            client.signIn(token);
            return client;
        } catch (IOException | RuntimeException | AssertionError e) {
            client.close();
            throw e;
        }
    }

    public void signIn(String token) throws IOException {
        JsonObject answer = ask("signin", new JsonObject().put("jwt", token));
        if (answer.containsKey("error") || !token.equals(answer.getString("jwt"))) {
            throw new AssertionError("not signed in but " + answer.getString("error"));
        }
    }

    public RawWebSocket socket() {
        return socket;
    }

    public static JsonObject packet(String id, String command, String data) {
        return new JsonObject()
                .put("id", id)
                .put("command", command)
                .put("data", data)
                .put("count", 1)
                .put("index", 0);
    }

    public void send(JsonObject packet) throws IOException {
        socket.sendText(packet.encode());
    }

    /** Answers what the server began. */
    public void answer(Packet to, String command, String data) throws IOException {
        send(packet("answer-" + ++asked, command, data).put("replyto", to.id()));
    }

    /** The next packet, from as many pieces as it has come in; pings of the server are not looked at. */
    public Packet next() throws IOException {
        while (true) {
            JsonObject first = new JsonObject(socket.readText());
            StringBuilder data = new StringBuilder(first.getString("data"));
            for (int i = 1; i < first.getInteger("count"); i++) {
                JsonObject piece = new JsonObject(socket.readText());
                if (!piece.getString("id").equals(first.getString("id")) || piece.getInteger("index") != i) {
                    throw new AssertionError("no piece " + i + " but " + piece);
                }
                data.append(piece.getString("data"));
            }
            if (!first.getString("command").equals("ping")) {
                return new Packet(
                        first.getString("id"),
                        first.getString("replyto", ""),
                        first.getString("command"),
                        data.isEmpty() ? new JsonObject() : new JsonObject(data.toString()));
            }
        }
    }

    /** The next packet, which the server began. */
    public Packet begun(String command) throws IOException {
        Packet packet = next();
        if (!packet.command().equals(command) || !packet.replyTo().isEmpty()) {
            throw new AssertionError("no " + command + " but " + packet);
        }
        return packet;
    }

    /** Gives a command: the next packet, which answers it. */
    public JsonObject ask(String command, JsonObject data) throws IOException {
        String id = "ask-" + ++asked;
        send(packet(id, command, data.encode()));
        Packet answer = next();
        if (!answer.replyTo().equals(id)) {
            throw new AssertionError("no answer but " + answer);
        }
        return answer.data();
    }

    /** Gives a command that fails: what the error says. */
    public String fail(String command, JsonObject data) throws IOException {
        JsonObject answer = ask(command, data);
        if (!answer.containsKey("error")) {
            throw new AssertionError("no error but " + answer);
        }
        return answer.getString("error");
    }

    /** Works off a queue, under the name that it is told. */
    public String register(String queue) throws IOException {
        JsonObject answer = ask("registerqueue", new JsonObject().put("queuename", queue));
        if (answer.containsKey("error")) {
            throw new AssertionError(answer.getString("error"));
        }
        return answer.getString("queuename");
    }

    /** Sends to a queue. */
    public void enqueue(String queue, Object data) throws IOException {
        JsonObject answer =
                ask("queuemessage", new JsonObject().put("queuename", queue).put("data", data));
        if (answer.containsKey("error")) {
            throw new AssertionError(answer.getString("error"));
        }
    }

    /** Gives a command that there is not: whatever was sent before has been handled, and nothing came of it. */
    public void assertQuiet() throws IOException {
        String error = fail("nothing" + System.nanoTime(), new JsonObject());
        if (!error.startsWith("Unknown command ")) {
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
