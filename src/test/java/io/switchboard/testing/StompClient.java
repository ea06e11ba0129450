package io.switchboard.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client of STOMP that reads one frame after the other, over a socket that does only what it is told. */
public final class StompClient implements AutoCloseable {
    /** A frame of the server. */
    public record Frame(String command, Map<String, String> headers, String body) {
        public Frame {
            headers = Map.copyOf(headers);
        }

        public String header(String name) {
            return headers.getOrDefault(name, "");
        }

        static Frame of(String text) {
            if (!text.endsWith("\0")) {
                throw new AssertionError("no whole frame: " + text);
            }
            int end = text.indexOf("\n\n");
            String[] lines = text.substring(0, end).split("\n", -1);
            Map<String, String> headers = new LinkedHashMap<>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                headers.putIfAbsent(
                        lines[i].substring(0, colon),
                        lines[i].substring(colon + 1)
                                .replace("\\n", "\n")
                                .replace("\\c", ":")
                                .replace("\\\\", "\\"));
            }
            return new Frame(lines[0], headers, text.substring(end + 2, text.length() - 1));
        }
    }

    private final RawWebSocket socket;

    private StompClient(RawWebSocket socket) {
        this.socket = socket;
    }

    /** Goes on with an open socket on which nothing was said. */
    public static StompClient of(RawWebSocket socket) {
        return new StompClient(socket);
    }

    /** Connects to {@code /ws} with the subprotocol, and says nothing. */
    public static StompClient open(int port) throws IOException {
        return of(RawWebSocket.open(port, "/ws", "Sec-WebSocket-Protocol: v12.stomp, v11.stomp, v10.stomp"));
    }

    /** The same, signed in. */
    public static StompClient connected(Gateway gateway, String user, String... workspaces) throws IOException {
        StompClient client = open(gateway.port());
        client.send(
                "CONNECT", "accept-version:1.2", "host:x", "Authorization:Bearer " + gateway.token(user, workspaces));
        client.next("CONNECTED");
        return client;
    }

    /** Connects as nobody. */
    public static StompClient anonymous(int port) throws IOException {
        StompClient client = open(port);
        client.send("CONNECT", "accept-version:1.2", "host:x");
        client.next("CONNECTED");
        return client;
    }

    public RawWebSocket socket() {
        return socket;
    }

    /** A frame without a body. */
    public static String frame(String command, String... headers) {
        return command + "\n"
                + String.join(
                        "", List.of(headers).stream().map(line -> line + "\n").toList()) + "\n\0";
    }

    public void send(String command, String... headers) throws IOException {
        socket.sendText(frame(command, headers));
    }

    /** A SEND. */
    public void say(String destination, String body, String... headers) throws IOException {
        String head = frame("SEND", headers);
        socket.sendText("SEND\ndestination:" + destination + "\n" + head.substring("SEND\n".length(), head.length() - 1)
                + body + "\0");
    }

    /** Subscribes and waits until that is done. */
    public void subscribe(String id, String destination, String... headers) throws IOException {
        String[] all = new String[headers.length + 3];
        all[0] = "id:" + id;
        all[1] = "destination:" + destination;
        all[2] = "receipt:subscribed-" + id;
        System.arraycopy(headers, 0, all, 3, headers.length);
        send("SUBSCRIBE", all);
        receipt("subscribed-" + id);
    }

    /** The next frame; heart-beats are no frames. */
    public Frame next() throws IOException {
        String text = socket.readText();
        while (text.equals("\n")) {
            text = socket.readText();
        }
        return Frame.of(text);
    }

    /** The next frame, which has that command. */
    public Frame next(String command) throws IOException {
        Frame frame = next();
        if (!frame.command().equals(command)) {
            throw new AssertionError("no " + command + " but " + frame);
        }
        return frame;
    }

    public void receipt(String id) throws IOException {
        Frame frame = next("RECEIPT");
        if (!frame.header("receipt-id").equals(id)) {
            throw new AssertionError("not the receipt " + id + " but " + frame);
        }
    }

    /** The body of the next frame, which is a MESSAGE. */
    public String heard() throws IOException {
        return next("MESSAGE").body();
    }

    /** The next frame, which is an ERROR, and the code with which the connection is closed behind it. */
    public String failure() throws IOException {
        Frame error = next("ERROR");
        List<RawWebSocket.Frame> rest = socket.readToClose();
        return error.header("message") + " " + rest.getLast().closeCode();
    }

    /** Sends bytes as one binary message. */
    public void binary(String text) throws IOException {
        socket.send(RawWebSocket.frame(RawWebSocket.FIN | RawWebSocket.BINARY, text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        socket.close();
    }
}
