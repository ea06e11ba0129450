package io.switchboard.bench.peer;

import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.OpenConnections;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/**
 * Sends each message to every other connection with one {@code sendText} for each, on the event loop. With
 * {@code -Dbench.one=true} it looks at each connection and sends to the first of those
 * that are open alone.
 */
@WebSocket(path = "/ws")
public class SendTextSocket {
    private static final boolean ONE = Boolean.getBoolean("bench.one");

    private final OpenConnections connections;
    private volatile WebSocketConnection first;

    SendTextSocket(OpenConnections connections) {
        this.connections = connections;
    }

    @OnOpen
    Uni<Void> opened(WebSocketConnection connection) {
        if (first == null) {
            first = connection;
        }
        return Uni.createFrom().voidItem();
    }

    @OnClose
    Uni<Void> closed(WebSocketConnection connection) {
        if (connection.equals(first)) {
            first = null;
        }
        return Uni.createFrom().voidItem();
    }

    @OnTextMessage
    Uni<Void> received(String message, WebSocketConnection sender) {
        for (WebSocketConnection connection : connections) {
            if (connection.equals(sender) || ONE && !connection.equals(first)) {
                continue;
            }
            connection.sendText(message).subscribe().with(sent -> {}, failure -> {});
        }
        return Uni.createFrom().voidItem();
    }
}
