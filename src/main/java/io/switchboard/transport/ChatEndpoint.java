package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where clients of the Cells chat protocol connect. */
@WebSocket(path = ChatEndpoint.PATH, endpointId = ChatEndpoint.ID)
final class ChatEndpoint {
    static final String PATH = "/chat";
    static final String ID = "chat";

    private final SocketGateway gateway;

    ChatEndpoint(SocketGateway gateway) {
        this.gateway = gateway;
    }

    @OnOpen
    Uni<Void> open(WebSocketConnection connection) {
        return gateway.open(connection);
    }

    @OnError
    Uni<Void> failed(Throwable failure) {
        return gateway.failed(failure);
    }
}
